"""Writes one action at a time, for someone who holds a key: create, replace, patch, delete, each found at once."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import structlog

from app.catalogue.action import Action, content_hash, identity
from app.catalogue.errors import AlreadyThere, NameTaken, Outdated
from app.catalogue.keys import Key
from app.catalogue.record import Record
from app.catalogue.submission import read_patch, read_whole
from app.service.catalogue import Catalogue
from app.store.repository import Writer

REPEATABLE = timedelta(days=1)
"""How long a creation of a name can be asked for again."""

Seen = Callable[[Record], bool]
"""Tells whether a record is the one that the writer has seen."""

MayBegin = Callable[[], None]
"""Called once a write has its turn, with nothing written yet: what it raises keeps the write from being carried out."""

logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Written:
    """A record that was written, and whether a search finds it as it is now; otherwise a later one will."""

    record: Record
    searchable: bool


def _always() -> None:
    """Let every write begin."""


def create_action(
    catalogue: Catalogue, document: object, *, key: Key, name: str | None = None, may_begin: MayBegin = _always
) -> Written:
    """Add the action that `document` says; InvalidContent, or AlreadyThere when there is one of that identity.

    A creation may have a `name` among those of its key. The same name with the same content is then answered for a day
    with the record as it was created, and creates nothing; NameTaken with another content. Of two at once the second
    one waits for the first.
    """
    action = read_whole(document)
    with _in_turn(catalogue, may_begin) as writer:
        record = _made_before(writer, key, name, action, catalogue) if name else None
        if record is None:
            _must_be_free(writer, action)
            record = writer.create(action, author=key.name)
            if name:
                writer.repeats.note(key.id, name, content_hash(action), record)
    return _searchable(catalogue, record)


def replace_action(
    catalogue: Catalogue, identifier: str, document: object, *, key: Key, seen: Seen, may_begin: MayBegin = _always
) -> Written:
    """Let a record say what `document` says and nothing else; it has to be the one `seen`, or it is Outdated."""
    with _in_turn(catalogue, may_begin) as writer:
        record = _revised(writer, identifier, lambda current: read_whole(document, current), key, seen)
    return _searchable(catalogue, record)


def patch_action(
    catalogue: Catalogue, identifier: str, patch: object, *, key: Key, seen: Seen, may_begin: MayBegin = _always
) -> Written:
    """Change what the merge patch `patch` names of a record; it has to be the one `seen`, or it is Outdated."""
    with _in_turn(catalogue, may_begin) as writer:
        record = _revised(writer, identifier, lambda current: read_patch(patch, current), key, seen)
    return _searchable(catalogue, record)


def delete_action(
    catalogue: Catalogue, identifier: str, *, key: Key, seen: Seen, may_begin: MayBegin = _always
) -> Written:
    """Take a record out of the catalogue; it has to be the one `seen`, or it is Outdated."""
    with _in_turn(catalogue, may_begin) as writer:
        record = _current(writer, identifier, seen)
        writer.delete(record.number, author=key.name)
    return _searchable(catalogue, record)


@contextmanager
def _in_turn(catalogue: Catalogue, may_begin: MayBegin) -> Iterator[Writer]:
    """Lend the writer, unless whoever wants to write has given up while others wrote."""
    with catalogue.store.write() as writer:
        may_begin()
        yield writer


def _revised(writer: Writer, identifier: str, read: Callable[[Action], Action], key: Key, seen: Seen) -> Record:
    # All within one transaction that holds the write lock: of two writers who saw the same version one comes first,
    # and the other one meets its version.
    record = _current(writer, identifier, seen)
    action = read(record.action)
    if content_hash(action) == content_hash(record.action):
        return record
    if identity(action) != identity(record.action):
        _must_be_free(writer, action)
    return writer.update(record.number, action, author=key.name)


def _current(writer: Writer, identifier: str, seen: Seen) -> Record:
    record = writer.record(identifier)
    if not seen(record):
        raise Outdated(f"La fiche « {identifier} » a changé depuis : la relire, puis recommencer.")
    return record


def _must_be_free(writer: Writer, action: Action) -> None:
    for identifier in writer.namesakes(action)[:1]:
        raise AlreadyThere(f"« {identifier} » a déjà ce titre et cette structure.", identifier)


def _made_before(writer: Writer, key: Key, name: str, action: Action, catalogue: Catalogue) -> Record | None:
    writer.repeats.forget(catalogue.store.now() - REPEATABLE)
    made = writer.repeats.find(key.id, name)
    if made and made.content_hash != content_hash(action):
        raise NameTaken("Cette clé d'idempotence a déjà servi, avec un autre contenu.")
    return made.record if made else None


def _searchable(catalogue: Catalogue, record: Record) -> Written:
    """Have the index take in what was committed. What it cannot take now it takes later: the write itself stands."""
    try:
        catalogue.catch_up()
    except Exception:
        logger.exception("written_but_not_indexed", id=record.id)
        return Written(record, searchable=False)
    return Written(record, searchable=True)
