"""The embedded search engine: Whoosh keeps the inverted index on disk, and only this package asks it."""

from app.search.whoosh_engine.engine import WhooshEngine

__all__ = ["WhooshEngine"]
