"""Idempotency keys: lookup, expiry, and their API key."""

from datetime import timedelta

from app.catalogue.record import Record
from app.store.repository import Store
from tests.factories import make_action
from tests.store.conftest import Clock
from tests.store.test_api_keys import add


def create(store: Store, key: str, name: str) -> Record:
    with store.write() as writer:
        record = writer.create(make_action(f"Jardin {name}"), author="Mairie")
        writer.idempotency.add(key, name, "digest", record)
    return record


def test_a_creation_is_found_by_its_idempotency_key_with_the_first_version(store: Store, clock: Clock) -> None:
    key, other = add(store), add(store, "CAF")
    created = create(store, key.id, "un")
    clock.advance()
    with store.write() as writer:
        writer.update(created.number, make_action("Verger"), author="Mairie")
        writer.delete(created.number, author="Mairie")
        found = writer.idempotency.find(key.id, "un")

        assert found
        assert (found.content_hash, found.record) == ("digest", created)
        assert writer.idempotency.find(key.id, "deux") is None
        assert writer.idempotency.find(other.id, "un") is None


def test_expired_idempotency_keys_are_deleted(store: Store, clock: Clock) -> None:
    key = add(store)
    create(store, key.id, "ancienne")
    later = clock.advance()
    create(store, key.id, "nouvelle")
    with store.write() as writer:
        writer.idempotency.delete_expired(later)
        assert writer.idempotency.find(key.id, "ancienne") is None
        assert writer.idempotency.find(key.id, "nouvelle")
        writer.idempotency.delete_expired(later + timedelta(milliseconds=1))
        assert writer.idempotency.find(key.id, "nouvelle") is None
