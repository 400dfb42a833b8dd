"""Reads JSON Lines as the catalogue's own export writes them: one action a line, keyed as the fields are."""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.catalogue.action import Action
from app.catalogue.fields import FIELDS, Field
from app.catalogue.structure import Structure
from app.catalogue.territory import Departement, find_departement
from app.importing.decoding import Line
from app.importing.diagnostics import Diagnostic, ParsedRecord, ParseResult, RejectedRecord, quoted
from app.importing.validation import build_action, nearest_departement, place_warnings, territory_warnings

MAX_JSON_LINE_BYTES = 20_000_000  # bytes: the longest record of the text format, four bytes a character
_PLUMBING = frozenset({"id", "version", "cree_le", "modifie_le", "score", "highlights", "links", "numero"})
_STRUCTURE_KEYS = frozenset({"id", "nom", "departement", "region", "libelle"})
_STRUCTURE = "structure"
_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_MAX_ID_LENGTH = 100


class _RefusedError(Exception):
    """A value that cannot be understood; the message says why."""


def parse_json_lines(
    lines: Iterable[Line], fields: Sequence[Field] = FIELDS, model: type[Action] = Action
) -> Iterator[ParseResult]:
    """Yield what the object on each line is; blank lines are skipped."""
    keys = frozenset(field.key for field in fields)
    for line in lines:
        if line.problem:
            yield RejectedRecord(line.number, (Diagnostic(line.problem, line.number),))
        elif line.text.strip():
            yield _Entry(line.number, keys, model).read(line.text)


@dataclass(slots=True)
class _Entry:
    """One line of the file: what it may say, and what was found wrong or odd in it."""

    line: int
    keys: frozenset[str]
    model: type[Action]
    errors: list[Diagnostic] = field(default_factory=list)
    warnings: list[Diagnostic] = field(default_factory=list)

    def read(self, text: str) -> ParsedRecord | RejectedRecord:
        try:
            found = _load(text)
        except _RefusedError as refusal:
            return RejectedRecord(self.line, (Diagnostic(str(refusal), self.line),))
        self._refuse_unknown_keys(found)
        values = {key: value for key, value in found.items() if key in self.keys}
        identifier = self._identifier(found.get("id"))
        if _STRUCTURE in values:
            values[_STRUCTURE] = self._structure(values[_STRUCTURE])
        action, errors = build_action(self.model, values, self._line_of)
        named = {error.field for error in self.errors}
        self.errors += [error for error in errors if error.field not in named]
        if action is None or self.errors:
            return RejectedRecord(self.line, tuple(self.errors))
        self.warnings += territory_warnings(values, self._line_of)
        return ParsedRecord(self.line, action, tuple(self.warnings), identifier)

    def _line_of(self, _key: str) -> int:
        return self.line

    def _refuse_unknown_keys(self, found: dict[str, Any]) -> None:
        for key in found.keys() - self.keys - _PLUMBING:
            self.errors.append(Diagnostic(f"Clé inconnue : {quoted(key)}.", self.line, key))
        self.errors.sort(key=lambda error: error.field or "")

    def _identifier(self, given: object) -> str | None:
        if given is None:
            return None
        if isinstance(given, str) and len(given) <= _MAX_ID_LENGTH and _ID.fullmatch(given):
            return given
        message = f"Identifiant refusé : lettres minuscules, chiffres et tirets, {_MAX_ID_LENGTH} caractères au plus."
        self.errors.append(Diagnostic(message, self.line, "id"))
        return None

    def _structure(self, given: object) -> object:
        """Return the structure's line in the export; anything else is left for the model to refuse."""
        if isinstance(given, str):
            self.warnings += place_warnings(given, self.line)
            return given
        try:
            structure, warning = _read_structure(given)
        except _RefusedError as refusal:
            self.errors.append(Diagnostic(str(refusal), self.line, _STRUCTURE))
            return None
        if warning:
            self.warnings.append(Diagnostic(warning, self.line, _STRUCTURE))
        return structure.libelle


def _load(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text, object_pairs_hook=_without_duplicates)
    except json.JSONDecodeError as error:
        raise _RefusedError(f"JSON invalide au caractère {error.pos + 1} de la ligne.") from None
    except (ValueError, RecursionError):  # a number of thousands of digits, lists nested by the thousand
        raise _RefusedError("JSON invalide : nombre démesuré ou listes trop imbriquées.") from None
    if not isinstance(found, dict):
        raise _RefusedError("Un objet JSON est attendu sur chaque ligne.")
    return found


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise _RefusedError(f"Clé en double : {quoted(key)}.")
        found[key] = value
    return found


def _read_structure(given: object) -> tuple[Structure, str]:
    """Return the structure that the object `given` describes and a warning, empty when all is well."""
    if not isinstance(given, dict):
        raise _RefusedError("La structure est un objet {« nom », « departement »} ou une chaîne.")
    if unknown := sorted(given.keys() - _STRUCTURE_KEYS):
        raise _RefusedError(f"Clé inconnue dans la structure : {quoted(unknown[0])}.")
    nom, libelle = given.get("nom"), given.get("libelle")
    if not isinstance(nom, str) or not nom.strip():
        raise _RefusedError("Le nom de la structure (« nom ») manque ou n'est pas une chaîne.")
    departement = _read_departement(given.get("departement"))
    structure = Structure.compose(nom, departement)
    if libelle is not None and not isinstance(libelle, str):
        raise _RefusedError("Le libellé de la structure (« libelle ») n'est pas une chaîne.")
    if libelle:
        written = Structure.parse(libelle)
        if (written.nom, written.departement) == (structure.nom, departement):
            return written, ""
        return structure, f"Le libellé {quoted(libelle)} contredit le nom ou le département : il est ignoré."
    if Structure.parse(structure.libelle).departement != departement:
        return structure, f"La fin du nom {quoted(structure.nom)} sera lue comme un département."
    return structure, ""


def _read_departement(given: object) -> Departement | None:
    """Return the département of a code, of a name, or of an object that holds both and must not contradict itself."""
    if given is None:
        return None
    named = [given.get("code"), given.get("nom")] if isinstance(given, dict) else [given]
    found: set[Departement] = set()
    for name in named:
        if name is not None:
            found.add(_find(name))
    if len(found) != 1:
        raise _RefusedError("Le code et le nom du département manquent, ou se contredisent.")
    return found.pop()


def _find(name: object) -> Departement:
    if not isinstance(name, str):
        raise _RefusedError("Le département est un code INSEE ou un nom, en chaîne de caractères.")
    if found := find_departement(name):
        return found
    near = nearest_departement(name)
    hint = f" Le plus proche est « {near} »." if near else ""
    raise _RefusedError(f"{quoted(name)} n'est pas un département connu.{hint}")
