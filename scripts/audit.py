"""Audits locked dependencies for known vulnerabilities, and says so when the advisories could not be reached."""

import json
import subprocess
import sys
from pathlib import Path


def audit(lock: Path) -> tuple[int, list[str], list[str]]:
    """Return how many packages of `lock` were audited, what is vulnerable, and which could not be audited."""
    command = [sys.executable, "-m", "pip_audit", "--requirement", str(lock), "--disable-pip", "--format", "json"]
    done = subprocess.run([*command, "--progress-spinner", "off"], capture_output=True, text=True, check=False)
    if not done.stdout:
        return 0, [], [f"{lock}: {done.stderr.strip().splitlines()[-1] if done.stderr.strip() else 'no answer'}"]
    packages = json.loads(done.stdout)["dependencies"]
    skipped = [package["name"] for package in packages if "skip_reason" in package]
    vulnerable = [
        f"{package['name']} {package['version']}: {', '.join(advisory['id'] for advisory in package['vulns'])}"
        for package in packages
        if package.get("vulns")
    ]
    return len(packages) - len(skipped), vulnerable, skipped


def main() -> int:
    """Audit the locks named on the command line; 1 when something is vulnerable."""
    status = 0
    for name in sys.argv[1:]:
        audited, vulnerable, skipped = audit(Path(name))
        print(f"{name}: {audited} packages audited, {len(vulnerable)} vulnerable, {len(skipped)} not audited")
        if skipped and not audited:
            print(f"{name}: NOT AUDITED, the advisory database cannot be reached from here", file=sys.stderr)
        for line in vulnerable:
            print(line, file=sys.stderr)
            status = 1
    return status


if __name__ == "__main__":
    sys.exit(main())
