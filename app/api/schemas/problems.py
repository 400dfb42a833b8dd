"""Schema of problem documents (RFC 9457)."""

from pydantic import Field

from app.api.path_parameters import EXAMPLE_ACTION_ID
from app.api.schemas.actions import ActionLinks, StrictModel


class ActionReference(StrictModel):
    """Une action, par son identifiant."""

    id: str = Field(description="Identifiant de l'action", examples=[EXAMPLE_ACTION_ID])
    links: ActionLinks = Field(description="Adresses de l'action")


class ProblemError(StrictModel):
    """Un paramètre, ou une valeur du corps de la demande, qui est refusé."""

    parameter: str | None = Field(default=None, description="Paramètre en cause", examples=["per_page"])
    pointer: str | None = Field(
        default=None, description="Valeur en cause, par son pointeur JSON (RFC 6901)", examples=["/structure/nom"]
    )
    message: str = Field(description="Ce qui ne va pas", examples=["« mille » n'est pas un nombre entier de 1 à 100."])
    allowed: list[str] | None = Field(
        default=None, description="Valeurs possibles, quand elles se comptent", examples=[["titre", "resume"]]
    )


class Problem(StrictModel):
    """Une erreur (RFC 9457)."""

    type: str = Field(
        description="Genre d'erreur, sous forme d'URN",
        examples=["urn:actions-centres-sociaux:probleme:valeur-refusee"],
    )
    title: str = Field(description="Genre d'erreur, en français", examples=["Valeur refusée"])
    status: int = Field(description="Statut HTTP de la réponse", examples=[422])
    detail: str = Field(
        description="Ce qui ne va pas dans cette demande", examples=["« mille » n'est pas un nombre entier de 1 à 100."]
    )
    instance: str = Field(description="Adresse demandée", examples=["/actions?per_page=mille"])
    errors: list[ProblemError] = Field(
        description="Chaque paramètre, ou chaque valeur du corps, qui est en cause ; vide quand aucun ne l'est"
    )
    existing: ActionReference | None = Field(default=None, description="L'action qui est déjà là, en cas de conflit")
