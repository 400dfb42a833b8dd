"""The commands of `actions`, one module per topic; `app.cli` registers them."""
