"""An organising structure, parsed from and composed as the line `NAME - Département` of the export."""

from dataclasses import dataclass

from app.catalogue.territory import Departement, find_departement
from app.catalogue.text import canonical_line, digest, fold, slug

_SEPARATOR = " - "
_MAX_ID_LENGTH = 80


@dataclass(frozen=True, slots=True)
class Structure:
    """A structure: its name, its département or None, and `libelle`, its line in the export."""

    nom: str
    departement: Departement | None
    libelle: str

    @classmethod
    def parse(cls, libelle: str) -> "Structure":
        """Split `libelle` at the last ` - ` before a département; without one, the whole line is the name."""
        end = len(libelle)
        while (cut := libelle.rfind(_SEPARATOR, 0, end)) > 0:
            departement = find_departement(libelle[cut + len(_SEPARATOR) :])
            if departement and libelle[:cut].strip():
                return cls(libelle[:cut].strip(), departement, libelle)
            end = cut
        return cls(libelle, None, libelle)

    @classmethod
    def compose(cls, nom: str, departement: Departement | None) -> "Structure":
        """Return the structure of a name and a département, whose line has the official name of the département."""
        name = canonical_line(nom)
        return cls(name, departement, f"{name}{_SEPARATOR}{departement.nom}" if departement else name)

    @property
    def id(self) -> str:
        """A slug that is stable over imports; names that differ by case or accents only have the same."""
        key = f"{self.nom} {self.departement.nom}" if self.departement else self.nom
        short = slug(key, max_length=_MAX_ID_LENGTH)
        if short == slug(key, max_length=len(key) * 4) and short:
            return short
        return "-".join(filter(None, (short, digest(fold(key), length=8))))
