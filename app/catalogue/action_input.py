"""Reads what someone wants to write: a JSON object keyed as the fields are becomes an action, or every error in it."""

from collections.abc import Collection, Mapping
from typing import Any

from pydantic import ValidationError

from app.catalogue.action import Action, expected_value_message, field_values, one_line
from app.catalogue.errors import ContentError, InvalidContent
from app.catalogue.fields import FIELDS, FieldKind
from app.catalogue.merge_patch import apply_merge_patch
from app.catalogue.parameters import did_you_mean, nearest_name
from app.catalogue.request import HIT_KEYS, RECORD_KEYS
from app.catalogue.structure import Structure
from app.catalogue.territory import Departement, departement_names, departements, find_departement
from app.catalogue.text import canonical_text

# These bounds keep a record within what an import takes back; what the catalogue holds already may exceed them.
MAX_LINE_LENGTH = 1_000  # characters of a title, a name, a value, a value of a list
MAX_TEXT_LENGTH = 200_000  # characters of a text
MAX_LIST_VALUES = 200  # values of a list

# What the catalogue finds out by itself may come back as it was read, and says nothing.
READ_ONLY_KEYS = (*RECORD_KEYS, *HIT_KEYS)
STRUCTURE_KEY = "structure"
STRUCTURE_KEYS = ("nom", "departement")
STRUCTURE_READ_ONLY_KEYS = ("id", "region", "libelle")
PLACE_KEYS = ("code", "nom")

_MAX_ERRORS = 50  # of which an answer speaks
_KEYS = tuple(field.key for field in FIELDS)
_FIELDS = {field.key: field for field in FIELDS}
_AGAIN = ("territoire_partenariat", "territoire")  # the export writes the second one again under the name of the first
_NO_STRUCTURE = "-"  # stands for one that is refused while the other values are read


def read_action(document: object, current: Action | None = None) -> Action:
    """Return the action that `document` says all of; InvalidContent names everything that is wrong.

    What is not said is empty. `current` is what it takes the place of: values that stay as they are may be longer, and
    spelt otherwise, than what is taken in now.
    """
    return _Reading(current).read(document)


def read_patch(patch: object, current: Action) -> Action:
    """Return `current` as the merge patch `patch` (RFC 7396) changes it; InvalidContent names everything wrong."""
    reading = _Reading(current)
    if isinstance(patch, dict):
        # A key that is taken away leaves no trace in the merged document, so an unknown one has to be found before.
        reading.refuse_unknown_keys(patch)
        return reading.read(apply_merge_patch(_document(current), patch))
    return reading.read(patch)


def json_pointer(*parts: str | int) -> str:
    """Return the JSON pointer (RFC 6901) of the value at `parts`."""
    return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in parts)


def _document(action: Action) -> dict[str, Any]:
    structure = Structure.parse(action.structure)
    place = structure.departement.code if structure.departement else None
    document: dict[str, Any] = {
        **field_values(action),
        STRUCTURE_KEY: dict(zip(STRUCTURE_KEYS, (structure.nom, place), strict=True)),
    }
    again, first = _AGAIN
    if document[again] == document[first]:
        del document[again]
    return document


class _Reading:
    """The reading of one document; what is wrong is gathered on the way."""

    def __init__(self, current: Action | None) -> None:
        self._current = field_values(current) if current else {}
        self._errors: dict[str, ContentError] = {}

    def read(self, document: object) -> Action:
        """Return the action of `document`, unless anything is wrong with it."""
        if not isinstance(document, dict):
            raise InvalidContent(ContentError("", "Un objet JSON est attendu."))
        self.refuse_unknown_keys(document)
        values = {key: document[key] for key in _KEYS if key in document}
        for key, value in values.items():
            if value != self._current.get(key):
                self._refuse_long(key, value)
        if STRUCTURE_KEY in values:
            values[STRUCTURE_KEY] = self._structure(values[STRUCTURE_KEY])
        # A value that is refused already need not be read, be it a list of a million values.
        action = self._validated(values, self._refused())
        if self._errors or action is None:
            raise InvalidContent(*list(self._errors.values())[:_MAX_ERRORS])
        again, first = _AGAIN
        return action if again in values else action.model_copy(update={again: getattr(action, first)})

    def _refused(self) -> set[str]:
        """Return the keys of the document in whose values something is wrong."""
        return {where.split("/")[1] for where in self._errors if where}

    def refuse_unknown_keys(self, document: Mapping[str, Any]) -> None:
        """Refuse what nothing reads, in `document` and in its structure."""
        self._refuse_unknown(document, (*_KEYS, *READ_ONLY_KEYS), _KEYS)
        structure = document.get(STRUCTURE_KEY)
        if isinstance(structure, dict):
            self._refuse_unknown(structure, (*STRUCTURE_KEYS, *STRUCTURE_READ_ONLY_KEYS), STRUCTURE_KEYS, STRUCTURE_KEY)
            place = structure.get("departement")
            if isinstance(place, dict):
                self._refuse_unknown(place, PLACE_KEYS, PLACE_KEYS, STRUCTURE_KEY, "departement")

    def _refuse_unknown(
        self, document: Mapping[str, Any], known: Collection[str], named: tuple[str, ...], *at: str
    ) -> None:
        unknown = [key for key in document if key not in known]
        for key in unknown[:_MAX_ERRORS]:
            self._add(
                f"Clé inconnue : « {_short(key)} ».{did_you_mean(nearest_name(_short(key), named))}",
                *at,
                key,
                allowed=named,
            )

    def _add(self, message: str, *at: str | int, allowed: tuple[str, ...] = ()) -> None:
        where = json_pointer(*at)
        self._errors.setdefault(where, ContentError(where, message, allowed))

    def _validated(self, values: Mapping[str, Any], refused: Collection[str]) -> Action | None:
        """Return the action of `values`; what is `refused` already is left out, but for the structure's placeholder."""
        kept = {key: value for key, value in values.items() if key == STRUCTURE_KEY or key not in refused}
        try:
            return Action.model_validate(kept)
        except ValidationError as error:
            for detail in error.errors():
                if detail["loc"][0] not in refused:
                    self._add(f"{_sentence(expected_value_message(dict(detail)))}.", *detail["loc"])
            return None

    def _refuse_long(self, key: str, value: object) -> None:
        if isinstance(value, str):
            self._measure(value, key)
        elif isinstance(value, list) and len(value) > MAX_LIST_VALUES:
            self._add(f"{MAX_LIST_VALUES} valeurs au plus sont attendues.", key)
        elif isinstance(value, list):
            for index, one in enumerate(value):
                if isinstance(one, str):
                    self._measure(one, key, index)

    def _measure(self, text: str, *at: str | int) -> None:
        longest = MAX_TEXT_LENGTH if _FIELDS[str(at[0])].kind is FieldKind.TEXT else MAX_LINE_LENGTH
        # Composing may make a text longer.
        if len(canonical_text(text)) > longest:
            self._add(f"{longest} caractères au plus sont attendus.", *at)

    def _structure(self, given: object) -> object:
        """Return the line of the export for the structure that is `given`, a placeholder when it is refused."""
        if not isinstance(given, dict):
            self._add("Un objet {« nom », « departement »} est attendu.", STRUCTURE_KEY)
            return _NO_STRUCTURE
        current = self._current.get(STRUCTURE_KEY)
        known = Structure.parse(str(current)) if current else None
        nom = self._name(given.get("nom"), known)
        place = self._place(given.get("departement"))
        if nom is None or STRUCTURE_KEY in self._refused():
            return _NO_STRUCTURE
        if known and (known.nom, known.departement) == (nom, place):
            return known.libelle
        structure = Structure.compose(nom, place)
        read_again = Structure.parse(structure.libelle)
        if (read_again.nom, read_again.departement) != (nom, place):
            message = f"La fin de « {_short(nom)} » serait lue comme un département : le donner dans « departement »."
            self._add(message, STRUCTURE_KEY, "nom")
        return structure.libelle

    def _name(self, given: object, known: Structure | None) -> str | None:
        at = (STRUCTURE_KEY, "nom")
        if not isinstance(given, str):
            self._add("Le nom de la structure est attendu, en chaîne de caractères.", *at)
            return None
        if known is None or given != known.nom:
            self._measure(given, *at)
        try:
            return one_line(given)
        except ValueError as error:
            self._add(f"{_sentence(str(error))}.", *at)
            return None

    def _place(self, given: object) -> Departement | None:
        at = (STRUCTURE_KEY, "departement")
        if given is None:
            return None
        said = [given[key] for key in PLACE_KEYS if key in given] if isinstance(given, dict) else [given]
        names = [name for name in said if isinstance(name, str)]
        found = {find_departement(name) for name in names}
        place = found.pop() if len(found) == 1 and len(names) == len(said) else None
        if place is None:
            hint = did_you_mean(nearest_name(_short(names[0]), departement_names())) if len(names) == 1 else ""
            codes = tuple(known.code for known in departements())
            self._add(f"Un code INSEE ou un nom de département est attendu, ou null.{hint}", *at, allowed=codes)
        return place


_MAX_QUOTE_LENGTH = 60


def _short(text: str) -> str:
    return text if len(text) <= _MAX_QUOTE_LENGTH else f"{text[:_MAX_QUOTE_LENGTH]}…"


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
