"""`Writer`, the writes of one transaction: each one stores the record, its version and a row of the change log."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
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
from app.store.damage import DamageRegistry
from app.store.idempotency import IdempotencyTable
from app.store.reader import Reader, chunks
from app.store.tables import METADATA

_ACTIONS = METADATA.tables["actions"]
_STRUCTURES = METADATA.tables["structures"]
_VERSIONS = METADATA.tables["versions"]
_CHANGES = METADATA.tables["changes"]
_STATE_COLUMNS = [_ACTIONS.c[name] for name in ("id", "version", "structure_id", "cree_le", "supprime_le")]

_RowValues = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class NewRecord:
    """An action to create, with its location in an imported file and its identifier elsewhere, if any."""

    action: Action
    source: ImportSource | None = None
    id: str | None = None


class Writer(Reader):
    """The writes and queries within one `Store.write()`; others see the writes once it has committed."""

    def __init__(self, session: Session, registry: DamageRegistry, now: Callable[[], datetime]) -> None:
        super().__init__(session, registry)
        self._now = now

    @property
    def keys(self) -> KeyWriter:
        """The API keys."""
        return KeyWriter(self._session)

    @property
    def idempotency(self) -> IdempotencyTable:
        """The creations with an idempotency key."""
        return IdempotencyTable(self._session)

    def create(
        self,
        action: Action,
        *,
        author: str,
        source: ImportSource | None = None,
        id: str | None = None,  # noqa: A002 (as in Record)
    ) -> Record:
        """Create a record, with the identifier `id` when it is free, else with one made from its title."""
        return self.create_many([NewRecord(action, source, id)], author=author)[0]

    def create_many(self, new_records: Sequence[NewRecord], *, author: str) -> list[Record]:
        """Create records in order; for many of them much faster than one by one."""
        now = self._now()
        structures = self._add_structures(new.action for new in new_records)
        identities = [identity_key(new.action) for new in new_records]
        ranks = self._next_ranks(identities)
        ids = self._choose_ids(new_records, ranks)
        rows = [
            {
                **_content_values(new.action),
                **_source_values(new.source),
                "id": id_,
                "version": 1,
                "structure_id": structure,
                "identity": identity,
                "rank": rank,
                "cree_le": now,
                "modifie_le": now,
            }
            for new, id_, identity, rank, structure in zip(new_records, ids, identities, ranks, structures, strict=True)
        ]
        self._insert(_ACTIONS, rows)
        numbers = {stored.id: stored.number for stored in self.identities_by_id(ids).values()}
        records = [
            Record(numbers[id_], id_, 1, new.action, now, now) for id_, new in zip(ids, new_records, strict=True)
        ]
        self._add_versions(records, ChangeKind.CREATED, now, author)
        return records

    def update(self, number: int, action: Action, *, author: str, source: ImportSource | None = None) -> Record:
        """Store the next version of a record; this restores a deleted one. Raises NotFound."""
        now = self._now()
        row = self._state(number)
        record = Record(number, row.id, row.version + 1, action, row.cree_le, now)
        [structure] = self._add_structures([action])
        values = {
            **_content_values(action),
            **(_source_values(source) if source else {}),
            "version": record.version,
            "structure_id": structure,
            "modifie_le": now,
            "supprime_le": None,
        }
        self._execute(_update(number), values)
        if structure != row.structure_id:
            self._delete_unused_structure(row.structure_id)
        self._add_versions([record], ChangeKind.UPDATED, now, author)
        return record

    def delete(self, number: int, *, author: str) -> None:
        """Mark a record as deleted; its row and history stay. Raises NotFound, or Gone when it is deleted already."""
        now = self._now()
        row = self._state(number)
        if row.supprime_le:
            raise Gone(f"La fiche « {row.id} » a été supprimée.")
        self._execute(_update(number), {"supprime_le": now})
        self._add_changes([number], ChangeKind.DELETED, now, author)

    def update_source(self, number: int, source: ImportSource) -> None:
        """Store the import source of an unchanged record; this makes neither a version nor a change."""
        values = _source_values(source)
        differs = or_(*(_ACTIONS.c[key].is_distinct_from(value) for key, value in values.items()))
        self._execute(_update(number).where(differs), values)

    def _state(self, number: int) -> Row[Any]:
        row = self._execute(select(*_STATE_COLUMNS).where(_ACTIONS.c.number == number)).one_or_none()
        if row is None:
            raise NotFound(f"Aucune fiche ne porte le numéro {number}.")
        return row

    def _add_versions(self, records: Sequence[Record], kind: ChangeKind, now: datetime, author: str) -> None:
        versions = [
            {
                "action": record.number,
                "version": record.version,
                "at": now,
                "author": author,
                "content": field_values(record.action),
            }
            for record in records
        ]
        self._insert(_VERSIONS, versions)
        self._add_changes([record.number for record in records], kind, now, author)

    def _add_changes(self, numbers: Iterable[int], kind: ChangeKind, now: datetime, author: str) -> None:
        values = {"kind": kind.value, "at": now, "author": author}
        self._insert(_CHANGES, [{"action": number, **values} for number in numbers])

    def _add_structures(self, actions: Iterable[Action]) -> list[str]:
        """Add the structures that are not stored yet; return the structure identifier of each action."""
        structures = [Structure.parse(action.structure) for action in actions]
        ids = [structure.id for structure in structures]
        stored = self._existing(_STRUCTURES.c.id, ids)
        # Two spellings of a name may share an identifier: the first one wins.
        missing = {
            id_: structure
            for id_, structure in zip(reversed(ids), reversed(structures), strict=True)
            if id_ not in stored
        }
        rows = [
            {
                "id": id_,
                "nom": structure.nom,
                "departement": structure.departement.code if structure.departement else None,
            }
            for id_, structure in missing.items()
        ]
        self._insert(_STRUCTURES, rows)
        return ids

    def _delete_unused_structure(self, structure: str) -> None:
        used = select(_ACTIONS.c.number).where(_ACTIONS.c.structure_id == structure).exists()
        self._execute(delete(_STRUCTURES).where(_STRUCTURES.c.id == structure, ~used))

    def _next_ranks(self, identities: Sequence[str]) -> list[int]:
        """Return the rank of each new record: the number of earlier records with its identity."""
        counts: Counter[str] = Counter()
        column = _ACTIONS.c.identity
        for batch in chunks(dict.fromkeys(identities)):
            query = select(column, func.count().label("count_")).where(column.in_(batch)).group_by(column)
            counts.update({row.identity: row.count_ for row in self._execute(query)})
        ranks = []
        for identity in identities:
            ranks.append(counts[identity])
            counts[identity] += 1
        return ranks

    def _choose_ids(self, new_records: Sequence[NewRecord], ranks: Sequence[int]) -> list[str]:
        """Return an unused identifier for each new record: its own, else its slug, else its slug with a number.

        A slug is in use when another identity has the same digest prefix, or when an import brought that identifier.
        """
        candidates = [
            [*([new.id] if new.id else []), action_slug(new.action, rank)]
            for new, rank in zip(new_records, ranks, strict=True)
        ]
        used = self._existing(_ACTIONS.c.id, chain.from_iterable(candidates))
        ids = []
        for new, rank, preferred in zip(new_records, ranks, candidates, strict=True):
            chosen = next((id_ for id_ in preferred if id_ not in used), None)
            if chosen is None:
                slugs = (action_slug(new.action, number) for number in count(rank + 1))
                chosen = next(id_ for id_ in slugs if id_ not in used | self._existing(_ACTIONS.c.id, [id_]))
            used.add(chosen)
            ids.append(chosen)
        return ids

    def _existing(self, column: ColumnElement[str], values: Iterable[str]) -> set[str]:
        """Return those of `values` that exist in `column`."""
        queries = (select(column).where(column.in_(batch)) for batch in chunks(dict.fromkeys(values)))
        return {value for query in queries for value in self._execute(query).scalars()}

    def _insert(self, table: Table, rows: Sequence[_RowValues]) -> None:
        if rows:
            self._execute(insert(table), rows)

    def _execute(
        self, statement: Executable, values: _RowValues | Sequence[_RowValues] | None = None
    ) -> CursorResult[Any]:
        # Without ORM objects, which would take longer than the rest of a bulk import.
        return self._session.connection().execute(statement, values)


def _update(number: int) -> Update:
    return update(_ACTIONS).where(_ACTIONS.c.number == number)


def _content_values(action: Action) -> dict[str, Any]:
    return {**field_values(action), "content_hash": content_hash(action)}


def _source_values(source: ImportSource | None) -> dict[str, Any]:
    values = (source.file, source.line, source.hash) if source else (None, None, None)
    return dict(zip(("source_file", "source_line", "source_hash"), values, strict=True))
