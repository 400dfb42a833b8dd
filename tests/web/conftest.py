"""What tests of the embedded search share: a site of another origin, and a visit to it."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.visiting import Visit
from tests.web.hosting import Embedded, HostSite, hosting


@pytest.fixture(scope="session")
def host(server: str) -> Iterator[HostSite]:
    """A site that shows the catalogue's search, under a strict policy."""
    with hosting(server) as site:
        yield site


@pytest.fixture(scope="module")
def abroad(browser: Browser, host: HostSite) -> Iterator[Visit]:
    """A visit to that site."""
    visit = Visit(browser, host.page(""))
    yield visit
    visit.context.close()


@pytest.fixture
def embedded(abroad: Visit, host: HostSite, server: str) -> Iterator[Embedded]:
    """Pages that complain of nothing and ask nobody but themselves and the catalogue."""
    yield Embedded(abroad, host, server)
    assert abroad.complaints == []
    assert abroad.elsewhere <= {server}
