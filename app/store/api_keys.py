"""The table of API keys, read and written within the transaction of a reader or of the writer."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import or_, update
from sqlmodel import Session, col, select

from app.catalogue.api_keys import ApiKey, Scope
from app.store.tables import KeyRow


class KeyReader:
    """Finds keys; a revoked one stays, since the history names it."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def find(self, identifier: str) -> ApiKey | None:
        """Return the key of that identifier, None without one."""
        row = self._session.get(KeyRow, identifier)
        return _key(row) if row else None

    def all(self) -> list[ApiKey]:
        """Return every key, the oldest first."""
        rows = self._session.exec(select(KeyRow).order_by(col(KeyRow.created_at), col(KeyRow.id)))
        return [_key(row) for row in rows]


class KeyWriter(KeyReader):
    """Adds keys and notes what becomes of them."""

    def add(self, key: ApiKey) -> None:
        """Add a key; nobody else has its identifier."""
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
        """Take every right from a key from now on; one that has been revoked keeps the time when it was."""
        self._session.execute(
            update(KeyRow).where(col(KeyRow.id) == identifier, col(KeyRow.revoked_at).is_(None)).values(revoked_at=now)
        )

    def record_use(self, identifier: str, now: datetime, unless_after: datetime) -> None:
        """Note that a key was used `now`, unless its last use is noted to be after `unless_after`."""
        used = col(KeyRow.used_at)
        self._session.execute(
            update(KeyRow)
            .where(col(KeyRow.id) == identifier, or_(used.is_(None), used <= unless_after))
            .values(used_at=now)
        )


def _key(row: KeyRow) -> ApiKey:
    return ApiKey(row.id, row.name, _scopes(row.scopes), row.secret_hash, row.created_at, row.used_at, row.revoked_at)


def _scopes(names: Iterable[str]) -> frozenset[Scope]:
    """Return the scopes of those names; one that this program does not know gives no right."""
    known = {scope.value for scope in Scope}
    return frozenset(Scope(name) for name in names if name in known)
