"""The page that configures an embedded search: a form, the HTML to copy, and a preview."""

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
    element_attributes,
)
from app.web.embed_snippet import element_snippet, frame_snippet
from app.web.rendering import conditional_page, render
from app.web.search_view import SORT_OPTIONS
from app.web.tracking_parameters import page_query_pairs

router = APIRouter(include_in_schema=False)

_MAX_VALUES = 200  # of a facet in the form; others can be written into the HTML by hand
_SIZES = ("5", "10", "20", "50")
_COLOURS = {"couleur": "#0b5c63", "fond": "#ffffff", "texte": "#17262c"}
_COMMON_FACETS = ("departement", "dimension", "mot_cle", "statut")  # facets shown first among the locked filters
_ELEMENT, _FRAME = "balise", "cadre"
_CUSTOM = "oui"
_DEFAULT_SORT = ""  # of an element without the attribute `tri`
_MAX_CODE_LENGTH = 3  # characters of the code of a département or région

_FORM_PARAMETERS: Mapping[str, Parameter] = {
    **LOCKED_FILTERS,
    **OPTIONS,
    **by_name(
        replace(OPTIONS["facettes"], read=choice_reader(FACETS), repeatable=True),
        Parameter("forme", "Balise ou cadre.", {}, _ELEMENT, choice_reader([_ELEMENT, _FRAME])),
        Parameter("couleurs", "Si les couleurs sont les vôtres.", {}, _CUSTOM, choice_reader([_CUSTOM])),
    ),
}


@dataclass(frozen=True, slots=True)
class Choice:
    """An option of a select field."""

    value: str
    label: str
    selected: bool


@dataclass(frozen=True, slots=True)
class EmbedSettings:
    """The settings of the form: the attributes of the element, and whether the HTML is a frame."""

    attributes: Attributes
    framed: bool
    custom_colours: bool

    def snippet(self, site: str) -> str:
        """Return the HTML to copy."""
        return (frame_snippet if self.framed else element_snippet)(site, self.attributes)

    @property
    def locks_other_facets(self) -> bool:
        """Whether a facet outside the common ones is locked."""
        return any(name in LOCKED_FILTERS and name not in _COMMON_FACETS for name in self.attributes)

    @property
    def colours(self) -> dict[str, str]:
        """The colours that the form shows, custom or default."""
        return {name: self.attributes.get(name, default) for name, default in _COLOURS.items()}

    @property
    def warnings(self) -> list[str]:
        """French warnings about custom colours with too little contrast."""
        return contrast_warnings(*self.colours.values()) if self.custom_colours else []


def read_embed_settings(pairs: QueryPairs) -> EmbedSettings:
    """Return the settings of a submitted form. Raises UnknownParameter or InvalidParameter."""
    form_pairs = list(pairs)
    values = read_values(form_pairs, _FORM_PARAMETERS)
    framed = values.pop("forme", [_ELEMENT]) == [_FRAME]
    custom_colours = bool(values.pop("couleurs", []))
    shown_facets = values.pop("facettes", [])
    attributes = {
        name: value
        for name, value in element_attributes(values).items()
        if not (name in _COLOURS and not custom_colours)
        and (name, value) not in {("par-page", str(DEFAULT_EMBED_PER_PAGE)), ("lien", RECORD_PAGE)}
    }
    # The form sends an empty value, so that a form without a ticked facet differs from a page without a submitted form.
    if (shown_facets or ("facettes", "") in form_pairs) and set(shown_facets) != set(DEFAULT_FACETS):
        attributes["facettes"] = " ".join(shown_facets)
    return EmbedSettings(attributes, framed, custom_colours)


@router.get("/integration")
async def integration_page(request: Request, catalogue: OpenService) -> Response:
    """Return the page with the settings of the URL; invalid settings are marked and left out of the HTML."""
    pairs = page_query_pairs(request)
    errors: dict[str, str] = {}
    try:
        settings = read_embed_settings(pairs)
    except InvalidParameter as error:
        errors = {problem.parameter: problem.message for problem in error.errors}
        settings = read_embed_settings((name, value) for name, value in pairs if name not in errors)

    def respond() -> Response:
        return render(
            request,
            "integration.html",
            status=422 if errors else 200,
            settings=settings,
            errors=errors,
            values=dict(pairs),
            snippet=settings.snippet(Links.of(request).base),
            facets=_facet_choices(catalogue, settings.attributes),
            common_facets=_COMMON_FACETS,
            shown_facets=settings.attributes.get("facettes", " ".join(DEFAULT_FACETS)).split(),
            sorts=_sort_choices(settings.attributes.get("tri", "")),
            sizes=[
                Choice(size, size, size == settings.attributes.get("par-page", str(DEFAULT_EMBED_PER_PAGE)))
                for size in _SIZES
            ],
        )

    return await search_in_thread(
        request, lambda: respond() if errors else conditional_page(request, catalogue, respond)
    )


def _facet_choices(catalogue: CatalogueService, attributes: Attributes) -> dict[str, list[Choice]]:
    """Return the values of each facet in alphabetical order, the locked ones selected; common facets come first."""
    query = ActionQuery(facets=tuple(FACETS), facet_size=_MAX_VALUES, limit=0, highlight=False)
    counts = catalogue.search(query).result.facets
    names = sorted(
        FACETS, key=lambda name: _COMMON_FACETS.index(name) if name in _COMMON_FACETS else len(_COMMON_FACETS)
    )
    locked = {name: set(map(fold, split_list(attributes.get(name, "")))) for name in names}
    return {
        name: [_facet_choice(value, locked[name]) for value in _sorted_by_label(counts[name].values)] for name in names
    }


def _sort_choices(selected: str) -> list[Choice]:
    """Return the sort orders of the form, and the selected one when only a URL can set it."""
    names = {sort: name for sort, name in SORT_OPTIONS.items() if sort != RELEVANCE_SORT}
    labels = {_DEFAULT_SORT: "Pertinence, sinon titre", **names}
    labels.setdefault(selected, selected)
    return [Choice(sort, name, sort == selected) for sort, name in labels.items()]


def _sorted_by_label(values: tuple[FacetCount, ...]) -> list[FacetCount]:
    return sorted(values, key=lambda value: fold(value.label))


def _facet_choice(value: FacetCount, locked: Set[str]) -> Choice:
    label = (
        value.label
        if value.label == value.value or len(value.value) > _MAX_CODE_LENGTH
        else f"{value.label} ({value.value})"
    )
    return Choice(value.value, label, not locked.isdisjoint({fold(value.value), fold(value.label)}))
