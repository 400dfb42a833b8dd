"""The consistency check: database integrity, store against index, orphaned rows, vocabulary and thesaurus."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

from rapidfuzz import fuzz

from app.catalogue.errors import IndexUnavailable, StoreUnavailable
from app.catalogue.facets import FACETS
from app.catalogue.query import ActionQuery
from app.catalogue.text import fold
from app.file_permissions import accessible_to_others
from app.search.engine import FacetCount
from app.service.catalogue_service import CatalogueService
from app.service.zero_result_log import ZeroResultLog
from app.settings import Settings
from app.store.database import database_files
from app.store.repository import Store

_MIN_SIMILARITY = 92.0  # out of 100; from here on one of two values is probably a misspelling of the other one
_MAX_VOCABULARY = 500  # values; a facet with more is a list of names rather than a vocabulary


@dataclass(frozen=True, slots=True)
class CheckReport:
    """The number of records checked, and the findings as French sentences.

    `data_faults` are damaged values, records and histories; `differences` are between store and index; `similar_values`
    are pairs of facet values, one perhaps misspelt; `invalid_lines` are lines of the thesaurus that are ignored.
    """

    records: int
    integrity_errors: tuple[str, ...]
    data_faults: tuple[str, ...]
    differences: tuple[str, ...]
    orphaned_rows: tuple[str, ...]
    similar_values: tuple[str, ...]
    invalid_lines: tuple[str, ...]

    @property
    def sound(self) -> bool:
        """Whether nothing needs repair. Similar values do not count: a person has to judge them."""
        return not (
            self.integrity_errors or self.data_faults or self.differences or self.orphaned_rows or self.invalid_lines
        )


def check(service: CatalogueService) -> CheckReport:
    """Check the database, compare store and index record by record, and look for orphaned rows and misspellings."""
    store = service.store
    integrity_errors, data_faults = _sentences(store.integrity_errors), _sentences(store.data_faults)
    stored: dict[str, int] = {}
    unreadable = _sentences(lambda: _read_versions(store, stored))
    orphaned_rows = _sentences(lambda: _orphaned_row_messages(store))
    try:
        indexed = dict(service.engine.versions())
        damaged = store.damaged.labels("actions")
        differences = tuple(_differences(stored, {id_: indexed[id_] for id_ in indexed.keys() - damaged}))
        similar_values = tuple(_similar_values(service))
    except IndexUnavailable as error:
        # An empty catalogue needs no index.
        differences, similar_values = (str(error),) if stored else (), ()
    invalid_lines = tuple(
        f"ligne {line.line} : {line.message}" if line.line else line.message for line in service.thesaurus.invalid_lines
    )
    return CheckReport(
        len(stored),
        (*integrity_errors, *unreadable),
        data_faults,
        differences,
        orphaned_rows,
        similar_values,
        invalid_lines,
    )


def _sentences(read: Callable[[], Iterable[str]]) -> tuple[str, ...]:
    """Return the sentences of one part of the check up to the error that ends it, which is the last one."""
    sentences: list[str] = []
    try:
        sentences.extend(read())
    except StoreUnavailable as error:
        sentences.append(str(error))
    return tuple(sentences)


def _read_versions(store: Store, versions: dict[str, int]) -> Iterator[str]:
    """Add the version of each readable record to `versions`; yield nothing."""
    versions.update((record.id, record.version) for record in store.records())
    yield from ()


def _orphaned_row_messages(store: Store) -> Iterator[str]:
    with store.read() as reader:
        yield from reader.orphaned_row_messages()


def files_open_to_others(settings: Settings) -> list[Path]:
    """Return the files and directories of the catalogue to which other accounts have access."""
    log = ZeroResultLog(settings.zero_result_file)
    return accessible_to_others([*database_files(settings.store_url), settings.index_dir, *log.paths])


def _differences(stored: dict[str, int], indexed: dict[str, int]) -> Iterator[str]:
    """Yield a sentence for each record whose version in the store is not the one in the index."""
    for identifier in sorted(stored.keys() | indexed.keys()):
        stored_version, indexed_version = stored.get(identifier), indexed.get(identifier)
        if indexed_version is None:
            yield f"« {identifier} » manque dans l'index."
        elif stored_version is None:
            yield f"« {identifier} » est dans l'index sans être au catalogue."
        elif stored_version != indexed_version:
            yield f"« {identifier} » est à la version {stored_version}, l'index à la version {indexed_version}."


def _similar_values(service: CatalogueService) -> Iterator[str]:
    query = ActionQuery(facets=tuple(FACETS), facet_size=_MAX_VOCABULARY, limit=0)
    for name, counts in service.engine.search(query).facets.items():
        if counts.truncated:
            continue
        for first, second in combinations(counts.values, 2):
            if fuzz.ratio(fold(first.label), fold(second.label)) >= _MIN_SIMILARITY:
                yield f"{_describe_count(first)} et {_describe_count(second)} se ressemblent ({name})."


def _describe_count(count: FacetCount) -> str:
    """Return the label in quotation marks, and the value where it differs: two values may have one label."""
    return f"« {count.label} »" + (f" [{count.value}]" if count.value != count.label else "")
