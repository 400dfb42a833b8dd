"""The settings: environment variables `ACTIONS_…`, or lines of a file `.env`; read at the edges only."""

import re
from ipaddress import ip_network
from pathlib import Path

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

MEGABYTE = 1_000_000
"""Bytes of what settings give in megabytes."""
_MAX_RATE = 10_000  # requests a second

# A source of a Content-Security-Policy; a semicolon or comma would begin another rule.
_SOURCE = re.compile(r"\*|'none'|'self'|(?:https?://)?(?:\*\.)?[\w.-]+(?::\d+|:\*)?/?", re.ASCII)


_LICENCE = re.compile(r"https?://[^\s<>\"{}|\\^`]+")


class Settings(BaseSettings):
    """Every setting of the service, with its default."""

    model_config = SettingsConfigDict(env_prefix="ACTIONS_", env_file=".env", extra="ignore")

    data_dir: Path = Field(Path("var"), description="Directory of the database and the index.")
    database_url: str = Field(
        "", description="SQLAlchemy URL of the database; empty: `actions.db` in the data directory."
    )
    public_url: str = Field("", description="Address that partners see, for links; empty: that of each request.")
    contact_email: str = Field("", description="Address that partners write to, in `/openapi.json`; empty: none.")
    cors_origins: str = Field("*", description="Origins that may read from a browser, separated by commas; `*`: all.")
    thesaurus: str = Field("", description="File of synonyms; empty: `data/thesaurus.txt` of the project.")
    postings_cache: int = Field(32, ge=1, description="Megabytes of scored posting lists that a process keeps.")
    record_cache: int = Field(96, ge=0, description="Megabytes of records that each process keeps ready; `0`: none.")
    answer_cache: int = Field(16, ge=0, description="Megabytes of answers that each process keeps ready; `0`: none.")
    rate_limit: int = Field(
        100,
        ge=0,
        description="Requests a second that an address may make, five seconds' worth of them at once; `0`: any number.",
    )
    key_rate_limit: int = Field(
        20, ge=0, description="Requests a second that may be made with one key, as above; `0`: any number."
    )
    trusted_proxies: str = Field(
        "127.0.0.1,::1", description="Addresses or networks whose X-Forwarded-For and -Proto are believed."
    )
    time_budget: float = Field(10, gt=0, description="Seconds within which a request is answered, if need be by 503.")
    client_timeout: float = Field(
        30, gt=0, description="Seconds that a client may take to send a request, or to take in a piece of an answer."
    )
    connections: int = Field(500, ge=1, description="Connections that a process holds at once.")
    licence: str = Field(
        "https://spdx.org/licenses/etalab-2.0.html",
        description="Address of the licence of the data, for those who take them; empty: none is stated.",
    )
    publisher: str = Field(
        "Les actions des centres sociaux", min_length=1, description="Name of who publishes the catalogue."
    )
    frame_ancestors: str = Field(
        "*", description="Sites that may show `/embed` in a frame, separated by spaces; `*`: all."
    )
    log_level: str = Field("INFO", description="Least level that is logged: DEBUG, INFO, WARNING or ERROR.")

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
        """The database, always named."""
        return self.database_url or f"sqlite:///{self.data_dir / 'actions.db'}"

    @property
    def index_dir(self) -> Path:
        """The directory of the search index."""
        return self.data_dir / "index"

    @property
    def zero_result_file(self) -> Path:
        """The log of searches without result."""
        return self.data_dir / "recherches-sans-resultat.jsonl"

    @property
    def origins(self) -> list[str]:
        """The origins of `cors_origins`, one by one."""
        return _split_commas(self.cors_origins)

    @property
    def proxies(self) -> list[str]:
        """The addresses and networks of `trusted_proxies`, one by one."""
        return _split_commas(self.trusted_proxies)


def _split_commas(value: str) -> list[str]:
    return [part.strip() for part in value.split(",") if part.strip()]
