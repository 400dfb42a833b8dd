"""The page that shows how to embed the search: a form, the lines to copy that it leads to, and how they look."""

from collections.abc import Mapping, Set
from dataclasses import dataclass, replace

from fastapi import APIRouter, Request, Response

from app.catalogue.errors import InvalidParameter
from app.catalogue.facets import FACETS
from app.catalogue.parameters import Parameter, QueryPairs, by_name, choice_reader, read_values
from app.catalogue.query import ActionQuery
from app.catalogue.sorting import RELEVANCE_SORT
from app.catalogue.table_columns import split_list
from app.catalogue.text import fold
from app.http.dependencies import OpenService, search_in_thread
from app.http.links import Links
from app.search.engine import FacetCount
from app.service import CatalogueService
from app.web.contrast import contrast_warnings
from app.web.embed_options import (
    DEFAULT_EMBED_PER_PAGE,
    DEFAULT_FACETS,
    LOCKED_FILTERS,
    OPTIONS,
    RECORD_PAGE,
    Attributes,
    attributes_of,
)
from app.web.embed_snippet import element_snippet, frame_snippet
from app.web.rendering import conditional_page, render
from app.web.search_view import SORT_OPTIONS
from app.web.tracking_parameters import page_query_pairs

router = APIRouter(include_in_schema=False)

_MAX_VALUES = 200  # of a facet that can be chosen from; the rest is written by hand
_SIZES = ("5", "10", "20", "50")
_COLOURS = {"couleur": "#0b5c63", "fond": "#ffffff", "texte": "#17262c"}
_FIRST = ("departement", "dimension", "mot_cle", "statut")  # the facets that most will want to lock
_ELEMENT, _FRAME = "balise", "cadre"
_OWN = "oui"
_USUAL = ""  # the order of an element that names none
_MAX_CODE_LENGTH = 3  # characters of a département or région

_FORM: Mapping[str, Parameter] = {
    **LOCKED_FILTERS,
    **OPTIONS,
    **by_name(
        replace(OPTIONS["facettes"], read=choice_reader(FACETS), repeatable=True),
        Parameter("forme", "Balise ou cadre.", {}, _ELEMENT, choice_reader([_ELEMENT, _FRAME])),
        Parameter("couleurs", "Si les couleurs sont les vôtres.", {}, _OWN, choice_reader([_OWN])),
    ),
}


@dataclass(frozen=True, slots=True)
class Choice:
    """One value to choose in the form."""

    value: str
    label: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class EmbedSettings:
    """What the form asks for: the attributes of an element, written as one or as a frame."""

    attributes: Attributes
    framed: bool
    own_colours: bool

    def snippet(self, site: str) -> str:
        """Return the lines to copy."""
        return (frame_snippet if self.framed else element_snippet)(site, self.attributes)

    @property
    def locks_others(self) -> bool:
        """Whether it locks a filter that few will want to."""
        return any(name in LOCKED_FILTERS and name not in _FIRST for name in self.attributes)

    @property
    def colours(self) -> dict[str, str]:
        """The colours that the form shows, whether they are asked for or not."""
        return {name: self.attributes.get(name, usual) for name, usual in _COLOURS.items()}

    @property
    def warnings(self) -> list[str]:
        """What cannot be read in the colours asked for."""
        return contrast_warnings(*self.colours.values()) if self.own_colours else []


def read_embed_settings(pairs: QueryPairs) -> EmbedSettings:
    """Return what a filled form asks for; UnknownParameter or InvalidParameter otherwise."""
    given = list(pairs)
    values = read_values(given, _FORM)
    framed = values.pop("forme", [_ELEMENT]) == [_FRAME]
    own = bool(values.pop("couleurs", []))
    shown = values.pop("facettes", [])
    attributes = {
        name: value
        for name, value in attributes_of(values).items()
        if not (name in _COLOURS and not own)
        and (name, value) not in {("par-page", str(DEFAULT_EMBED_PER_PAGE)), ("lien", RECORD_PAGE)}
    }
    # A form without any box ticked says so by an empty value; no form at all says nothing.
    if shown or ("facettes", "") in given:
        attributes |= {} if set(shown) == set(DEFAULT_FACETS) else {"facettes": " ".join(shown)}
    return EmbedSettings(attributes, framed, own)


@router.get("/integration")
async def integration(request: Request, catalogue: OpenService) -> Response:
    """Return the page with the form as its address fills it; what the form got wrong is said beside it."""
    pairs = page_query_pairs(request)
    errors: dict[str, str] = {}
    try:
        wish = read_embed_settings(pairs)
    except InvalidParameter as error:
        errors = {one.parameter: one.message for one in error.errors}
        wish = read_embed_settings((name, value) for name, value in pairs if name not in errors)

    def answer() -> Response:
        return render(
            request,
            "integration.html",
            status=422 if errors else 200,
            wish=wish,
            errors=errors,
            given=dict(pairs),
            snippet=wish.snippet(Links.of(request).base),
            facets=_choices(catalogue, wish.attributes),
            first=_FIRST,
            shown=wish.attributes.get("facettes", " ".join(DEFAULT_FACETS)).split(),
            sorts=_sorts(wish.attributes.get("tri", "")),
            sizes=[
                Choice(size, size, size == wish.attributes.get("par-page", str(DEFAULT_EMBED_PER_PAGE)))
                for size in _SIZES
            ],
        )

    return await search_in_thread(request, lambda: answer() if errors else conditional_page(request, catalogue, answer))


def _choices(catalogue: CatalogueService, attributes: Attributes) -> dict[str, list[Choice]]:
    """Return the values of each facet that the catalogue has, by alphabet, those that are locked first chosen."""
    query = ActionQuery(facets=tuple(FACETS), facet_size=_MAX_VALUES, limit=0, highlight=False)
    counted = catalogue.search(query).result.facets
    names = sorted(FACETS, key=lambda name: _FIRST.index(name) if name in _FIRST else len(_FIRST))
    locked = {name: set(map(fold, split_list(attributes.get(name, "")))) for name in names}
    return {name: [_choice(value, locked[name]) for value in _sorted(counted[name].values)] for name in names}


def _sorts(chosen: str) -> list[Choice]:
    """Return the orders to choose from; one that only an address can ask for is there when it did."""
    names = {sort: name for sort, name in SORT_OPTIONS.items() if sort != RELEVANCE_SORT}
    offered = {_USUAL: "Pertinence, sinon titre", **names}
    offered.setdefault(chosen, chosen)
    return [Choice(sort, name, sort == chosen) for sort, name in offered.items()]


def _sorted(values: tuple[FacetCount, ...]) -> list[FacetCount]:
    return sorted(values, key=lambda value: fold(value.label))


def _choice(value: FacetCount, locked: Set[str]) -> Choice:
    label = (
        value.label
        if value.label == value.value or len(value.value) > _MAX_CODE_LENGTH
        else f"{value.label} ({value.value})"
    )
    return Choice(value.value, label, not locked.isdisjoint({fold(value.value), fold(value.label)}))
