"""Visits to a page in a real browser: what it complained of, what it fetched, how accessible it is, how it looks."""

import os
import shutil
from pathlib import Path
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page

ROOT = Path(__file__).parents[1]
SCREENSHOTS = ROOT / "screenshots"
_BROWSERS = ("chromium", "chromium-browser", "google-chrome")
OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
_REPORT = """document.addEventListener("securitypolicyviolation", (event) =>
  console.error("policy", event.violatedDirective, event.blockedURI, event.sourceFile, event.sample))"""
# What WCAG 2.2 asks at levels A and AA, and what axe holds to be good practice.
_RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


def chromium() -> str:
    """Return the Chromium of this machine; CI may not be without one."""
    program = next(filter(None, map(shutil.which, _BROWSERS)), None)
    if program is None:
        message = "no Chromium is installed (on Debian: apt-get install chromium)"
        pytest.fail(message) if os.environ.get("CI") else pytest.skip(message)
    return program


def wait_until(page: Page, holds: str, arg: object = None, *, seconds: float = 15) -> None:
    """Wait until the expression or function `holds` is true in the page, and fail when it does not become so.

    Playwright's own `wait_for_function` evaluates text in the page, which a strict policy refuses at a second look.
    """
    end = monotonic() + seconds
    while not page.evaluate(holds, arg):
        assert monotonic() < end, holds
        page.wait_for_timeout(50)


class Visit:
    """One visit to a page: what it complained of, and what it fetched.

    `options` are those of a browser's context, such as `viewport`, `color_scheme` or `java_script_enabled`.
    """

    def __init__(self, browser: Browser, address: str, **options: Any) -> None:
        self.context = browser.new_context(**{"locale": "fr-FR", **options})
        self.page: Page = self.context.new_page()
        self.complaints: list[str] = []
        self.fetched: list[str] = []
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self.fetched.append(request.url))
        self.page.add_init_script(_REPORT)
        self.page.goto(address)

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(message.text)

    @property
    def elsewhere(self) -> set[str]:
        """The origins that something was fetched from, beside the page's own."""
        origins = {urlsplit(address.removeprefix("blob:"))[:2] for address in self.fetched}
        own = urlsplit(self.page.url)[:2]
        return {f"{scheme}://{host}" for scheme, host in origins if scheme != "data" and (scheme, host) != own}

    def picture(self, name: str) -> None:
        """Keep how the whole page looks now, as `screenshots/NAME.png`."""
        SCREENSHOTS.mkdir(exist_ok=True)
        self.page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)

    def overflows(self) -> bool:
        """Tell whether the page is wider than its window."""
        return bool(self.page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))

    def barriers(self) -> list[str]:
        """Return what keeps people from using the page as it is now, each with the elements that it concerns."""
        found = Axe().run(self.page, options=_RULES).response["violations"]
        return [
            f"{rule['id']}: {rule['help']}: {[(node['target'], node['failureSummary']) for node in rule['nodes']]}"
            for rule in found
        ]
