"""An example of each kind of problem for the OpenAPI document, with the texts of the service."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from app.api.path_parameters import EXAMPLE_ACTION_ID
from app.http import problems
from app.http.problems import ProblemKind, problem_document

_RECORD_PATH = f"/actions/{EXAMPLE_ACTION_ID}"
_BASE = "https://actions.example"


@dataclass(frozen=True, slots=True)
class _Example:
    """The members of a problem that depend on the request; `extra` are those beside `detail` and `instance`."""

    detail: str
    instance: str = _RECORD_PATH
    extra: dict[str, Any] = field(default_factory=dict)


def _parameter_error(name: str, message: str) -> dict[str, Any]:
    return {"errors": [{"parameter": name, "message": message}]}


_UNKNOWN_MESSAGE = "Paramètre inconnu : « dimention ». Vouliez-vous dire « dimension » ?"
_NUMBER_MESSAGE = "« mille » n'est pas un nombre entier de 1 à 100."
_NAME_MESSAGE = "Le nom de la structure est attendu, en chaîne de caractères."
_EXISTING = {
    "id": EXAMPLE_ACTION_ID,
    "links": {"self": f"{_BASE}{_RECORD_PATH}", "html": f"{_BASE}/fiches/{EXAMPLE_ACTION_ID}"},
}

_EXAMPLES: dict[ProblemKind, _Example] = {
    problems.BAD_REQUEST: _Example(
        "Le corps de la demande n'est pas du JSON lisible (ligne 1, colonne 2).", "/actions"
    ),
    problems.REFUSED_ORIGIN: _Example(
        "Depuis une autre origine, seule la lecture est permise (GET, HEAD), avec ces en-têtes : if-none-match.", "*"
    ),
    problems.UNKNOWN_PARAMETER: _Example(
        _UNKNOWN_MESSAGE, "/actions?dimention=Citoyennet%C3%A9", _parameter_error("dimention", _UNKNOWN_MESSAGE)
    ),
    problems.UNAUTHORIZED: _Example("Une clé est attendue : « Authorization: Bearer CLÉ »."),
    problems.FORBIDDEN: _Example("Cette clé ne permet pas cela : il lui manque la portée « ecriture »."),
    problems.NOT_FOUND: _Example("Aucune fiche ne porte l'identifiant « jardin ».", "/actions/jardin"),
    problems.METHOD_NOT_ALLOWED: _Example("Cette adresse ne prend pas cette méthode."),
    problems.REQUEST_TIMEOUT: _Example(
        "La demande n'est pas arrivée en entier dans le temps qu'elle peut prendre.", "/"
    ),
    problems.ALREADY_EXISTS: _Example(
        f"« {EXAMPLE_ACTION_ID} » a déjà ce titre et cette structure.", "/actions", {"existing": _EXISTING}
    ),
    problems.GONE: _Example(f"La fiche « {EXAMPLE_ACTION_ID} » a été supprimée."),
    problems.FOREIGN_CURSOR: _Example(
        "Ce curseur vient d'un autre catalogue, ou d'avant une restauration : recommencer sans « since ».",
        "/changes?since=WzEyLCJhYmMiXQ",
    ),
    problems.STALE_VERSION: _Example(
        f"La fiche « {EXAMPLE_ACTION_ID} » a changé depuis : la relire, puis recommencer."
    ),
    problems.BODY_TOO_LARGE: _Example(problems.BODY_TOO_LARGE_DETAIL, "/actions"),
    problems.URL_TOO_LONG: _Example("L'adresse dépasse 8000 octets, ou 1000 paramètres.", "/actions"),
    problems.UNSUPPORTED_MEDIA_TYPE: _Example(
        "Le corps de la demande est attendu en application/json, en UTF-8 et sans compression.", "/actions"
    ),
    problems.INVALID_PARAMETER: _Example(
        _NUMBER_MESSAGE, "/actions?per_page=mille", _parameter_error("per_page", _NUMBER_MESSAGE)
    ),
    problems.INVALID_CONTENT: _Example(
        f"Le contenu est refusé : {_NAME_MESSAGE}",
        "/actions",
        {"errors": [{"pointer": "/structure/nom", "message": _NAME_MESSAGE}]},
    ),
    problems.IDEMPOTENCY_KEY_REUSED: _Example(
        "Cette clé d'idempotence a déjà servi, avec un autre contenu.", "/actions"
    ),
    problems.IF_MATCH_REQUIRED: _Example("« If-Match » est attendu, avec l'ETag de la fiche telle qu'elle a été lue."),
    problems.TOO_MANY_REQUESTS: _Example(problems.TOO_MANY_REQUESTS_DETAIL, "/actions"),
    problems.HEADERS_TOO_LARGE: _Example("Les en-têtes dépassent 32768 octets, ou 100 lignes.", "/"),
    problems.INTERNAL: _Example(
        "Une erreur est survenue ; elle est notée, avec le numéro de la demande (X-Request-Id).", "/actions"
    ),
    problems.UNAVAILABLE: _Example("L'index de recherche est en cours de construction.", "/actions"),
}


def problem_examples(kinds: Iterable[ProblemKind] = problems.KINDS) -> dict[str, dict[str, Any]]:
    """Return the examples of `kinds` by the name of the kind, for the components of the document."""
    return {kind.name: {"summary": kind.title, "value": _document(kind)} for kind in kinds}


def problem_references(kinds: Iterable[ProblemKind]) -> dict[str, dict[str, str]]:
    """Return the `examples` of a response that reports one of `kinds`."""
    return {kind.name: {"$ref": f"#/components/examples/{kind.name}"} for kind in kinds}


def _document(kind: ProblemKind) -> dict[str, Any]:
    example = _EXAMPLES.get(kind, _Example(f"{kind.title}."))
    return {**problem_document(kind, example.detail, instance=example.instance), **example.extra}
