"""Reads the catalogue: every question that is put to the database, answered from one snapshot of it."""

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

READ_BATCH = 500  # rows of a question: databases limit the values in one statement, and memory is not endless

T = TypeVar("T")

_LIVING = col(ActionRow.supprime_le).is_(None)
_KNOWN = ("number", "id", "identity", "rank", "version", "content_hash", "source_hash")
_KEYS = tuple(field.key for field in FIELDS)
_ACTIONS = METADATA.tables["actions"]
_ALL_KEYS = set(_KEYS)  # one for all records: nobody changes what is read
_OF_RECORD = ("number", "id", "version", "cree_le", "modifie_le", *_KEYS)
# One statement for all pages: to tell that two are the same takes as long as to run one.
_ROWS = select_columns(*(_ACTIONS.c[name] for name in _OF_RECORD)).where(
    _ACTIONS.c.id.in_(bindparam("ids", expanding=True)), _ACTIONS.c.supprime_le.is_(None)
)


class Reader:
    """One consistent view of the catalogue, for as long as its `Store.read()` lasts."""

    def __init__(self, session: Session) -> None:
        self._session = session

    @property
    def keys(self) -> KeyReader:
        """The API keys."""
        return KeyReader(self._session)

    @property
    def sitemap(self) -> SitemapReader:
        """What there is, without what it says."""
        return SitemapReader(self._session)

    @property
    def history(self) -> HistoryReader:
        """The history of records."""
        return HistoryReader(self._session)

    def last_change(self) -> int:
        """Return the number of the last change of the catalogue, 0 when there is none."""
        return self._session.exec(select(func.max(ChangeRow.number))).one() or 0

    def changed_at(self) -> datetime | None:
        """Return when the catalogue last changed; None when nothing ever happened to it."""
        query = select(ChangeRow.at).order_by(col(ChangeRow.number).desc()).limit(1)
        return self._session.exec(query).first()

    def change_token(self, number: int) -> str:
        """Return a digest of the change of that number: which record, what, and when; "" when there is none."""
        query = select(ActionRow.id, ChangeRow.kind, ChangeRow.at).where(
            ChangeRow.number == number, ChangeRow.action == ActionRow.number
        )
        found = self._session.exec(query).one_or_none()
        return digest(found[0], found[1], found[2].isoformat()) if found else ""

    def count(self) -> int:
        """Return how many records there are, deleted ones not counted."""
        return self._session.exec(select(func.count()).where(_LIVING)).one()

    def record(self, identifier: str) -> Record:
        """Return the record of that identifier; NotFound, or Gone once it has been deleted."""
        row = self._row(identifier)
        if row.supprime_le:
            raise Gone(f"La fiche « {identifier} » a été supprimée.")
        return record_from_row(row)

    def records_by_id(self, ids: Sequence[str]) -> dict[str, Record]:
        """Return the records of those identifiers in the order of `ids`, unknown and deleted ones left out."""
        found: dict[str, Record] = {}
        for some in chunks(dict.fromkeys(ids)):
            # Past the objects of the session, which would take longer than all the rest of a page.
            rows = self._session.connection().execute(_ROWS, {"ids": some})
            by_id = {row.id: _record(row) for row in rows.all()}
            found |= {identifier: by_id[identifier] for identifier in some if identifier in by_id}
        return found

    def records(self, after: int = 0, limit: int = READ_BATCH) -> list[Record]:
        """Return the first `limit` records with a number above `after` by growing number, deleted ones left out."""
        number = col(ActionRow.number)
        rows = self._session.exec(select(ActionRow).where(number > after, _LIVING).order_by(number).limit(limit))
        return [record_from_row(row) for row in rows]

    def changes_after(self, number: int, limit: int = READ_BATCH) -> list[Change]:
        """Return the first `limit` changes after `number`, by growing number: for each record its last one only."""
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
        """Return what the record of that identifier has said, newest first, deleted or not; NotFound without one."""
        number = self._row(identifier).number
        rows = self._session.exec(
            select(VersionRow).where(VersionRow.action == number).order_by(col(VersionRow.version).desc())
        )
        return [Version(row.version, row.at, row.author, _action(row.content)) for row in rows]

    def structures(
        self, departements: Collection[str] | None = None, *, offset: int = 0, limit: int | None = None
    ) -> tuple[list[StructureSummary], int]:
        """Return one page of the organisers of at least one action, by name, and how many there are on all pages.

        `departements` keeps those of these INSEE codes. Databases do not agree on how to collate French, and there
        are a few thousand organisers at most: they are put in order here.
        """
        wanted = [] if departements is None else [col(StructureRow.departement).in_(departements)]
        rows = sorted(self._organisers(*wanted), key=lambda row: (collation_key(row.nom), row.id))
        end = None if limit is None else offset + limit
        return [_organiser(row) for row in rows[offset:end]], len(rows)

    def structure(self, identifier: str) -> StructureSummary:
        """Return the organiser of that identifier; NotFound when it has no action in the catalogue."""
        rows = self._organisers(col(StructureRow.id) == identifier)
        if not rows:
            raise NotFound(f"Aucune structure ne porte l'identifiant « {identifier} ».")
        return _organiser(rows[0])

    def identities(self, identities: Collection[str]) -> dict[str, list[StoredIdentity]]:
        """Return the records of each identity by rank, deleted ones among them; an identity without any is left out."""
        found: defaultdict[str, list[StoredIdentity]] = defaultdict(list)
        for some in chunks(dict.fromkeys(identities)):
            for known in self._known(col(ActionRow.identity).in_(some)):
                found[known.identity].append(known)
        return dict(found)

    def identities_by_id(self, ids: Collection[str]) -> dict[str, StoredIdentity]:
        """Return the records of those identifiers, deleted ones among them; an unknown identifier is left out."""
        batches = (self._known(col(ActionRow.id).in_(some)) for some in chunks(dict.fromkeys(ids)))
        return {known.id: known for batch in batches for known in batch}

    def ids_with_identity(self, action: Action) -> list[str]:
        """Return the identifiers of the records that have the identity of `action` now, deleted ones left out."""
        organiser = Structure.parse(action.structure).id
        query = select(ActionRow.id, ActionRow.titre, ActionRow.structure).where(
            ActionRow.structure_id == organiser, ActionRow.titre == action.titre, _LIVING
        )
        who = identity_key(action)
        rows = self._session.exec(query.order_by(col(ActionRow.number)))
        # Organisers whose names differ by case or accents share an identifier, but are not the same.
        return [id_ for id_, titre, structure in rows if identity_key(Action(titre=titre, structure=structure)) == who]

    def orphaned_row_messages(self) -> Iterator[str]:
        """Say in French, row by row, what is left without what it belongs to."""
        row = ActionRow
        lonely = ~select(row.number).where(row.structure_id == StructureRow.id).exists()
        for id_ in self._session.exec(select(StructureRow.id).where(lonely).order_by(col(StructureRow.id))):
            yield f"La structure « {id_} » n'a aucune fiche."
        gone = ~select(row.number).where(row.number == VersionRow.action).exists()
        for action, version in self._session.exec(select(VersionRow.action, VersionRow.version).where(gone)):
            yield f"La version {version} appartient à la fiche numéro {action}, qui n'existe pas."
        gone = ~select(row.number).where(row.number == ChangeRow.action).exists()
        for number, action in self._session.exec(select(ChangeRow.number, ChangeRow.action).where(gone)):
            yield f"Le changement numéro {number} concerne la fiche numéro {action}, qui n'existe pas."
        homeless = ~select(StructureRow.id).where(StructureRow.id == row.structure_id).exists()
        for id_, structure in self._session.exec(select(row.id, row.structure_id).where(homeless)):
            yield f"La fiche « {id_} » nomme la structure « {structure} », qui n'existe pas."
        current = and_(col(VersionRow.action) == row.number, col(VersionRow.version) == row.version)
        unsaid = ~select(VersionRow.action).where(current).exists()
        for id_, version in self._session.exec(select(row.id, row.version).where(unsaid)):
            yield f"La fiche « {id_} » en est à la version {version}, que son historique n'a pas."

    def _row(self, identifier: str) -> ActionRow:
        row = self._session.exec(select(ActionRow).where(ActionRow.id == identifier)).one_or_none()
        if row is None:
            raise NotFound(f"Aucune fiche ne porte l'identifiant « {identifier} ».")
        return row

    def _organisers(self, *conditions: ColumnElement[bool]) -> Sequence[Row[Any]]:
        columns = col(StructureRow.id), col(StructureRow.nom), col(StructureRow.departement)
        query = (
            select_columns(*columns, func.count().label("actions"))
            .join(ActionRow, col(ActionRow.structure_id) == StructureRow.id)
            .where(_LIVING, *conditions)
            .group_by(*columns)
        )
        return self._session.execute(query).all()

    def _known(self, condition: ColumnElement[bool]) -> Iterator[StoredIdentity]:
        # Only these columns: they come first in a row, so that its texts need not be read from the disk.
        columns = [getattr(ActionRow, name) for name in _KNOWN]
        query = select_columns(*columns, ~_LIVING).where(condition).order_by(col(ActionRow.rank))
        for values in self._session.execute(query):
            yield StoredIdentity(*values)


def record_from_row(row: ActionRow) -> Record:
    """Return the record that `row` holds; its content was canonical when it was stored."""
    return Record(row.number or 0, row.id, row.version, _action(field_values(row)), row.cree_le, row.modifie_le)


def _record(row: Row[Any]) -> Record:
    """Return the record that a row of `_ROWS` holds."""
    number, identifier, version, created, changed, *values = tuple(row)
    action = Action.model_construct(_ALL_KEYS, **dict(zip(_KEYS, values, strict=True)))
    return Record(number, identifier, version, action, created, changed)


def first_version_of(row: ActionRow, version: VersionRow) -> Record:
    """Return the record that `row` was when it was created; `version` is its first one."""
    return Record(row.number or 0, row.id, version.version, _action(version.content), row.cree_le, version.at)


def _organiser(row: Row[Any]) -> StructureSummary:
    return StructureSummary(Structure.compose(row.nom, find_departement(row.departement or "")), row.actions)


def chunks(values: Iterable[T]) -> Iterator[list[T]]:
    """Cut `values` into lists that one statement can take."""
    rest = iter(values)
    while some := list(islice(rest, READ_BATCH)):
        yield some


def _action(said: Mapping[str, Any]) -> Action:
    """Return the action that was stored as `said`, as far as today's fields go; its values were canonical then."""
    return Action.model_construct(None, **{key: said[key] for key in _KEYS if key in said})
