"""What can be asked of the catalogue: one value for every question, whether text, filters, facets or an order."""

from dataclasses import dataclass

from app.catalogue.sorting import RELEVANCE_SORT, TITLE_SORT

MAX_QUERY_LENGTH = 500  # characters of `q` that are looked for
DEFAULT_FACET_SIZE = 50  # values of a facet that are counted unless the question says otherwise


def truncate_text(text: str) -> str:
    """Return as much of what someone typed or pasted as is looked for: 500 characters at most, in whole words."""
    if len(text) <= MAX_QUERY_LENGTH:
        return text
    whole = text[: MAX_QUERY_LENGTH + 1].rsplit(maxsplit=1) or [""]
    return whole[0][:MAX_QUERY_LENGTH]


@dataclass(frozen=True, slots=True)
class FacetFilter:
    """What is asked of one facet: any of `values`, none of `excluded`, and absence (True) or presence (False)."""

    facet: str
    values: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    is_null: bool | None = None


@dataclass(frozen=True, slots=True)
class SortKey:
    """One key of an order; records without a value come last in either direction."""

    name: str
    descending: bool = False


@dataclass(frozen=True, slots=True)
class ActionQuery:
    """A question: filters on different facets all hold; `sort` is empty for the usual order.

    `text` is what is looked for, and was longer when it is `shortened`.
    `facets` are those to count. A page is `limit` records (None: all) from `offset`, or those after the position
    `after` (see `app.catalogue.cursor.Position`) when there is one.
    """

    text: str = ""
    truncated: bool = False
    filters: tuple[FacetFilter, ...] = ()
    sort: tuple[SortKey, ...] = ()
    facets: tuple[str, ...] = ()
    facet_size: int = DEFAULT_FACET_SIZE
    offset: int = 0
    limit: int | None = 20
    after: tuple[str | float, ...] | None = None
    highlight: bool = True

    @property
    def order(self) -> tuple[SortKey, ...]:
        """The keys that apply: as asked, else relevance for a text and the title without one."""
        return self.sort or (SortKey(RELEVANCE_SORT if self.text else TITLE_SORT),)
