"""Releases a version: checks, dates the changelog, sets the version, commits and tags; nothing is pushed."""

import argparse
import re
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

CHANGELOG = Path("CHANGELOG.md")
VERSION_FILE = Path("app/__init__.py")
OPENAPI = Path("tests/api/openapi.json")
UPGRADES = Path("tests/upgrade")
CHECKS = ("scripts/check", "scripts/test")

_VERSION = re.compile(r"(\d+)\.(\d+)\.(\d+)")
_UNRELEASED = re.compile(r"^## Unreleased\n(.*?)(?=^## |\Z)", re.DOTALL | re.MULTILINE)
_RELEASED = re.compile(r"^## (\d+\.\d+\.\d+) – \d{4}-\d{2}-\d{2}$", re.MULTILINE)


class ReleaseError(Exception):
    """The reason why a version cannot be released."""


def version_key(version: str) -> tuple[int, ...]:
    """Return the numbers of `version`, to compare; ReleaseError if it is not of the form 1.2.3."""
    if not (match := _VERSION.fullmatch(version)):
        raise ReleaseError(f"{version} is not a version of the form 1.2.3")
    return tuple(map(int, match.groups()))


def released_versions(changelog: str) -> list[str]:
    """Return the versions that have a section in the changelog, the latest first."""
    return _RELEASED.findall(changelog)


def date_changelog(changelog: str, version: str, date: str) -> str:
    """Return the changelog with the section Unreleased under `version` and `date`, and a new empty one above.

    ReleaseError if the section has no entry, or if `version` does not follow the latest release.
    """
    section = _UNRELEASED.search(changelog)
    if not section or not re.search(r"^- ", section[1], re.MULTILINE):
        raise ReleaseError(f"{CHANGELOG} has no entry under Unreleased")
    latest = max(map(version_key, released_versions(changelog)), default=(0, 0, 0))
    if version_key(version) <= latest:
        raise ReleaseError(f"{version} does not follow {'.'.join(map(str, latest))}, the latest release")
    return f"{changelog[: section.start(1)]}\n## {version} – {date}\n{changelog[section.start(1) :]}"


def set_version(source: str, version: str) -> str:
    """Return the source of `app/__init__.py` with that version."""
    return re.sub(r'^__version__ = ".*"$', f'__version__ = "{version}"', source, flags=re.MULTILINE)


def next_version(version: str) -> str:
    """Return the version of the main branch after the release of `version`: the next minor one, in development."""
    major, minor, _ = version_key(version)
    return f"{major}.{minor + 1}.0.dev0"


def release(version: str, date: str, *, dry_run: bool) -> None:
    """Release `version`; with `dry_run`, do all but the commits and the tag and undo what was written.

    ReleaseError, with the files as they were, when a check fails.
    """
    tag = f"v{version}"
    if _git("status", "--porcelain"):
        raise ReleaseError("the working tree has changes that are not committed")
    if _git("tag", "--list", tag):
        raise ReleaseError(f"the tag {tag} exists")
    changelog = date_changelog(CHANGELOG.read_text(encoding="utf-8"), version, date)
    released = False
    try:
        CHANGELOG.write_text(changelog, encoding="utf-8")
        _write_version(version)
        _run(sys.executable, "scripts/upgrade_fixture.py", str(UPGRADES / version))
        for check in CHECKS:
            _run(check)
        print(_git("diff", "--stat"))
        released = not dry_run
    finally:
        if not released:
            _git("checkout", "--", ".")
            shutil.rmtree(UPGRADES / version, ignore_errors=True)
    if dry_run:
        print(f"{version} can be released; nothing was committed")
        return
    _commit(f"release: {version}")
    _git("tag", "--annotate", tag, "--message", version)
    _write_version(next_version(version))
    _commit(f"release: begin {next_version(version)}")
    print(f"{tag} is tagged; push it with: git push --atomic origin HEAD {tag}")


def _write_version(version: str) -> None:
    """Write the version to `app/__init__.py` and to the snapshot of the OpenAPI document."""
    VERSION_FILE.write_text(set_version(VERSION_FILE.read_text(encoding="utf-8"), version), encoding="utf-8")
    OPENAPI.write_text(_output(sys.executable, "-c", "from app.cli import main; main()", "openapi"), encoding="utf-8")


def _commit(subject: str) -> None:
    _git("add", "--all")
    _git("commit", "--quiet", "--no-verify", "--message", subject)


def _git(*arguments: str) -> str:
    return _output("git", *arguments).strip()


def _output(*command: str) -> str:
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, encoding="utf-8").stdout


def _run(*command: str) -> None:
    if subprocess.run(command, check=False).returncode:
        raise ReleaseError(f"{' '.join(command)} failed")


def main() -> int:
    """Release the version that the command line names; 1, with the reason, if that is not possible."""
    parser = argparse.ArgumentParser(prog="scripts/release", description=__doc__)
    parser.add_argument("version", help="such as 0.2.0")
    parser.add_argument("--dry-run", action="store_true", help="do all but commit and tag, and undo it")
    arguments = parser.parse_args()
    try:
        release(arguments.version, f"{datetime.now(UTC):%Y-%m-%d}", dry_run=arguments.dry_run)
    except ReleaseError as error:
        print(f"scripts/release: {error}.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
