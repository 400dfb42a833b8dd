"""Keys: who may write. They are made, listed and revoked by an operator, and recognised in each request that writes."""

from datetime import timedelta

import structlog

from app.catalogue.api_keys import ApiKey, Scope, generate_secret, parse_secret, validate_key_name
from app.catalogue.errors import CatalogueError, InsufficientScope, InvalidKey, NotFound, StoreUnavailable
from app.store.repository import Store

_SELDOM = timedelta(minutes=1)  # between two notes of a key's use

logger = structlog.get_logger(__name__)


def create_key(store: Store, name: str, scopes: frozenset[Scope]) -> tuple[ApiKey, str]:
    """Add a key and return it with its secret, which cannot be had again; CatalogueError when `name` is none."""
    try:
        plain = validate_key_name(name)
    except ValueError as error:
        raise CatalogueError(f"« {name} » ne peut pas nommer une clé : {error}.") from error
    with store.write() as writer:
        while True:
            secret = generate_secret()
            shown = parse_secret(secret)
            if shown and writer.keys.find(shown.id) is None:
                break
        key = ApiKey(shown.id, plain, scopes, shown.hash, store.now())
        writer.keys.add(key)
    return key, secret


def list_keys(store: Store) -> list[ApiKey]:
    """Return every key, revoked ones too, the oldest first."""
    with store.read() as reader:
        return reader.keys.all()


def revoke_key(store: Store, identifier: str) -> ApiKey:
    """Take every right from a key at once and return it; NotFound without one of that identifier."""
    with store.write() as writer:
        writer.keys.revoke(identifier, store.now())
        key = writer.keys.find(identifier)
    if key is None:
        raise NotFound(f"Aucune clé ne porte l'identifiant « {identifier} ».")
    return key


def authenticate(store: Store, secret: str | None) -> ApiKey:
    """Return the key whose `secret` is shown, its use noted; InvalidKey when it is none that holds."""
    if secret is None:
        raise InvalidKey("Une clé est attendue : « Authorization: Bearer CLÉ ».", shown=False)
    shown = parse_secret(secret)
    with store.read() as reader:
        key = reader.keys.find(shown.id) if shown else None
    if shown is None or key is None or not shown.matches(key):
        raise InvalidKey("Cette clé n'est pas reconnue, ou elle a été révoquée.", shown=True)
    _note_use(store, key)
    return key


def require_scope(key: ApiKey, scope: Scope) -> None:
    """Raise InsufficientScope unless `key` has `scope`."""
    if not key.allows(scope):
        raise InsufficientScope(
            f"Cette clé ne permet pas cela : il lui manque la portée « {scope.value} ».", scope.value
        )


def _note_use(store: Store, key: ApiKey) -> None:
    now = store.now()
    if key.used_at and key.used_at > now - _SELDOM:
        return
    try:
        # Nobody is kept waiting for a note: while someone else writes, it is left to the next use.
        with store.write(wait=False) as writer:
            writer.keys.record_use(key.id, now, now - _SELDOM)
    except StoreUnavailable as error:
        logger.info("key_use_not_noted", key=key.id, reason=str(error))
