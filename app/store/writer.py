"""Writes the catalogue: each write is the record, its version and a row of the log, in one transaction."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from itertools import chain, count
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CursorResult,
    Executable,
    Row,
    Table,
    Update,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlmodel import Session

from app.catalogue.action import Action, action_slug, content_hash, field_values, identity_key
from app.catalogue.errors import Gone, NotFound
from app.catalogue.record import ChangeKind, ImportSource, Record
from app.catalogue.structure import Structure
from app.store.api_keys import KeyWriter
from app.store.idempotency import IdempotencyTable
from app.store.new_record import NewRecord
from app.store.reader import Reader, chunks
from app.store.tables import METADATA

_ACTIONS = METADATA.tables["actions"]
_STRUCTURES = METADATA.tables["structures"]
_VERSIONS = METADATA.tables["versions"]
_CHANGES = METADATA.tables["changes"]
_KEPT = [_ACTIONS.c[name] for name in ("id", "version", "structure_id", "cree_le", "supprime_le")]

Values = Mapping[str, Any]


class Writer(Reader):
    """The only writer while its `Store.write()` lasts: it sees what it wrote, others do once it has ended."""

    def __init__(self, session: Session, now: Callable[[], datetime]) -> None:
        super().__init__(session)
        self._now = now

    @property
    def keys(self) -> KeyWriter:
        """The API keys, to be written too."""
        return KeyWriter(self._session)

    @property
    def idempotency(self) -> IdempotencyTable:
        """The creations that came with a name of their own."""
        return IdempotencyTable(self._session)

    def create(
        self,
        action: Action,
        *,
        author: str,
        source: ImportSource | None = None,
        id: str | None = None,  # noqa: A002 (the word that callers know it by)
    ) -> Record:
        """Add a record; it gets the identifier `id` when that is free, else the first free one of its own."""
        return self.create_many([NewRecord(action, source, id)], author=author)[0]

    def create_many(self, drafts: Sequence[NewRecord], *, author: str) -> list[Record]:
        """Add a record for each draft, in their order; much faster for many than one by one."""
        now = self._now()
        structures = self._add_structures(draft.action for draft in drafts)
        identities = [identity_key(draft.action) for draft in drafts]
        ranks = self._ranks(identities)
        ids = self._free_ids(drafts, ranks)
        rows = [
            {
                **_said(draft.action),
                **_provenance(draft.source),
                "id": id_,
                "version": 1,
                "structure_id": structure,
                "identity": who,
                "rank": rank,
                "cree_le": now,
                "modifie_le": now,
            }
            for draft, id_, who, rank, structure in zip(drafts, ids, identities, ranks, structures, strict=True)
        ]
        self._insert(_ACTIONS, rows)
        numbers = {known.id: known.number for known in self.identities_by_id(ids).values()}
        records = [Record(numbers[id_], id_, 1, one.action, now, now) for id_, one in zip(ids, drafts, strict=True)]
        self._log(records, ChangeKind.CREATED, now, author)
        return records

    def update(self, number: int, action: Action, *, author: str, source: ImportSource | None = None) -> Record:
        """Give a record its next version; a deleted one comes back. NotFound when there is none of that number."""
        now = self._now()
        row = self._numbered(number)
        record = Record(number, row.id, row.version + 1, action, row.cree_le, now)
        [structure] = self._add_structures([action])
        changed = {
            **_said(action),
            **(_provenance(source) if source else {}),
            "version": record.version,
            "structure_id": structure,
            "modifie_le": now,
            "supprime_le": None,
        }
        self._execute(_update(number), changed)
        if structure != row.structure_id:
            self._drop_structure_if_unused(row.structure_id)
        self._log([record], ChangeKind.UPDATED, now, author)
        return record

    def delete(self, number: int, *, author: str) -> None:
        """Take a record out of the catalogue; its row and history stay. NotFound without one, Gone if it was."""
        now = self._now()
        row = self._numbered(number)
        if row.supprime_le:
            raise Gone(f"La fiche « {row.id} » a été supprimée.")
        self._execute(_update(number), {"supprime_le": now})
        self._log_changes([number], ChangeKind.DELETED, now, author)

    def update_source(self, number: int, source: ImportSource) -> None:
        """Note where an import found a record that it leaves as it is: neither a version nor a change."""
        found = _provenance(source)
        differs = or_(*(_ACTIONS.c[key].is_distinct_from(value) for key, value in found.items()))
        self._execute(_update(number).where(differs), found)

    def _numbered(self, number: int) -> Row[Any]:
        row = self._execute(select(*_KEPT).where(_ACTIONS.c.number == number)).one_or_none()
        if row is None:
            raise NotFound(f"Aucune fiche ne porte le numéro {number}.")
        return row

    def _log(self, records: Sequence[Record], kind: ChangeKind, now: datetime, author: str) -> None:
        versions = [
            {
                "action": one.number,
                "version": one.version,
                "at": now,
                "author": author,
                "content": field_values(one.action),
            }
            for one in records
        ]
        self._insert(_VERSIONS, versions)
        self._log_changes([one.number for one in records], kind, now, author)

    def _log_changes(self, numbers: Iterable[int], kind: ChangeKind, now: datetime, author: str) -> None:
        said = {"kind": kind.value, "at": now, "author": author}
        self._insert(_CHANGES, [{"action": number, **said} for number in numbers])

    def _add_structures(self, actions: Iterable[Action]) -> list[str]:
        """Return the identifier of the organiser of each action; those not yet known are added."""
        structures = [Structure.parse(action.structure) for action in actions]
        ids = [structure.id for structure in structures]
        known = self._among(_STRUCTURES.c.id, ids)
        # Two spellings of a name may share an identifier: the first one stays.
        missing = {id_: one for id_, one in zip(reversed(ids), reversed(structures), strict=True) if id_ not in known}
        rows = [
            {"id": id_, "nom": one.nom, "departement": one.departement.code if one.departement else None}
            for id_, one in missing.items()
        ]
        self._insert(_STRUCTURES, rows)
        return ids

    def _drop_structure_if_unused(self, structure: str) -> None:
        used = select(_ACTIONS.c.number).where(_ACTIONS.c.structure_id == structure).exists()
        self._execute(delete(_STRUCTURES).where(_STRUCTURES.c.id == structure, ~used))

    def _ranks(self, identities: Sequence[str]) -> list[int]:
        """Return the rank of each new record: how many of its identity there are before it."""
        so_far: Counter[str] = Counter()
        column = _ACTIONS.c.identity
        for some in chunks(dict.fromkeys(identities)):
            query = select(column, func.count().label("many")).where(column.in_(some)).group_by(column)
            so_far.update({row.identity: row.many for row in self._execute(query)})
        ranks = []
        for who in identities:
            ranks.append(so_far[who])
            so_far[who] += 1
        return ranks

    def _free_ids(self, drafts: Sequence[NewRecord], ranks: Sequence[int]) -> list[str]:
        """Return an identifier for each draft that no record has: the given one, its own, else its own with a number.

        Its own is taken when other identities share the beginning of their digest, or came with that identifier.
        """
        choices = [
            [*([draft.id] if draft.id else []), action_slug(draft.action, rank)]
            for draft, rank in zip(drafts, ranks, strict=True)
        ]
        taken = self._taken(chain.from_iterable(choices))
        ids = []
        for draft, rank, first in zip(drafts, ranks, choices, strict=True):
            free = next((id_ for id_ in first if id_ not in taken), None)
            if free is None:
                others = (action_slug(draft.action, place) for place in count(rank + 1))
                free = next(id_ for id_ in others if id_ not in taken | self._taken([id_]))
            taken.add(free)
            ids.append(free)
        return ids

    def _taken(self, ids: Iterable[str]) -> set[str]:
        return self._among(_ACTIONS.c.id, ids)

    def _among(self, column: ColumnElement[str], values: Iterable[str]) -> set[str]:
        """Return those of `values` that `column` holds."""
        queries = (select(column).where(column.in_(some)) for some in chunks(dict.fromkeys(values)))
        return {value for query in queries for value in self._execute(query).scalars()}

    def _insert(self, table: Table, rows: Sequence[Values]) -> None:
        if rows:
            self._execute(insert(table), rows)

    def _execute(self, statement: Executable, values: Values | Sequence[Values] | None = None) -> CursorResult[Any]:
        # Past the session and its objects, which would cost more than all the rest of a bulk import.
        return self._session.connection().execute(statement, values)


def _update(number: int) -> Update:
    return update(_ACTIONS).where(_ACTIONS.c.number == number)


def _said(action: Action) -> dict[str, Any]:
    return {**field_values(action), "content_hash": content_hash(action)}


def _provenance(source: ImportSource | None) -> dict[str, Any]:
    values = (source.file, source.line, source.hash) if source else (None, None, None)
    return dict(zip(("source_file", "source_line", "source_hash"), values, strict=True))
