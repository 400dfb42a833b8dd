"""Records, versions and changes: what the store keeps of an action, and what the index learns of it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.catalogue.action import Action, FieldChange
from app.catalogue.structure import Structure


class ChangeKind(StrEnum):
    """What happened to a record."""

    CREATED = "creation"
    UPDATED = "modification"
    DELETED = "suppression"


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Record:
    """One action in the catalogue.

    `number` grows in the order of arrival; `version` counts from 1; times are UTC and carry their zone.
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
    """One row of the catalogue's log: a growing number, the record, what happened to it and when.

    `record` is the record as it is now, None once it has been deleted.
    """

    number: int
    id: str
    kind: ChangeKind
    record: Record | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Version:
    """A record as it was once: the number of that version, since when, who wrote it, what it said."""

    number: int
    at: datetime
    author: str
    action: Action


@dataclass(frozen=True, slots=True)
class HistoryEvent:
    """Something that happened to a record: the version that it had then, when, by whom, and what it changed."""

    version: int
    at: datetime
    author: str
    kind: ChangeKind
    changed: tuple[FieldChange, ...]


@dataclass(frozen=True, slots=True)
class IdempotentResult:
    """A creation that may be asked for again: a digest of what it asked for, and the record that it made."""

    content_hash: str
    record: Record


@dataclass(frozen=True, slots=True)
class ImportSource:
    """Where an import found a record: the file, the line at which it begins, and the hash of what it said there."""

    file: str
    line: int
    hash: str


@dataclass(frozen=True, slots=True)
class StoredIdentity:
    """What an import needs of a record to recognise it, deleted or not.

    `identity` and `rank` are those with which it first came, whatever its title has become. `source_hash` is the
    content at the last import (None when it never was in one), `content_hash` the content now.
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
    """A structure, by the name under which it first came, and how many actions of the catalogue are its own."""

    structure: Structure
    actions: int


@dataclass(frozen=True, slots=True)
class SitemapEntry:
    """The identifier of a record or of an organiser, and when it, or the last of its actions, changed."""

    id: str
    modifie_le: datetime


@dataclass(frozen=True, slots=True)
class SitemapPart:
    """A piece of a long list: its number, from 1, and the last change in it."""

    number: int
    modifie_le: datetime
