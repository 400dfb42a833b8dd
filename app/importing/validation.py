"""Validates the values of a record: errors of the action model and warnings about valid but unusual values."""

from collections.abc import Callable, Mapping
from typing import Any

from pydantic import ValidationError
from rapidfuzz import fuzz, process

from app.catalogue.action import Action, expected_value_message
from app.catalogue.structure import Structure
from app.catalogue.territory import departements
from app.catalogue.text import fold
from app.importing.diagnostics import Diagnostic, quote_for_message

_MIN_SIMILARITY = 80  # out of 100, of a département that is suggested for an unknown one
LineOf = Callable[[str], int]
"""Returns the line of a field, given its key."""


def build_action(
    model: type[Action], values: Mapping[str, Any], line_of: LineOf
) -> tuple[Action | None, tuple[Diagnostic, ...]]:
    """Return the action of `values`, or None and the errors."""
    try:
        return model.model_validate(dict(values)), ()
    except ValidationError as error:
        return None, tuple(_diagnostic(dict(detail), line_of) for detail in error.errors())


def _diagnostic(detail: dict[str, Any], line_of: LineOf) -> Diagnostic:
    key = str(detail["loc"][0])
    return Diagnostic(f"Valeur refusée pour « {key} » : {expected_value_message(detail)}.", line_of(key), key)


def departement_warnings(libelle: str, line: int) -> tuple[Diagnostic, ...]:
    """Return a warning when a structure's line in the export ends with no known département."""
    if Structure.parse(libelle).departement:
        return ()
    name = libelle.rpartition(" - ")[2] if " - " in libelle else ""
    if not name:
        message = f"Pas de département après {quote_for_message(libelle)} : « NOM - Département » est attendu."
    else:
        message = f"{quote_for_message(name)} n'est pas un département connu.{nearest_departement_hint(name)}"
    return (Diagnostic(message, line, "structure"),)


def nearest_departement_hint(name: str) -> str:
    """Return the end of a message that suggests the département nearest to `name`, "" when none is near."""
    folded_names = {departement.nom: fold(departement.nom) for departement in departements()}
    nearest = process.extractOne(fold(name), folded_names, scorer=fuzz.ratio, score_cutoff=_MIN_SIMILARITY)
    return f" Le plus proche est « {nearest[2]} »." if nearest else ""


def territory_warnings(values: Mapping[str, Any], line_of: LineOf) -> tuple[Diagnostic, ...]:
    """Return a warning when `territoire_partenariat` differs from `territoire`."""
    key = "territoire_partenariat"
    first, second = values.get("territoire"), values.get(key)
    if key not in values or first == second:
        return ()
    repeated, original = (quote_for_message(value) if value else "vide" for value in (second, first))
    return (Diagnostic(f"Le territoire répété ({repeated}) diffère du premier ({original}).", line_of(key), key),)
