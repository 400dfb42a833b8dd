"""Writes one action at a time, for someone who holds a key: create, replace, patch, delete, each found at once."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import structlog

from app.catalogue.action import Action, content_hash, identity_key
from app.catalogue.action_input import read_action, read_patch
from app.catalogue.api_keys import ApiKey
from app.catalogue.errors import AlreadyExists, IdempotencyKeyReused, StaleVersion
from app.catalogue.record import Record
from app.service.catalogue_service import CatalogueService
from app.store.repository import Writer

IDEMPOTENCY_PERIOD = timedelta(days=1)
"""How long a creation of a name can be asked for again."""

VersionCheck = Callable[[Record], bool]
"""Tells whether a record is the one that the writer has seen."""

BeforeWrite = Callable[[], None]
"""Called once a write has its turn, with nothing written yet: what it raises keeps the write from being carried out."""

logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class WriteResult:
    """A record that was written, and whether a search finds it as it is now; otherwise a later one will."""

    record: Record
    searchable: bool


def _always() -> None:
    """Let every write begin."""


def create_action(
    service: CatalogueService,
    document: object,
    *,
    key: ApiKey,
    idempotency_key: str | None = None,
    before_write: BeforeWrite = _always,
) -> WriteResult:
    """Create the action that `document` describes. Raises InvalidContent, or AlreadyExists for an existing identity.

    `name` is the idempotency key. For a day, the same name with the same content returns the record that the first
    request created; with other content it raises IdempotencyKeyReused. Of two concurrent requests the second one waits.
    """
    action = read_action(document)
    with _in_turn(service, before_write) as writer:
        record = _made_before(writer, key, idempotency_key, action, service) if idempotency_key else None
        if record is None:
            _must_be_free(writer, action)
            record = writer.create(action, author=key.name)
            if idempotency_key:
                writer.idempotency.add(key.id, idempotency_key, content_hash(action), record)
    return _searchable(service, record)


def replace_action(
    service: CatalogueService,
    identifier: str,
    document: object,
    *,
    key: ApiKey,
    version_check: VersionCheck,
    before_write: BeforeWrite = _always,
) -> WriteResult:
    """Let a record say what `document` says and nothing else; it has to be the one `seen`, or it is StaleVersion."""
    with _in_turn(service, before_write) as writer:
        record = _revised(writer, identifier, lambda current: read_action(document, current), key, version_check)
    return _searchable(service, record)


def patch_action(
    service: CatalogueService,
    identifier: str,
    patch: object,
    *,
    key: ApiKey,
    version_check: VersionCheck,
    before_write: BeforeWrite = _always,
) -> WriteResult:
    """Change what the merge patch `patch` names of a record; it has to be the one `seen`, or it is StaleVersion."""
    with _in_turn(service, before_write) as writer:
        record = _revised(writer, identifier, lambda current: read_patch(patch, current), key, version_check)
    return _searchable(service, record)


def delete_action(
    service: CatalogueService,
    identifier: str,
    *,
    key: ApiKey,
    version_check: VersionCheck,
    before_write: BeforeWrite = _always,
) -> WriteResult:
    """Take a record out of the catalogue; it has to be the one `seen`, or it is StaleVersion."""
    with _in_turn(service, before_write) as writer:
        record = _current(writer, identifier, version_check)
        writer.delete(record.number, author=key.name)
    return _searchable(service, record)


@contextmanager
def _in_turn(catalogue: CatalogueService, may_begin: BeforeWrite) -> Iterator[Writer]:
    """Lend the writer, unless whoever wants to write has given up while others wrote."""
    with catalogue.store.write() as writer:
        may_begin()
        yield writer


def _revised(
    writer: Writer, identifier: str, read: Callable[[Action], Action], key: ApiKey, seen: VersionCheck
) -> Record:
    # All within one transaction that holds the write lock: of two writers who saw the same version one comes first,
    # and the other one meets its version.
    record = _current(writer, identifier, seen)
    action = read(record.action)
    if content_hash(action) == content_hash(record.action):
        return record
    if identity_key(action) != identity_key(record.action):
        _must_be_free(writer, action)
    return writer.update(record.number, action, author=key.name)


def _current(writer: Writer, identifier: str, seen: VersionCheck) -> Record:
    record = writer.record(identifier)
    if not seen(record):
        raise StaleVersion(f"La fiche « {identifier} » a changé depuis : la relire, puis recommencer.")
    return record


def _must_be_free(writer: Writer, action: Action) -> None:
    for identifier in writer.ids_with_identity(action)[:1]:
        raise AlreadyExists(f"« {identifier} » a déjà ce titre et cette structure.", identifier)


def _made_before(writer: Writer, key: ApiKey, name: str, action: Action, catalogue: CatalogueService) -> Record | None:
    writer.idempotency.delete_expired(catalogue.store.now() - IDEMPOTENCY_PERIOD)
    made = writer.idempotency.find(key.id, name)
    if made and made.content_hash != content_hash(action):
        raise IdempotencyKeyReused("Cette clé d'idempotence a déjà servi, avec un autre contenu.")
    return made.record if made else None


def _searchable(catalogue: CatalogueService, record: Record) -> WriteResult:
    """Have the index take in what was committed. What it cannot take now it takes later: the write itself stands."""
    try:
        catalogue.catch_up()
    except Exception:
        logger.exception("written_but_not_indexed", id=record.id)
        return WriteResult(record, searchable=False)
    return WriteResult(record, searchable=True)
