"""Columnar search engine: posting lists, BM25F scores, facets, sort orders and match offsets on NumPy arrays."""
