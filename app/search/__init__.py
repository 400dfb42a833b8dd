"""The search engine: its protocol, the French analysis, and the embedded Whoosh adapter."""
