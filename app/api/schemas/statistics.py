"""Schemas of statistics."""

from typing import Any

from pydantic import Field, create_model

from app.api.schemas.actions import QuestionWarning, StrictModel
from app.catalogue.facets import FACETS


class CountedValue(StrictModel):
    """Une valeur et son nombre d'actions, parmi toutes celles qui sont comptées."""

    valeur: str = Field(description="Valeur à donner au filtre de ce nom", examples=["59"])
    libelle: str = Field(description="Libellé à montrer", examples=["Nord"])
    nombre: int = Field(description="Nombre d'actions", ge=1, examples=[6])
    part: float = Field(description="Part de toutes les actions comptées", ge=0, le=1, examples=[0.25])


class Breakdown(StrictModel):
    """Les actions comptées selon une de leurs valeurs ; une action qui en a plusieurs compte pour chacune."""

    valeurs: list[CountedValue] = Field(description="Les valeurs, les plus fréquentes d'abord ; les années, en ordre")
    distinctes: int = Field(description="Nombre de valeurs différentes, même coupées", ge=0, examples=[16])
    sans_valeur: int = Field(description="Nombre d'actions sans aucune valeur", ge=0, examples=[1])


class KeywordPair(StrictModel):
    """Deux mots clés que portent les mêmes actions."""

    mots_cles: list[str] = Field(
        description="Les deux mots clés", min_length=2, max_length=2, examples=[["Environnement", "Mixité sociale"]]
    )
    nombre: int = Field(description="Nombre d'actions qui portent les deux", ge=1, examples=[4])
    part: float = Field(description="Part de toutes les actions comptées", ge=0, le=1, examples=[0.1667])


class Completeness(StrictModel):
    """Une rubrique et le nombre d'actions où elle dit quelque chose."""

    cle: str = Field(description="Clé de la rubrique", examples=["resume"])
    libelle: str = Field(description="Nom de la rubrique", examples=["Résumé"])
    nombre: int = Field(description="Nombre d'actions où elle est renseignée", ge=0, examples=[23])
    part: float = Field(description="Part de toutes les actions comptées", ge=0, le=1, examples=[0.9583])


def _breakdowns() -> type[StrictModel]:
    kinds: dict[str, Any] = {
        name: (Breakdown, Field(description=f"{facet.caption} : valeurs et nombres d'actions"))
        for name, facet in FACETS.items()
    }
    doc = "Les actions comptées selon chaque facette, par le nom de son filtre."
    return create_model("Breakdowns", __base__=StrictModel, __doc__=doc, **kinds)


Breakdowns = _breakdowns()


class StatisticsDocument(StrictModel):
    """Les statistiques de toutes les actions d'une question."""

    total: int = Field(description="Nombre d'actions comptées", ge=0, examples=[24])
    structures: int = Field(description="Nombre de structures qui les organisent", ge=0, examples=[23])
    departements: int = Field(description="Nombre de départements de ces structures", ge=0, examples=[16])
    regions: int = Field(description="Nombre de régions de ces structures", ge=0, examples=[9])
    annees: Breakdown = Field(description="Par année d'entrée au catalogue (`cree_le`, en UTC)")
    facettes: Breakdowns = Field(description="Par facette")  # type: ignore[valid-type]
    paires_mots_cles: list[KeywordPair] = Field(description="Les paires de mots clés les plus fréquentes d'abord")
    completude: list[Completeness] = Field(description="Chaque rubrique, dans l'ordre de la fiche")
    suggestion: str | None = Field(description="Recherche corrigée, s'il y a lieu", examples=["jardin partagé"])
    warnings: list[QuestionWarning] = Field(description="Ce qu'il faut savoir de la question")
