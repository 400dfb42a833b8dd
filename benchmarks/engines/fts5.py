"""SQLite FTS5: ranked by its bm25 with the weights of the fields; facets are grouped over the matches.

Matches and their ranks go into a temporary table by one pass over the index; the page, the total and each facet then
read that table. `Raw` leaves words as SQLite splits them; `Stems` is given the stems of our own analysis.
"""

import sqlite3
from collections.abc import Iterable
from itertools import combinations
from pathlib import Path

from app.search.analysis import tokens
from benchmarks.engines import SEARCHED, Answer, besides, sources
from benchmarks.mix import FACETS, PAGE, VALUES, Asked

_SEVERAL = "mot_cle"  # the one facet of which a record may have several values
_COLUMNS = [name for name in FACETS if name != _SEVERAL]
_WEIGHTS = ", ".join(map(str, SEARCHED.values()))
_SCHEMA = f"""
    CREATE TABLE record (number INTEGER PRIMARY KEY, id TEXT, title TEXT, {", ".join(_COLUMNS)});
    CREATE TABLE value (number INTEGER, {_SEVERAL} TEXT, PRIMARY KEY (number, {_SEVERAL})) WITHOUT ROWID;
    CREATE VIRTUAL TABLE words USING fts5({", ".join(SEARCHED)}, content='', prefix='2 3',
        tokenize="unicode61 remove_diacritics 2");
"""
_INDEXES = "".join(f"CREATE INDEX record_{name} ON record ({name});" for name in ["title", *_COLUMNS])
_INDEXES += f"CREATE INDEX value_{_SEVERAL} ON value ({_SEVERAL}, number);"
_CACHE = "PRAGMA cache_size = -262144; PRAGMA mmap_size = 4294967296; PRAGMA temp_store = MEMORY;"


class Raw:
    """See `benchmarks.engines.Engine`."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._path = directory / "index.db"

    def build(self, records: Path) -> None:
        """Index the records in one transaction."""
        self._database = sqlite3.connect(self._path)
        self._database.executescript(_SCHEMA)
        texts = f"INSERT INTO words (rowid, {', '.join(SEARCHED)}) VALUES (?{', ?' * len(SEARCHED)})"
        row = f"INSERT INTO record VALUES (?, ?, ?{', ?' * len(_COLUMNS)})"
        for number, source in enumerate(sources(records), 1):
            self._database.execute(texts, (number, *(self.prepared(source.texts[key]) for key in SEARCHED)))
            single = (next(iter(source.facets[name]), None) for name in _COLUMNS)
            self._database.execute(row, (number, source.id, source.title, *single))
            several = [(number, value) for value in source.facets[_SEVERAL]]
            self._database.executemany("INSERT INTO value VALUES (?, ?)", several)
        self._database.executescript(_INDEXES)
        self._database.execute("INSERT INTO words (words) VALUES ('optimize')")
        self._database.commit()
        self._database.execute("ANALYZE")
        self._database.commit()
        self._database.close()

    def open(self) -> None:
        """Give the connection a cache that holds the whole index, and the table of matches."""
        self._database = sqlite3.connect(self._path)
        self._database.executescript(_CACHE)
        self._database.execute("CREATE TEMP TABLE matched (number INTEGER PRIMARY KEY, rank REAL)")

    def search(self, asked: Asked) -> Answer:
        """Answer one question."""
        found, order = "record", "title, number"
        if asked.words:
            found, order = "matched JOIN record USING (number)", "rank, number"
            self._database.execute("DELETE FROM matched")
            self._database.execute(
                f"INSERT INTO matched SELECT rowid, bm25(words, {_WEIGHTS}) FROM words WHERE words MATCH ?",
                (self._expression(asked),),
            )
        where, values = _where(asked.filters)
        ids = self._database.execute(f"SELECT id FROM {found}{where} ORDER BY {order} LIMIT {PAGE}", values).fetchall()
        (total,) = self._database.execute(f"SELECT count(*) FROM {found}{where}", values).fetchone()
        facets = {name: self._counts(found, name, besides(asked, name)) for name in FACETS}
        return Answer(tuple(id_ for (id_,) in ids), total, facets)

    def close(self) -> None:
        """Close the database."""
        self._database.close()

    def prepared(self, text: str) -> str:
        """Return `text` as the index is given it."""
        return text

    def word(self, typed: str) -> str:
        """Return a word of a question as the index has it."""
        return typed

    def _counts(self, found: str, name: str, filters: Iterable[tuple[str, str]]) -> dict[str, int]:
        where, values = _where(filters)
        if name == _SEVERAL:
            found += " JOIN value USING (number)"
        present = f"{where} AND {name} IS NOT NULL" if where else f" WHERE {name} IS NOT NULL"
        counting = f"SELECT {name}, count(*) AS n FROM {found}{present} GROUP BY {name} ORDER BY n DESC LIMIT {VALUES}"
        return dict(self._database.execute(counting, values).fetchall())

    def _expression(self, asked: Asked) -> str:
        words = [self.word(word) for word in asked.words]
        if asked.phrase:
            return f'"{" ".join(words)}"'
        if asked.prefix:
            return f"{asked.words[0]}*"
        if asked.wanted:
            return " OR ".join(f"({' AND '.join(some)})" for some in combinations(words, asked.wanted))
        return " AND ".join(words)


class Stems(Raw):
    """The same over stems; a prefix is looked for among stems, too."""

    def prepared(self, text: str) -> str:
        """Return the stems of `text`."""
        return " ".join(token.stem for token in tokens(text))

    def word(self, typed: str) -> str:
        """Return the stem of a word."""
        return " ".join(token.stem for token in tokens(typed))


def _where(filters: Iterable[tuple[str, str]]) -> tuple[str, list[str]]:
    """Return the condition that `filters` make, and its values."""
    conditions, values = [], []
    for name, value in filters:
        one = f"record.number IN (SELECT number FROM value WHERE {name} = ?)" if name == _SEVERAL else f"{name} = ?"
        conditions.append(one)
        values.append(value)
    return f" WHERE {' AND '.join(conditions)}" if conditions else "", values
