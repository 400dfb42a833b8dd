"""An organising structure, read from and written to the export's `NAME - Département`."""

from dataclasses import dataclass

from app.catalogue.territory import Departement, find_departement
from app.catalogue.text import canonical_line, digest, fold, slug

_SEPARATOR = " - "
_MAX_ID_LENGTH = 80


@dataclass(frozen=True, slots=True)
class Structure:
    """An organiser: its name, its département where that is known, and its line in the export."""

    nom: str
    departement: Departement | None
    libelle: str

    @classmethod
    def parse(cls, libelle: str) -> "Structure":
        """Split at the last ` - ` whose right side is a département; without one, the whole is the name."""
        end = len(libelle)
        while (cut := libelle.rfind(_SEPARATOR, 0, end)) > 0:
            departement = find_departement(libelle[cut + len(_SEPARATOR) :])
            if departement and libelle[:cut].strip():
                return cls(libelle[:cut].strip(), departement, libelle)
            end = cut
        return cls(libelle, None, libelle)

    @classmethod
    def compose(cls, nom: str, departement: Departement | None) -> "Structure":
        """Return the structure of that name and place, its line written with the official name of the place."""
        name = canonical_line(nom)
        return cls(name, departement, f"{name}{_SEPARATOR}{departement.nom}" if departement else name)

    @property
    def id(self) -> str:
        """A readable name that stays the same over imports; names that differ by case or accents only share it."""
        key = f"{self.nom} {self.departement.nom}" if self.departement else self.nom
        readable = slug(key, max_length=_MAX_ID_LENGTH)
        if readable == slug(key, max_length=len(key) * 4) and readable:
            return readable
        return "-".join(filter(None, (readable, digest(fold(key), length=8))))
