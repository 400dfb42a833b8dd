"""A release: `scripts/release` in a clone of the project, and what it leaves in this one."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from app import __version__
from scripts.release import ReleaseError, date_changelog, next_version, released_versions, set_version, version_key
from tests.processes import ROOT

CHANGELOG = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
_GROUPS = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
_SMALL = "# Changelog\n\n## Unreleased\n\n### Added\n\n- More.\n\n## 0.1.0 – 2026-11-28\n\n### Added\n\n- All.\n"


def git(clone: Path, *arguments: str) -> str:
    """Run git in `clone`, as someone with a name; return its output."""
    identity = ["-c", "user.name=Test", "-c", "user.email=test@example.org"]
    command = ["git", *identity, *arguments]
    return subprocess.run(command, cwd=clone, check=True, capture_output=True, encoding="utf-8").stdout.strip()


def run_release(clone: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `scripts/release` of `clone` to its end."""
    names = {f"GIT_{role}_{kind}": "test@example.org" for role in ("AUTHOR", "COMMITTER") for kind in ("NAME", "EMAIL")}
    return subprocess.run(
        ["scripts/release", *arguments],
        cwd=clone,
        env={**os.environ, **names, "PYTHON": sys.executable},
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=180,
    )


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone of the project as it is in this directory, with an entry to release and checks that pass at once."""
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "--quiet", "--no-tags", ROOT, clone], check=True)
    for path in git(ROOT, "ls-files", "--cached", "--others", "--exclude-standard").splitlines():
        if (ROOT / path).is_file():
            (clone / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / path, clone / path)
    for name in ("check", "test"):
        (clone / "scripts" / name).write_text("#!/bin/sh\nexit 0\n")
    unreleased = "## Unreleased\n\n### Added\n\n- More.\n"
    changelog = re.sub(r"(?s)## Unreleased\n.*?(?=\n## )", unreleased, CHANGELOG, count=1)
    (clone / "CHANGELOG.md").write_text(changelog, encoding="utf-8")
    git(clone, "add", "--all")
    git(clone, "commit", "--quiet", "--message", "as it is", "--allow-empty")
    return clone


@pytest.fixture
def quick_clone(clone: Path) -> Path:
    """The same, which writes an empty catalogue for upgrades."""
    script = "import pathlib, sys\npath = pathlib.Path(sys.argv[1])\npath.mkdir()\n(path / 'state.json').touch()\n"
    commit(clone, "scripts/upgrade_fixture.py", script)
    return clone


def commit(clone: Path, path: str, content: str) -> None:
    (clone / path).write_text(content, encoding="utf-8")
    git(clone, "commit", "--quiet", "--all", "--message", path)


@pytest.mark.long
def test_a_release_dates_commits_and_tags(clone: Path) -> None:
    done = run_release(clone, "9.1.0")
    assert done.returncode == 0, done.stdout + done.stderr
    changelog = git(clone, "show", "v9.1.0:CHANGELOG.md")
    fixture = "v9.1.0:tests/upgrade/9.1.0/state.json"

    assert git(clone, "status", "--porcelain") == ""
    assert git(clone, "log", "-2", "--format=%s").splitlines() == ["release: begin 9.2.0.dev0", "release: 9.1.0"]
    assert git(clone, "cat-file", "-t", "v9.1.0") == "tag"
    assert '__version__ = "9.1.0"' in git(clone, "show", "v9.1.0:app/__init__.py")
    assert json.loads(git(clone, "show", "v9.1.0:tests/api/openapi.json"))["info"]["version"] == "9.1.0"
    assert re.search(r"\n## Unreleased\n\n## 9\.1\.0 – \d{4}-\d\d-\d\d\n\n### Added\n\n- More\.\n", changelog)
    assert json.loads(git(clone, "show", fixture))["ids"]
    assert '__version__ = "9.2.0.dev0"' in (clone / "app" / "__init__.py").read_text()
    assert json.loads((clone / "tests" / "api" / "openapi.json").read_text())["info"]["version"] == "9.2.0.dev0"


def test_a_dry_run_leaves_no_trace(quick_clone: Path) -> None:
    before = git(quick_clone, "rev-parse", "HEAD")
    done = run_release(quick_clone, "9.1.0", "--dry-run")

    assert done.returncode == 0, done.stdout + done.stderr
    assert "9.1.0 can be released" in done.stdout
    assert git(quick_clone, "rev-parse", "HEAD") == before
    assert git(quick_clone, "status", "--porcelain") == ""
    assert git(quick_clone, "tag", "--list") == ""


def test_a_release_whose_checks_fail_leaves_no_trace(quick_clone: Path) -> None:
    commit(quick_clone, "scripts/test", "#!/bin/sh\nexit 1\n")
    done = run_release(quick_clone, "9.1.0")

    assert (done.returncode, done.stderr.splitlines()[-1]) == (1, "scripts/release: scripts/test failed.")
    assert git(quick_clone, "status", "--porcelain") == ""
    assert git(quick_clone, "tag", "--list") == ""


def test_changes_that_are_not_committed_are_not_released(clone: Path) -> None:
    (clone / "README.md").write_text("changed\n")
    done = run_release(clone, "9.1.0")

    assert (done.returncode, "not committed" in done.stderr) == (1, True)
    assert (clone / "README.md").read_text() == "changed\n"


def test_a_tag_is_not_moved(clone: Path) -> None:
    git(clone, "tag", "v9.1.0")
    done = run_release(clone, "9.1.0")

    assert (done.returncode, done.stderr) == (1, "scripts/release: the tag v9.1.0 exists.\n")


def test_the_section_of_a_release_is_dated_under_a_new_one() -> None:
    dated = date_changelog(_SMALL, "0.2.0", "2027-01-31")

    assert dated == _SMALL.replace("## Unreleased\n", "## Unreleased\n\n## 0.2.0 – 2027-01-31\n")
    assert released_versions(dated) == ["0.2.0", "0.1.0"]


def test_a_release_without_entries_is_refused() -> None:
    for empty in (_SMALL.replace("- More.\n", ""), _SMALL.replace("## Unreleased", "## Next")):
        with pytest.raises(ReleaseError, match="no entry under Unreleased"):
            date_changelog(empty, "0.2.0", "2027-01-31")


@pytest.mark.parametrize("version", ["0.1.0", "0.0.9", "0.2", "v0.2.0", "0.2.0.dev0"])
def test_a_version_has_three_numbers_and_follows_the_latest_release(version: str) -> None:
    with pytest.raises(ReleaseError):
        date_changelog(_SMALL, version, "2027-01-31")


def test_development_goes_on_towards_the_next_minor_version() -> None:
    assert next_version("0.9.3") == "0.10.0.dev0"
    assert set_version('"""Doc."""\n\n__version__ = "0.9.3"\n', "1.0.0") == '"""Doc."""\n\n__version__ = "1.0.0"\n'


def test_the_changelog_has_a_section_for_each_version_the_latest_first() -> None:
    headings = re.findall(r"^## (.*)$", CHANGELOG, re.MULTILINE)
    released = released_versions(CHANGELOG)

    assert headings[0] == "Unreleased"
    assert [heading.split(" – ")[0] for heading in headings[1:]] == released
    assert released == sorted(released, key=version_key, reverse=True)
    assert released[-1] == "0.1.0"
    assert set(re.findall(r"^### (.*)$", CHANGELOG, re.MULTILINE)) <= _GROUPS


def test_the_version_is_the_latest_release_or_in_development_after_it() -> None:
    latest = released_versions(CHANGELOG)[0]

    assert __version__ == latest or (
        __version__.endswith(".dev0") and version_key(__version__.removesuffix(".dev0")) > version_key(latest)
    )


def test_each_release_has_a_catalogue_to_upgrade_from() -> None:
    kept = {path.name for path in (ROOT / "tests" / "upgrade").glob("*.*.*") if path.is_dir()}

    assert kept == set(released_versions(CHANGELOG))


def test_the_policy_says_where_the_version_is_found(client: httpx.Client) -> None:
    policy = (ROOT / "SECURITY.md").read_text(encoding="utf-8")

    assert "`info.version` in `/openapi.json`" in policy
    assert "`actions_info`" in policy
    assert f'actions_info{{version="{__version__}"}}' in client.get("/metrics").text
