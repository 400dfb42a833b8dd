"""The public catalogue of the actions of French community centres, and its search."""

__version__ = "0.2.0.dev0"
