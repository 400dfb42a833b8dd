"""The tools of npm and Go that judge the OpenAPI document, where this machine has them; CI may not be without."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
BIN = Path(sys.executable).parent
_NODE_MODULES = HERE / "node_modules"
_LONGEST = 120  # seconds


def node(*command: str | Path, cwd: Path = HERE) -> "subprocess.CompletedProcess[str]":
    """Run a program of `node_modules`, or `node` itself, to its end."""
    if not _NODE_MODULES.exists() or not shutil.which("node"):
        _missing("node and what `make dev` installs by npm")
    name, *arguments = command
    program = name if name == "node" else _NODE_MODULES / ".bin" / name
    return finished([program, *arguments], cwd=cwd)


def oasdiff(*arguments: str | Path) -> "subprocess.CompletedProcess[str]":
    """Run the differ of OpenAPI documents to its end."""
    if not (program := BIN / "oasdiff").exists():
        _missing("oasdiff, which `make dev` builds with Go")
    return finished([program, *arguments], cwd=HERE)


def finished(command: list[str | Path], cwd: Path, **variables: str) -> "subprocess.CompletedProcess[str]":
    """Run `command` to its end."""
    env = {**os.environ, "PATH": f"{BIN}:{os.environ['PATH']}", **variables}
    return subprocess.run(
        command, cwd=cwd, env=env, capture_output=True, encoding="utf-8", check=False, timeout=_LONGEST
    )


def _missing(what: str) -> None:
    message = f"this test needs {what}"
    pytest.fail(message) if os.environ.get("CI") else pytest.skip(message)
