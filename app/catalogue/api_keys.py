"""API keys: generation and parsing of secrets, of which only a hash is stored, and scopes."""

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

_PREFIX = "acs"  # lets secret scanners recognise a leaked key
_SECRET_BITS = 256
_SECRET_PATTERN = re.compile(rf"{_PREFIX}_([0-9a-f]{{8}})_([0-9a-f]{{{_SECRET_BITS // 4}}})")
_MAX_NAME_LENGTH = 60
_IMPORT_AUTHOR_PREFIX = "import "  # of the author of imported versions
_NO_HASH = "0" * 64


class Scope(StrEnum):
    """A permission of a key; reading needs none."""

    WRITE = "ecriture"


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A stored key.

    `secret_hash` is the SHA-256 of its secret: 256 random bits need no slow hash.
    """

    id: str
    name: str
    scopes: frozenset[Scope]
    secret_hash: str
    created_at: datetime
    used_at: datetime | None = None
    revoked_at: datetime | None = None

    def allows(self, scope: Scope) -> bool:
        """Tell whether the key grants `scope`."""
        return scope in self.scopes


@dataclass(frozen=True, slots=True)
class PresentedKey:
    """The secret of a request: the public identifier of its key, and the hash of the whole secret."""

    id: str
    hash: str

    def matches(self, key: ApiKey | None) -> bool:
        """Tell whether it is the secret of `key` and `key` is not revoked; takes the same time in each case."""
        same = hmac.compare_digest(self.hash, key.secret_hash if key else _NO_HASH)
        return same and key is not None and key.revoked_at is None


def generate_secret() -> str:
    """Return a new secret, which contains the identifier of its key."""
    return f"{_PREFIX}_{secrets.token_hex(4)}_{secrets.token_hex(_SECRET_BITS // 8)}"


def parse_secret(secret: str) -> PresentedKey | None:
    """Return the presented key of `secret`, None when it has not the form of one."""
    match = _SECRET_PATTERN.fullmatch(secret)
    return PresentedKey(match[1], hashlib.sha256(secret.encode()).hexdigest()) if match else None


def validate_key_name(name: str) -> str:
    """Return `name` with single spaces; ValueError when it cannot name a key."""
    plain = " ".join(name.split())
    if not plain or len(plain) > _MAX_NAME_LENGTH or not plain.isprintable():
        raise ValueError(f"un nom de 1 à {_MAX_NAME_LENGTH} caractères est attendu")
    if plain.casefold().startswith(_IMPORT_AUTHOR_PREFIX):
        raise ValueError("ce nom se confondrait avec celui d'un import dans l'historique")
    return plain
