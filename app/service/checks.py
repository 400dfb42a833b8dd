"""Checks the catalogue: that the index holds what the store holds, and what looks odd in either."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

from rapidfuzz import fuzz

from app.catalogue.errors import IndexUnavailable
from app.catalogue.facets import FACETS
from app.catalogue.query import ActionQuery
from app.catalogue.text import fold
from app.search.engine import FacetCount
from app.service.catalogue_service import CatalogueService

_ALIKE = 92.0  # similarity, out of 100, from which two values look like one misspelt
_LONGEST_VOCABULARY = 500  # values; a longer facet is a list of names, not a vocabulary


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What was found, as French sentences: `differences` between store and index, broken rows, `oddities` of words.

    `damage` is what the database says of its own file; `bad_lines` are those of the thesaurus that are left out.
    """

    records: int
    integrity_errors: tuple[str, ...]
    differences: tuple[str, ...]
    orphaned_rows: tuple[str, ...]
    similar_values: tuple[str, ...]
    invalid_lines: tuple[str, ...]

    @property
    def sound(self) -> bool:
        """Whether nothing is damaged, store and index agree, no row is an orphan, and all lines are used.

        A person has to judge oddities.
        """
        return not (self.integrity_errors or self.differences or self.orphaned_rows or self.invalid_lines)


def check(service: CatalogueService) -> CheckReport:
    """Compare store and index record by record, and look for orphaned rows and odd vocabulary."""
    damage = tuple(service.store.integrity_errors())
    stored = {record.id: record.version for record in service.store.records()}
    with service.store.read() as reader:
        orphans = tuple(reader.orphaned_row_messages())
    try:
        differences = tuple(_differences(stored, dict(service.engine.versions())))
        oddities = tuple(_oddities(service))
    except IndexUnavailable as error:
        # A catalogue without records lacks nothing in an index that is not there.
        differences, oddities = (str(error),) if stored else (), ()
    bad_lines = tuple(
        f"ligne {bad.line} : {bad.message}" if bad.line else bad.message for bad in service.thesaurus.invalid_lines
    )
    return CheckReport(len(stored), damage, differences, orphans, oddities, bad_lines)


def _differences(stored: dict[str, int], indexed: dict[str, int]) -> Iterator[str]:
    for identifier in sorted(stored.keys() | indexed.keys()):
        ours, theirs = stored.get(identifier), indexed.get(identifier)
        if theirs is None:
            yield f"« {identifier} » manque dans l'index."
        elif ours is None:
            yield f"« {identifier} » est dans l'index sans être au catalogue."
        elif ours != theirs:
            yield f"« {identifier} » est à la version {ours}, l'index à la version {theirs}."


def _oddities(catalogue: CatalogueService) -> Iterator[str]:
    query = ActionQuery(facets=tuple(FACETS), facet_size=_LONGEST_VOCABULARY, limit=0)
    for name, counts in catalogue.engine.search(query).facets.items():
        if counts.truncated:
            continue
        for one, other in combinations(counts.values, 2):
            if fuzz.ratio(fold(one.label), fold(other.label)) >= _ALIKE:
                yield f"{_named(one)} et {_named(other)} se ressemblent ({name})."


def _named(count: FacetCount) -> str:
    """Return what people call a value, and the value itself where it is something else: names may be the same."""
    return f"« {count.label} »" + (f" [{count.value}]" if count.value != count.label else "")
