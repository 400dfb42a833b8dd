"""Reads and writes the table of API keys, within the transaction of a `Reader` or `Writer`."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import or_, update
from sqlmodel import Session, col, select

from app.catalogue.api_keys import ApiKey, Scope
from app.store.tables import KeyRow


class KeyReader:
    """Reads keys. Revoked keys stay in the table."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def find(self, identifier: str) -> ApiKey | None:
        """Return the key with that identifier, None without one."""
        row = self._session.get(KeyRow, identifier)
        return _key(row) if row else None

    def all(self) -> list[ApiKey]:
        """Return all keys, oldest first."""
        rows = self._session.exec(select(KeyRow).order_by(col(KeyRow.created_at), col(KeyRow.id)))
        return [_key(row) for row in rows]


class KeyWriter(KeyReader):
    """Adds and revokes keys, and records their use."""

    def add(self, key: ApiKey) -> None:
        """Add a key. Raises IntegrityError when its identifier exists."""
        row = KeyRow(
            id=key.id,
            name=key.name,
            scopes=sorted(scope.value for scope in key.scopes),
            secret_hash=key.secret_hash,
            created_at=key.created_at,
        )
        self._session.add(row)
        self._session.flush()

    def revoke(self, identifier: str, now: datetime) -> None:
        """Revoke a key; one that is revoked already keeps its time."""
        self._session.execute(
            update(KeyRow).where(col(KeyRow.id) == identifier, col(KeyRow.revoked_at).is_(None)).values(revoked_at=now)
        )

    def record_use(self, identifier: str, now: datetime, unless_after: datetime) -> None:
        """Set the last use of a key to `now`, unless it is later than `unless_after`."""
        used_at = col(KeyRow.used_at)
        self._session.execute(
            update(KeyRow)
            .where(col(KeyRow.id) == identifier, or_(used_at.is_(None), used_at <= unless_after))
            .values(used_at=now)
        )


def _key(row: KeyRow) -> ApiKey:
    return ApiKey(row.id, row.name, _scopes(row.scopes), row.secret_hash, row.created_at, row.used_at, row.revoked_at)


def _scopes(names: Iterable[str]) -> frozenset[Scope]:
    """Return the scopes with those names; a scope of a newer program is ignored."""
    known = {scope.value for scope in Scope}
    return frozenset(Scope(name) for name in names if name in known)
