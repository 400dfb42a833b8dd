"""The options of the embedded search: each is an attribute of the element and a query parameter of the frame."""

import re
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from app.catalogue.errors import InvalidParameter
from app.catalogue.facets import FACETS
from app.catalogue.parameters import (
    FILTER_PARAMETERS,
    PAGING_PARAMETERS,
    SORT_PARAMETER,
    TEXT_PARAMETER,
    Parameter,
    QueryPairs,
    by_name,
    choice_reader,
    read_values,
)
from app.catalogue.request import read_sort_keys
from app.catalogue.table_columns import join_list

RECORD_PAGE = "fiche"
ID_PLACEHOLDER = "{id}"
DEFAULT_FACETS = ("dimension", "mot_cle", "departement")
"""The facets of an element without the attribute `facettes`."""

DEFAULT_EMBED_PER_PAGE = 10
SEPARATOR = "|"
"""Separates the values of a filter, as in the cells of exports; values contain commas and blanks."""

_MAX_LENGTH = 300  # characters
_COLOUR = re.compile(
    r"#(?:[0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})|[a-z]{3,25}|(?:rgb|hsl)a?\([0-9.,%/ deg]{5,40}\)", re.IGNORECASE
)
_UNSAFE_CHARACTER = re.compile(r"[\x00-\x20\x7f\\]")
_STRING = {"type": "string"}


def read_colour(value: str) -> str:
    """Return a CSS colour: a name, `#…`, `rgb(…)` or `hsl(…)`. Raises ValueError for other CSS values."""
    if not _COLOUR.fullmatch(value.strip()):
        raise ValueError(f"« {value} » n'est pas une couleur, comme #0b5c63 ou rgb(11 92 99).")
    return value.strip()


def read_link(value: str) -> str:
    """Return the target of results: `fiche`, or a URL template, absolute or relative. Raises ValueError."""
    template = value.strip()
    if template == RECORD_PAGE:
        return template
    if (
        ID_PLACEHOLDER not in template
        or len(template) > _MAX_LENGTH
        or _UNSAFE_CHARACTER.search(template)
        or _scheme(template) is None
    ):
        raise ValueError(f"« {value} » n'est ni « {RECORD_PAGE} » ni une adresse qui contient {ID_PLACEHOLDER}.")
    return template


def _scheme(url: str) -> str | None:
    """Return the scheme of an http(s) URL, empty for a relative URL; None for other schemes and invalid URLs."""
    try:
        scheme = urlsplit(url).scheme
    except ValueError:
        return None
    return scheme if scheme in {"", "http", "https"} else None


def _read_absolute_link(value: str) -> str:
    template = read_link(value)
    if template != RECORD_PAGE and not template.startswith(("http://", "https://")):
        raise ValueError(f"« {value} » n'est pas une adresse entière, de https:// à {ID_PLACEHOLDER}.")
    return template


def _read_title(value: str) -> str:
    if len(value) > _MAX_LENGTH:
        raise ValueError(f"Le titre dépasse {_MAX_LENGTH} caractères.")
    return value


def _read_sort(value: str) -> str:
    try:
        read_sort_keys(value)
    except InvalidParameter as error:
        raise ValueError(error.errors[0].message) from error
    return value


_read_facet = choice_reader(FACETS)


def read_facet_names(value: str) -> str:
    """Return `value`, names of facets separated by blanks or commas. Raises ValueError for an unknown name."""
    for name in re.split(r"[\s,]+", value.strip()):
        _read_facet(name)
    return value


def _option(name: str, description: str, example: str, read: Callable[[str], str] = str) -> Parameter:
    return Parameter(name, description, _STRING, example, read)


OPTIONS = by_name(
    _option("titre", "Nom de la recherche pour les lecteurs d'écran.", "Actions près de chez vous", _read_title),
    Parameter("q", "Texte cherché d'abord.", TEXT_PARAMETER.schema, "jardin", TEXT_PARAMETER.read),
    _option(
        "facettes", "Facettes montrées, séparées par des espaces ; vide : aucune.", "dimension public", read_facet_names
    ),
    Parameter(
        "par-page",
        f"Nombre de résultats par page, de 1 à 100 ({DEFAULT_EMBED_PER_PAGE} par défaut).",
        PAGING_PARAMETERS["per_page"].schema,
        "5",
        PAGING_PARAMETERS["per_page"].read,
    ),
    Parameter(
        "tri",
        "Ordre des résultats, comme le paramètre « sort » de l'API.",
        SORT_PARAMETER.schema,
        "-modifie_le",
        _read_sort,
    ),
    _option(
        "lien",
        f"Où mènent les résultats : « {RECORD_PAGE} », ou une adresse avec {ID_PLACEHOLDER}.",
        "/actions/{id}",
        read_link,
    ),
    _option("couleur", "Couleur des liens et des boutons.", "#0b5c63", read_colour),
    _option("fond", "Couleur du fond.", "#ffffff", read_colour),
    _option("texte", "Couleur du texte.", "#17262c", read_colour),
)
"""The options of both the element and the frame, beside locked filters."""

ELEMENT_ONLY = by_name(
    _option("api", "Adresse du catalogue ; par défaut, celle d'où vient widget.js.", "https://catalogue.example"),
    _option(
        "etat-url", "Garde la recherche dans l'adresse de la page, sous des noms qui commencent ainsi.", "actions-"
    ),
    _option("nouvel-onglet", "Ouvre les fiches dans un nouvel onglet.", ""),
    _option("langue", "Sans effet : la recherche est en français.", "fr"),
)
"""The options of the element alone."""

LOCKED_FILTERS = by_name(*(FILTER_PARAMETERS[name] for name in FACETS))
"""The filters that the visitor cannot change, one for each facet."""

_FRAME_SPELLINGS = {name.replace("-", "_"): name for name in OPTIONS}
_FRAME_PARAMETERS = {
    **LOCKED_FILTERS,
    **OPTIONS,
    "lien": Parameter("lien", OPTIONS["lien"].description, _STRING, "https://mairie.example/{id}", _read_absolute_link),
}

Attributes = Mapping[str, str]


def element_attributes(values: Mapping[str, list[str]]) -> Attributes:
    """Return the attributes of an element from values by option."""
    return {
        name: join_list(items, SEPARATOR) if name in LOCKED_FILTERS else SEPARATOR.join(map(str, items))
        for name, items in values.items()
        if items
    }


def read_frame_attributes(pairs: QueryPairs) -> Attributes:
    """Return the attributes of the element in a frame with these query parameters.

    `par_page` is another spelling of `par-page`. An empty `facettes` remains: it stands for no facets.
    Raises UnknownParameter or InvalidParameter.
    """
    frame_pairs = [(_FRAME_SPELLINGS.get(name, name), value) for name, value in pairs]
    attributes = dict(element_attributes(read_values(frame_pairs, _FRAME_PARAMETERS)))
    return attributes if ("facettes", "") not in frame_pairs else {**attributes, "facettes": ""}
