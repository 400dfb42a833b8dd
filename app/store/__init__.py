"""The store: tables, migrations, and all SQL. `Store` opens transactions, `Reader` and `Writer` are what they lend."""
