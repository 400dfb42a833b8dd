"""The settings: environment variables `ACTIONS_…`, or lines of a file `.env`; read at the edges only."""

from pathlib import Path

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

MEGABYTE = 1_000_000
"""Bytes of what settings give in megabytes."""


class Settings(BaseSettings):
    """Every setting of the service, with its default."""

    model_config = SettingsConfigDict(env_prefix="ACTIONS_", env_file=".env", extra="ignore")

    data_dir: Path = Field(Path("var"), description="Directory of the database and the index.")
    database_url: str = Field(
        "", description="SQLAlchemy URL of the database; empty: `actions.db` in the data directory."
    )
    public_url: str = Field("", description="Address that partners see, for links; empty: that of each request.")
    cors_origins: str = Field("*", description="Origins that may read from a browser, separated by commas; `*`: all.")
    thesaurus: str = Field("", description="File of synonyms; empty: `data/thesaurus.txt` of the project.")
    postings_cache: int = Field(16, ge=1, description="Megabytes of scored posting lists that a process keeps.")
    record_cache: int = Field(96, ge=0, description="Megabytes of records that each process keeps ready; `0`: none.")
    answer_cache: int = Field(16, ge=0, description="Megabytes of answers that each process keeps ready; `0`: none.")
    log_level: str = Field("INFO", description="Least level that is logged: DEBUG, INFO, WARNING or ERROR.")

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
    def unanswered_file(self) -> Path:
        """The log of searches without result."""
        return self.data_dir / "recherches-sans-resultat.jsonl"

    @property
    def origins(self) -> list[str]:
        """The origins of `cors_origins`, one by one."""
        return [origin.strip() for origin in self.cors_origins.split(",") if origin.strip()]
