"""The declared query parameters; parsing, OpenAPI, command line and docs derive from these tables."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from rapidfuzz import fuzz, process

from app.catalogue.errors import InvalidParameter, ParameterError, UnknownParameter
from app.catalogue.facets import FACETS, Facet
from app.catalogue.query import DEFAULT_FACET_SIZE, MAX_QUERY_LENGTH, truncate_text
from app.catalogue.sorting import RELEVANCE_SORT, SORTS
from app.catalogue.text import fold

QueryPairs = Iterable[tuple[str, str]]
"""The decoded pairs of a query string; a repeated name occurs several times."""

DEFAULT_PER_PAGE = 20  # results on a page, by default
DEFAULT_SUGGESTIONS = 8  # completions, by default
DEFAULT_SIMILAR = 5  # similar actions, by default
MAX_SIMILAR = 20  # similar actions or completions
SORT_NAMES = (RELEVANCE_SORT, *SORTS)
_BOOLEANS = {"true": True, "false": False, "1": True, "0": False}
IGNORED_PREFIXES = ("_", "utm_")
TYPEAHEAD_PARAMETER = "_saisie"
"""Marks a search that is made while the user types. It does not change the answer."""
_MAX_DIGITS = 9  # digits
_MAX_VALUES = 100  # of one repeated parameter
_MAX_ERRORS = 10  # unknown names in one error
_MIN_SIMILARITY = 60  # out of 100, of a name that is suggested for another


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter: `schema` is the JSON Schema of a value, `read` parses one.

    `read` raises ValueError with a French message. A `repeatable` parameter accepts several values.
    """

    name: str
    description: str
    schema: Mapping[str, Any]
    example: str
    read: Callable[[str], Any] = str
    repeatable: bool = False

    def error(self, message: str) -> ParameterError:
        """Return an error of this parameter, with the allowed values where its schema lists them."""
        return ParameterError(self.name, message, tuple(map(str, self.schema.get("enum", ()))))


def read_boolean(value: str) -> bool:
    """Parse `true`, `false`, `1` or `0`."""
    if (known := _BOOLEANS.get(value.lower())) is None:
        raise ValueError(f"« {value} » n'est ni « true » ni « false ».")
    return known


def integer_reader(minimum: int, maximum: int) -> Callable[[str], int]:
    """Return a parser of integers from `minimum` to `maximum`."""

    def read(value: str) -> int:
        plain = value.isascii() and value.isdigit() and len(value) <= _MAX_DIGITS
        if not plain or not minimum <= int(value) <= maximum:
            raise ValueError(f"« {value} » n'est pas un nombre entier de {minimum} à {maximum}.")
        return int(value)

    return read


def choice_reader(choices: Iterable[str]) -> Callable[[str], str]:
    """Return a parser that accepts one of `choices` and suggests the nearest one otherwise."""
    known = tuple(choices)

    def read(value: str) -> str:
        if value not in known:
            raise ValueError(f"« {value} » n'est pas une valeur possible.{did_you_mean(nearest_name(value, known))}")
        return value

    return read


def nearest_name(value: str, known: Iterable[str]) -> str | None:
    """Return the name in `known` nearest to `value`, None when none is near."""
    nearest = process.extractOne(value, list(known), scorer=fuzz.ratio, processor=fold, score_cutoff=_MIN_SIMILARITY)
    return nearest[0] if nearest else None


def did_you_mean(near: str | None) -> str:
    """Return the end of a message that suggests `near`, "" for None."""
    return f" Vouliez-vous dire « {near} » ?" if near else ""


def pattern_of_list(names: Iterable[str], prefix: str = "") -> str:
    """Return the regular expression of a comma-separated list of `names`, each after the expression `prefix`."""
    item = f"({prefix}({'|'.join(names)}))?"
    return f"^ *{item} *(, *{item} *)*$"


def by_name(*parameters: Parameter) -> dict[str, Parameter]:
    """Return `parameters` by name."""
    return {parameter.name: parameter for parameter in parameters}


_BOOLEAN = {"type": "boolean"}
_STRING = {"type": "string"}
_NUMBER_LIMIT = 10**_MAX_DIGITS - 1


def _facet_parameters(facet: Facet) -> tuple[Parameter, ...]:
    either = f"{facet.description}. Répété : l'une ou l'autre valeur."
    excluded = f"Exclut une valeur de « {facet.name} »."
    return (
        Parameter(facet.name, either, _STRING, facet.example, repeatable=True),
        Parameter(f"{facet.name}__not", excluded, _STRING, facet.example, repeatable=True),
        Parameter(
            f"{facet.name}__isnull",
            f"« true » : seulement les actions sans « {facet.name} » ; « false » : seulement celles qui en ont.",
            _BOOLEAN,
            "false",
            read_boolean,
        ),
    )


FILTER_PARAMETERS = by_name(*(parameter for facet in FACETS.values() for parameter in _facet_parameters(facet)))
TEXT_PARAMETER = Parameter(
    "q",
    f'Recherche : mots, "phrase exacte", -exclu, titre:mot, début*. {MAX_QUERY_LENGTH} caractères sont lus.',
    _STRING,
    "jardin partagé",
)
SORT_PARAMETER = Parameter(
    "sort",
    "Ordre : un ou plusieurs critères séparés par des virgules, « - » devant pour l'ordre décroissant. "
    f"Critères : {', '.join(SORT_NAMES)}.",
    {"type": "string", "pattern": pattern_of_list(SORT_NAMES, prefix="-?")},
    "-modifie_le,titre",
)
BOM_PARAMETER = Parameter(
    "bom",
    "« true » : le fichier commence par la marque (BOM) à laquelle un tableur reconnaît l'UTF-8 ; « false » : sans "
    "elle. Sinon, avec elle pour un navigateur qui ouvre l'adresse, sans elle pour un programme.",
    _BOOLEAN,
    "true",
    read_boolean,
)
QUERY_PARAMETERS = {**by_name(TEXT_PARAMETER), **FILTER_PARAMETERS, **by_name(SORT_PARAMETER)}
FACET_PARAMETERS = by_name(
    Parameter(
        "facet",
        "Facette à compter ; répéter pour en compter plusieurs.",
        {"type": "string", "enum": list(FACETS)},
        "dimension",
        choice_reader(FACETS),
        repeatable=True,
    ),
    Parameter(
        "facet_size",
        f"Nombre de valeurs par facette, les plus fréquentes d'abord ({DEFAULT_FACET_SIZE} par défaut).",
        {"type": "integer", "minimum": 1, "maximum": 1000, "default": DEFAULT_FACET_SIZE},
        "10",
        integer_reader(1, 1000),
    ),
)
PAGING_PARAMETERS = by_name(
    Parameter(
        "page",
        "Numéro de la page, à partir de 1 (1 par défaut).",
        # Generated clients send defaults along, and a page beside a cursor is refused.
        {"type": "integer", "minimum": 1, "maximum": _NUMBER_LIMIT},
        "1",
        integer_reader(1, _NUMBER_LIMIT),
    ),
    Parameter(
        "per_page",
        f"Nombre de résultats par page, de 1 à 100 ({DEFAULT_PER_PAGE} par défaut).",
        {"type": "integer", "minimum": 1, "maximum": 100, "default": DEFAULT_PER_PAGE},
        "20",
        integer_reader(1, 100),
    ),
)


def _size_parameter(default: int, what: str) -> Parameter:
    return Parameter(
        "size",
        f"{what}, de 1 à {MAX_SIMILAR} ({default} par défaut).",
        {"type": "integer", "minimum": 1, "maximum": MAX_SIMILAR, "default": default},
        str(default),
        integer_reader(1, MAX_SIMILAR),
    )


SUGGEST_PARAMETERS = by_name(
    Parameter(
        "q",
        "Ce qui est tapé : le début d'un titre, d'un mot clé, d'une structure, d'un lieu, ou d'un de leurs mots. "
        f"Deux lettres au moins, sinon rien ; {MAX_QUERY_LENGTH} caractères sont lus.",
        _STRING,
        "log",
        truncate_text,
    ),
    _size_parameter(DEFAULT_SUGGESTIONS, "Nombre de propositions"),
)
SIMILAR_PARAMETERS = by_name(_size_parameter(DEFAULT_SIMILAR, "Nombre d'actions proches"))


def read_values(pairs: QueryPairs, known: Mapping[str, Parameter]) -> dict[str, list[Any]]:
    """Return the parsed values of `pairs` by name.

    Empty values are ignored, since forms send them, and so are names that start with `_` or `utm_`. Raises
    UnknownParameter or InvalidParameter with every error.
    """
    texts_by_name: dict[str, list[str]] = {}
    for name, value in pairs:
        if not name.startswith(IGNORED_PREFIXES):
            values = texts_by_name.setdefault(name, [])
            if value.strip():
                values.append(value)
    if unknown := [name for name in texts_by_name if name not in known]:
        raise UnknownParameter(*(_unknown_parameter(name, known) for name in unknown[:_MAX_ERRORS]))
    read: dict[str, list[Any]] = {}
    errors: list[ParameterError] = []
    for name, texts in texts_by_name.items():
        try:
            read[name] = _read_parameter(known[name], texts)
        except ValueError as error:
            errors.append(known[name].error(str(error)))
    if errors:
        raise InvalidParameter(*errors)
    return read


def is_typeahead(pairs: QueryPairs) -> bool:
    """Tell whether the search was made while the user types; such searches are not logged as zero-result queries."""
    return any(name == TYPEAHEAD_PARAMETER for name, _ in pairs)


def single_value(values: Mapping[str, list[Any]], name: str, default: Any) -> Any:
    """Return the value of a parameter that is not repeatable, `default` without one."""
    parsed = values.get(name)
    return parsed[0] if parsed else default


def _read_parameter(parameter: Parameter, texts: list[str]) -> list[Any]:
    if len(texts) > 1 and not parameter.repeatable:
        raise ValueError(f"« {parameter.name} » ne se donne qu'une fois.")
    if len(texts) > _MAX_VALUES:
        raise ValueError(f"« {parameter.name} » se donne {_MAX_VALUES} fois au plus.")
    return [parameter.read(text) for text in texts]


def _unknown_parameter(name: str, known: Iterable[str]) -> ParameterError:
    return ParameterError(name, f"Paramètre inconnu : « {name} ».{did_you_mean(nearest_name(name, known))}")
