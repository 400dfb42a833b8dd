"""The domain of the catalogue: actions, structures, queries and their rules, without I/O beyond one table of data."""
