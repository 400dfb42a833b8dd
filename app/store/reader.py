"""`Reader`, the queries of one read transaction."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, and_, func
from sqlalchemy import select as select_columns
from sqlmodel import Session, col, select

from app.catalogue.action import Action, identity_key
from app.catalogue.errors import DamagedData, DamagedRecord, Gone, NotFound
from app.catalogue.record import Change, Record, StoredIdentity, StructureSummary, Version
from app.catalogue.structure import Structure
from app.catalogue.territory import find_departement
from app.catalogue.text import collation_key, digest
from app.store.api_keys import KeyReader
from app.store.damage import DamagedRow, DamageRegistry, RowReader
from app.store.history import HistoryReader
from app.store.record_rows import (
    CHANGE_SHAPE,
    DELETABLE_SHAPE,
    RECORD_BY_ID,
    RECORD_SHAPE,
    RECORDS_AFTER,
    RECORDS_BY_ID,
    STRUCTURE_SHAPE,
    TIME_SHAPE,
    TOKEN_SHAPE,
    VERSION_SHAPE,
    action_of,
    change_from_row,
    record_from_row,
)
from app.store.row_decoding import content_fault
from app.store.sitemap import SitemapReader
from app.store.tables import METADATA, ActionRow, ChangeRow, StructureRow, VersionRow

READ_BATCH = 500  # rows or bound values of a statement: databases limit the latter

T = TypeVar("T")

_ACTIONS = METADATA.tables["actions"]
_CHANGES = METADATA.tables["changes"]
_VERSIONS = METADATA.tables["versions"]
_STRUCTURES = METADATA.tables["structures"]
_NOT_DELETED = col(ActionRow.supprime_le).is_(None)
_IDENTITY_COLUMNS = ("number", "id", "identity", "rank", "version", "content_hash", "source_hash")


class Reader:
    """The queries on one snapshot of the catalogue, valid within its `Store.read()`."""

    def __init__(self, session: Session, registry: DamageRegistry) -> None:
        self._session = session
        self._rows = RowReader(session, registry)

    @property
    def damaged(self) -> Collection[str]:
        """The labels of the damaged rows that this reader has left out."""
        return self._rows.damaged.keys()

    @property
    def keys(self) -> KeyReader:
        """The API keys."""
        return KeyReader(self._session)

    @property
    def sitemap(self) -> SitemapReader:
        """The entries of sitemaps."""
        return SitemapReader(self._rows)

    @property
    def history(self) -> HistoryReader:
        """The history of records."""
        return HistoryReader(self._session, self._rows)

    def last_change(self) -> int:
        """Return the number of the last change, 0 without any."""
        return self._session.exec(select(func.max(ChangeRow.number))).one() or 0

    def changed_at(self) -> datetime | None:
        """Return the time of the last change that has a readable one, None without any."""
        query = select_columns(*TIME_SHAPE.select_columns()).order_by(_CHANGES.c.number.desc())
        for limit in (1, READ_BATCH):
            if rows := self._rows.read_whole(query.limit(limit), TIME_SHAPE):
                time: datetime = rows[0][1]
                return time
        return None

    def change_token(self, number: int) -> str:
        """Return the change token of the log at `number`, a digest of that change; "" when there is no such change."""
        query = select_columns(*TOKEN_SHAPE.select_columns()).where(
            _CHANGES.c.number == number, _CHANGES.c.action == _ACTIONS.c.number
        )
        rows = self._rows.read(query, TOKEN_SHAPE)
        if not rows:
            return ""
        if isinstance(row := rows[0], DamagedRow):
            return digest(*map(str, row.values.values()))
        return digest(row[0], row[1], row[2].isoformat())

    def count(self) -> int:
        """Return the number of records that are not deleted."""
        return self._session.exec(select(func.count()).where(_NOT_DELETED)).one()

    def record(self, identifier: str) -> Record:
        """Return one record. Raises NotFound, Gone when it has been deleted, or DamagedRecord."""
        rows = self._rows.read(RECORD_BY_ID, DELETABLE_SHAPE, {"id": identifier})
        if not rows:
            raise _not_found(identifier)
        row = rows[0]
        if row.values["supprime_le"] if isinstance(row, DamagedRow) else row[0]:
            raise Gone(f"La fiche « {identifier} » a été supprimée.")
        if isinstance(row, DamagedRow):
            reasons = " ; ".join(f"« {column} » : {reason}" for column, reason in row.reasons.items())
            raise DamagedRecord(f"La fiche « {identifier} » est endommagée ({reasons}).", identifier)
        return record_from_row(row[1:])

    def records_by_id(self, ids: Sequence[str]) -> dict[str, Record]:
        """Return the records with these identifiers in their order, without unknown, deleted and damaged ones."""
        records: dict[str, Record] = {}
        for batch in chunks(dict.fromkeys(ids)):
            rows = self._rows.read_whole(RECORDS_BY_ID, RECORD_SHAPE, {"ids": batch})
            by_id = {row[1]: record_from_row(row) for row in rows}
            records |= {identifier: by_id[identifier] for identifier in batch if identifier in by_id}
        return records

    def records(self, after: int = 0, limit: int = READ_BATCH) -> list[Record]:
        """Return up to `limit` records with a number above `after`, by ascending number, without deleted ones.

        Damaged records are left out; the list is empty only when no record follows.
        """
        while rows := self._rows.read(RECORDS_AFTER, RECORD_SHAPE, {"after": after, "limit": limit}):
            if records := [record_from_row(row) for row in rows if not isinstance(row, DamagedRow)]:
                return records
            after = max(row.values["number"] for row in rows if isinstance(row, DamagedRow))
        return []

    def changes_after(self, number: int, limit: int = READ_BATCH) -> list[Change]:
        """Return the first `limit` changes after `number`, by ascending number: for each record only its last one."""
        later = _CHANGES.alias()
        superseded = select_columns(later.c.number).where(
            later.c.action == _CHANGES.c.action, later.c.number > _CHANGES.c.number
        )
        query = (
            select_columns(*CHANGE_SHAPE.select_columns())
            .join_from(_CHANGES, _ACTIONS, _ACTIONS.c.number == _CHANGES.c.action)
            .where(_CHANGES.c.number > number, ~superseded.exists())
            .order_by(_CHANGES.c.number)
            .limit(limit)
        )
        return [change_from_row(row) for row in self._rows.read(query, CHANGE_SHAPE)]

    def versions(self, identifier: str) -> list[Version]:
        """Return the versions of a record, deleted or not, newest first, without damaged ones. Raises NotFound."""
        number = self._session.exec(select(ActionRow.number).where(ActionRow.id == identifier)).one_or_none()
        if number is None:
            raise _not_found(identifier)
        query = select_columns(*VERSION_SHAPE.select_columns()).where(_VERSIONS.c.action == number)
        rows = self._rows.read_whole(
            query.order_by(_VERSIONS.c.version.desc()), VERSION_SHAPE, label_prefix=f"{identifier}, version "
        )
        return [
            Version(version, at, author, action_of(content))
            for version, at, author, content in rows
            if content_fault(content) is None
        ]

    def structures(
        self, departements: Collection[str] | None = None, *, offset: int = 0, limit: int | None = None
    ) -> tuple[list[StructureSummary], int]:
        """Return one page of the structures with an action, by name, and the total number of structures.

        `departements` (INSEE codes) restricts them. Python sorts them, since databases collate French differently, and
        there are a few thousand at most.
        """
        conditions = [] if departements is None else [col(StructureRow.departement).in_(departements)]
        whole = [row for row in self._structure_rows(*conditions) if not isinstance(row, DamagedRow)]
        rows = sorted(whole, key=lambda row: (collation_key(row[1]), row[0]))
        end = None if limit is None else offset + limit
        return [_structure_summary(row) for row in rows[offset:end]], len(rows)

    def structure(self, identifier: str) -> StructureSummary:
        """Return one structure. Raises NotFound when it has no action, DamagedData when it is damaged."""
        rows = self._structure_rows(col(StructureRow.id) == identifier)
        if not rows:
            raise NotFound(f"Aucune structure ne porte l'identifiant « {identifier} ».")
        if isinstance(row := rows[0], DamagedRow):
            raise DamagedData(f"La structure « {identifier} » est endommagée ({', '.join(row.reasons)}).")
        return _structure_summary(row)

    def identities(self, identities: Collection[str]) -> dict[str, list[StoredIdentity]]:
        """Return the records with each of these identities by rank, deleted ones too, without unknown identities."""
        by_identity: defaultdict[str, list[StoredIdentity]] = defaultdict(list)
        for batch in chunks(dict.fromkeys(identities)):
            for stored in self._stored_identities(col(ActionRow.identity).in_(batch)):
                by_identity[stored.identity].append(stored)
        return dict(by_identity)

    def identities_by_id(self, ids: Collection[str]) -> dict[str, StoredIdentity]:
        """Return the records with these identifiers, deleted ones too, without unknown identifiers."""
        batches = (self._stored_identities(col(ActionRow.id).in_(batch)) for batch in chunks(dict.fromkeys(ids)))
        return {stored.id: stored for batch in batches for stored in batch}

    def ids_with_identity(self, action: Action) -> list[str]:
        """Return the identifiers of the records with the current identity of `action`, without deleted ones."""
        structure_id = Structure.parse(action.structure).id
        query = select(ActionRow.id, ActionRow.titre, ActionRow.structure).where(
            ActionRow.structure_id == structure_id, ActionRow.titre == action.titre, _NOT_DELETED
        )
        identity = identity_key(action)
        rows = self._session.exec(query.order_by(col(ActionRow.number)))
        # Structures whose names differ by case or accents share an identifier, but not an identity.
        return [
            id_
            for id_, titre, structure in rows
            if identity_key(Action.model_construct(None, titre=titre, structure=structure)) == identity
        ]

    def orphaned_row_messages(self) -> Iterator[str]:
        """Yield a French sentence for each row that refers to a missing row, or that no row refers to but should."""
        row = ActionRow
        unused = ~select(row.number).where(row.structure_id == StructureRow.id).exists()
        for id_ in self._session.exec(select(StructureRow.id).where(unused).order_by(col(StructureRow.id))):
            yield f"La structure « {id_} » n'a aucune fiche."
        no_action = ~select(row.number).where(row.number == VersionRow.action).exists()
        for action, version in self._session.exec(select(VersionRow.action, VersionRow.version).where(no_action)):
            yield f"La version {version} appartient à la fiche numéro {action}, qui n'existe pas."
        no_action = ~select(row.number).where(row.number == ChangeRow.action).exists()
        for number, action in self._session.exec(select(ChangeRow.number, ChangeRow.action).where(no_action)):
            yield f"Le changement numéro {number} concerne la fiche numéro {action}, qui n'existe pas."
        no_structure = ~select(StructureRow.id).where(StructureRow.id == row.structure_id).exists()
        for id_, structure in self._session.exec(select(row.id, row.structure_id).where(no_structure)):
            yield f"La fiche « {id_} » nomme la structure « {structure} », qui n'existe pas."
        current = and_(col(VersionRow.action) == row.number, col(VersionRow.version) == row.version)
        no_version = ~select(VersionRow.action).where(current).exists()
        for id_, version in self._session.exec(select(row.id, row.version).where(no_version)):
            yield f"La fiche « {id_} » en est à la version {version}, que son historique n'a pas."

    def _structure_rows(self, *conditions: ColumnElement[bool]) -> list[Sequence[Any] | DamagedRow]:
        grouped = _STRUCTURES.c.id, _STRUCTURES.c.nom, _STRUCTURES.c.departement
        query = (
            select_columns(*STRUCTURE_SHAPE.select_columns())
            .join_from(_STRUCTURES, _ACTIONS, _ACTIONS.c.structure_id == _STRUCTURES.c.id)
            .where(_NOT_DELETED, *conditions)
            .group_by(*grouped)
        )
        return self._rows.read(query, STRUCTURE_SHAPE)

    def _stored_identities(self, condition: ColumnElement[bool]) -> Iterator[StoredIdentity]:
        # These columns precede the long texts in a row, which then need not be read from the disk.
        columns = [getattr(ActionRow, name) for name in _IDENTITY_COLUMNS]
        query = select_columns(*columns, ~_NOT_DELETED).where(condition).order_by(col(ActionRow.rank))
        for values in self._session.execute(query):
            yield StoredIdentity(*values)


def _not_found(identifier: str) -> NotFound:
    return NotFound(f"Aucune fiche ne porte l'identifiant « {identifier} ».")


def first_version_of(row: ActionRow, version: VersionRow) -> Record:
    """Return the record as it was created; `version` is its first version."""
    return Record(row.number or 0, row.id, version.version, action_of(version.content), row.cree_le, version.at)


def _structure_summary(row: Sequence[Any]) -> StructureSummary:
    _, nom, departement, actions = row
    return StructureSummary(Structure.compose(nom, find_departement(departement or "")), actions)


def chunks(values: Iterable[T]) -> Iterator[list[T]]:
    """Split `values` into lists of at most `READ_BATCH`."""
    iterator = iter(values)
    while batch := list(islice(iterator, READ_BATCH)):
        yield batch
