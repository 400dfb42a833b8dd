"""The store of record: tables, migrations and the one repository that owns all SQL."""
