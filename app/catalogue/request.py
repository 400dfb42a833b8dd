"""A list of actions as a caller asks for it: the question, the page of the answer, and how much of each action."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from app.catalogue.cursor import PATTERN, decode_cursor, encode_cursor
from app.catalogue.errors import InvalidParameter, ParameterError
from app.catalogue.facets import FACETS
from app.catalogue.fields import FIELDS
from app.catalogue.parameters import (
    COUNTING,
    PAGING,
    PER_PAGE,
    QUESTION,
    SORT_NAMES,
    Pairs,
    Parameter,
    did_you_mean,
    named,
    nearest,
    pattern_of_list,
    read_boolean,
    read_values,
    single,
)
from app.catalogue.query import ActionQuery, FacetFilter, SortKey

RECORD_KEYS = ("id", "version", "cree_le", "modifie_le", "links")
HIT_KEYS = ("score", "highlights")
ITEM_KEYS = (RECORD_KEYS[0], *(field.key for field in FIELDS), *RECORD_KEYS[1:], *HIT_KEYS)
LISTED_KEYS = (*RECORD_KEYS, *(field.key for field in FIELDS if field.listed), *HIT_KEYS)

SHAPE = named(
    Parameter(
        "cursor",
        "Curseur rendu par « next_cursor » : la suite d'un parcours, stable même si le catalogue change. "
        "Remplace « page ».",
        {"type": "string", "pattern": PATTERN},
        encode_cursor(ActionQuery(), (0, "jardin partage", "jardin-partage-1e0605")),
    ),
    Parameter(
        "full",
        "« true » : toutes les rubriques de chaque action.",
        {"type": "boolean", "default": False},
        "true",
        read_boolean,
    ),
    Parameter(
        "fields",
        f"Seulement ces clés, séparées par des virgules. Clés : {', '.join(ITEM_KEYS)}.",
        {"type": "string", "pattern": pattern_of_list(ITEM_KEYS)},
        "titre,resume",
    ),
    Parameter(
        "highlight",
        "« false » : sans extraits surlignés.",
        {"type": "boolean", "default": True},
        "true",
        read_boolean,
    ),
)
LIST = {**QUESTION, **PAGING, **COUNTING, **SHAPE}
FACET_LIST = {name: known for name, known in {**QUESTION, **COUNTING}.items() if name != "sort"}


@dataclass(frozen=True, slots=True)
class ListRequest:
    """A question with the page that is wanted (None: by cursor) and the keys of each item."""

    query: ActionQuery
    page: int | None
    per_page: int
    keys: frozenset[str]


def read_list_request(pairs: Pairs) -> ListRequest:
    """Return what `GET /actions` is asked; UnknownParameter or InvalidParameter when it cannot be understood."""
    values = read_values(pairs, LIST)
    query = _question(values)
    per_page = single(values, "per_page", PER_PAGE)
    page = single(values, "page", 1)
    keys = _keys(values)
    after = None
    if cursor := single(values, "cursor", None):
        if values.get("page"):
            raise InvalidParameter(ParameterError("cursor", "« cursor » remplace « page » : donner l'un ou l'autre."))
        after = decode_cursor(cursor, query)
        page = None
    query = replace(
        query,
        facets=tuple(dict.fromkeys(values.get("facet", ()))),
        facet_size=single(values, "facet_size", query.facet_size),
        offset=(page - 1) * per_page if page else 0,
        limit=per_page,
        after=after,
        highlight=single(values, "highlight", default=True) and "highlights" in keys,
    )
    return ListRequest(query, page, per_page, keys)


def read_facet_request(pairs: Pairs) -> ActionQuery:
    """Return what `GET /facets` is asked: counts alone, of every facet when none is named."""
    values = read_values(pairs, FACET_LIST)
    query = _question(values)
    return replace(
        query,
        facets=tuple(dict.fromkeys(values.get("facet") or FACETS)),
        facet_size=single(values, "facet_size", query.facet_size),
        limit=0,
        highlight=False,
    )


def read_selection(pairs: Pairs) -> ActionQuery:
    """Return the question whose every match is wanted, as an export takes it."""
    return replace(_question(read_values(pairs, QUESTION)), limit=None, highlight=False)


def _question(values: Mapping[str, list[Any]]) -> ActionQuery:
    filters = (
        FacetFilter(
            name,
            tuple(values.get(name, ())),
            tuple(values.get(f"{name}__not", ())),
            single(values, f"{name}__isnull", None),
        )
        for name in FACETS
    )
    return ActionQuery(
        text=single(values, "q", "").strip(),
        filters=tuple(asked for asked in filters if asked != FacetFilter(asked.facet)),
        sort=_sort_keys(single(values, "sort", "")),
    )


def _sort_keys(text: str) -> tuple[SortKey, ...]:
    keys: dict[str, SortKey] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        name = part.removeprefix("-")
        if name not in SORT_NAMES:
            raise InvalidParameter(_not_one_of("sort", name, SORT_NAMES))
        keys.setdefault(name, SortKey(name, descending=part.startswith("-")))
    return tuple(keys.values())


def _keys(values: Mapping[str, list[Any]]) -> frozenset[str]:
    named_keys = [part.strip() for part in single(values, "fields", "").split(",") if part.strip()]
    if wrong := [key for key in named_keys if key not in ITEM_KEYS]:
        raise InvalidParameter(_not_one_of("fields", wrong[0], ITEM_KEYS))
    return frozenset(named_keys or (ITEM_KEYS if single(values, "full", default=False) else LISTED_KEYS))


def _not_one_of(parameter: str, value: str, allowed: tuple[str, ...]) -> ParameterError:
    hint = did_you_mean(nearest(value, allowed))
    return ParameterError(parameter, f"« {value} » n'est pas une valeur possible.{hint}", allowed)
