"""Deprecations in the OpenAPI document and in response headers."""

import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path

import httpx
import pytest

from app.api.openapi.deprecations import DEPRECATIONS, mark_deprecated
from app.http.deprecation import Deprecation
from tests.api.deprecating import ALSO, OPERATION, PARAMETER
from tests.processes import ROOT, environment, free_port


@pytest.fixture(scope="module")
def old(catalogue_dir: Path) -> Iterator[httpx.Client]:
    """A client of a server with deprecations."""
    port = free_port()
    command = [sys.executable, "-m", "tests.api.deprecating", str(port)]
    with (catalogue_dir / "deprecating.log").open("wb") as log:
        process = subprocess.Popen(command, env=environment(catalogue_dir), cwd=ROOT, stdout=log, stderr=log)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
            deadline = time.monotonic() + 60
            while not answers(client):
                assert time.monotonic() < deadline
                assert process.poll() is None
            yield client
    finally:
        process.terminate()
        process.wait(timeout=30)


def answers(client: httpx.Client) -> bool:
    try:
        return client.get("/health/ready").is_success
    except httpx.TransportError:
        time.sleep(0.05)
        return False


def told(answer: httpx.Response) -> tuple[datetime, datetime] | None:
    """Return the dates of Deprecation and Sunset, None without these headers."""
    given = {"deprecation", "sunset"} & answer.headers.keys()
    if not given:
        return None
    since = answer.headers["deprecation"]
    assert since.startswith("@")
    return datetime.fromtimestamp(int(since[1:]), UTC), parsedate_to_datetime(answer.headers["sunset"])


def test_each_answer_of_a_deprecated_operation_says_since_when_and_until_when(old: httpx.Client) -> None:
    expected = (datetime(2026, 3, 1, tzinfo=UTC), datetime(2027, 3, 1, tzinfo=UTC))
    first = old.get("/suggest", params={"q": "jar"})

    assert first.status_code == 200
    assert told(first) == expected
    assert told(old.get("/suggest", params={"q": "jar"})) == expected  # a kept answer
    assert told(old.get("/suggest?q=jar", headers={"If-None-Match": first.headers["etag"]})) == expected
    assert told(old.head("/suggest?q=jar")) == expected
    assert told(old.get("/suggest?inconnu=1")) == expected  # an error too


def test_a_deprecated_parameter_is_told_to_whoever_gives_it(old: httpx.Client) -> None:
    since, sunset = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 6, 1, tzinfo=UTC)

    assert told(old.get("/actions?full=true")) == (since, sunset)
    assert told(old.get("/actions")) is None
    assert told(old.get("/facets")) is None
    # With several deprecations, the earliest dates count.
    assert told(old.get("/actions?full=true&highlight=false")) == (since, datetime(2027, 1, 1, tzinfo=UTC))


def test_the_document_marks_what_is_deprecated_and_nothing_else(old: httpx.Client) -> None:
    paths = old.get("/openapi.json").json()["paths"]
    operation = paths["/suggest"]["get"]
    parameters = {parameter["name"]: parameter for parameter in paths["/actions"]["get"]["parameters"]}

    assert operation["deprecated"]
    assert operation["description"].endswith(
        "Obsolète depuis le 01/03/2026, retiré au plus tôt le 01/03/2027 : chercher par GET /actions."
    )
    assert {name for name, parameter in parameters.items() if parameter.get("deprecated")} == {"full", "highlight"}
    assert "deprecated" not in paths["/actions"]["get"]


@pytest.mark.parametrize(
    "unknown", [replace(OPERATION, operation="nulle"), replace(PARAMETER, parameter="nul"), replace(ALSO, operation="")]
)
def test_what_does_not_exist_cannot_be_deprecated(old: httpx.Client, unknown: Deprecation) -> None:
    with pytest.raises(LookupError):
        mark_deprecated(old.get("/openapi.json").json()["paths"], [unknown])


def test_nothing_is_deprecated_without_a_year_to_change(client: httpx.Client) -> None:
    assert all((one.sunset - one.since).days >= 365 for one in DEPRECATIONS)
    assert (told(client.get("/actions")) is None) or DEPRECATIONS
