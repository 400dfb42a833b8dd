"""API keys: an operator creates, lists and revokes them; each write request authenticates with one."""

from datetime import timedelta

import structlog

from app.catalogue.api_keys import ApiKey, Scope, generate_secret, parse_secret, validate_key_name
from app.catalogue.errors import CatalogueError, InsufficientScope, InvalidKey, NotFound, StoreUnavailable
from app.store.repository import Store

_USE_INTERVAL = timedelta(minutes=1)  # the last use of a key is recorded at most that often

logger = structlog.get_logger(__name__)


def create_key(store: Store, name: str, scopes: frozenset[Scope]) -> tuple[ApiKey, str]:
    """Create a key and return it with its secret, which is not stored. Raises CatalogueError for an invalid `name`."""
    try:
        valid_name = validate_key_name(name)
    except ValueError as error:
        raise CatalogueError(f"« {name} » ne peut pas nommer une clé : {error}.") from error
    with store.write() as writer:
        while True:
            secret = generate_secret()
            presented = parse_secret(secret)
            if presented and writer.keys.find(presented.id) is None:
                break
        key = ApiKey(presented.id, valid_name, scopes, presented.hash, store.now())
        writer.keys.add(key)
    return key, secret


def list_keys(store: Store) -> list[ApiKey]:
    """Return all keys, revoked ones too, oldest first."""
    with store.read() as reader:
        return reader.keys.all()


def revoke_key(store: Store, identifier: str) -> ApiKey:
    """Revoke a key, effective at once, and return it. Raises NotFound."""
    with store.write() as writer:
        writer.keys.revoke(identifier, store.now())
        key = writer.keys.find(identifier)
    if key is None:
        raise NotFound(f"Aucune clé ne porte l'identifiant « {identifier} ».")
    return key


def authenticate(store: Store, secret: str | None) -> ApiKey:
    """Return the key with that secret and record its use. Raises InvalidKey when it is missing, unknown or revoked."""
    if secret is None:
        raise InvalidKey("Une clé est attendue : « Authorization: Bearer CLÉ ».", presented=False)
    presented = parse_secret(secret)
    with store.read() as reader:
        key = reader.keys.find(presented.id) if presented else None
    if presented is None or key is None or not presented.matches(key):
        raise InvalidKey("Cette clé n'est pas reconnue, ou elle a été révoquée.", presented=True)
    _record_use(store, key)
    return key


def require_scope(key: ApiKey, scope: Scope) -> None:
    """Raise InsufficientScope unless `key` has `scope`."""
    if not key.allows(scope):
        raise InsufficientScope(
            f"Cette clé ne permet pas cela : il lui manque la portée « {scope.value} ».", scope.value
        )


def _record_use(store: Store, key: ApiKey) -> None:
    now = store.now()
    if key.used_at and key.used_at > now - _USE_INTERVAL:
        return
    try:
        # The request does not wait for this: while another transaction writes, the next use is recorded instead.
        with store.write(wait=False) as writer:
            writer.keys.record_use(key.id, now, now - _USE_INTERVAL)
    except StoreUnavailable as error:
        logger.info("key_use_not_noted", key=key.id, reason=str(error))
