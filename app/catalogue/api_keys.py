"""API keys: how a secret is made, told apart and never kept, and what a key may do."""

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

_PREFIX = "acs"  # lets a scanner that finds a key in a public place tell whose it is
_SECRET_BITS = 256
_SECRET_PATTERN = re.compile(rf"{_PREFIX}_([0-9a-f]{{8}})_([0-9a-f]{{{_SECRET_BITS // 4}}})")
_MAX_NAME_LENGTH = 60
_IMPORT_AUTHOR_PREFIX = "import "  # how the name of who wrote begins when it was an import
_NO_HASH = "0" * 64


class Scope(StrEnum):
    """What a key allows beyond reading, which needs none."""

    WRITE = "ecriture"


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key as the catalogue knows it: whose it is, what it may do and since when, but not its secret.

    `secret_hash` is a SHA-256: 256 random bits cannot be guessed, so nothing slower is needed.
    """

    id: str
    name: str
    scopes: frozenset[Scope]
    secret_hash: str
    created_at: datetime
    used_at: datetime | None = None
    revoked_at: datetime | None = None

    def allows(self, scope: Scope) -> bool:
        """Tell whether the key has `scope`."""
        return scope in self.scopes


@dataclass(frozen=True, slots=True)
class PresentedKey:
    """What someone shows: the identifier of a key, which is no secret, and the hash of the whole."""

    id: str
    hash: str

    def matches(self, key: ApiKey | None) -> bool:
        """Tell whether it is `key`, and that one still holds; it takes as long whatever the answer."""
        same = hmac.compare_digest(self.hash, key.secret_hash if key else _NO_HASH)
        return same and key is not None and key.revoked_at is None


def generate_secret() -> str:
    """Return the secret of a new key, its identifier in it."""
    return f"{_PREFIX}_{secrets.token_hex(4)}_{secrets.token_hex(_SECRET_BITS // 8)}"


def parse_secret(secret: str) -> PresentedKey | None:
    """Return what `secret` shows, None when it has not even the form of a key."""
    found = _SECRET_PATTERN.fullmatch(secret)
    return PresentedKey(found[1], hashlib.sha256(secret.encode()).hexdigest()) if found else None


def validate_key_name(name: str) -> str:
    """Return `name` as the history will show it; ValueError when it cannot be the name of a key."""
    plain = " ".join(name.split())
    if not plain or len(plain) > _MAX_NAME_LENGTH or not plain.isprintable():
        raise ValueError(f"un nom de 1 à {_MAX_NAME_LENGTH} caractères est attendu")
    if plain.casefold().startswith(_IMPORT_AUTHOR_PREFIX):
        raise ValueError("ce nom se confondrait avec celui d'un import dans l'historique")
    return plain
