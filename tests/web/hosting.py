"""A host site: pages of another origin than the catalogue, under the strictest policy that the element supports."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from mimetypes import guess_type
from threading import Thread
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Locator, Page, Route, expect

from tests.visiting import Visit

STRICT_POLICY = (
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
    """A site at the URL `base`; `files` are its contents by path, all served with the same policy."""

    def __init__(self, base: str, policy: str) -> None:
        self.base = base
        self.policy = policy
        self.files: dict[str, str] = {"/favicon.ico": ""}

    def page(self, body: str, *, head: str = "", path: str = "/") -> str:
        """Add a page with the content `body`; return its URL."""
        self.files[path] = _PAGE.format(head=head, body=body)
        return self.base + path

    def element(self, catalogue: str, *elements: str) -> str:
        """Add a page with elements, given by their attributes; return its URL."""
        tags = "\n".join(f"<actions-recherche {attributes}></actions-recherche>" for attributes in elements)
        return self.page(f'<script type="module" src="{catalogue}/widget.js"></script>\n{tags}')


@contextmanager
def run_host_site(catalogue: str, policy: str = STRICT_POLICY) -> Iterator[HostSite]:
    """Run a site whose policy allows scripts and requests of the `catalogue` only."""

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
            """Log nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        site = HostSite(f"http://127.0.0.1:{listening.server_port}", policy.format(catalogue=catalogue))
        thread = Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        yield site
        listening.shutdown()
        thread.join()


class EmbeddedPages:
    """Opens pages with elements, given by their attributes, in one page of the browser."""

    def __init__(self, visit: Visit, host: HostSite, catalogue: str) -> None:
        self.visit, self.host, self._catalogue = visit, host, catalogue

    def open(self, *elements: str, query: str = "") -> Page:
        """Open a page with elements, at a URL that ends with `query`."""
        self.visit.requested_urls.clear()
        self.visit.page.goto(self.host.element(self._catalogue, *elements) + query)
        return self.visit.page


def hold_requests(page: Page, pattern: str) -> list[Route]:
    """Hold the requests of the page that match `pattern`; the returned list receives their routes."""
    routes: list[Route] = []

    def keep(route: Route) -> None:
        routes.append(route)

    page.route(pattern, keep)
    return routes


def query_of(page: Page) -> dict[str, list[str]]:
    """Return the query parameters of the URL of a page."""
    return parse_qs(urlsplit(page.url).query)


def search_element(page: Page, index: int = 0) -> Locator:
    """Return an element of a page by its index."""
    return page.locator("actions-recherche").nth(index)


def expect_status(search: Locator, text: str) -> None:
    """Wait until the status line of an element is `text`."""
    expect(search.get_by_role("status")).to_have_text(text)


def search_field(search: Locator) -> Locator:
    """Return the text field of an element."""
    return search.get_by_label("Rechercher une action")


def titles(search: Locator) -> list[str]:
    """Return the titles of the results of an element."""
    return search.locator("h3 a").all_inner_texts()
