"""Parses the query string of each kind of request for actions: list, page, facets, statistics, export."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from app.catalogue.cursor import CURSOR_PATTERN, decode_cursor
from app.catalogue.errors import InvalidParameter, ParameterError
from app.catalogue.facets import FACETS
from app.catalogue.fields import FIELDS
from app.catalogue.parameters import (
    BOM_PARAMETER,
    DEFAULT_PER_PAGE,
    FACET_PARAMETERS,
    PAGING_PARAMETERS,
    QUERY_PARAMETERS,
    SORT_NAMES,
    Parameter,
    QueryPairs,
    by_name,
    did_you_mean,
    nearest_name,
    pattern_of_list,
    read_boolean,
    read_values,
    single_value,
)
from app.catalogue.query import ActionQuery, FacetFilter, SortKey, truncate_text
from app.catalogue.table_columns import COLUMNS

RECORD_KEYS = ("id", "version", "cree_le", "modifie_le", "links")
HIT_KEYS = ("score", "highlights")
ITEM_KEYS = (RECORD_KEYS[0], *(field.key for field in FIELDS), *RECORD_KEYS[1:], *HIT_KEYS)
DOCUMENT_KEYS = tuple(key for key in ITEM_KEYS if key not in {"links", *HIT_KEYS})
"""The keys of an action in JSON Lines, which has neither links nor hits."""

LISTED_KEYS = (*RECORD_KEYS, *(field.key for field in FIELDS if field.listed), *HIT_KEYS)


def _fields_parameter(known: tuple[str, ...], example: str) -> Parameter:
    return Parameter(
        "fields",
        f"Seulement ces clés, séparées par des virgules. Clés : {', '.join(known)}.",
        {"type": "string", "pattern": pattern_of_list(known)},
        example,
    )


RESPONSE_PARAMETERS = by_name(
    Parameter(
        "cursor",
        "Curseur rendu par « next_cursor » : la suite d'un parcours, stable même si le catalogue change. "
        "Remplace « page » ; vide : aucun.",
        # Clients that send every example along would send a cursor beside a page, which is refused.
        {"type": "string", "pattern": CURSOR_PATTERN, "examples": [""]},
        "",
    ),
    Parameter(
        "full",
        "« true » : toutes les rubriques de chaque action.",
        {"type": "boolean", "default": False},
        "true",
        read_boolean,
    ),
    _fields_parameter(ITEM_KEYS, "titre,resume"),
    Parameter(
        "highlight",
        "« false » : sans extraits surlignés.",
        {"type": "boolean", "default": True},
        "true",
        read_boolean,
    ),
)
LIST_PARAMETERS = {**QUERY_PARAMETERS, **PAGING_PARAMETERS, **FACET_PARAMETERS, **RESPONSE_PARAMETERS}
EXPORT_KEYS = {"csv": tuple(COLUMNS), "xlsx": tuple(COLUMNS), "jsonl": DOCUMENT_KEYS}
"""What `fields` selects from in each format: columns of a table, keys of a document."""

_FIELDS_PARAMETERS = {name: by_name(_fields_parameter(keys, "titre,structure")) for name, keys in EXPORT_KEYS.items()}
EXPORT_PARAMETERS: dict[str, dict[str, Parameter]] = {
    "texte": QUERY_PARAMETERS,
    "jsonl": {**QUERY_PARAMETERS, **_FIELDS_PARAMETERS["jsonl"]},
    "csv": {**QUERY_PARAMETERS, **_FIELDS_PARAMETERS["csv"], **by_name(BOM_PARAMETER)},
    "xlsx": {**QUERY_PARAMETERS, **_FIELDS_PARAMETERS["xlsx"]},
    "atom": QUERY_PARAMETERS,
}
"""The parameters of an export, by the name of its format."""

SEARCH_PAGE_PARAMETERS = {**QUERY_PARAMETERS, **PAGING_PARAMETERS}
FACET_LIST_PARAMETERS = {
    name: known for name, known in {**QUERY_PARAMETERS, **FACET_PARAMETERS}.items() if name != "sort"
}
STATISTICS_PARAMETERS = {name: known for name, known in FACET_LIST_PARAMETERS.items() if name != "facet"}


@dataclass(frozen=True, slots=True)
class ListRequest:
    """A query, its page (None: by cursor) and the keys of each item."""

    query: ActionQuery
    page: int | None
    per_page: int
    keys: frozenset[str]


@dataclass(frozen=True, slots=True)
class ExportRequest:
    """A query for all matches, the keys of each in order, and whether a CSV has a byte order mark.

    `keys` are empty in a format without `fields`; `bom` is None without the parameter.
    """

    query: ActionQuery
    keys: tuple[str, ...]
    bom: bool | None


EXPORT_ALL_QUERY = ActionQuery(limit=None, highlight=False)
"""The query of an export without parameters."""


def read_list_request(pairs: QueryPairs) -> ListRequest:
    """Return what `GET /actions` is asked; UnknownParameter or InvalidParameter when it cannot be understood."""
    values = read_values(pairs, LIST_PARAMETERS)
    query = _parse_query(values)
    per_page = single_value(values, "per_page", DEFAULT_PER_PAGE)
    page = single_value(values, "page", 1)
    keys = _item_keys(values)
    after = None
    if cursor := single_value(values, "cursor", None):
        if values.get("page"):
            raise InvalidParameter(ParameterError("cursor", "« cursor » remplace « page » : donner l'un ou l'autre."))
        after = decode_cursor(cursor, query)
        page = None
    query = replace(
        query,
        facets=tuple(dict.fromkeys(values.get("facet", ()))),
        facet_size=single_value(values, "facet_size", query.facet_size),
        offset=(page - 1) * per_page if page else 0,
        limit=per_page,
        after=after,
        highlight=single_value(values, "highlight", default=True) and "highlights" in keys,
    )
    return ListRequest(query, page, per_page, keys)


def read_page_request(pairs: QueryPairs, *, facet_size: int) -> ListRequest:
    """Parse the query of the search page, with `facet_size` values of all facets counted."""
    values = read_values(pairs, SEARCH_PAGE_PARAMETERS)
    page, per_page = single_value(values, "page", 1), single_value(values, "per_page", DEFAULT_PER_PAGE)
    query = replace(
        _parse_query(values),
        facets=tuple(FACETS),
        facet_size=facet_size,
        offset=(page - 1) * per_page,
        limit=per_page,
    )
    return ListRequest(query, page, per_page, frozenset(ITEM_KEYS))


def read_facet_request(pairs: QueryPairs) -> ActionQuery:
    """Parse the query of `GET /facets`: counts only, of all facets by default."""
    values = read_values(pairs, FACET_LIST_PARAMETERS)
    query = _parse_query(values)
    return replace(
        query,
        facets=tuple(dict.fromkeys(values.get("facet") or FACETS)),
        facet_size=single_value(values, "facet_size", query.facet_size),
        limit=0,
        highlight=False,
    )


def read_statistics_request(pairs: QueryPairs) -> ActionQuery:
    """Parse the query of the statistics."""
    values = read_values(pairs, STATISTICS_PARAMETERS)
    query = _parse_query(values)
    return replace(query, facet_size=single_value(values, "facet_size", query.facet_size), limit=0, highlight=False)


def read_export_request(pairs: QueryPairs, name: str) -> ExportRequest:
    """Parse the query of an export in the format `name`; UnknownParameter or InvalidParameter."""
    values = read_values(pairs, EXPORT_PARAMETERS[name])
    query = replace(_parse_query(values), limit=None, highlight=False)
    known = EXPORT_KEYS.get(name, ())
    return ExportRequest(query, _selected_keys(values, known) or known, single_value(values, "bom", None))


def _parse_query(values: Mapping[str, list[Any]]) -> ActionQuery:
    filtered = [
        name for name in FACETS if values.get(name) or values.get(f"{name}__not") or values.get(f"{name}__isnull")
    ]
    typed = single_value(values, "q", "").strip()
    text = truncate_text(typed)
    return ActionQuery(
        text=text,
        truncated=text != typed,
        filters=tuple(
            FacetFilter(
                name,
                tuple(values.get(name, ())),
                tuple(values.get(f"{name}__not", ())),
                single_value(values, f"{name}__isnull", None),
            )
            for name in filtered
        ),
        sort=read_sort_keys(single_value(values, "sort", "")),
    )


def read_sort_keys(text: str) -> tuple[SortKey, ...]:
    """Parse the sort keys of a list, without repeats; InvalidParameter for an unknown one."""
    keys: dict[str, SortKey] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        name = part.removeprefix("-")
        if name not in SORT_NAMES:
            raise InvalidParameter(_invalid_choice("sort", name, SORT_NAMES))
        keys.setdefault(name, SortKey(name, descending=part.startswith("-")))
    return tuple(keys.values())


def _item_keys(values: Mapping[str, list[Any]]) -> frozenset[str]:
    chosen = _selected_keys(values, ITEM_KEYS)
    return frozenset(chosen or (ITEM_KEYS if single_value(values, "full", default=False) else LISTED_KEYS))


def _selected_keys(values: Mapping[str, list[Any]], known: tuple[str, ...]) -> tuple[str, ...]:
    """Return the keys in the parameter `fields`, in order and without repeats; () without it."""
    chosen = tuple(
        dict.fromkeys(part.strip() for part in single_value(values, "fields", "").split(",") if part.strip())
    )
    if wrong := [key for key in chosen if key not in known]:
        raise InvalidParameter(_invalid_choice("fields", wrong[0], known))
    return chosen


def _invalid_choice(parameter: str, value: str, allowed: tuple[str, ...]) -> ParameterError:
    hint = did_you_mean(nearest_name(value, allowed))
    return ParameterError(parameter, f"« {value} » n'est pas une valeur possible.{hint}", allowed)
