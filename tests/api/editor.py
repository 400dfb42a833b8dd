"""A client with a key that writes over HTTP."""

from typing import Any, Self

import httpx

from tests.http.test_http import problem

STRUCTURE = {"nom": "Centre social des Tilleuls", "departement": "59"}


class Editor:
    """Writes to the server at `base` with the key `secret`."""

    def __init__(self, base: str, secret: str) -> None:
        self.client = httpx.Client(base_url=base, headers={"Authorization": f"Bearer {secret}"}, timeout=60)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()

    def create(self, titre: str, name: str | None = None, **values: Any) -> httpx.Response:
        """POST an action; `name` is the Idempotency-Key."""
        document = {"titre": titre, "structure": STRUCTURE, **values}
        return self.client.post("/actions", json=document, headers={"Idempotency-Key": name} if name else {})

    def created(self, titre: str, **values: Any) -> tuple[str, str]:
        """Create an action and return its path and its tag."""
        answer = self.create(titre, **values)
        assert answer.status_code == 201, answer.text
        return f"/actions/{answer.json()['id']}", answer.headers["etag"]

    def patch(self, path: str, tag: str, **values: Any) -> httpx.Response:
        """PATCH some values."""
        return self.client.patch(path, json=values, headers={"If-Match": tag})

    def put(self, path: str, tag: str, document: Any) -> httpx.Response:
        """PUT a whole document."""
        return self.client.put(path, json=document, headers={"If-Match": tag})

    def delete(self, path: str, tag: str) -> httpx.Response:
        """DELETE a record."""
        return self.client.delete(path, headers={"If-Match": tag})

    def found(self, text: str) -> list[str]:
        """Return the identifiers that a search for `text` finds."""
        answer = self.client.get("/actions", params={"q": text, "fields": "id", "per_page": "100"})
        return [item["id"] for item in answer.json()["items"]]


def pointers(answer: httpx.Response) -> set[str]:
    """Return the pointers of the errors of a 422."""
    document = problem(answer, 422)
    assert document["type"].endswith(":contenu-refuse")
    return {error["pointer"] for error in document["errors"]}
