"""Reads the log of changes as people and partners see it: what became of one record, and who did what when."""

from collections.abc import Mapping, Sequence

from sqlmodel import Session, col, select

from app.catalogue.action import Value, field_changes
from app.catalogue.errors import NotFound
from app.catalogue.record import ChangeKind, HistoryEvent
from app.store.tables import ActionRow, ChangeRow, VersionRow


class HistoryReader:
    """The history of records, from the log and from the versions that it led to."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def page(self, identifier: str, *, offset: int = 0, limit: int | None = None) -> tuple[list[HistoryEvent], int]:
        """Return one page of what happened to a record, newest first, and how many events there are on all pages.

        A deleted record has a history too; NotFound without a record of that identifier. What was said is read for
        the events of the page alone.
        """
        number = self._session.exec(select(ActionRow.number).where(ActionRow.id == identifier)).one_or_none()
        if number is None:
            raise NotFound(f"Aucune fiche ne porte l'identifiant « {identifier} ».")
        changes = self._session.exec(
            select(ChangeRow).where(ChangeRow.action == number).order_by(col(ChangeRow.number))
        ).all()
        numbered = list(reversed(_with_versions(changes)))
        page = numbered[offset : None if limit is None else offset + limit]
        said = self._contents(number, {version - back for _, version in page for back in (0, 1)})
        return [_event(change, version, said) for change, version in page], len(numbered)

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
    """Return each change with the version that the record had after it: all but a deletion make the next one."""
    version, found = 0, []
    for change in changes:
        version += change.kind != ChangeKind.DELETED
        found.append((change, version))
    return found


def _event(change: ChangeRow, version: int, said: Mapping[int, Mapping[str, Value]]) -> HistoryEvent:
    kind = ChangeKind(change.kind)
    changed = () if kind is ChangeKind.DELETED else field_changes(said.get(version - 1, {}), said[version])
    return HistoryEvent(version, change.at, change.author, kind, changed)
