"""An example of each kind of problem, as the service words it, for the OpenAPI document."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from app.api.path_parameters import EXAMPLE_ACTION_ID
from app.http import problems
from app.http.problems import ProblemKind, problem_document

_RECORD = f"/actions/{EXAMPLE_ACTION_ID}"
_BASE = "https://actions.example"


@dataclass(frozen=True, slots=True)
class _Said:
    """What a problem says of one request: its detail, the address that was asked for, and further members."""

    detail: str
    instance: str = _RECORD
    more: dict[str, Any] = field(default_factory=dict)


def _parameter(name: str, message: str) -> dict[str, Any]:
    return {"errors": [{"parameter": name, "message": message}]}


_UNKNOWN = "Paramètre inconnu : « dimention ». Vouliez-vous dire « dimension » ?"
_NO_NUMBER = "« mille » n'est pas un nombre entier de 1 à 100."
_NO_NAME = "Le nom de la structure est attendu, en chaîne de caractères."
_THERE = {
    "id": EXAMPLE_ACTION_ID,
    "links": {"self": f"{_BASE}{_RECORD}", "html": f"{_BASE}/fiches/{EXAMPLE_ACTION_ID}"},
}

_SAID: dict[ProblemKind, _Said] = {
    problems.BAD_REQUEST: _Said("Le corps de la demande n'est pas du JSON lisible (ligne 1, colonne 2).", "/actions"),
    problems.REFUSED_ORIGIN: _Said(
        "Depuis une autre origine, seule la lecture est permise (GET, HEAD), avec ces en-têtes : if-none-match.", "*"
    ),
    problems.UNKNOWN_PARAMETER: _Said(
        _UNKNOWN, "/actions?dimention=Citoyennet%C3%A9", _parameter("dimention", _UNKNOWN)
    ),
    problems.UNAUTHORIZED: _Said("Une clé est attendue : « Authorization: Bearer CLÉ »."),
    problems.FORBIDDEN: _Said("Cette clé ne permet pas cela : il lui manque la portée « ecriture »."),
    problems.NOT_FOUND: _Said("Aucune fiche ne porte l'identifiant « jardin ».", "/actions/jardin"),
    problems.METHOD_NOT_ALLOWED: _Said("Cette adresse ne prend pas cette méthode."),
    problems.REQUEST_TIMEOUT: _Said("La demande n'est pas arrivée en entier dans le temps qu'elle peut prendre.", "/"),
    problems.ALREADY_EXISTS: _Said(
        f"« {EXAMPLE_ACTION_ID} » a déjà ce titre et cette structure.", "/actions", {"existing": _THERE}
    ),
    problems.GONE: _Said(f"La fiche « {EXAMPLE_ACTION_ID} » a été supprimée."),
    problems.FOREIGN_CURSOR: _Said(
        "Ce curseur vient d'un autre catalogue, ou d'avant une restauration : recommencer sans « since ».",
        "/changes?since=WzEyLCJhYmMiXQ",
    ),
    problems.STALE_VERSION: _Said(f"La fiche « {EXAMPLE_ACTION_ID} » a changé depuis : la relire, puis recommencer."),
    problems.BODY_TOO_LARGE: _Said(problems.BODY_TOO_LARGE_DETAIL, "/actions"),
    problems.URL_TOO_LONG: _Said("L'adresse dépasse 8000 octets, ou 1000 paramètres.", "/actions"),
    problems.UNSUPPORTED_MEDIA_TYPE: _Said(
        "Le corps de la demande est attendu en application/json, en UTF-8 et sans compression.", "/actions"
    ),
    problems.INVALID_PARAMETER: _Said(_NO_NUMBER, "/actions?per_page=mille", _parameter("per_page", _NO_NUMBER)),
    problems.INVALID_CONTENT: _Said(
        f"Le contenu est refusé : {_NO_NAME}",
        "/actions",
        {"errors": [{"pointer": "/structure/nom", "message": _NO_NAME}]},
    ),
    problems.IDEMPOTENCY_KEY_REUSED: _Said("Cette clé d'idempotence a déjà servi, avec un autre contenu.", "/actions"),
    problems.IF_MATCH_REQUIRED: _Said("« If-Match » est attendu, avec l'ETag de la fiche telle qu'elle a été lue."),
    problems.TOO_MANY_REQUESTS: _Said(problems.TOO_MANY_REQUESTS_DETAIL, "/actions"),
    problems.HEADERS_TOO_LARGE: _Said("Les en-têtes dépassent 32768 octets, ou 100 lignes.", "/"),
    problems.INTERNAL: _Said(
        "Une erreur est survenue ; elle est notée, avec le numéro de la demande (X-Request-Id).", "/actions"
    ),
    problems.UNAVAILABLE: _Said("L'index de recherche est en cours de construction.", "/actions"),
}


def problem_examples(kinds: Iterable[ProblemKind] = problems.KINDS) -> dict[str, dict[str, Any]]:
    """Return the examples of `kinds` by the name of the kind, for the components of the document."""
    return {kind.name: {"summary": kind.title, "value": _document(kind)} for kind in kinds}


def problem_references(kinds: Iterable[ProblemKind]) -> dict[str, dict[str, str]]:
    """Return the `examples` of an answer that may be any of `kinds`."""
    return {kind.name: {"$ref": f"#/components/examples/{kind.name}"} for kind in kinds}


def _document(kind: ProblemKind) -> dict[str, Any]:
    said = _SAID.get(kind, _Said(f"{kind.title}."))
    return {**problem_document(kind, said.detail, instance=said.instance), **said.more}
