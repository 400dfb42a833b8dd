"""The question of the search page as an address says it, and the addresses of the questions next to it."""

from collections.abc import Container, Iterable
from dataclasses import dataclass
from urllib.parse import urlencode

from app.catalogue.facets import FACETS
from app.catalogue.parameters import IGNORED_PREFIXES, QueryPairs
from app.catalogue.request import EXPORT_PARAMETERS, STATISTICS_PARAMETERS
from app.catalogue.text import fold

_NEGATED = "__not"
_ABSENT = "__isnull"
_PAGE = "page"


@dataclass(frozen=True, slots=True)
class ActiveFilter:
    """A filter of the question: the facet that it asks of, what it asks, and the address of the question without it.

    `value` is as it was given; None asks for absence, or for presence when it is `excluded`.
    """

    facet: str
    value: str | None
    excluded: bool
    without: str


@dataclass(frozen=True, slots=True)
class SearchUrl:
    """Names and values in their order, without the place in the list, under the `root` of the service."""

    root: str
    pairs: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, root: str, pairs: QueryPairs) -> "SearchUrl":
        """Return the question of a page's address: what is empty or means nothing is left out."""
        kept = (
            (name, value)
            for name, value in pairs
            if value.strip() and name != _PAGE and not name.startswith(IGNORED_PREFIXES)
        )
        return cls(root, tuple(kept))

    def address(self, page: int = 1) -> str:
        """Return the address of a page of its answer."""
        return self._to([*self.pairs, *([(_PAGE, str(page))] if page > 1 else [])])

    def adding(self, name: str, value: str) -> str:
        """Return the address of the question with one more value."""
        return self._to([*self.pairs, (name, value)])

    def without(self, name: str, *values: str) -> str:
        """Return the address of the question without those values of a parameter, in whatever case and accents."""
        left_out = set(map(fold, values))
        return self._to(pair for pair in self.pairs if pair[0] != name or fold(pair[1]) not in left_out)

    def setting(self, name: str, value: str) -> str:
        """Return the address of the question with this value alone of a parameter; without it when that is empty."""
        others = [pair for pair in self.pairs if pair[0] != name]
        return self._to([*others, *([(name, value)] if value else [])])

    def cleared(self) -> str:
        """Return the address of the question without its filters."""
        return self._to(pair for pair in self.pairs if _facet_of(pair[0]) is None)

    def export(self, name: str) -> str:
        """Return the address of every match of the question in the format of that name."""
        return self._of_all(f"actions.{name}", EXPORT_PARAMETERS[name])

    def statistics(self) -> str:
        """Return the address of the statistics of every match of the question."""
        return self._of_all("statistiques", STATISTICS_PARAMETERS)

    def kept_by_form(self) -> list[tuple[str, str]]:
        """Return what a new text leaves as it is: all but the text."""
        return [pair for pair in self.pairs if pair[0] != "q"]

    def filters(self) -> list[ActiveFilter]:
        """Return its filters in their order."""
        found = []
        for name, value in self.pairs:
            if facet := _facet_of(name):
                absence = name.endswith(_ABSENT)
                excluded = fold(value) in {"false", "0"} if absence else name.endswith(_NEGATED)
                found.append(ActiveFilter(facet, None if absence else value, excluded, self.without(name, value)))
        return found

    def _of_all(self, path: str, known: Container[str]) -> str:
        """Return the address of something else that is made of every match, which knows those parameters."""
        return self._to((pair for pair in self.pairs if pair[0] in known), path)

    def _to(self, pairs: Iterable[tuple[str, str]], path: str = "") -> str:
        query = urlencode(list(pairs))
        return f"{self.root}/{path}{'?' if query else ''}{query}"


def _facet_of(name: str) -> str | None:
    """Return the facet that a parameter asks something of."""
    facet = name.removesuffix(_NEGATED).removesuffix(_ABSENT)
    return facet if facet in FACETS else None
