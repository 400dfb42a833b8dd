"""Datasette over the same records: its database, and its address for a question of the mix.

It searches with FTS5 and counts the same five facets, but gives matches by their number, not by rank, and counts a
facet under its own filter, too. It is given all the time and cache that it wants, and does not look for further facets.
"""

import json
import sqlite3
from itertools import combinations
from pathlib import Path
from urllib.parse import urlencode

from app.catalogue.action import field_values
from app.catalogue.fields import FIELDS
from benchmarks.engines import SEARCHED
from benchmarks.mix import FACETS, PAGE, VALUES, Asked
from benchmarks.records import read_records

SETTINGS = {
    "sql_time_limit_ms": "60000",
    "facet_time_limit_ms": "60000",
    "suggest_facets": "off",
    "default_facet_size": str(VALUES),
    "num_sql_threads": "2",
    "cache_size_kb": "262144",
}
_KEYS = [field.key for field in FIELDS]
_LISTED = [field.key for field in FIELDS if field.listed]
_COLUMNS = {"mot_cle": "mots_cles"}  # facets that are not called as their column


def write_database(path: Path, records: Path) -> None:
    """Write a table of the records with a full-text index beside it, and an index a facet."""
    database = sqlite3.connect(path)
    database.execute(f"CREATE TABLE actions (number INTEGER PRIMARY KEY, id TEXT, {', '.join(_KEYS)})")
    for record in read_records(records):
        values = [
            json.dumps(v, ensure_ascii=False) if isinstance(v, list) else v
            for v in field_values(record.action).values()
        ]
        database.execute(f"INSERT INTO actions VALUES (?, ?{', ?' * len(values)})", (record.number, record.id, *values))
    searched = ", ".join(SEARCHED)
    database.execute(
        f"CREATE VIRTUAL TABLE actions_fts USING fts5({searched}, "
        'content="actions", content_rowid="number", prefix="2 3", tokenize="unicode61 remove_diacritics 2")'
    )
    database.execute("INSERT INTO actions_fts (actions_fts) VALUES ('rebuild')")
    for name in FACETS:
        if name not in _COLUMNS:
            database.execute(f"CREATE INDEX actions_{name} ON actions ({name})")
    database.commit()
    database.execute("ANALYZE")
    database.commit()
    database.close()


def address(asked: Asked, database: str) -> str:
    """Return the address of a question, with the columns that our own list gives."""
    pairs = [("_shape", "objects"), ("_size", str(PAGE)), ("_col", "id"), *(("_col", key) for key in _LISTED)]
    pairs += [("_facet_array", _COLUMNS[name]) if name in _COLUMNS else ("_facet", name) for name in FACETS]
    for name, value in asked.filters:
        pairs.append((f"{_COLUMNS[name]}__arraycontains" if name in _COLUMNS else f"{name}__exact", value))
    if asked.words:
        pairs += [("_search", _expression(asked)), ("_searchmode", "raw")]
    return f"/{database}/actions.json?{urlencode(pairs)}"


def _expression(asked: Asked) -> str:
    """Return the question in the syntax of FTS5, each word in quotes since some hold a hyphen."""
    words = [f'"{word}"' for word in asked.words]
    if asked.phrase:
        return asked.text
    if asked.prefix:
        return f"{words[0]}*"
    if asked.wanted:
        return " OR ".join(f"({' AND '.join(some)})" for some in combinations(words, asked.wanted))
    return " AND ".join(words)
