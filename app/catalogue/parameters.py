"""The parameters of a question, each declared once: reading, OpenAPI, command line and docs derive from this table."""

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
"""Names and values as they were given, a repeated name several times."""

DEFAULT_PER_PAGE = 20  # results on a page that does not say how many
DEFAULT_SUGGESTIONS = 8  # completions, unless another number is asked for
DEFAULT_SIMILAR = 5  # actions that are near another one, unless another number is asked for
MAX_SIMILAR = 20  # of either
SORT_NAMES = (RELEVANCE_SORT, *SORTS)
_BOOLEANS = {"true": True, "false": False, "1": True, "0": False}
IGNORED_PREFIXES = ("_", "utm_")
TYPEAHEAD_PARAMETER = "_saisie"
"""Said of a search that is made while someone types. It is ignored as its like: the answer is the same."""
_MAX_DIGITS = 9  # digits
_MAX_VALUES = 100  # of one repeated parameter
_MAX_ERRORS = 10  # unknown names of which the answer speaks
_MIN_SIMILARITY = 60  # similarity, out of 100, under which no name is offered instead of another


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter: `schema` is the JSON Schema of a value, `read` turns one into what the query holds.

    `read` raises ValueError with a French message. A `repeatable` parameter takes several values.
    """

    name: str
    description: str
    schema: Mapping[str, Any]
    example: str
    read: Callable[[str], Any] = str
    repeatable: bool = False

    def error(self, message: str) -> ParameterError:
        """Return the error of this parameter, with the values that it takes where its schema lists them."""
        return ParameterError(self.name, message, tuple(map(str, self.schema.get("enum", ()))))


def read_boolean(value: str) -> bool:
    """Return the boolean that `true`, `false`, `1` or `0` stands for."""
    if (known := _BOOLEANS.get(value.lower())) is None:
        raise ValueError(f"« {value} » n'est ni « true » ni « false ».")
    return known


def integer_reader(lowest: int, highest: int) -> Callable[[str], int]:
    """Return a reader of whole numbers within those bounds."""

    def read(value: str) -> int:
        plain = value.isascii() and value.isdigit() and len(value) <= _MAX_DIGITS
        if not plain or not lowest <= int(value) <= highest:
            raise ValueError(f"« {value} » n'est pas un nombre entier de {lowest} à {highest}.")
        return int(value)

    return read


def choice_reader(choices: Iterable[str]) -> Callable[[str], str]:
    """Return a reader that takes one of `choices` and names the nearest one otherwise."""
    known = tuple(choices)

    def read(value: str) -> str:
        if value not in known:
            raise ValueError(f"« {value} » n'est pas une valeur possible.{did_you_mean(nearest_name(value, known))}")
        return value

    return read


def nearest_name(value: str, known: Iterable[str]) -> str | None:
    """Return the name in `known` that looks most like `value`, None when none is near."""
    found = process.extractOne(value, list(known), scorer=fuzz.ratio, processor=fold, score_cutoff=_MIN_SIMILARITY)
    return found[0] if found else None


def did_you_mean(near: str | None) -> str:
    """Return the end of a message that offers `near` instead of what was typed; nothing without it."""
    return f" Vouliez-vous dire « {near} » ?" if near else ""


def pattern_of_list(names: Iterable[str], prefix: str = "") -> str:
    """Return the pattern of some of `names`, each after `prefix` perhaps, between commas with blanks around them."""
    one = f"({prefix}({'|'.join(names)}))?"
    return f"^ *{one} *(, *{one} *)*$"


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
    """Return the values of `pairs` by name, read by the parameters of `known`.

    Empty values count as not given, as a form sends them; names that begin with `_` or `utm_` are ignored. Raises
    UnknownParameter or InvalidParameter, which name everything that is wrong.
    """
    given: dict[str, list[str]] = {}
    for name, value in pairs:
        if not name.startswith(IGNORED_PREFIXES):
            values = given.setdefault(name, [])
            if value.strip():
                values.append(value)
    if unknown := [name for name in given if name not in known]:
        raise UnknownParameter(*(_unknown_parameter(name, known) for name in unknown[:_MAX_ERRORS]))
    read: dict[str, list[Any]] = {}
    errors: list[ParameterError] = []
    for name, texts in given.items():
        try:
            read[name] = _read_parameter(known[name], texts)
        except ValueError as error:
            errors.append(known[name].error(str(error)))
    if errors:
        raise InvalidParameter(*errors)
    return read


def is_typeahead(pairs: QueryPairs) -> bool:
    """Tell whether a search says of itself that it is made while someone types: half a word is no search of theirs."""
    return any(name == TYPEAHEAD_PARAMETER for name, _ in pairs)


def single_value(values: Mapping[str, list[Any]], name: str, default: Any) -> Any:
    """Return the value of a parameter that is given once, `default` when it was not given or left empty."""
    given = values.get(name)
    return given[0] if given else default


def _read_parameter(parameter: Parameter, texts: list[str]) -> list[Any]:
    if len(texts) > 1 and not parameter.repeatable:
        raise ValueError(f"« {parameter.name} » ne se donne qu'une fois.")
    if len(texts) > _MAX_VALUES:
        raise ValueError(f"« {parameter.name} » se donne {_MAX_VALUES} fois au plus.")
    return [parameter.read(text) for text in texts]


def _unknown_parameter(name: str, known: Iterable[str]) -> ParameterError:
    return ParameterError(name, f"Paramètre inconnu : « {name} ».{did_you_mean(nearest_name(name, known))}")
