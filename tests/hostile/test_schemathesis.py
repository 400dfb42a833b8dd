"""Schemathesis against the running service: all its checks, stateful too, on every endpoint, writing with a key.

CI sends the same requests in every run, elsewhere they are drawn anew; `ACTIONS_FUZZ_EXAMPLES` makes them more.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.in_process import create_key_secret
from tests.processes import ROOT, WITHOUT_COVERAGE, run_actions, running_server

HERE = Path(__file__).parent
SCHEMATHESIS = Path(sys.executable).with_name("schemathesis")
EXAMPLES = os.environ.get("ACTIONS_FUZZ_EXAMPLES", "50")

Answers = dict[tuple[str, str], dict[int, int]]
"""How often an operation (method, route) was answered with each status."""


def fuzz(directory: Path, base: str, *options: str) -> str:
    """Send what Schemathesis makes of the document at `base`, with a key; return its report, which must be good."""
    command = [SCHEMATHESIS, "--config-file", HERE / "schemathesis.toml", "run", f"{base}/openapi.json"]
    command += [
        "--checks",
        "all",
        "--header",
        f"Authorization: Bearer {create_key_secret(directory)}",
        "--no-color",
        *options,
    ]
    if os.environ.get("CI"):
        command.append("--generation-deterministic")
    done = subprocess.run(
        command,
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "SCHEMATHESIS_HOOKS": "tests.hostile.assumptions",
            **WITHOUT_COVERAGE,
        },
        cwd=directory,
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=600,
    )
    report = done.stdout + done.stderr
    assert done.returncode == 0, report
    return report


def answers_of(base: str) -> Answers:
    """Return what the server itself has counted."""
    found: Answers = {}
    for family in text_string_to_metric_families(httpx.get(f"{base}/metrics").text):
        for sample in family.samples:
            if sample.name == "actions_requests_total":
                of_route = found.setdefault((sample.labels["method"], sample.labels["route"]), {})
                of_route[int(sample.labels["status"])] = int(sample.value)
    return found


def operations(base: str) -> set[tuple[str, str]]:
    paths = httpx.get(f"{base}/openapi.json").json()["paths"]
    return {(method.upper(), path) for path, methods in paths.items() for method in methods}


@pytest.mark.long
def test_no_request_makes_an_error(filled: Path) -> None:
    with running_server(
        filled, settings={"ACTIONS_KEY_RATE_LIMIT": "0", **WITHOUT_COVERAGE}, log=filled / "fuzzed.log"
    ) as base:
        report = fuzz(filled, base, "--max-examples", EXAMPLES)
        answers = answers_of(base)
        document = operations(base)
    checked = run_actions(filled, "check")

    # Every operation was really carried out, not only refused, and none of them failed.
    for operation in document:
        assert any(status < 400 for status in answers[operation]), operation
    requests = sum(sum(counted.values()) for counted in answers.values())
    assert requests > 30 * int(EXAMPLES), requests
    statuses = {status for counted in answers.values() for status in counted}
    assert max(statuses) < 500
    assert 429 not in statuses
    assert "internal_error" not in (filled / "fuzzed.log").read_text(encoding="utf-8")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    print(re.findall(r"Test cases:\s+(.+)", report), requests, "requests")  # noqa: T201 - shown with `-s`


def test_refusals_for_asking_too_often_are_as_the_document_says(filled: Path) -> None:
    with running_server(filled, settings={"ACTIONS_RATE_LIMIT": "2"}) as base:
        # One check sends requests of its own and wants each refused for its key, which a limit may be quicker to do.
        fuzz(filled, base, "--max-examples", "3", "--phases", "examples,fuzzing", "--exclude-checks", "ignored_auth")
        refused = sum(counted.get(429, 0) for counted in answers_of(base).values())

    assert refused > 10
