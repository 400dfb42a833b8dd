"""Schemas of actions, structures, lists, facets, completions and health."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, RootModel, create_model

from app.api.path_parameters import EXAMPLE_ACTION_ID, EXAMPLE_STRUCTURE_ID
from app.catalogue.facets import FACETS
from app.catalogue.fields import FIELDS, FieldKind
from app.catalogue.fields import Field as ActionField
from app.catalogue.sorting import TITLE_SORT


class StrictModel(BaseModel):
    """Base of every schema; it forbids undeclared keys."""

    model_config = ConfigDict(extra="forbid")


_BASE = "https://actions.example"


class Departement(StrictModel):
    """Département, par son code INSEE."""

    code: str = Field(description="Code INSEE", examples=["59"])
    nom: str = Field(description="Nom officiel", examples=["Nord"])


class Region(StrictModel):
    """Région, par son code INSEE."""

    code: str = Field(description="Code INSEE", examples=["32"])
    nom: str = Field(description="Nom officiel", examples=["Hauts-de-France"])


class Structure(StrictModel):
    """Structure organisatrice d'une action."""

    id: str = Field(description="Identifiant stable", examples=["centre-social-des-tilleuls-nord"])
    nom: str = Field(description="Nom de la structure", examples=["Centre social des Tilleuls"])
    departement: Departement | None = Field(description="Département, null s'il est inconnu")
    region: Region | None = Field(description="Région, null si elle est inconnue")
    libelle: str = Field(description="Ligne de l'export", examples=["Centre social des Tilleuls - Nord"])


class ActionLinks(StrictModel):
    """Adresses d'une action."""

    self: str = Field(description="Fiche en JSON", examples=[f"{_BASE}/actions/{EXAMPLE_ACTION_ID}"])
    html: str = Field(description="Fiche en page web", examples=[f"{_BASE}/fiches/{EXAMPLE_ACTION_ID}"])


class StructureLinks(StrictModel):
    """Adresses d'une structure."""

    self: str = Field(description="Structure en JSON", examples=[f"{_BASE}/structures/{EXAMPLE_STRUCTURE_ID}"])
    actions: str = Field(
        description="Ses actions en JSON", examples=[f"{_BASE}/actions?structure={EXAMPLE_STRUCTURE_ID}"]
    )


_TYPES: dict[FieldKind, Any] = {
    FieldKind.TITLE: str,
    FieldKind.ONE: str | None,
    FieldKind.MULTI: list[str],
    FieldKind.TEXT: str,
}
_DATES = {
    "cree_le": (datetime, Field(description="Date d'entrée au catalogue (UTC)", examples=["2026-01-15T09:30:00.000Z"])),
    "modifie_le": (
        datetime,
        Field(description="Date de dernière modification (UTC)", examples=["2026-02-03T16:05:12.000Z"]),
    ),
}
_ID = (str, Field(description="Identifiant stable et lisible", examples=["jardin-partage-1a2b3c"]))
_VERSION = (int, Field(description="Numéro de version, à partir de 1", ge=1, examples=[1]))
_ADDRESSES = (ActionLinks, Field(description="Adresses de l'action"))


def _of_field(field: ActionField) -> tuple[Any, Any]:
    if field.key == "structure":
        return Structure, Field(description=field.description)
    kind = _TYPES[field.kind]
    example = list(field.example) if isinstance(field.example, tuple) else field.example
    info = Field(description=field.description, examples=[example])
    return (kind | None if field.optional else kind), info


def record_model(fields: Iterable[ActionField] = FIELDS, name: str = "Action") -> type[StrictModel]:
    """Return the schema of a record, from the declared fields."""
    declared = {field.key: _of_field(field) for field in fields}
    attributes: dict[str, Any] = {"id": _ID, **declared, "version": _VERSION, **_DATES, "links": _ADDRESSES}
    return create_model(name, __base__=StrictModel, __doc__="Une action, avec toutes ses rubriques.", **attributes)


def item_model(fields: Iterable[ActionField] = FIELDS, name: str = "ActionItem") -> type[StrictModel]:
    """Return the schema of a record in a list; every key is optional, since `fields` selects them."""
    optional: dict[str, Any] = {}
    for key, info in record_model(fields).model_fields.items():
        optional[key] = (info.annotation, Field(default=None, description=info.description, examples=info.examples))
    score = Field(default=None, description="Pertinence, null sans recherche", examples=[7.31])
    highlights = Field(default=None, description="Extraits par rubrique, s'il y a une recherche")
    return create_model(
        name,
        __base__=StrictModel,
        __doc__="Une action dans une liste : rubriques principales, toutes avec full=true, au choix avec fields.",
        **{**optional, "score": (float | None, score), "highlights": (Highlights, highlights)},
    )


def similar_model(fields: Iterable[ActionField] = FIELDS, name: str = "SimilarItem") -> type[StrictModel]:
    """Return the schema of a similar record: the keys of a list item, and the words in common."""
    score = Field(description="Proximité ; se compare dans une même réponse", examples=[12.4])
    shared = Field(
        description="Mots de l'action donnée qui les rapprochent, les plus parlants d'abord",
        examples=[["jardin", "compost"]],
    )
    listed = record_model(field for field in fields if field.listed).model_fields
    attributes: dict[str, Any] = {key: (info.annotation, info) for key, info in listed.items()}
    return create_model(
        name,
        __base__=StrictModel,
        __doc__="Une action proche d'une autre, et ce qui les rapproche.",
        **{**attributes, "score": (float, score), "shared": (list[str], shared)},
    )


class Highlights(RootModel[dict[str, list[str]]]):
    """Des extraits par rubrique ; HTML sûr, où seul <mark> est une balise."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"resume": ["Un <mark>jardin</mark> au pied des tours"]}]}
    )


Action = record_model()
ActionItem = item_model()
SimilarItem = similar_model()


class PageLinks(StrictModel):
    """Adresses des pages d'une liste."""

    self: str = Field(description="Cette page", examples=[f"{_BASE}/actions?page=2"])
    first: str = Field(description="La première", examples=[f"{_BASE}/actions?page=1"])
    prev: str | None = Field(description="La précédente, null s'il n'y en a pas", examples=[f"{_BASE}/actions?page=1"])
    next: str | None = Field(description="La suivante, null s'il n'y en a pas", examples=[f"{_BASE}/actions?page=3"])
    last: str | None = Field(
        description="La dernière, null dans un parcours par curseur", examples=[f"{_BASE}/actions?page=3"]
    )


class FacetValue(StrictModel):
    """Une valeur de facette et son nombre d'actions."""

    value: str = Field(description="Valeur à renvoyer comme filtre", examples=["59"])
    label: str = Field(description="Libellé à montrer", examples=["Nord"])
    count: int = Field(description="Nombre d'actions, sans tenir compte du filtre de cette facette", ge=0, examples=[7])
    selected: bool = Field(description="Vrai si la question filtre sur cette valeur", examples=[False])


class QuestionWarning(StrictModel):
    """Ce qu'il faut savoir de la question posée."""

    parameter: str = Field(description="Paramètre en cause", examples=["dimension"])
    message: str = Field(
        description="Explication",
        examples=["Aucune action n'a la valeur « citoyen ». Vouliez-vous dire « Citoyenneté » ?"],
    )
    value: str | None = Field(description="Valeur que personne n'utilise", examples=["citoyen"])
    nearest: str | None = Field(description="Valeur connue la plus proche", examples=["Citoyenneté"])


class Facets(RootModel[dict[str, list[FacetValue]]]):
    """Les valeurs de chaque facette demandée, par le nom de la facette."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"departement": [{"value": "59", "label": "Nord", "count": 7, "selected": False}]}]
        }
    )


_TOTAL = "Nombre exact d'actions trouvées"
_PER_PAGE = "Nombre de résultats par page"
_PAGES = "Nombre de pages"
_WARNINGS = "Ce qu'il faut savoir de la question, vide s'il n'y a rien à en dire"
_CUT = "Facettes dont les valeurs les moins fréquentes sont coupées"
_LINKS = "Adresses des pages de la liste"


class ActionList(StrictModel):
    """Une page d'actions, avec le total exact et les facettes demandées."""

    items: list[ActionItem] = Field(description="Les actions de la page")  # type: ignore[valid-type]
    total: int = Field(description=_TOTAL, ge=0, examples=[16])
    page: int | None = Field(description="Numéro de la page, null dans un parcours par curseur", examples=[2])
    per_page: int = Field(description=_PER_PAGE, ge=1, le=100, examples=[20])
    pages: int = Field(description=_PAGES, ge=0, examples=[3])
    next_cursor: str | None = Field(
        description="Curseur de la suite, null à la fin", examples=["WyIzZjJhOWM4MWQwNGUiLDAsImphcmRpbiIsImphcmRpbiJd"]
    )
    facets: Facets = Field(description="Les facettes demandées")
    facets_truncated: list[str] = Field(description=_CUT, examples=[["departement"]])
    suggestion: str | None = Field(description="Recherche corrigée, s'il y a lieu", examples=["jardin partagé"])
    relaxed: bool = Field(
        description="Vrai si des actions proches suivent celles qui répondent entièrement", examples=[False]
    )
    full_matches: int = Field(description="Nombre d'actions qui répondent entièrement", ge=0, examples=[16])
    warnings: list[QuestionWarning] = Field(description=_WARNINGS)
    links: PageLinks = Field(description=_LINKS)


class FacetList(StrictModel):
    """Les facettes seules."""

    total: int = Field(description=_TOTAL, ge=0, examples=[16])
    facets: Facets = Field(description="Les facettes demandées")
    facets_truncated: list[str] = Field(description=_CUT, examples=[["departement"]])
    warnings: list[QuestionWarning] = Field(description=_WARNINGS)


_SUGGESTED = [name for name, facet in FACETS.items() if facet.suggested]


class Suggestion(StrictModel):
    """Une façon de compléter ce qui est tapé."""

    text: str = Field(description="Texte à montrer", examples=["Logement"])
    kind: str = Field(
        description=f"« {TITLE_SORT} », ou le filtre dont c'est une valeur : {', '.join(_SUGGESTED)}",
        examples=["mot_cle"],
    )
    id: str = Field(description="Identifiant de l'action, ou valeur à donner au filtre", examples=["Logement"])
    count: int = Field(description="Nombre d'actions", ge=1, examples=[12])


class SuggestionList(StrictModel):
    """Ce qui complète ce qui est tapé, le plus utile d'abord."""

    items: list[Suggestion] = Field(description="Les propositions")


class SimilarList(StrictModel):
    """Les actions proches d'une autre, la plus proche d'abord."""

    items: list[SimilarItem] = Field(description="Les actions proches")  # type: ignore[valid-type]


class StructureItem(Structure):
    """Une structure et son nombre d'actions."""

    nombre_actions: int = Field(description="Nombre d'actions au catalogue", ge=0, examples=[2])
    links: StructureLinks = Field(description="Adresses de la structure")


class StructureList(StrictModel):
    """Une page de structures."""

    items: list[StructureItem] = Field(description="Les structures de la page")
    total: int = Field(description="Nombre exact de structures trouvées", ge=0, examples=[23])
    page: int = Field(description="Numéro de la page", ge=1, examples=[2])
    per_page: int = Field(description=_PER_PAGE, ge=1, le=100, examples=[20])
    pages: int = Field(description=_PAGES, ge=0, examples=[3])
    warnings: list[QuestionWarning] = Field(description=_WARNINGS)
    links: PageLinks = Field(description=_LINKS)


class StructureDocument(StructureItem):
    """Une structure et ses actions, par ordre de titre."""

    actions: list[ActionItem] = Field(description="Ses actions")  # type: ignore[valid-type]


class HealthPart(StrictModel):
    """Ce que tient le magasin ou l'index."""

    change: int = Field(description="Numéro du dernier changement tenu", examples=[31])
    records: int = Field(description="Nombre d'actions", examples=[24])


class Ready(StrictModel):
    """L'état du service."""

    status: str = Field(description="« ok »", examples=["ok"])
    store: HealthPart = Field(description="Le magasin")
    index: HealthPart = Field(description="L'index de recherche")
    lag: int = Field(description="Nombre de changements que l'index n'a pas encore pris", examples=[0])
    damaged: int = Field(
        default=0, description="Nombre d'enregistrements endommagés que ce processus a rencontrés", ge=0, examples=[0]
    )


class Live(StrictModel):
    """Le service répond."""

    status: str = Field(description="« ok »", examples=["ok"])
