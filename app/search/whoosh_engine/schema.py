"""Whoosh schema of the index, and the fingerprint of its format."""

import json
from importlib.metadata import version

from whoosh.fields import ID, STORED, FieldType, Schema
from whoosh.formats import Format

from app.catalogue.text import digest
from app.search import analysis
from app.search.columnar.documents import IndexSchema

INDEX_NAME = "actions"
ID_FIELD = "id"
STEMS_FIELD = "stems"
WORDS_FIELD = "words"
STORED_FIELDS_FIELD = "row"

# Raise it when the stored fields, the array files, their readers or the result of `app.catalogue.text.fold` change.
_FORMAT_VERSION = 6


class PostingFormat(Format):  # type: ignore[misc]
    """Posting format: a weight per document; the value holds the positions as uint32."""

    posting_size = -1  # bytes of a value; -1: they vary

    def supports(self, name: str) -> bool:
        """Return whether a posting has the property `name`; it has a weight only."""
        return name in {"frequency", "weight"}


def whoosh_schema() -> Schema:
    """Return the Whoosh schema: identifier, stems and surface forms with positions, and the stored fields."""
    return Schema(
        **{
            ID_FIELD: ID(unique=True),
            STEMS_FIELD: FieldType(PostingFormat(), None),
            WORDS_FIELD: FieldType(PostingFormat(), None),
            STORED_FIELDS_FIELD: STORED(),
        }
    )


def index_fingerprint(schema: IndexSchema) -> str:
    """Return a digest of everything that decides the bytes of an index: format, analysis, libraries and fields."""
    libraries = [version("whoosh-reloaded"), version("snowballstemmer")]
    searched = [(key, field.weight) for key, field in schema.searched.items()]
    declared = [searched, list(schema.counted), list(schema.sorts), [field.key for field in schema.fields]]
    return digest(json.dumps([_FORMAT_VERSION, analysis.ANALYSIS_VERSION, libraries, declared]))
