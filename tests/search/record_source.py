"""A `RecordSource` in memory."""

from collections.abc import Iterator

from app.catalogue.record import Change, ChangeKind, Record
from tests.factories import EPOCH


class ListRecordSource:
    """A `RecordSource` over a list of changes, to which `put` and `remove` append."""

    def __init__(self, *records: Record) -> None:
        self._current: dict[str, Record] = {}
        self._log: list[tuple[str, ChangeKind]] = []
        for record in records:
            self.put(record)

    def put(self, record: Record) -> None:
        kind = ChangeKind.UPDATED if record.id in self._current else ChangeKind.CREATED
        self._current[record.id] = record
        self._log.append((record.id, kind))

    def remove(self, identifier: str) -> None:
        del self._current[identifier]
        self._log.append((identifier, ChangeKind.DELETED))

    def last_change(self) -> int:
        return len(self._log)

    def change_token(self, number: int) -> str:
        return str(self._log[number - 1]) if 0 < number <= len(self._log) else ""

    def changes_after(self, number: int) -> Iterator[Change]:
        last = {identifier: place for place, (identifier, _) in enumerate(self._log)}
        for place, (identifier, kind) in enumerate(self._log[number:], number):
            if last[identifier] == place:
                yield Change(place + 1, identifier, kind, self._current.get(identifier), EPOCH)

    def records(self) -> Iterator[Record]:
        yield from sorted(self._current.values(), key=lambda record: record.number)
