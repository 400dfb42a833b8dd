"""Reads the history of a record: its rows of the change log, each with the fields that its version changed."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select as select_columns
from sqlmodel import Session, select

from app.catalogue.action import Value, field_changes
from app.catalogue.errors import NotFound
from app.catalogue.record import ChangeKind, HistoryEvent
from app.store.damage import DamagedRow, RowReader, RowShape
from app.store.row_decoding import content_fault
from app.store.tables import METADATA, ActionRow

_CHANGES = METADATA.tables["changes"]
_VERSIONS = METADATA.tables["versions"]
_CHANGE_SHAPE = RowShape(
    {name: _CHANGES.c[name] for name in ("number", "kind", "at", "author")}, table="changes", label="number"
)
_CONTENT_SHAPE = RowShape(
    {name: _VERSIONS.c[name] for name in ("version", "content")}, table="versions", label="version"
)
_KINDS = frozenset(ChangeKind)


class HistoryReader:
    """Reads histories from the tables of changes and versions."""

    def __init__(self, session: Session, rows: RowReader) -> None:
        self._session = session
        self._rows = rows

    def page(self, identifier: str, *, offset: int = 0, limit: int | None = None) -> tuple[list[HistoryEvent], int]:
        """Return one page of the history of a record, newest first, and the total number of events.

        A deleted or damaged record has a history too; events that are damaged themselves are left out. Only contents
        that the page needs are read. Raises NotFound.
        """
        number = self._session.exec(select(ActionRow.number).where(ActionRow.id == identifier)).one_or_none()
        if number is None:
            raise NotFound(f"Aucune fiche ne porte l'identifiant « {identifier} ».")
        query = select_columns(*_CHANGE_SHAPE.select_columns()).where(_CHANGES.c.action == number)
        changes = self._rows.read(
            query.order_by(_CHANGES.c.number), _CHANGE_SHAPE, label_prefix=f"{identifier}, changement "
        )
        versioned = list(reversed(_with_versions(changes)))
        page = versioned[offset : None if limit is None else offset + limit]
        contents = self._contents(identifier, number, {version - back for _, version in page for back in (0, 1)})
        events = (_event(change, version, contents) for change, version in page if not isinstance(change, DamagedRow))
        return [event for event in events if event], len(versioned)

    def _contents(self, identifier: str, action: int, versions: set[int]) -> dict[int, Mapping[str, Value]]:
        if not versions:
            return {}
        lowest, highest = min(versions), max(versions)
        query = select_columns(*_CONTENT_SHAPE.select_columns()).where(
            _VERSIONS.c.action == action, _VERSIONS.c.version.between(lowest, highest)
        )
        contents = {}
        prefix = f"{identifier}, version "
        for version, content in self._rows.read_whole(query, _CONTENT_SHAPE, label_prefix=prefix):
            if fault := content_fault(content):
                self._rows.add("versions", DamagedRow(f"{prefix}{version}", {}, {"content": fault}))
            else:
                contents[version] = content
        return contents


def _with_versions(
    changes: Sequence[Sequence[Any] | DamagedRow],
) -> list[tuple[Sequence[Any] | DamagedRow, int]]:
    """Return each change with the version of the record after it: every change but a deletion makes a new version."""
    version, versioned = 0, []
    for change in changes:
        kind = change.values["kind"] if isinstance(change, DamagedRow) else change[1]
        version += kind != ChangeKind.DELETED
        versioned.append((change, version))
    return versioned


def _event(change: Sequence[Any], version: int, contents: Mapping[int, Mapping[str, Value]]) -> HistoryEvent | None:
    """Return the event of a change; None when its kind or its content is damaged."""
    _, kind, at, author = change
    if kind == ChangeKind.DELETED:
        return HistoryEvent(version, at, author, ChangeKind.DELETED, ())
    if kind not in _KINDS or version not in contents:
        return None
    # Without a readable version before it, the event tells the whole content.
    changed = field_changes(contents.get(version - 1, {}), contents[version])
    return HistoryEvent(version, at, author, ChangeKind(kind), changed)
