"""Security headers: content types, frames, scripts and styles."""

from pathlib import Path

import httpx
import pytest
from starlette.datastructures import MutableHeaders

from app.http.security_headers import FRAMED_PATH, SecurityPolicy
from tests.in_process import run_actions, running_server

_EVERYWHERE = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-resource-policy": "cross-origin",
    "x-frame-options": "DENY",
}


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/actions", 200),
        ("/actions?inconnu=1", 400),
        ("/ailleurs", 404),
        ("/health/live", 200),
        ("/metrics", 200),
        ("/docs", 200),
        ("/redoc", 200),
        ("/docs.js", 200),
        ("/docs-assets/swagger-ui.css", 200),
        ("/openapi.json", 200),
        ("/", 200),
    ],
)
def test_every_answer_has_the_security_headers(client: httpx.Client, path: str, status: int) -> None:
    for answer in (client.get(path), client.get(path), client.head(path)):
        assert answer.status_code == status
        assert {name: answer.headers[name] for name in _EVERYWHERE} == _EVERYWHERE
        assert len(answer.headers.get_list("content-security-policy")) == 1
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert "strict-transport-security" not in answer.headers


def test_no_policy_lets_text_in_a_page_run(client: httpx.Client) -> None:
    for path in ("/docs", "/redoc", "/actions", "/ailleurs"):
        assert "unsafe" not in client.get(path).headers["content-security-policy"]


def test_an_answer_that_has_not_changed_leaves_the_policy_of_the_page_alone(client: httpx.Client) -> None:
    tag = client.get("/docs-assets/swagger-ui.css").headers["etag"]
    answer = client.get("/docs-assets/swagger-ui.css", headers={"If-None-Match": tag})

    assert answer.status_code == 304
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "content-security-policy" not in answer.headers


def test_pages_may_not_use_the_devices_of_their_readers(client: httpx.Client) -> None:
    assert "geolocation=()" in client.get("/docs").headers["permissions-policy"]
    assert "permissions-policy" not in client.get("/actions").headers


def test_browsers_are_held_to_https_where_the_service_is_public_by_https(tmp_path: Path) -> None:
    with running_server(tmp_path, settings={"ACTIONS_PUBLIC_URL": "https://actions.example"}) as base:
        for path in ("/actions", "/ailleurs", "/health/live"):
            assert httpx.get(base + path).headers["strict-transport-security"] == "max-age=31536000"
    with running_server(tmp_path, settings={"ACTIONS_PUBLIC_URL": "http://actions.example"}) as base:
        assert "strict-transport-security" not in httpx.get(f"{base}/actions").headers


def completed(path: str, frame_ancestors: str) -> MutableHeaders:
    headers = MutableHeaders({"content-type": "text/html", "content-security-policy": "default-src 'self'"})
    SecurityPolicy(public_url="", frame_ancestors=frame_ancestors).add_headers(path, 200, headers)
    return headers


@pytest.mark.parametrize("allowed", ["*", "https://mairie.example https://*.caf.example"])
def test_only_the_page_that_is_made_for_it_may_be_framed_and_by_whom_is_a_setting(allowed: str) -> None:
    framed, other = completed(FRAMED_PATH, allowed), completed("/fiches/x", allowed)

    assert framed["content-security-policy"] == f"default-src 'self'; frame-ancestors {allowed}"
    assert "x-frame-options" not in framed
    assert other["content-security-policy"] == "default-src 'self'; frame-ancestors 'none'"
    assert other["x-frame-options"] == "DENY"


def test_nothing_may_be_framed_when_the_setting_says_so() -> None:
    assert completed(FRAMED_PATH, "'none'")["x-frame-options"] == "DENY"


def test_addresses_that_only_look_like_the_framed_one_are_not_framed(client: httpx.Client) -> None:
    for path in ("/embed/", "/embed/x", "/embedded", "//embed", "/EMBED", "/embed%2F"):
        assert client.get(path).headers["x-frame-options"] == "DENY"


def test_the_policy_of_the_framed_address_is_that_of_the_setting(tmp_path: Path) -> None:
    with running_server(tmp_path, settings={"ACTIONS_FRAME_ANCESTORS": "https://mairie.example"}) as base:
        answer = httpx.get(f"{base}{FRAMED_PATH}")

    assert "frame-ancestors https://mairie.example" in answer.headers["content-security-policy"]
    assert "x-frame-options" not in answer.headers


@pytest.mark.parametrize("value", ["https://a.example; script-src *", "javascript:alert(1)", "a,b", "'unsafe-inline'"])
def test_a_setting_cannot_smuggle_another_rule_into_the_policy(tmp_path: Path, value: str) -> None:
    done = run_actions(tmp_path, "check", ACTIONS_FRAME_ANCESTORS=value)

    assert done.returncode == 2
    assert "ACTIONS_FRAME_ANCESTORS" in done.stderr
