"""Create, replace, patch and delete one action with an API key; a search finds the result at once."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import structlog

from app.catalogue.action import Action, content_hash, identity_key
from app.catalogue.action_input import parse_action, parse_patch
from app.catalogue.api_keys import ApiKey
from app.catalogue.errors import AlreadyExists, IdempotencyKeyReused, StaleVersion
from app.catalogue.record import Record
from app.service.catalogue_service import CatalogueService
from app.store.repository import Writer

IDEMPOTENCY_PERIOD = timedelta(days=1)
"""How long a creation with an idempotency key can be repeated."""

VersionCheck = Callable[[Record], bool]
"""Tells whether the current record is the version that the client wants to change (`If-Match`)."""

BeforeWrite = Callable[[], None]
"""Called once the write lock is held and before anything is written; an exception cancels the write."""

logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class WriteResult:
    """The written record, and whether the index has applied the write; if not, it applies it later."""

    record: Record
    searchable: bool


def _no_check() -> None:
    """Cancel no write."""


def create_action(
    service: CatalogueService,
    document: object,
    *,
    key: ApiKey,
    idempotency_key: str | None = None,
    before_write: BeforeWrite = _no_check,
) -> WriteResult:
    """Create the action that `document` describes. Raises InvalidContent, or AlreadyExists for an existing identity.

    For a day, the same `idempotency_key` with the same content returns the record that the first request created; with
    other content it raises IdempotencyKeyReused. Of two concurrent requests the second one waits.
    """
    action = parse_action(document)
    with _begin_write(service, before_write) as writer:
        record = _repeated_creation(service, writer, key, idempotency_key, action) if idempotency_key else None
        if record is None:
            _reject_duplicate(writer, action)
            record = writer.create(action, author=key.name)
            if idempotency_key:
                writer.idempotency.add(key.id, idempotency_key, content_hash(action), record)
    return _index_write(service, record)


def replace_action(
    service: CatalogueService,
    identifier: str,
    document: object,
    *,
    key: ApiKey,
    version_check: VersionCheck,
    before_write: BeforeWrite = _no_check,
) -> WriteResult:
    """Replace the content of a record. Raises StaleVersion when `version_check` rejects the current version."""
    with _begin_write(service, before_write) as writer:
        record = _update(writer, identifier, lambda current: parse_action(document, current), key, version_check)
    return _index_write(service, record)


def patch_action(
    service: CatalogueService,
    identifier: str,
    patch: object,
    *,
    key: ApiKey,
    version_check: VersionCheck,
    before_write: BeforeWrite = _no_check,
) -> WriteResult:
    """Apply a merge patch to a record. Raises StaleVersion when `version_check` rejects the current version."""
    with _begin_write(service, before_write) as writer:
        record = _update(writer, identifier, lambda current: parse_patch(patch, current), key, version_check)
    return _index_write(service, record)


def delete_action(
    service: CatalogueService,
    identifier: str,
    *,
    key: ApiKey,
    version_check: VersionCheck,
    before_write: BeforeWrite = _no_check,
) -> WriteResult:
    """Delete a record. Raises StaleVersion when `version_check` rejects the current version."""
    with _begin_write(service, before_write) as writer:
        record = _load_current(writer, identifier, version_check)
        writer.delete(record.number, author=key.name)
    return _index_write(service, record)


@contextmanager
def _begin_write(service: CatalogueService, before_write: BeforeWrite) -> Iterator[Writer]:
    """Begin a transaction that holds the write lock, then call `before_write`, which may cancel it."""
    with service.store.write() as writer:
        before_write()
        yield writer


def _update(
    writer: Writer, identifier: str, read: Callable[[Action], Action], key: ApiKey, version_check: VersionCheck
) -> Record:
    # One transaction under the write lock: of two clients that change the same version, the second one is stale.
    record = _load_current(writer, identifier, version_check)
    action = read(record.action)
    if content_hash(action) == content_hash(record.action):
        return record
    if identity_key(action) != identity_key(record.action):
        _reject_duplicate(writer, action)
    return writer.update(record.number, action, author=key.name)


def _load_current(writer: Writer, identifier: str, version_check: VersionCheck) -> Record:
    record = writer.record(identifier)
    if not version_check(record):
        raise StaleVersion(f"La fiche « {identifier} » a changé depuis : la relire, puis recommencer.")
    return record


def _reject_duplicate(writer: Writer, action: Action) -> None:
    for identifier in writer.ids_with_identity(action)[:1]:
        raise AlreadyExists(f"« {identifier} » a déjà ce titre et cette structure.", identifier)


def _repeated_creation(
    service: CatalogueService, writer: Writer, key: ApiKey, idempotency_key: str, action: Action
) -> Record | None:
    writer.idempotency.delete_expired(service.store.now() - IDEMPOTENCY_PERIOD)
    result = writer.idempotency.find(key.id, idempotency_key)
    if result and result.content_hash != content_hash(action):
        raise IdempotencyKeyReused("Cette clé d'idempotence a déjà servi, avec un autre contenu.")
    return result.record if result else None


def _index_write(service: CatalogueService, record: Record) -> WriteResult:
    """Apply a committed write to the index. A failure is logged: the write stands, and the index catches up later."""
    try:
        service.catch_up()
    except Exception:
        logger.exception("written_but_not_indexed", id=record.id)
        return WriteResult(record, searchable=False)
    return WriteResult(record, searchable=True)
