"""The shapes of the JSON documents, for OpenAPI and for the tests that hold every answer to them."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, create_model

from app.catalogue.facets import FACETS
from app.catalogue.fields import FIELDS, Kind
from app.catalogue.fields import Field as ActionField
from app.catalogue.sorting import TITLE


class Document(BaseModel):
    """Base of every shape: nothing but what is declared."""

    model_config = ConfigDict(extra="forbid")


class Departement(Document):
    """Département, par son code INSEE."""

    code: str = Field(description="Code INSEE", examples=["59"])
    nom: str = Field(description="Nom officiel", examples=["Nord"])


class Region(Document):
    """Région, par son code INSEE."""

    code: str = Field(description="Code INSEE", examples=["32"])
    nom: str = Field(description="Nom officiel", examples=["Hauts-de-France"])


class Structure(Document):
    """Structure organisatrice d'une action."""

    id: str = Field(description="Identifiant stable", examples=["centre-social-des-tilleuls-nord"])
    nom: str = Field(description="Nom de la structure", examples=["Centre social des Tilleuls"])
    departement: Departement | None = Field(description="Département, null s'il est inconnu")
    region: Region | None = Field(description="Région, null si elle est inconnue")
    libelle: str = Field(description="Ligne de l'export", examples=["Centre social des Tilleuls - Nord"])


class ActionLinks(Document):
    """Adresses d'une action."""

    self: str = Field(description="Fiche en JSON")
    html: str = Field(description="Fiche en page web")


class ActionReference(Document):
    """Une action, par son identifiant."""

    id: str
    links: ActionLinks


class StructureLinks(Document):
    """Adresses d'une structure."""

    self: str = Field(description="Structure en JSON")
    actions: str = Field(description="Ses actions en JSON")


_TYPES: dict[Kind, Any] = {Kind.TITLE: str, Kind.ONE: str | None, Kind.MULTI: list[str], Kind.TEXT: str}
_DATES = {
    "cree_le": (datetime, Field(description="Date d'entrée au catalogue (UTC)", examples=["2026-01-15T09:30:00.000Z"])),
    "modifie_le": (datetime, Field(description="Date de dernière modification (UTC)")),
}
_ID = (str, Field(description="Identifiant stable et lisible", examples=["jardin-partage-1a2b3c"]))
_VERSION = (int, Field(description="Numéro de version, à partir de 1", ge=1, examples=[1]))
_LINKS = (ActionLinks, Field(description="Adresses de l'action"))


def _of_field(field: ActionField) -> tuple[Any, Any]:
    if field.key == "structure":
        return Structure, Field(description=field.description)
    kind = _TYPES[field.kind]
    example = list(field.example) if isinstance(field.example, tuple) else field.example
    info = Field(description=field.description, examples=[example])
    return (kind | None if field.optional else kind), info


def record_model(fields: Iterable[ActionField] = FIELDS, name: str = "Action") -> type[Document]:
    """Return the shape of a whole record, from the declared fields."""
    own = {field.key: _of_field(field) for field in fields}
    shape: dict[str, Any] = {"id": _ID, **own, "version": _VERSION, **_DATES, "links": _LINKS}
    return create_model(name, __base__=Document, __doc__="Une action, avec toutes ses rubriques.", **shape)


def item_model(fields: Iterable[ActionField] = FIELDS, name: str = "ActionItem") -> type[Document]:
    """Return the shape of a record in a list: any key may be left out, since the caller chooses with `fields`."""
    optional: dict[str, Any] = {}
    for key, info in record_model(fields).model_fields.items():
        optional[key] = (info.annotation, Field(default=None, description=info.description, examples=info.examples))
    score = Field(default=None, description="Pertinence, null sans recherche", examples=[7.31])
    marks = Field(
        default=None,
        description="Extraits par rubrique ; HTML sûr, où seul <mark> est une balise",
        examples=[{"resume": ["Un <mark>jardin</mark> au pied des tours"]}],
    )
    return create_model(
        name,
        __base__=Document,
        __doc__="Une action dans une liste : rubriques principales, toutes avec full=true, au choix avec fields.",
        **{**optional, "score": (float | None, score), "highlights": (dict[str, list[str]], marks)},
    )


def similar_model(fields: Iterable[ActionField] = FIELDS, name: str = "SimilarItem") -> type[Document]:
    """Return the shape of a record that is near another one: what lists show of it, and what ties the two."""
    score = Field(description="Proximité ; se compare dans une même réponse", examples=[12.4])
    shared = Field(
        description="Mots de l'action donnée qui les rapprochent, les plus parlants d'abord",
        examples=[["jardin", "compost"]],
    )
    listed = record_model(field for field in fields if field.listed).model_fields
    shape: dict[str, Any] = {key: (info.annotation, info) for key, info in listed.items()}
    return create_model(
        name,
        __base__=Document,
        __doc__="Une action proche d'une autre, et ce qui les rapproche.",
        **{**shape, "score": (float, score), "shared": (list[str], shared)},
    )


Action = record_model()
ActionItem = item_model()
SimilarItem = similar_model()


class PageLinks(Document):
    """Adresses des pages d'une liste."""

    self: str
    first: str
    prev: str | None
    next: str | None
    last: str | None


class FacetValue(Document):
    """Une valeur de facette et son nombre d'actions."""

    value: str = Field(description="Valeur à renvoyer comme filtre", examples=["59"])
    label: str = Field(description="Libellé à montrer", examples=["Nord"])
    count: int = Field(description="Nombre d'actions, sans tenir compte du filtre de cette facette", ge=0)
    selected: bool = Field(description="Vrai si la question filtre sur cette valeur")


class QuestionWarning(Document):
    """Ce qu'il faut savoir de la question posée."""

    parameter: str = Field(description="Paramètre en cause", examples=["dimension"])
    message: str = Field(description="Explication")
    value: str | None = Field(description="Valeur que personne n'utilise")
    nearest: str | None = Field(description="Valeur connue la plus proche")


Facets = dict[str, list[FacetValue]]


class ActionList(Document):
    """Une page d'actions, avec le total exact et les facettes demandées."""

    items: list[ActionItem]  # type: ignore[valid-type]
    total: int = Field(description="Nombre exact d'actions trouvées", ge=0, examples=[16])
    page: int | None = Field(description="Numéro de la page, null dans un parcours par curseur", examples=[1])
    per_page: int = Field(ge=1, le=100, examples=[20])
    pages: int = Field(description="Nombre de pages", ge=0, examples=[1])
    next_cursor: str | None = Field(description="Curseur de la suite, null à la fin")
    facets: Facets
    facets_truncated: list[str] = Field(description="Facettes dont les valeurs les moins fréquentes sont coupées")
    suggestion: str | None = Field(description="Recherche corrigée, s'il y a lieu")
    relaxed: bool = Field(description="Vrai si des actions proches suivent celles qui répondent entièrement")
    full_matches: int = Field(description="Nombre d'actions qui répondent entièrement", ge=0)
    warnings: list[QuestionWarning]
    links: PageLinks


class FacetList(Document):
    """Les facettes seules."""

    total: int = Field(description="Nombre exact d'actions trouvées", ge=0)
    facets: Facets
    facets_truncated: list[str]
    warnings: list[QuestionWarning]


_SUGGESTED = [name for name, facet in FACETS.items() if facet.suggested]


class Suggestion(Document):
    """Une façon de compléter ce qui est tapé."""

    text: str = Field(description="Texte à montrer", examples=["Logement"])
    kind: str = Field(
        description=f"« {TITLE} », ou le filtre dont c'est une valeur : {', '.join(_SUGGESTED)}",
        examples=["mot_cle"],
    )
    id: str = Field(description="Identifiant de l'action, ou valeur à donner au filtre", examples=["Logement"])
    count: int = Field(description="Nombre d'actions", ge=1, examples=[12])


class SuggestionList(Document):
    """Ce qui complète ce qui est tapé, le plus utile d'abord."""

    items: list[Suggestion]


class SimilarList(Document):
    """Les actions proches d'une autre, la plus proche d'abord."""

    items: list[SimilarItem]  # type: ignore[valid-type]


class StructureItem(Structure):
    """Une structure et son nombre d'actions."""

    nombre_actions: int = Field(description="Nombre d'actions au catalogue", ge=0, examples=[2])
    links: StructureLinks


class StructureList(Document):
    """Une page de structures."""

    items: list[StructureItem]
    total: int = Field(ge=0)
    page: int = Field(ge=1)
    per_page: int = Field(ge=1, le=100)
    pages: int = Field(ge=0)
    warnings: list[QuestionWarning]
    links: PageLinks


class StructureDocument(StructureItem):
    """Une structure et ses actions, par ordre de titre."""

    actions: list[ActionItem]  # type: ignore[valid-type]


class ProblemError(Document):
    """Un paramètre, ou une valeur du corps de la demande, qui est refusé."""

    parameter: str | None = Field(default=None, description="Paramètre en cause", examples=["per_page"])
    pointer: str | None = Field(
        default=None, description="Valeur en cause, par son pointeur JSON (RFC 6901)", examples=["/structure/nom"]
    )
    message: str
    allowed: list[str] | None = Field(default=None, description="Valeurs possibles, quand elles se comptent")


class Problem(Document):
    """Une erreur (RFC 9457)."""

    type: str = Field(description="Genre d'erreur, sous forme d'URN", examples=["urn:…:parametre-inconnu"])
    title: str
    status: int
    detail: str
    instance: str
    errors: list[ProblemError] = Field(default_factory=list)
    existing: ActionReference | None = Field(default=None, description="L'action qui est déjà là, en cas de conflit")


class HealthPart(Document):
    """Ce que tient le magasin ou l'index."""

    change: int = Field(description="Numéro du dernier changement tenu")
    records: int = Field(description="Nombre d'actions")


class Ready(Document):
    """L'état du service."""

    status: str = Field(examples=["ok"])
    store: HealthPart
    index: HealthPart
    lag: int = Field(description="Nombre de changements que l'index n'a pas encore pris")


class Live(Document):
    """Le service répond."""

    status: str = Field(examples=["ok"])
