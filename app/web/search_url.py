"""The URL of a search: its query parameters, and the paths of searches that differ by one of them."""

from collections.abc import Container, Iterable
from dataclasses import dataclass
from urllib.parse import urlencode

from app.catalogue.facets import FACETS
from app.catalogue.parameters import IGNORED_PREFIXES, QueryPairs
from app.catalogue.request import EXPORT_PARAMETERS, STATISTICS_PARAMETERS
from app.catalogue.text import fold

_NOT_SUFFIX = "__not"
_ISNULL_SUFFIX = "__isnull"
_PAGE_PARAMETER = "page"


@dataclass(frozen=True, slots=True)
class ActiveFilter:
    """A filter of a search, and the path of the search without it.

    `value` is spelled as in the URL. None filters records without any value of the facet or, when `excluded`, records
    with a value.
    """

    facet: str
    value: str | None
    excluded: bool
    removal_path: str


@dataclass(frozen=True, slots=True)
class SearchUrl:
    """The query parameters of a search in their order, without the page number; `root` is the path of the service."""

    root: str
    pairs: tuple[tuple[str, str], ...]

    @classmethod
    def from_pairs(cls, root: str, pairs: QueryPairs) -> "SearchUrl":
        """Return the search of a URL with these parameters; empty and ignored parameters are left out."""
        kept = (
            (name, value)
            for name, value in pairs
            if value.strip() and name != _PAGE_PARAMETER and not name.startswith(IGNORED_PREFIXES)
        )
        return cls(root, tuple(kept))

    def path(self, page: int = 1) -> str:
        """Return the path of a page of results."""
        return self._path_to([*self.pairs, *([(_PAGE_PARAMETER, str(page))] if page > 1 else [])])

    def with_value(self, name: str, value: str) -> str:
        """Return the path of the search with one more parameter."""
        return self._path_to([*self.pairs, (name, value)])

    def without_values(self, name: str, *values: str) -> str:
        """Return the path of the search without these values of a parameter, compared without case and accents."""
        folded = set(map(fold, values))
        return self._path_to(pair for pair in self.pairs if pair[0] != name or fold(pair[1]) not in folded)

    def replacing(self, name: str, value: str) -> str:
        """Return the path of the search with `value` as the only value of a parameter; an empty one removes it."""
        others = [pair for pair in self.pairs if pair[0] != name]
        return self._path_to([*others, *([(name, value)] if value else [])])

    def without_filters(self) -> str:
        """Return the path of the search without its filters."""
        return self._path_to(pair for pair in self.pairs if _facet_name(pair[0]) is None)

    def export_path(self, name: str) -> str:
        """Return the path of the export of all matches in the format `name`."""
        return self._matches_path(f"actions.{name}", EXPORT_PARAMETERS[name])

    def statistics_path(self) -> str:
        """Return the path of the statistics of all matches."""
        return self._matches_path("statistiques", STATISTICS_PARAMETERS)

    def hidden_fields(self) -> list[tuple[str, str]]:
        """Return the parameters that the search form keeps in hidden fields: all but the text."""
        return [pair for pair in self.pairs if pair[0] != "q"]

    def active_filters(self) -> list[ActiveFilter]:
        """Return the filters in their order."""
        filters = []
        for name, value in self.pairs:
            if facet := _facet_name(name):
                is_null_filter = name.endswith(_ISNULL_SUFFIX)
                excluded = fold(value) in {"false", "0"} if is_null_filter else name.endswith(_NOT_SUFFIX)
                filters.append(
                    ActiveFilter(facet, None if is_null_filter else value, excluded, self.without_values(name, value))
                )
        return filters

    def _matches_path(self, path: str, parameters: Container[str]) -> str:
        """Return the path of another resource made of all matches, with the parameters that it supports."""
        return self._path_to((pair for pair in self.pairs if pair[0] in parameters), path)

    def _path_to(self, pairs: Iterable[tuple[str, str]], path: str = "") -> str:
        query = urlencode(list(pairs))
        return f"{self.root}/{path}{'?' if query else ''}{query}"


def _facet_name(name: str) -> str | None:
    """Return the facet that a filter parameter filters, None for other parameters."""
    facet = name.removesuffix(_NOT_SUFFIX).removesuffix(_ISNULL_SUFFIX)
    return facet if facet in FACETS else None
