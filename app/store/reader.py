"""`Reader`, the queries of one read transaction."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Row, and_, bindparam, func
from sqlalchemy import select as select_columns
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from app.catalogue.action import Action, field_values, identity_key
from app.catalogue.errors import Gone, NotFound
from app.catalogue.fields import FIELDS
from app.catalogue.record import Change, ChangeKind, Record, StoredIdentity, StructureSummary, Version
from app.catalogue.structure import Structure
from app.catalogue.territory import find_departement
from app.catalogue.text import collation_key, digest
from app.store.api_keys import KeyReader
from app.store.history import HistoryReader
from app.store.sitemap import SitemapReader
from app.store.tables import METADATA, ActionRow, ChangeRow, StructureRow, VersionRow

READ_BATCH = 500  # rows or bound values of a statement: databases limit the latter

T = TypeVar("T")

_NOT_DELETED = col(ActionRow.supprime_le).is_(None)
_IDENTITY_COLUMNS = ("number", "id", "identity", "rank", "version", "content_hash", "source_hash")
_KEYS = tuple(field.key for field in FIELDS)
_ACTIONS = METADATA.tables["actions"]
_ALL_KEYS = set(_KEYS)  # shared by all actions, which are never changed
_RECORD_COLUMNS = ("number", "id", "version", "cree_le", "modifie_le", *_KEYS)
# Built once: computing the cache key of a new statement takes as long as running it.
_RECORDS_BY_ID = select_columns(*(_ACTIONS.c[name] for name in _RECORD_COLUMNS)).where(
    _ACTIONS.c.id.in_(bindparam("ids", expanding=True)), _ACTIONS.c.supprime_le.is_(None)
)


class Reader:
    """The queries on one snapshot of the catalogue, valid within its `Store.read()`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    @property
    def keys(self) -> KeyReader:
        """The API keys."""
        return KeyReader(self._session)

    @property
    def sitemap(self) -> SitemapReader:
        """The entries of sitemaps."""
        return SitemapReader(self._session)

    @property
    def history(self) -> HistoryReader:
        """The history of records."""
        return HistoryReader(self._session)

    def last_change(self) -> int:
        """Return the number of the last change, 0 without any."""
        return self._session.exec(select(func.max(ChangeRow.number))).one() or 0

    def changed_at(self) -> datetime | None:
        """Return the time of the last change, None without any."""
        query = select(ChangeRow.at).order_by(col(ChangeRow.number).desc()).limit(1)
        return self._session.exec(query).first()

    def change_token(self, number: int) -> str:
        """Return the change token of the log at `number`, a digest of that change; "" when there is no such change."""
        query = select(ActionRow.id, ChangeRow.kind, ChangeRow.at).where(
            ChangeRow.number == number, ChangeRow.action == ActionRow.number
        )
        row = self._session.exec(query).one_or_none()
        return digest(row[0], row[1], row[2].isoformat()) if row else ""

    def count(self) -> int:
        """Return the number of records that are not deleted."""
        return self._session.exec(select(func.count()).where(_NOT_DELETED)).one()

    def record(self, identifier: str) -> Record:
        """Return one record. Raises NotFound, or Gone when it has been deleted."""
        row = self._row(identifier)
        if row.supprime_le:
            raise Gone(f"La fiche « {identifier} » a été supprimée.")
        return record_from_row(row)

    def records_by_id(self, ids: Sequence[str]) -> dict[str, Record]:
        """Return the records with these identifiers in the order of `ids`, without unknown and deleted ones."""
        records: dict[str, Record] = {}
        for batch in chunks(dict.fromkeys(ids)):
            # Without ORM objects, which would take longer than the rest of a page.
            rows = self._session.connection().execute(_RECORDS_BY_ID, {"ids": batch})
            by_id = {row.id: _record(row) for row in rows.all()}
            records |= {identifier: by_id[identifier] for identifier in batch if identifier in by_id}
        return records

    def records(self, after: int = 0, limit: int = READ_BATCH) -> list[Record]:
        """Return the first `limit` records with a number above `after`, by ascending number, without deleted ones."""
        number = col(ActionRow.number)
        rows = self._session.exec(select(ActionRow).where(number > after, _NOT_DELETED).order_by(number).limit(limit))
        return [record_from_row(row) for row in rows]

    def changes_after(self, number: int, limit: int = READ_BATCH) -> list[Change]:
        """Return the first `limit` changes after `number`, by ascending number: for each record only its last one."""
        later = aliased(ChangeRow)
        superseded = select(later.number).where(
            later.action == ChangeRow.action, col(later.number) > col(ChangeRow.number)
        )
        rows = self._session.exec(
            select(ChangeRow, ActionRow)
            .join(ActionRow, col(ActionRow.number) == ChangeRow.action)
            .where(col(ChangeRow.number) > number, ~superseded.exists())
            .order_by(col(ChangeRow.number))
            .limit(limit)
        )
        return [
            Change(
                change.number or 0,
                row.id,
                ChangeKind(change.kind),
                None if row.supprime_le else record_from_row(row),
                change.at,
            )
            for change, row in rows
        ]

    def versions(self, identifier: str) -> list[Version]:
        """Return the versions of a record, deleted or not, newest first. Raises NotFound."""
        number = self._row(identifier).number
        rows = self._session.exec(
            select(VersionRow).where(VersionRow.action == number).order_by(col(VersionRow.version).desc())
        )
        return [Version(row.version, row.at, row.author, _action(row.content)) for row in rows]

    def structures(
        self, departements: Collection[str] | None = None, *, offset: int = 0, limit: int | None = None
    ) -> tuple[list[StructureSummary], int]:
        """Return one page of the structures with an action, by name, and the total number of structures.

        `departements` (INSEE codes) restricts them. Python sorts them, since databases collate French differently, and
        there are a few thousand at most.
        """
        conditions = [] if departements is None else [col(StructureRow.departement).in_(departements)]
        rows = sorted(self._structure_rows(*conditions), key=lambda row: (collation_key(row.nom), row.id))
        end = None if limit is None else offset + limit
        return [_structure_summary(row) for row in rows[offset:end]], len(rows)

    def structure(self, identifier: str) -> StructureSummary:
        """Return one structure. Raises NotFound when it has no action."""
        rows = self._structure_rows(col(StructureRow.id) == identifier)
        if not rows:
            raise NotFound(f"Aucune structure ne porte l'identifiant « {identifier} ».")
        return _structure_summary(rows[0])

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

    def _row(self, identifier: str) -> ActionRow:
        row = self._session.exec(select(ActionRow).where(ActionRow.id == identifier)).one_or_none()
        if row is None:
            raise NotFound(f"Aucune fiche ne porte l'identifiant « {identifier} ».")
        return row

    def _structure_rows(self, *conditions: ColumnElement[bool]) -> Sequence[Row[Any]]:
        columns = col(StructureRow.id), col(StructureRow.nom), col(StructureRow.departement)
        query = (
            select_columns(*columns, func.count().label("actions"))
            .join(ActionRow, col(ActionRow.structure_id) == StructureRow.id)
            .where(_NOT_DELETED, *conditions)
            .group_by(*columns)
        )
        return self._session.execute(query).all()

    def _stored_identities(self, condition: ColumnElement[bool]) -> Iterator[StoredIdentity]:
        # These columns precede the long texts in a row, which then need not be read from the disk.
        columns = [getattr(ActionRow, name) for name in _IDENTITY_COLUMNS]
        query = select_columns(*columns, ~_NOT_DELETED).where(condition).order_by(col(ActionRow.rank))
        for values in self._session.execute(query):
            yield StoredIdentity(*values)


def record_from_row(row: ActionRow) -> Record:
    """Return the record of a row; its content was normalised before it was stored."""
    return Record(row.number or 0, row.id, row.version, _action(field_values(row)), row.cree_le, row.modifie_le)


def _record(row: Row[Any]) -> Record:
    """Return the record of a row of `_RECORDS_BY_ID`."""
    number, identifier, version, created, modified, *values = tuple(row)
    action = Action.model_construct(_ALL_KEYS, **dict(zip(_KEYS, values, strict=True)))
    return Record(number, identifier, version, action, created, modified)


def first_version_of(row: ActionRow, version: VersionRow) -> Record:
    """Return the record as it was created; `version` is its first version."""
    return Record(row.number or 0, row.id, version.version, _action(version.content), row.cree_le, version.at)


def _structure_summary(row: Row[Any]) -> StructureSummary:
    return StructureSummary(Structure.compose(row.nom, find_departement(row.departement or "")), row.actions)


def chunks(values: Iterable[T]) -> Iterator[list[T]]:
    """Split `values` into lists of at most `READ_BATCH`."""
    iterator = iter(values)
    while batch := list(islice(iterator, READ_BATCH)):
        yield batch


def _action(content: Mapping[str, Any]) -> Action:
    """Return the action with that stored content, without fields that no longer exist."""
    return Action.model_construct(None, **{key: content[key] for key in _KEYS if key in content})
