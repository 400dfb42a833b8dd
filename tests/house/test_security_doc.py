"""The threat model is true of the tests: each that it names exists, and every threat has one."""

import ast
import re

import pytest

from tests.processes import ROOT

_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_DOCUMENT = _COMMENT.sub("", (ROOT / "docs" / "security.md").read_text(encoding="utf-8"))
_ROWS = [line.strip("|").split("|") for line in _DOCUMENT.splitlines() if line.startswith("| ")][1:]


def named_in(path: str) -> set[str]:
    """Return the names of the tests in a file of the project."""
    module = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return {
        node.name
        for node in module.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")
    }


def test_the_threat_model_has_its_rows() -> None:
    assert len(_ROWS) > 15


@pytest.mark.parametrize("row", _ROWS, ids=lambda row: row[0].strip())
def test_every_threat_has_a_defence_and_tests_that_exist(row: list[str]) -> None:
    threat, defence, named = (cell.strip() for cell in row)
    tests = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", named)

    assert threat
    assert defence
    assert tests
    assert named == ", ".join(f"`{path}::{name}`" for path, name in tests)
    for path, name in tests:
        assert name in named_in(path), name


def test_the_policy_leads_to_the_threat_model() -> None:
    assert "(docs/security.md)" in (ROOT / "SECURITY.md").read_text(encoding="utf-8")
