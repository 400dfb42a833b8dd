"""Fixtures of the embedded search: a site of another origin, and a browser page on it."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.visiting import Visit
from tests.web.hosting import EmbeddedPages, HostSite, run_host_site


@pytest.fixture(scope="session")
def host(server: str) -> Iterator[HostSite]:
    """A site of another origin, with a strict Content-Security-Policy."""
    with run_host_site(server) as site:
        yield site


@pytest.fixture(scope="module")
def host_visit(browser: Browser, host: HostSite) -> Iterator[Visit]:
    """A browser page on that site."""
    visit = Visit(browser, host.page(""))
    yield visit
    visit.context.close()


@pytest.fixture
def embedded(host_visit: Visit, host: HostSite, server: str) -> Iterator[EmbeddedPages]:
    """Pages without console errors, whose requests go to the site and the catalogue only."""
    yield EmbeddedPages(host_visit, host, server)
    assert host_visit.console_errors == []
    assert host_visit.foreign_origins <= {server}
