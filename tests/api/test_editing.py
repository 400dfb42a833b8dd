"""Create, replace, patch and delete over HTTP, and read-after-write."""

from typing import Any

import httpx
import pytest

from app.api.schemas import actions as schemas
from app.api.schemas import changes as change_schemas
from app.catalogue.fields import FIELDS, FieldKind
from tests.api.editor import STRUCTURE, Editor, pointers
from tests.http.test_http import problem

_EXAMPLES: dict[str, Any] = {
    field.key: list(field.example) if isinstance(field.example, tuple) else field.example for field in FIELDS
} | {"structure": STRUCTURE}


def test_a_created_action_says_all_of_it_and_is_found_at_once(editor: Editor) -> None:
    answer = editor.client.post("/actions", json=_EXAMPLES)
    document = answer.json()

    assert answer.status_code == 201
    schemas.Action.model_validate(document)
    assert answer.headers["location"] == document["links"]["self"]
    assert {key: document[key] for key in _EXAMPLES if key != "structure"} == {
        key: value for key, value in _EXAMPLES.items() if key != "structure"
    }
    read = httpx.get(answer.headers["location"])
    assert (read.json(), read.headers["etag"]) == (document, answer.headers["etag"])
    assert document["id"] in editor.found("jardin partagé")
    assert "59" in [value["value"] for value in editor.client.get("/facets").json()["facets"]["departement"]]


def test_what_is_written_is_as_an_import_would_have_it(editor: Editor) -> None:
    texte = "Un e\u0301te\u0301  \r\n- Public\nActions\n\n"
    path, _ = editor.created("  Cafe\u0301 ", resume=texte, mots_cles=[" a "])
    document = editor.client.get(path).json()

    assert (document["titre"], document["mots_cles"]) == ("Café", ["a"])
    assert document["resume"] == "Un été\n- Public\nActions"
    assert editor.client.get(f"{path}.txt").text.startswith("Actions\nCafé\n")


def test_a_patch_changes_what_it_names_and_is_found_at_once(editor: Editor) -> None:
    path, tag = editor.created("Atelier vélo", resume="Avant", statut="En cours")
    answer = editor.patch(path, tag, resume="Des trottinettes", statut=None)

    assert answer.status_code == 200
    assert (answer.json()["resume"], answer.json()["statut"], answer.json()["version"]) == ("Des trottinettes", None, 2)
    assert answer.headers["etag"] != tag
    assert editor.client.get(path).headers["etag"] == answer.headers["etag"]
    assert editor.found("trottinettes") == [path.rpartition("/")[2]]


@pytest.mark.parametrize(
    "media", ["application/merge-patch+json", "application/json", "Application/JSON; charset=UTF-8"]
)
def test_a_patch_comes_as_merge_patch_or_plain_json(editor: Editor, media: str) -> None:
    path, tag = editor.created(f"Média {media}")
    headers = {"If-Match": tag, "Content-Type": media}

    assert editor.client.patch(path, content=b'{"resume":"x"}', headers=headers).json()["resume"] == "x"


def test_a_put_says_everything_anew(editor: Editor) -> None:
    path, tag = editor.created("Cuisine", resume="Avant", mots_cles=["a"])
    answer = editor.put(path, tag, {"titre": "Cuisine du monde", "structure": {"nom": "Ailleurs"}})

    assert answer.status_code == 200
    assert (answer.json()["id"], answer.json()["titre"]) == (path.rpartition("/")[2], "Cuisine du monde")
    assert (answer.json()["resume"], answer.json()["mots_cles"]) == ("", [])
    assert answer.json()["structure"]["departement"] is None


def test_a_record_that_was_read_can_be_put_back_with_a_change(editor: Editor) -> None:
    path, tag = editor.created("Aller-retour", resume="Avant")
    document = editor.client.get(path).json()
    unchanged = editor.put(path, tag, document)
    changed = editor.put(path, tag, {**document, "resume": "Après"})

    assert (unchanged.status_code, unchanged.json(), unchanged.headers["etag"]) == (200, document, tag)
    assert (changed.json()["resume"], changed.json()["version"]) == ("Après", 2)


def test_what_changes_nothing_makes_no_version(editor: Editor) -> None:
    path, tag = editor.created("Immobile", resume="Avant")
    before = editor.client.get("/health/ready").json()["store"]["change"]

    assert editor.patch(path, tag, resume="Avant  ", titre="Immobile").headers["etag"] == tag
    assert editor.client.get("/health/ready").json()["store"]["change"] == before


def test_a_deleted_action_is_gone_everywhere_but_from_its_history(editor: Editor) -> None:
    path, tag = editor.created("Éphémère")
    answer = editor.delete(path, tag)

    assert (answer.status_code, answer.content) == (204, b"")
    assert editor.found("éphémère") == []
    for gone in (editor.client.get(path), editor.client.get(f"{path}.txt"), editor.delete(path, tag)):
        problem(gone, 410)
    problem(editor.patch(path, "*", resume="x"), 410)
    problem(editor.put(path, "*", {"titre": "x", "structure": STRUCTURE}), 410)
    history = editor.client.get(f"{path}/history").json()
    assert [entry["kind"] for entry in history["items"]] == ["suppression", "creation"]


def test_an_action_that_was_deleted_can_be_created_again_as_another_one(editor: Editor) -> None:
    path, tag = editor.created("Revenante")
    editor.delete(path, tag)
    again, _ = editor.created("Revenante")

    assert again == f"{path}-2"
    assert editor.found("revenante") == [again.rpartition("/")[2]]


def test_a_change_wants_the_version_that_was_seen(editor: Editor) -> None:
    path, first = editor.created("Verrou")
    second = editor.patch(path, first, resume="Deux").headers["etag"]

    for ask in (
        lambda tag: editor.patch(path, tag, resume="Trois"),
        lambda tag: editor.put(path, tag, {"titre": "Verrou", "structure": STRUCTURE}),
        lambda tag: editor.delete(path, tag),
    ):
        assert problem(ask(first), 412)["type"].endswith(":version-depassee")
        for other in (f"W/{second}", "x", '"x", "y"'):
            problem(ask(other), 412)
        problem(ask(""), 428)
    for method in ("PATCH", "PUT", "DELETE"):
        problem(editor.client.request(method, path, json={}), 428)
    assert editor.patch(path, f'"x", {second}', resume="Trois").status_code == 200
    assert editor.patch(path, "*", resume="Quatre").json()["version"] == 4


@pytest.mark.parametrize("method", ["PATCH", "PUT", "DELETE"])
def test_what_never_was_is_not_found(editor: Editor, method: str) -> None:
    document = {"titre": "x", "structure": STRUCTURE} if method == "PUT" else {}
    answer = editor.client.request(method, "/actions/inconnue", json=document, headers={"If-Match": "*"})

    problem(answer, 404)


def test_an_identity_is_there_once(editor: Editor) -> None:
    path, tag = editor.created("Unique")
    other, other_tag = editor.created("Autre que la première")
    for clash in (
        editor.create("Unique"),
        editor.create(" Unique ", structure={"nom": STRUCTURE["nom"], "departement": "nord"}),
        editor.patch(other, other_tag, titre="Unique"),
        editor.put(other, other_tag, {"titre": "Unique", "structure": STRUCTURE}),
    ):
        document = problem(clash, 409)
        assert document["existing"]["id"] == path.rpartition("/")[2]
        assert httpx.get(document["existing"]["links"]["self"]).json()["titre"] == "Unique"
    for free in ({"nom": "Une autre structure", "departement": "59"}, {**STRUCTURE, "departement": "75"}):
        assert editor.create("Unique", structure=free).status_code == 201
    assert editor.patch(path, tag, titre="Rebaptisée").status_code == 200
    assert editor.create("Unique").status_code == 201
    assert problem(editor.create("Rebaptisée"), 409)["existing"]["id"] == path.rpartition("/")[2]


def test_every_error_of_a_content_is_named(editor: Editor) -> None:
    answer = editor.client.post("/actions", json={"titre": 1, "structure": {"departement": "Nrod"}, "publik": "x"})

    assert pointers(answer) == {"/titre", "/structure/nom", "/structure/departement", "/publik"}
    errors = {error["pointer"]: error for error in answer.json()["errors"]}
    assert "« public »" in errors["/publik"]["message"]
    assert "titre" in errors["/publik"]["allowed"]
    assert "59" in errors["/structure/departement"]["allowed"]
    assert "« Nord »" in errors["/structure/departement"]["message"]


def test_a_patch_or_put_that_leaves_no_action_changes_nothing(editor: Editor) -> None:
    path, tag = editor.created("Solide")

    assert pointers(editor.patch(path, tag, titre=None, mots_cles="a")) == {"/titre", "/mots_cles"}
    assert pointers(editor.put(path, tag, {})) == {"/titre", "/structure"}
    assert editor.client.get(path).headers["etag"] == tag


@pytest.mark.parametrize(
    "field", [field for field in FIELDS if field.kind is FieldKind.TEXT], ids=lambda field: field.key
)
def test_every_text_survives_with_lines_that_look_like_the_format(editor: Editor, field: Any) -> None:
    labels = "\n".join(other.label for other in FIELDS if other.label)
    texte = f"Actions\nFaux titre\n{labels}\n-\n- Public\n  - Public\nActions"
    path, tag = editor.created(f"Piège {field.key}", **{field.key: texte})

    assert editor.client.get(path).json()[field.key] == texte
    assert editor.delete(path, tag).status_code == 204


def test_no_write_takes_parameters(editor: Editor) -> None:
    path, tag = editor.created("Sans paramètre")
    document = {"titre": "x", "structure": STRUCTURE}
    for method, address, body in (
        ("POST", "/actions?titre=x", document),
        ("PUT", f"{path}?x=1", document),
        ("PATCH", f"{path}?x=1", {}),
        ("DELETE", f"{path}?x=1", None),
    ):
        problem(editor.client.request(method, address, json=body, headers={"If-Match": tag}), 400)


def test_an_address_says_every_method_that_it_takes(editor: Editor) -> None:
    for path, methods in (
        ("/actions", "GET, POST, HEAD"),
        ("/actions/x", "GET, PUT, PATCH, DELETE, HEAD"),
        ("/actions/x.y", "GET, PUT, PATCH, DELETE, HEAD"),
        ("/actions/x.txt", "GET, HEAD"),
    ):
        answer = editor.client.request("OPTIONS", path)
        problem(answer, 405)
        assert answer.headers["allow"] == methods


def test_the_export_s_format_of_a_record_is_only_read(editor: Editor) -> None:
    path, tag = editor.created("Lu en texte")
    for method in ("PUT", "PATCH", "DELETE"):
        problem(editor.client.request(method, f"{path}.txt", json={}, headers={"If-Match": tag}), 405)


def test_other_origins_may_read_but_not_write(editor: Editor) -> None:
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        headers = {"Origin": "https://mairie.example", "Access-Control-Request-Method": method}
        answer = editor.client.options("/actions", headers=headers)
        problem(answer, 400)
        assert method not in answer.headers["access-control-allow-methods"]


def test_a_history_has_pages_and_a_tag(editor: Editor) -> None:
    path, tag = editor.created("Bavarde")
    for number in range(4):
        tag = editor.patch(path, tag, resume=f"Version {number}").headers["etag"]
    whole = editor.client.get(f"{path}/history")
    second = editor.client.get(f"{path}/history?page=2&per_page=2")
    change_schemas.History.model_validate(whole.json())

    assert [entry["number"] for entry in whole.json()["items"]] == [5, 4, 3, 2, 1]
    assert {entry["who"] for entry in whole.json()["items"]} == {"Mairie de Lille"}
    assert whole.json()["items"][0]["changed"] == [{"key": "resume", "before": "Version 2", "after": "Version 3"}]
    assert second.json()["items"] == whole.json()["items"][2:4]
    assert second.links["prev"]["url"] == second.json()["links"]["prev"]
    again = editor.client.get(f"{path}/history", headers={"If-None-Match": whole.headers["etag"]})
    assert again.status_code == 304
    problem(editor.client.get("/actions/inconnue/history"), 404)
    problem(editor.client.get(f"{path}/history?perpage=1"), 400)
