"""CORS: pages of other origins may read responses and the headers that they need."""

from pathlib import Path

import httpx
import pytest

from tests.http.test_http import problem
from tests.in_process import running_server


@pytest.mark.parametrize("path", ["/actions", "/actions/inconnue", "/actions?inconnu=1", "/ailleurs"])
def test_any_origin_may_read_answers_and_errors(client: httpx.Client, path: str) -> None:
    answer = client.get(path, headers={"Origin": "https://mairie.example"})

    assert answer.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in answer.headers
    exposed = {name.strip() for name in answer.headers["access-control-expose-headers"].split(",")}
    assert exposed == {
        "Content-Disposition",
        "ETag",
        "Link",
        "Retry-After",
        "RateLimit",
        "RateLimit-Policy",
        "X-Request-Id",
        "Deprecation",
        "Sunset",
    }


def test_a_preflight_allows_reading_and_nothing_else(client: httpx.Client) -> None:
    def preflight(method: str, headers: str = "accept") -> httpx.Response:
        asked = {"Origin": "https://mairie.example", "Access-Control-Request-Method": method}
        return client.options("/actions", headers={**asked, "Access-Control-Request-Headers": headers})

    assert preflight("GET").status_code == 200
    assert preflight("GET", "if-modified-since, if-none-match, x-requested-with").status_code == 200
    assert "en-têtes : " in problem(preflight("GET", "x-secret"), 400)["detail"]
    refused = preflight("DELETE")
    assert "seule la lecture" in problem(refused, 400)["detail"]
    assert refused.headers["access-control-allow-origin"] == "*"


def test_origins_can_be_restricted(tmp_path: Path) -> None:
    with running_server(
        tmp_path, settings={"ACTIONS_CORS_ORIGINS": "https://mairie.example, https://caf.example"}
    ) as base:
        ours = httpx.get(f"{base}/actions", headers={"Origin": "https://caf.example"})
        evil = httpx.get(f"{base}/actions", headers={"Origin": "https://evilcaf.example"})

    assert ours.headers["access-control-allow-origin"] == "https://caf.example"
    assert "access-control-allow-origin" not in evil.headers
