"""Reads the `structure` of an action's JSON: a name and a département become the structure's line in the export."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from app.catalogue.action import one_line
from app.catalogue.input_rules import InputIssues, IssueCode, JsonPath
from app.catalogue.structure import Structure
from app.catalogue.territory import Departement, departements, find_departement
from app.catalogue.text import shorten

STRUCTURE_KEY = "structure"
STRUCTURE_KEYS = ("nom", "departement")
STRUCTURE_READ_ONLY_KEYS = ("id", "region", "libelle")
DEPARTEMENT_KEYS = ("code", "nom")

_NAME: JsonPath = (STRUCTURE_KEY, "nom")
_DEPARTEMENT: JsonPath = (STRUCTURE_KEY, "departement")
_LIBELLE: JsonPath = (STRUCTURE_KEY, "libelle")


def parse_structure_input(value: object, current: Structure | None, issues: InputIssues) -> str | None:
    """Return the structure's line in the export, None after an error.

    The line is composed from the name and the official name of the département, unless `current`, or `libelle` where
    the rules read it, spells the same structure otherwise.
    """
    if isinstance(value, str) and issues.rules.structure_line:
        return value
    if not isinstance(value, dict):
        issues.error(IssueCode.STRUCTURE_TYPE, (STRUCTURE_KEY,))
        return None
    name = _read_name(value.get("nom"), issues)
    departement = _read_departement(value.get("departement"), issues)
    written = _read_libelle(value.get("libelle"), issues) if issues.rules.structure_line else current
    if name is None or STRUCTURE_KEY in issues.fields_with_errors():
        return None
    if written and (written.nom, written.departement) == (name, departement):
        return written.libelle
    structure = Structure.compose(name, departement)
    if written and issues.rules.structure_line:
        issues.warning(IssueCode.LIBELLE_CONFLICT, (STRUCTURE_KEY,), libelle=shorten(written.libelle))
    elif Structure.parse(structure.libelle) != structure:
        report = issues.warning if issues.rules.ambiguous_name else issues.error
        report(IssueCode.NAME_ENDS_WITH_DEPARTEMENT, _NAME, name=shorten(name))
    return structure.libelle


def _read_name(value: object, issues: InputIssues) -> str | None:
    if not isinstance(value, str):
        issues.error(IssueCode.NAME_TYPE, _NAME)
        return None
    if not value.strip():
        issues.error(IssueCode.NAME_EMPTY, _NAME)
        return None
    try:
        return one_line(value)
    except ValueError as error:
        report_invalid_value(issues, _NAME, str(error))
        return None


def _read_libelle(value: object, issues: InputIssues) -> Structure | None:
    if value is not None and not isinstance(value, str):
        issues.error(IssueCode.LIBELLE_TYPE, _LIBELLE)
        return None
    return Structure.parse(value) if value else None


def _read_departement(value: object, issues: InputIssues) -> Departement | None:
    """Return the département of a code, a name, or an object that holds both; None for null and after an error."""
    if value is None:
        return None
    names = _departement_names(value, lenient=issues.rules.lenient_departement)
    matches: set[Departement] = set()
    codes = _departement_codes()
    for name in names:
        if not isinstance(name, str):
            issues.error(IssueCode.DEPARTEMENT_TYPE, _DEPARTEMENT, codes)
        elif departement := find_departement(name):
            matches.add(departement)
        else:
            hint = issues.rules.suggest_departement(shorten(name))
            issues.error(IssueCode.UNKNOWN_DEPARTEMENT, _DEPARTEMENT, codes, name=shorten(name), hint=hint)
    if len(matches) != 1:
        issues.error(IssueCode.DEPARTEMENT_CONFLICT, _DEPARTEMENT, codes)
    return next(iter(matches), None)


@cache
def _departement_codes() -> tuple[str, ...]:
    return tuple(departement.code for departement in departements())


def _departement_names(value: object, *, lenient: bool) -> list[object]:
    if not isinstance(value, dict):
        return [value]
    members: Mapping[str, Any] = value
    return [members[key] for key in DEPARTEMENT_KEYS if key in members and not (lenient and members[key] is None)]


def report_invalid_value(issues: InputIssues, path: JsonPath, reason: str) -> None:
    """Add the error of a value that the action model refuses, with the reason that it gives."""
    sentence = reason[:1].upper() + reason[1:]
    issues.error(IssueCode.INVALID_VALUE, path, field=path[0], reason=reason, sentence=sentence)
