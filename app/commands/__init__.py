"""Commands of `actions` that are families of their own; `app.cli` puts them together."""
