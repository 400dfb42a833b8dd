"""Pages in a real browser: console errors, requests, accessibility, screenshots."""

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
CHROMIUM_OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
_REPORT_VIOLATIONS = """document.addEventListener("securitypolicyviolation", (event) =>
  console.error("policy", event.violatedDirective, event.blockedURI, event.sourceFile, event.sample))"""
# WCAG 2.2 at levels A and AA, and the best practices of axe.
_RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


def chromium() -> str:
    """Return the path of Chromium. Without one, the test is skipped, or fails in CI."""
    program = next(filter(None, map(shutil.which, _BROWSERS)), None)
    if program is None:
        message = "no Chromium is installed (on Debian: apt-get install chromium)"
        pytest.fail(message) if os.environ.get("CI") else pytest.skip(message)
    return program


def wait_until(page: Page, condition: str, arg: object = None, *, seconds: float = 15) -> None:
    """Wait until the JavaScript expression or function `condition` is true in the page; fail after `seconds`.

    Playwright's own `wait_for_function` evaluates a string in the page, which a strict Content-Security-Policy refuses.
    """
    end = monotonic() + seconds
    while not page.evaluate(condition, arg):
        assert monotonic() < end, condition
        page.wait_for_timeout(50)


class Visit:
    """A page in a context of its own: its console errors and the URLs that it requested.

    `options` are options of a browser context, such as `viewport`, `color_scheme` or `java_script_enabled`.
    """

    def __init__(self, browser: Browser, address: str, **options: Any) -> None:
        self.context = browser.new_context(**{"locale": "fr-FR", **options})
        self.page: Page = self.context.new_page()
        self.console_errors: list[str] = []
        self.requested_urls: list[str] = []
        self.page.on("console", self._record)
        self.page.on("pageerror", lambda error: self.console_errors.append(str(error)))
        self.page.on("request", lambda request: self.requested_urls.append(request.url))
        self.page.add_init_script(_REPORT_VIOLATIONS)
        self.page.goto(address)

    def _record(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.console_errors.append(message.text)

    @property
    def foreign_origins(self) -> set[str]:
        """The origins of requests, without the origin of the page."""
        origins = {urlsplit(address.removeprefix("blob:"))[:2] for address in self.requested_urls}
        own = urlsplit(self.page.url)[:2]
        return {f"{scheme}://{host}" for scheme, host in origins if scheme != "data" and (scheme, host) != own}

    def screenshot(self, name: str) -> None:
        """Save a screenshot of the whole page as `screenshots/NAME.png`."""
        SCREENSHOTS.mkdir(exist_ok=True)
        self.page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)

    def overflows(self) -> bool:
        """Return whether the page is wider than its window."""
        return bool(self.page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))

    def accessibility_violations(self) -> list[str]:
        """Return the violations that axe finds in the current page, each with its elements."""
        found = Axe().run(self.page, options=_RULES).response["violations"]
        return [
            f"{rule['id']}: {rule['help']}: {[(node['target'], node['failureSummary']) for node in rule['nodes']]}"
            for rule in found
        ]
