"""A list of actions as a caller asks for it: the question, the page of the answer, and how much of each action."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from app.catalogue.columns import COLUMNS
from app.catalogue.cursor import PATTERN, decode_cursor, encode_cursor
from app.catalogue.errors import InvalidParameter, ParameterError
from app.catalogue.facets import FACETS
from app.catalogue.fields import FIELDS
from app.catalogue.parameters import (
    BOM,
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
from app.catalogue.query import ActionQuery, FacetFilter, SortKey, shorten

RECORD_KEYS = ("id", "version", "cree_le", "modifie_le", "links")
HIT_KEYS = ("score", "highlights")
ITEM_KEYS = (RECORD_KEYS[0], *(field.key for field in FIELDS), *RECORD_KEYS[1:], *HIT_KEYS)
DOCUMENT_KEYS = tuple(key for key in ITEM_KEYS if key not in {"links", *HIT_KEYS})
"""The keys of an action in JSON Lines, which know no address and no search."""

LISTED_KEYS = (*RECORD_KEYS, *(field.key for field in FIELDS if field.listed), *HIT_KEYS)


def _fields(known: tuple[str, ...], example: str) -> Parameter:
    return Parameter(
        "fields",
        f"Seulement ces clés, séparées par des virgules. Clés : {', '.join(known)}.",
        {"type": "string", "pattern": pattern_of_list(known)},
        example,
    )


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
    _fields(ITEM_KEYS, "titre,resume"),
    Parameter(
        "highlight",
        "« false » : sans extraits surlignés.",
        {"type": "boolean", "default": True},
        "true",
        read_boolean,
    ),
)
LIST = {**QUESTION, **PAGING, **COUNTING, **SHAPE}
EXPORT_KEYS = {"csv": tuple(COLUMNS), "xlsx": tuple(COLUMNS), "jsonl": DOCUMENT_KEYS}
"""What can be chosen of each action in a format: columns of a table, keys of a document."""

_CHOICE = {name: named(_fields(keys, "titre,structure")) for name, keys in EXPORT_KEYS.items()}
EXPORTS: dict[str, dict[str, Parameter]] = {
    "texte": QUESTION,
    "jsonl": {**QUESTION, **_CHOICE["jsonl"]},
    "csv": {**QUESTION, **_CHOICE["csv"], **named(BOM)},
    "xlsx": {**QUESTION, **_CHOICE["xlsx"]},
    "atom": QUESTION,
}
"""The parameters of an export in each format, by its name."""

SEARCH_PAGE = {**QUESTION, **PAGING}
FACET_LIST = {name: known for name, known in {**QUESTION, **COUNTING}.items() if name != "sort"}
STATISTICS = {name: known for name, known in FACET_LIST.items() if name != "facet"}


@dataclass(frozen=True, slots=True)
class ListRequest:
    """A question with the page that is wanted (None: by cursor) and the keys of each item."""

    query: ActionQuery
    page: int | None
    per_page: int
    keys: frozenset[str]


@dataclass(frozen=True, slots=True)
class ExportRequest:
    """A question whose every match is wanted, the keys of each in their order, and whether a CSV has a byte order mark.

    `keys` are empty in a format that leaves no choice; `bom` is None when the caller does not say.
    """

    query: ActionQuery
    keys: tuple[str, ...]
    bom: bool | None


WHOLE_CATALOGUE = ActionQuery(limit=None, highlight=False)
"""The question of an export that asks nothing."""


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


def read_page_request(pairs: Pairs, *, facet_size: int) -> ListRequest:
    """Return what the search page is asked: a page of an answer, with `facet_size` values of every facet counted."""
    values = read_values(pairs, SEARCH_PAGE)
    page, per_page = single(values, "page", 1), single(values, "per_page", PER_PAGE)
    query = replace(
        _question(values),
        facets=tuple(FACETS),
        facet_size=facet_size,
        offset=(page - 1) * per_page,
        limit=per_page,
    )
    return ListRequest(query, page, per_page, frozenset(ITEM_KEYS))


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


def read_statistics_request(pairs: Pairs) -> ActionQuery:
    """Return the question whose whole answer is counted."""
    values = read_values(pairs, STATISTICS)
    query = _question(values)
    return replace(query, facet_size=single(values, "facet_size", query.facet_size), limit=0, highlight=False)


def read_export_request(pairs: Pairs, name: str) -> ExportRequest:
    """Return what an export in the format of that name is asked; UnknownParameter or InvalidParameter, as above."""
    values = read_values(pairs, EXPORTS[name])
    query = replace(_question(values), limit=None, highlight=False)
    known = EXPORT_KEYS.get(name, ())
    return ExportRequest(query, _chosen_keys(values, known) or known, single(values, "bom", None))


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
    typed = single(values, "q", "").strip()
    text = shorten(typed)
    return ActionQuery(
        text=text,
        shortened=text != typed,
        filters=tuple(asked for asked in filters if asked != FacetFilter(asked.facet)),
        sort=read_sort_keys(single(values, "sort", "")),
    )


def read_sort_keys(text: str) -> tuple[SortKey, ...]:
    """Return what orders a list, each key once; InvalidParameter when one is unknown."""
    keys: dict[str, SortKey] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        name = part.removeprefix("-")
        if name not in SORT_NAMES:
            raise InvalidParameter(_not_one_of("sort", name, SORT_NAMES))
        keys.setdefault(name, SortKey(name, descending=part.startswith("-")))
    return tuple(keys.values())


def _keys(values: Mapping[str, list[Any]]) -> frozenset[str]:
    chosen = _chosen_keys(values, ITEM_KEYS)
    return frozenset(chosen or (ITEM_KEYS if single(values, "full", default=False) else LISTED_KEYS))


def _chosen_keys(values: Mapping[str, list[Any]], known: tuple[str, ...]) -> tuple[str, ...]:
    """Return the keys that `fields` names, each once in its order; none when it was not given."""
    chosen = tuple(dict.fromkeys(part.strip() for part in single(values, "fields", "").split(",") if part.strip()))
    if wrong := [key for key in chosen if key not in known]:
        raise InvalidParameter(_not_one_of("fields", wrong[0], known))
    return chosen


def _not_one_of(parameter: str, value: str, allowed: tuple[str, ...]) -> ParameterError:
    hint = did_you_mean(nearest(value, allowed))
    return ParameterError(parameter, f"« {value} » n'est pas une valeur possible.{hint}", allowed)
