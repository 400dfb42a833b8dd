"""Reads the history of a record: its rows of the change log, each with the fields that its version changed."""

from collections.abc import Mapping, Sequence

from sqlmodel import Session, col, select

from app.catalogue.action import Value, field_changes
from app.catalogue.errors import NotFound
from app.catalogue.record import ChangeKind, HistoryEvent
from app.store.tables import ActionRow, ChangeRow, VersionRow


class HistoryReader:
    """Reads histories from the tables of changes and versions."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def page(self, identifier: str, *, offset: int = 0, limit: int | None = None) -> tuple[list[HistoryEvent], int]:
        """Return one page of the history of a record, newest first, and the total number of events.

        A deleted record has a history too. Only contents that the page needs are read. Raises NotFound.
        """
        number = self._session.exec(select(ActionRow.number).where(ActionRow.id == identifier)).one_or_none()
        if number is None:
            raise NotFound(f"Aucune fiche ne porte l'identifiant « {identifier} ».")
        changes = self._session.exec(
            select(ChangeRow).where(ChangeRow.action == number).order_by(col(ChangeRow.number))
        ).all()
        versioned = list(reversed(_with_versions(changes)))
        page = versioned[offset : None if limit is None else offset + limit]
        contents = self._contents(number, {version - back for _, version in page for back in (0, 1)})
        return [_event(change, version, contents) for change, version in page], len(versioned)

    def _contents(self, action: int, versions: set[int]) -> dict[int, Mapping[str, Value]]:
        if not versions:
            return {}
        lowest, highest = min(versions), max(versions)
        rows = self._session.exec(
            select(VersionRow.version, VersionRow.content).where(
                VersionRow.action == action, col(VersionRow.version).between(lowest, highest)
            )
        )
        return dict(iter(rows))


def _with_versions(changes: Sequence[ChangeRow]) -> list[tuple[ChangeRow, int]]:
    """Return each change with the version of the record after it: every change but a deletion makes a new version."""
    version, versioned = 0, []
    for change in changes:
        version += change.kind != ChangeKind.DELETED
        versioned.append((change, version))
    return versioned


def _event(change: ChangeRow, version: int, contents: Mapping[int, Mapping[str, Value]]) -> HistoryEvent:
    kind = ChangeKind(change.kind)
    changed = () if kind is ChangeKind.DELETED else field_changes(contents.get(version - 1, {}), contents[version])
    return HistoryEvent(version, change.at, change.author, kind, changed)
