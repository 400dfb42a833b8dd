"""Records whose texts contain markup and scripts: the element shows them as plain text."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from app.importing.text_format import render_export
from tests.factories import make_action
from tests.in_process import run_actions, running_server
from tests.visiting import Visit
from tests.web.hosting import HostSite, expect_status, run_host_site, search_element, search_field

_TITLE = "Jardin <img src=x onerror=\"window.ran=1\"> </mark><mark> &lt;b&gt; &amp;amp; 'fin'"
_SUMMARY = "Un jardin <script>window.ran=1</script> {{7*7}} ${7*7} &#106;avascript: <mark>déjà</mark>"
_KEYWORD = '"><svg onload=window.ran=1>'


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server whose catalogue has one record of hostile texts."""
    directory: Path = tmp_path_factory.mktemp("hostile")
    export = directory / "export.txt"
    action = make_action(
        _TITLE, structure="<b>Centre</b> - Nord", resume=_SUMMARY, mots_cles=[_KEYWORD], dimension="<i>Dimension"
    )
    export.write_text("".join(render_export([action])), encoding="utf-8")
    assert run_actions(directory, "import", export).returncode == 0
    with running_server(directory) as base:
        yield base


@pytest.fixture(scope="module")
def site(hostile: str) -> Iterator[HostSite]:
    # No policy, so that the element alone prevents the execution of the texts.
    with run_host_site(hostile, "frame-ancestors 'none'") as site:
        yield site


def test_texts_of_records_are_shown_and_never_run(browser: Browser, site: HostSite, hostile: str) -> None:
    visit = Visit(browser, site.element(hostile, 'facettes="mot_cle dimension structure" etat-url=""'))
    search = search_element(visit.page)
    expect_status(search, "1 résultat")
    expect(search.locator("h3")).to_have_text(_TITLE)
    expect(search.locator("[part=resume]")).to_have_text(_SUMMARY)

    search_field(search).fill("jardin")
    expect(search.locator("mark").first).to_have_text("Jardin")
    expect(search.locator("h3")).to_have_text(_TITLE)
    assert search.locator("h3 mark").all_inner_texts() == ["Jardin"]
    assert _SUMMARY.startswith(search.locator("[part=resume]").inner_text().rstrip("…"))

    option = search.get_by_role("option").first
    expect(option).to_contain_text(_TITLE)
    search.get_by_label(_KEYWORD).check()
    expect(search.get_by_role("button", name=f"Retirer le filtre Mots clés : {_KEYWORD}")).to_be_visible()
    assert search.locator("img, script, svg, b, i:not(:empty)").count() == 0
    visit.page.reload()
    expect(search.get_by_role("button", name=f"Retirer le filtre Mots clés : {_KEYWORD}")).to_be_visible()
    assert visit.page.evaluate("window.ran") is None
    assert visit.console_errors == []
    visit.context.close()
