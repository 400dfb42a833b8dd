"""Commands of `actions`, by family; `app.cli` puts them together."""
