"""Search: the `SearchEngine` protocol, French text analysis, the columnar engine and its Whoosh adapter."""
