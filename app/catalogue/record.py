"""The values that the store returns: records, versions, changes, history, identities."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.catalogue.action import Action, FieldChange
from app.catalogue.structure import Structure


class ChangeKind(StrEnum):
    """The kind of a change."""

    CREATED = "creation"
    UPDATED = "modification"
    DELETED = "suppression"


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Record:
    """One action in the catalogue.

    `number` grows in the order of creation; `version` counts from 1; times are aware, in UTC.
    """

    number: int
    id: str
    version: int
    action: Action
    cree_le: datetime
    modifie_le: datetime

    def __hash__(self) -> int:
        return hash((self.id, self.version))


@dataclass(frozen=True, slots=True)
class Change:
    """One row of the change feed; `number` grows.

    `record` is the current record, None after its deletion, or when it is `damaged` and cannot be read.
    """

    number: int
    id: str
    kind: ChangeKind
    record: Record | None
    at: datetime
    damaged: bool = False


@dataclass(frozen=True, slots=True)
class Version:
    """A past version of a record: its number, time, author and content."""

    number: int
    at: datetime
    author: str
    action: Action


@dataclass(frozen=True, slots=True)
class HistoryEvent:
    """An event in the history of a record: its version after the event, time, author and changed fields."""

    version: int
    at: datetime
    author: str
    kind: ChangeKind
    changed: tuple[FieldChange, ...]


@dataclass(frozen=True, slots=True)
class IdempotentResult:
    """The result of a creation with an idempotency key: a digest of its content, and the record."""

    content_hash: str
    record: Record


@dataclass(frozen=True, slots=True)
class ImportSource:
    """The origin of an imported record: the file, its first line there, and the hash of its content there."""

    file: str
    line: int
    hash: str


@dataclass(frozen=True, slots=True)
class StoredIdentity:
    """The data by which an import recognises a record, deleted or not.

    `identity` and `rank` are those of its creation, even if its title has changed. `source_hash` is the hash of its
    content at the last import (None: never imported), `content_hash` that of its current content.
    """

    number: int
    id: str
    identity: str
    rank: int
    version: int
    content_hash: str
    source_hash: str | None
    deleted: bool


@dataclass(frozen=True, slots=True)
class StructureSummary:
    """A structure, with the name of its first action, and its number of actions."""

    structure: Structure
    actions: int


@dataclass(frozen=True, slots=True)
class SitemapEntry:
    """The identifier of a record or a structure, and the time of its last change; for a structure, of its actions."""

    id: str
    modifie_le: datetime


@dataclass(frozen=True, slots=True)
class SitemapPart:
    """A part of a sitemap: its number, from 1, and the last change in it."""

    number: int
    modifie_le: datetime
