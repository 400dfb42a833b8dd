"""The settings, from environment variables `ACTIONS_…` or a file `.env`."""

import re
from ipaddress import ip_network
from pathlib import Path

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

MEGABYTE = 1_000_000
"""Bytes."""
_MAX_RATE = 10_000  # requests a second

# A source expression of a Content-Security-Policy; a semicolon or comma would begin another directive.
_SOURCE = re.compile(r"\*|'none'|'self'|(?:https?://)?(?:\*\.)?[\w.-]+(?::\d+|:\*)?/?", re.ASCII)
_LICENCE = re.compile(r"https?://[^\s<>\"{}|\\^`]+")


class Settings(BaseSettings):
    """All settings of the service with their defaults."""

    model_config = SettingsConfigDict(env_prefix="ACTIONS_", env_file=".env", extra="ignore")

    data_dir: Path = Field(Path("var"), description="Directory of the database and the index.")
    database_url: str = Field(
        "", description="SQLAlchemy URL of the database; empty: `actions.db` in the data directory."
    )
    public_url: str = Field("", description="Public address of the service, for links; empty: that of each request.")
    contact_email: str = Field("", description="Contact e-mail address in `/openapi.json`; empty: none.")
    cors_origins: str = Field(
        "*", description="Origins whose pages may read the API (CORS), separated by commas; `*`: all."
    )
    thesaurus: str = Field("", description="File of synonyms; empty: `data/thesaurus.txt` of the project.")
    postings_cache: int = Field(32, ge=1, description="Megabytes of the postings cache of each process.")
    record_cache: int = Field(96, ge=0, description="Megabytes of the record cache of each process; `0`: no cache.")
    answer_cache: int = Field(16, ge=0, description="Megabytes of the response cache of each process; `0`: no cache.")
    rate_limit: int = Field(
        100,
        ge=0,
        description="Requests per second of an address, in bursts of up to five seconds' worth; `0`: no limit.",
    )
    key_rate_limit: int = Field(
        20, ge=0, description="Writes per second with one key, in bursts as above; `0`: no limit."
    )
    trusted_proxies: str = Field(
        "127.0.0.1,::1", description="Addresses or networks of proxies whose X-Forwarded-For and -Proto are trusted."
    )
    time_budget: float = Field(10, gt=0, description="Seconds until a request without a response gets 503.")
    client_timeout: float = Field(
        30, gt=0, description="Seconds for a client to send a request, or to receive a chunk of a response."
    )
    connections: int = Field(500, ge=1, description="Maximum number of open connections of a process.")
    licence: str = Field(
        "https://spdx.org/licenses/etalab-2.0.html",
        description="URL of the licence of the data; empty: none is stated.",
    )
    publisher: str = Field(
        "Les actions des centres sociaux", min_length=1, description="Name of the publisher of the catalogue."
    )
    frame_ancestors: str = Field(
        "*", description="Sites that may show `/embed` in a frame, separated by spaces; `*`: all."
    )
    log_level: str = Field("INFO", description="Minimum level of log lines: DEBUG, INFO, WARNING or ERROR.")

    @field_validator("licence")
    @classmethod
    def _licence(cls, value: str) -> str:
        if value and not _LICENCE.fullmatch(value):
            raise ValueError("l'adresse d'une licence, en https:// ou http://, est attendue, ou rien")
        return value

    @field_validator("public_url")
    @classmethod
    def _address(cls, value: str) -> str:
        if value and not value.startswith(("https://", "http://")):
            raise ValueError("une adresse qui commence par https:// ou http:// est attendue")
        return value.rstrip("/")

    @field_validator("answer_cache", "record_cache", mode="before")
    @classmethod
    def _megabytes(cls, value: object) -> object:
        if not str(value).isdecimal():
            raise ValueError("un nombre entier de mégaoctets est attendu, ou 0")
        return value

    @field_validator("rate_limit", "key_rate_limit", mode="before")
    @classmethod
    def _rate(cls, value: object) -> object:
        if not str(value).isdecimal() or int(str(value)) > _MAX_RATE:
            raise ValueError(f"un nombre entier de demandes par seconde est attendu, de 0 à {_MAX_RATE}")
        return value

    @field_validator("trusted_proxies")
    @classmethod
    def _addresses(cls, value: str) -> str:
        for address in _split_commas(value):
            try:
                ip_network(address)
            except ValueError as error:
                raise ValueError(f"« {address} » n'est ni une adresse ni un réseau") from error
        return value

    @field_validator("frame_ancestors")
    @classmethod
    def _sources(cls, value: str) -> str:
        for source in value.split():
            if not _SOURCE.fullmatch(source):
                raise ValueError(f"« {source} » n'est pas un site, comme https://mairie.example, ni *")
        return " ".join(value.split()) or "'none'"

    @field_validator("thesaurus")
    @classmethod
    def _file(cls, value: str) -> str:
        return value.strip()

    @field_validator("log_level")
    @classmethod
    def _known_level(cls, value: str) -> str:
        if value.upper() not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
            raise ValueError("DEBUG, INFO, WARNING ou ERROR est attendu")
        return value.upper()

    @property
    def store_url(self) -> str:
        """The SQLAlchemy URL of the database."""
        return self.database_url or f"sqlite:///{self.data_dir / 'actions.db'}"

    @property
    def index_dir(self) -> Path:
        """The directory of the search index."""
        return self.data_dir / "index"

    @property
    def zero_result_file(self) -> Path:
        """The file of the zero-result log."""
        return self.data_dir / "recherches-sans-resultat.jsonl"

    @property
    def origins(self) -> list[str]:
        """The origins of `cors_origins` as a list."""
        return _split_commas(self.cors_origins)

    @property
    def proxies(self) -> list[str]:
        """The addresses and networks of `trusted_proxies` as a list."""
        return _split_commas(self.trusted_proxies)


def _split_commas(value: str) -> list[str]:
    return [part.strip() for part in value.split(",") if part.strip()]
