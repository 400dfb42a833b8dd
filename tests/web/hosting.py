"""Somebody else's site: pages of another origin than the catalogue's, under the strictest policy that it works with."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from mimetypes import guess_type
from threading import Thread
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Locator, Page, Route, expect

from tests.visiting import Visit

STRICT = (
    "default-src 'none'; script-src 'self' {catalogue}; connect-src {catalogue}; frame-src {catalogue}; "
    "style-src 'self'; require-trusted-types-for 'script'; trusted-types 'none'; base-uri 'none'"
)
_PAGE = """<!doctype html>
<html lang="fr">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Mairie</title>{head}</head>
<body><main><h1>Notre mairie</h1>
{body}
</main></body>
</html>
"""


class HostSite:
    """A site at `base` that shows what is in `files`, by path; each has the same policy."""

    def __init__(self, base: str, policy: str) -> None:
        self.base = base
        self.policy = policy
        self.files: dict[str, str] = {"/favicon.ico": ""}

    def page(self, body: str, *, head: str = "", path: str = "/") -> str:
        """Put up a page with that content, and return its address."""
        self.files[path] = _PAGE.format(head=head, body=body)
        return self.base + path

    def element(self, catalogue: str, *elements: str) -> str:
        """Put up a page with those elements, given by their attributes, and return its address."""
        tags = "\n".join(f"<actions-recherche {attributes}></actions-recherche>" for attributes in elements)
        return self.page(f'<script type="module" src="{catalogue}/widget.js"></script>\n{tags}')


@contextmanager
def hosting(catalogue: str, policy: str = STRICT) -> Iterator[HostSite]:
    """Run a site whose policy lets in the `catalogue` alone."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            body = site.files.get(path, "").encode()
            kind = guess_type(path)[0] or "text/html"
            self.send_response(200 if path in site.files else 404)
            self.send_header("Content-Type", f"{kind}; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Content-Security-Policy", site.policy)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library names it so
            """Say nothing: the browser is who is listened to."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        site = HostSite(f"http://127.0.0.1:{listening.server_port}", policy.format(catalogue=catalogue))
        thread = Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        yield site
        listening.shutdown()
        thread.join()


class Embedded:
    """Pages of another origin with elements given by their attributes, one after another in one page of the browser."""

    def __init__(self, visit: Visit, host: HostSite, catalogue: str) -> None:
        self.visit, self.host, self._catalogue = visit, host, catalogue

    def open(self, *elements: str, query: str = "") -> Page:
        """Show a page with those elements, at an address that ends with `query`."""
        self.visit.fetched.clear()
        self.visit.page.goto(self.host.element(self._catalogue, *elements) + query)
        return self.visit.page


def held(page: Page, pattern: str) -> list[Route]:
    """Keep back what the page fetches by that pattern; return the routes, to let them go one by one."""
    routes: list[Route] = []

    def keep(route: Route) -> None:
        routes.append(route)

    page.route(pattern, keep)
    return routes


def asked(page: Page) -> dict[str, list[str]]:
    """Return the parameters of the address of a page."""
    return parse_qs(urlsplit(page.url).query)


def search_of(page: Page, place: int = 0) -> Locator:
    """Return one of the elements of a page."""
    return page.locator("actions-recherche").nth(place)


def found(search: Locator, text: str) -> None:
    """Wait until an element says how much it found."""
    expect(search.get_by_role("status")).to_have_text(text)


def field(search: Locator) -> Locator:
    """Return the field of an element."""
    return search.get_by_label("Rechercher une action")


def titles(search: Locator) -> list[str]:
    """Return the titles of the results that an element shows."""
    return search.locator("h3 a").all_inner_texts()
