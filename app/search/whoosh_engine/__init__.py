"""Whoosh adapter: segments, commits and deletions on disk; `app.search.columnar` runs the queries."""

from app.search.whoosh_engine.engine import WhooshEngine

__all__ = ["WhooshEngine"]
