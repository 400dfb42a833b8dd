"""The query of a search: text, filters, facets, order and page."""

from dataclasses import dataclass

from app.catalogue.sorting import RELEVANCE_SORT, TITLE_SORT

MAX_QUERY_LENGTH = 500  # characters of `q`; the rest is ignored
DEFAULT_FACET_SIZE = 50  # values of a facet, by default


def truncate_text(text: str) -> str:
    """Return `text` cut to 500 characters, after a whole word."""
    if len(text) <= MAX_QUERY_LENGTH:
        return text
    whole = text[: MAX_QUERY_LENGTH + 1].rsplit(maxsplit=1) or [""]
    return whole[0][:MAX_QUERY_LENGTH]


@dataclass(frozen=True, slots=True)
class FacetFilter:
    """A filter on one facet: any of `values`, none of `excluded`; `is_null` asks for no value (True) or any (False)."""

    facet: str
    values: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    is_null: bool | None = None


@dataclass(frozen=True, slots=True)
class SortKey:
    """One sort key; records without a value come last in either direction."""

    name: str
    descending: bool = False


@dataclass(frozen=True, slots=True)
class ActionQuery:
    """A query: a record matches all filters; `sort` is empty for the default order.

    `text` was longer when `truncated`. `facets` are those to count. A page is `limit` records (None: all) from
    `offset`, or after the sort position `after` (`app.catalogue.cursor.SortPosition`).
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
        """The effective sort keys: `sort`, else relevance with a text and the title without one."""
        return self.sort or (SortKey(RELEVANCE_SORT if self.text else TITLE_SORT),)
