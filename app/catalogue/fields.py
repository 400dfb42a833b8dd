"""The declared fields of an action; parser, tables, index, API, exports and docs derive from this table."""

from dataclasses import dataclass
from enum import StrEnum


class FieldKind(StrEnum):
    """The form of a field in the export and its type in JSON."""

    TITLE = "titre"  # the line after `Actions`; never empty
    ONE = "un"  # a single bullet
    MULTI = "liste"  # bullets after a lone dash
    TEXT = "texte"  # free lines, kept verbatim


@dataclass(frozen=True, slots=True)
class Field:
    """One field of an action.

    `key` names it in JSON, tables and index. `label` is its line in the export (the title has none) and `heading` a
    second line that always follows the label. `caption` is its heading on pages. The label of an `optional` field may
    be missing: the value is then null, while a label without a value gives an empty one. `weight` is its weight in
    the score of a search (0: not searched), `facets` are the filters on its value; lists of actions include a `listed`
    field. `term` is its term in schema.org (`schema:`) or Dublin Core (`dct:`), "" without one.
    """

    key: str
    label: str
    kind: FieldKind
    caption: str
    description: str
    example: str | tuple[str, ...]
    heading: str = ""
    optional: bool = False
    weight: float = 0.0
    facets: tuple[str, ...] = ()
    listed: bool = False
    term: str = ""

    @property
    def searched(self) -> bool:
        """Whether full-text search covers this field."""
        return self.weight > 0


FIELDS: tuple[Field, ...] = (
    Field(
        key="titre",
        label="",
        kind=FieldKind.TITLE,
        caption="Titre",
        description="Titre de l'action",
        example="Jardin partagé",
        weight=1.5,
        listed=True,
        term="dct:title",
    ),
    Field(
        key="structure",
        label="- Structure organisatrice",
        kind=FieldKind.ONE,
        caption="Structure organisatrice",
        description="Structure organisatrice et son département",
        example="Centre social des Tilleuls - Nord",
        weight=1.0,
        facets=("structure", "departement", "region"),
        listed=True,
        term="schema:organizer",
    ),
    Field(
        key="fichiers",
        label="- Fichier(s) associé(s)",
        kind=FieldKind.MULTI,
        caption="Fichiers joints",
        description="Fichiers joints à l'action",
        example=("affiche.pdf",),
        optional=True,
        term="schema:associatedMedia",
    ),
    Field(
        key="statut",
        label="- Statut de l'action",
        kind=FieldKind.ONE,
        caption="Statut",
        description="Statut de l'action",
        example="En cours",
        facets=("statut",),
        listed=True,
        term="schema:creativeWorkStatus",
    ),
    Field(
        key="raisons_fin",
        label="- Raisons pour lesquelles l'action est terminée",
        kind=FieldKind.TEXT,
        caption="Pourquoi l’action est terminée",
        description="Raisons pour lesquelles l'action est terminée",
        example="Le financement portait sur deux ans.",
        optional=True,
    ),
    Field(
        key="dimension",
        label="- Dimension",
        kind=FieldKind.ONE,
        caption="Dimension",
        description="Dimension de l'action",
        example="Citoyenneté",
        facets=("dimension",),
        listed=True,
        term="schema:category",
    ),
    Field(
        key="mots_cles",
        label="- Mots clés associés à l'action",
        kind=FieldKind.MULTI,
        caption="Mots clés",
        description="Mots clés associés à l'action",
        example=("Environnement", "Mixité sociale"),
        weight=1.5,
        facets=("mot_cle",),
        listed=True,
        term="schema:keywords",
    ),
    Field(
        key="resume",
        label="- Résumé",
        kind=FieldKind.TEXT,
        caption="Résumé",
        description="Résumé de l'action",
        example="Des habitants cultivent ensemble un terrain du quartier.",
        weight=1.25,
        listed=True,
        term="dct:abstract",
    ),
    Field(
        key="initiative",
        label="- Qui est à l'initiative de l'action ?",
        kind=FieldKind.MULTI,
        caption="À l’initiative de l’action",
        description="Qui est à l'initiative de l'action",
        example=("Le centre social", "Un groupe d'habitants"),
        facets=("initiative",),
        listed=True,
    ),
    Field(
        key="initiative_precision",
        label="- Précision ( si autre )",
        kind=FieldKind.TEXT,
        caption="Précisions sur l’initiative",
        description="Précision sur l'initiative de l'action",
        example="La régie de quartier",
        optional=True,
    ),
    Field(
        key="territoire",
        label="- Territoire concerné",
        kind=FieldKind.ONE,
        caption="Territoire",
        description="Territoire concerné par l'action",
        example="Un quartier",
        facets=("territoire",),
        listed=True,
        term="dct:spatial",
    ),
    Field(
        key="experience",
        label=("- Description de l'expérience, ses objectifs, ses acteurs et ses différentes phases."),
        kind=FieldKind.TEXT,
        caption="L’expérience",
        description="L'expérience : ses objectifs, ses acteurs et ses différentes phases",
        example="Le terrain était en friche depuis dix ans.",
        weight=1.0,
    ),
    Field(
        key="public",
        label="- Public",
        kind=FieldKind.ONE,
        caption="Public",
        description="Public de l'action",
        example="Tous publics",
        facets=("public",),
        listed=True,
        term="dct:audience",
    ),
    Field(
        key="partenaires",
        label="- Avec qui cette action a-t-elle été menée ?",
        kind=FieldKind.MULTI,
        caption="Partenaires",
        description="Partenaires de l'action",
        example=("Bailleur social",),
        heading="Partenaires d'action:",
        facets=("partenaire",),
        listed=True,
        term="dct:contributor",
    ),
    Field(
        key="territoire_partenariat",
        label="- Territoire concerné",
        kind=FieldKind.ONE,
        caption="Territoire du partenariat",
        description="Territoire concerné, répété après les partenaires",
        example="Un quartier",
    ),
    Field(
        key="description",
        label="- Description générale",
        kind=FieldKind.TEXT,
        caption="Description générale",
        description="Description générale de l'action",
        example="Vingt parcelles, un compost et une cabane à outils.",
        weight=1.0,
        term="dct:description",
    ),
    Field(
        key="finances",
        label="- Ressources financières mobilisées pour cette action",
        kind=FieldKind.TEXT,
        caption="Ressources financières",
        description="Ressources financières mobilisées",
        example="3 000 € de la ville",
        weight=1.0,
        term="schema:funding",
    ),
    Field(
        key="personnes_mobilisees",
        label="- Nombre de personnes mobilisés pour cette action",
        kind=FieldKind.TEXT,
        caption="Personnes mobilisées",
        description="Nombre de personnes mobilisées",
        example="2 salariés et 15 bénévoles",
        weight=1.0,
    ),
    Field(
        key="resultat_territoire",
        label="- Résultat sur le territoire",
        kind=FieldKind.TEXT,
        caption="Résultats sur le territoire",
        description="Résultats sur le territoire",
        example="Une friche de moins.",
        weight=1.0,
    ),
    Field(
        key="resultat_centre",
        label="- Résultat pour le centre social",
        kind=FieldKind.TEXT,
        caption="Résultats pour le centre social",
        description="Résultats pour le centre social",
        example="Douze nouvelles adhésions.",
        weight=1.0,
    ),
    Field(
        key="resultat_habitants",
        label="- Résultat pour les habitants",
        kind=FieldKind.TEXT,
        caption="Résultats pour les habitants",
        description="Résultats pour les habitants",
        example="Des voisins se connaissent.",
        weight=1.0,
    ),
    Field(
        key="limites",
        label="- Suite de l'action : Limites",
        kind=FieldKind.TEXT,
        caption="Limites",
        description="Limites de l'action",
        example="L'arrosage en été.",
        weight=1.0,
    ),
    Field(
        key="perspectives",
        label="- Suite de l'action : Perspectives",
        kind=FieldKind.TEXT,
        caption="Perspectives",
        description="Perspectives de l'action",
        example="Ouvrir un second jardin.",
        weight=1.0,
    ),
)
