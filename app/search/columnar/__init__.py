"""The columnar search engine: posting lists, scoring, facets, sort orders and match offsets on NumPy arrays."""
