"""The table of API keys: contents, revocation, and how often a use is recorded."""

import sqlite3
from datetime import timedelta

import pytest
from sqlalchemy import exc

from app.catalogue.api_keys import ApiKey, Scope, generate_secret, parse_secret
from app.store.repository import Store
from tests.store.conftest import Clock


def add(store: Store, name: str = "Mairie") -> ApiKey:
    presented = parse_secret(generate_secret())
    assert presented
    key = ApiKey(presented.id, name, frozenset({Scope.WRITE}), presented.hash, store.now())
    with store.write() as writer:
        writer.keys.add(key)
    return key


def find(store: Store, key: ApiKey) -> ApiKey | None:
    with store.read() as reader:
        return reader.keys.find(key.id)


def test_a_key_is_found_by_its_identifier(store: Store, clock: Clock) -> None:
    first = add(store)
    clock.advance()
    second = add(store, "CAF")

    assert find(store, first) == first
    with store.read() as reader:
        assert reader.keys.all() == [first, second]
        assert reader.keys.find("inconnue") is None


def test_two_keys_cannot_share_an_identifier(store: Store) -> None:
    key = add(store)
    with pytest.raises(exc.IntegrityError), store.write() as writer:
        writer.keys.add(key)


def test_a_revoked_key_keeps_its_revocation_time(store: Store, clock: Clock) -> None:
    key = add(store)
    first = clock.advance()
    for now in (first, clock.advance()):
        with store.write() as writer:
            writer.keys.revoke(key.id, now)
    revoked = find(store, key)

    assert revoked
    assert revoked.revoked_at == first


def test_use_is_recorded_unless_it_was_recorded_recently(store: Store, clock: Clock) -> None:
    key = add(store)
    uses = []
    for later in (timedelta(0), timedelta(seconds=59), timedelta(seconds=61)):
        now = clock.time + later
        with store.write() as writer:
            writer.keys.record_use(key.id, now, now - timedelta(minutes=1))
        again = find(store, key)
        uses.append(again.used_at - clock.time if again and again.used_at else None)

    assert uses == [timedelta(0), timedelta(0), timedelta(seconds=61)]


def test_an_unknown_scope_in_the_database_permits_nothing(store: Store, raw: sqlite3.Connection) -> None:
    key = add(store)
    raw.execute("UPDATE api_keys SET scopes = '[\"tout\"]'")
    again = find(store, key)

    assert again
    assert not again.allows(Scope.WRITE)
