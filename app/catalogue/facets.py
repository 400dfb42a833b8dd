"""The facets of an action: each is a filter, with a function that reads its values from a record."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from app.catalogue.action import ActionBase
from app.catalogue.fields import FIELDS, Field
from app.catalogue.structure import Structure
from app.catalogue.text import fold


@dataclass(frozen=True, slots=True)
class FacetValue:
    """A value of a facet: `value` is what a filter takes, `label` what pages show; they differ for codes."""

    value: str
    label: str

    @property
    def key(self) -> str:
        """The folded value: values that differ by case or accents only are equal."""
        return fold(self.value)


@dataclass(frozen=True, slots=True)
class Facet:
    """A filter of the catalogue, its field and caption; `read` returns the value of one text of the field.

    Completion suggests the values of a `suggested` facet.
    """

    name: str
    field: Field
    caption: str
    description: str
    example: str
    read: Callable[[str], FacetValue | None]
    suggested: bool = False

    def values(self, action: ActionBase) -> tuple[FacetValue, ...]:
        """Return the distinct values of `action` in this facet, in their order; none when the field is empty."""
        stored = getattr(action, self.field.key)
        texts = stored if isinstance(stored, list) else [stored] if stored else []
        values = (self.read(text) for text in texts)
        return tuple({value.key: value for value in values if value}.values())


def _text_value(text: str) -> FacetValue:
    return FacetValue(text, text)


def _structure_value(text: str) -> FacetValue:
    structure = Structure.parse(text)
    return FacetValue(structure.id, structure.nom)


def _departement_value(text: str) -> FacetValue | None:
    departement = Structure.parse(text).departement
    return FacetValue(departement.code, departement.nom) if departement else None


def _region_value(text: str) -> FacetValue | None:
    departement = Structure.parse(text).departement
    return FacetValue(departement.region.code, departement.region.nom) if departement else None


# A facet that is not here reads its field's values as they are. The last column is the facet's value in the example of
# its field; it is written out because the reader needs the table of départements, and importing a module reads no file.
_READERS: dict[str, tuple[Callable[[str], FacetValue | None], str, str, str]] = {
    "structure": (
        _structure_value,
        "Structure",
        "Structure organisatrice (identifiant ou nom)",
        "centre-social-des-tilleuls-nord",
    ),
    "departement": (_departement_value, "Département", "Département de la structure (code INSEE ou nom)", "59"),
    "region": (_region_value, "Région", "Région de la structure (code INSEE ou nom)", "32"),
}

_SUGGESTED = frozenset(["mot_cle", "structure", "departement", "region"])


def facets_of(fields: Iterable[Field]) -> dict[str, Facet]:
    """Return the facets that `fields` declare, by name."""
    facets = {}
    for field in fields:
        for name in field.facets:
            example = field.example if isinstance(field.example, str) else field.example[0]
            default = (_text_value, field.caption, field.description, example)
            read, caption, description, example = _READERS.get(name, default)
            facets[name] = Facet(name, field, caption, description, example, read, name in _SUGGESTED)
    return facets


FACETS = facets_of(FIELDS)
