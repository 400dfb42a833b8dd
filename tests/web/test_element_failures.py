"""The element while the catalogue is slow, busy, broken or offline: it shows a message and retries."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, Route, expect

from tests.visiting import Visit
from tests.web.hosting import (
    EmbeddedPages,
    HostSite,
    expect_status,
    hold_requests,
    search_element,
    search_field,
    titles,
)

_ACTIONS = "**/actions?*"
_BUSY = "Le catalogue est très demandé en ce moment."


@pytest.fixture
def embedded(host_visit: Visit, host: HostSite, server: str) -> Iterator[EmbeddedPages]:
    """Pages whose requests fail; console errors may only be about the network."""
    yield EmbeddedPages(host_visit, host, server)
    host_visit.page.unroute_all()
    host_visit.context.set_offline(False)
    assert [said for said in host_visit.console_errors if not said.startswith("Failed to load resource")] == []
    host_visit.console_errors.clear()


class Answers:
    """Responds to the next requests with the given statuses, and continues the later ones."""

    def __init__(self, page: Page, *statuses: int, retry_after: str = "1") -> None:
        self.asked = 0
        self._statuses = list(statuses)
        self._headers = {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "Retry-After"}
        self._headers |= {"Retry-After": retry_after} if retry_after else {}
        page.route(_ACTIONS, self._answer)

    def _answer(self, route: Route) -> None:
        self.asked += 1
        if not self._statuses:
            route.continue_()
            return
        body = '{"detail":"<b>Trop</b>","errors":[{"message":"« x » n\'est pas une valeur."}]}'
        route.fulfill(status=self._statuses.pop(0), headers=self._headers, body=body)


def test_a_busy_catalogue_is_asked_again_after_the_time_that_it_told(embedded: EmbeddedPages) -> None:
    answers = Answers(embedded.visit.page, 429, 503)
    search = search_element(embedded.open(""))
    expect_status(search, f"{_BUSY} Nouvel essai dans 1 s…")
    expect_status(search, "24 résultats")
    assert answers.asked == 3


def test_a_catalogue_that_stays_busy_is_left_alone_until_someone_asks(embedded: EmbeddedPages) -> None:
    answers = Answers(embedded.visit.page, 429, retry_after="3600")
    search = search_element(embedded.open(""))
    expect_status(search, _BUSY)
    assert answers.asked == 1
    search.get_by_role("button", name="Réessayer").press("Enter")
    expect_status(search, "24 résultats")
    expect(search.get_by_role("button", name="Réessayer")).to_have_count(0)
    expect(search.get_by_role("status")).to_be_focused()


def test_what_is_typed_while_it_waits_is_searched_instead(embedded: EmbeddedPages) -> None:
    Answers(embedded.visit.page, 503, retry_after="30")
    search = search_element(embedded.open(""))
    expect_status(search, f"{_BUSY} Nouvel essai dans 30 s…")
    search_field(search).fill("logement")
    expect_status(search, "6 résultats")


def test_a_broken_catalogue_is_said_to_be_and_tells_nothing_of_itself(embedded: EmbeddedPages) -> None:
    Answers(embedded.visit.page, 500)
    search = search_element(embedded.open(""))
    expect_status(search, "Le catalogue ne répond pas comme il devrait.")
    expect(search.get_by_text("Trop")).to_have_count(0)
    search_field(search).fill("logement")
    expect_status(search, "6 résultats")


def test_a_setting_that_the_catalogue_refuses_is_told_as_text(embedded: EmbeddedPages) -> None:
    Answers(embedded.visit.page, 422)
    expect_status(search_element(embedded.open("")), "La recherche n’a pas été comprise. « x » n'est pas une valeur.")


def test_a_catalogue_that_cannot_be_reached_is_asked_again_when_the_network_is_back(embedded: EmbeddedPages) -> None:
    page = embedded.open("")
    search = search_element(page)
    expect_status(search, "24 résultats")
    page.context.set_offline(True)
    search_field(search).fill("logement")
    expect_status(search, "Vous êtes hors connexion. La recherche reprendra avec elle.")
    assert titles(search) == []
    page.context.set_offline(False)
    expect_status(search, "6 résultats")
    assert len(titles(search)) == 6


def test_a_refused_connection_is_said(embedded: EmbeddedPages) -> None:
    page = embedded.visit.page
    page.route(_ACTIONS, lambda route: route.abort())
    search = search_element(embedded.open(""))
    expect_status(search, "Le catalogue ne répond pas.")
    page.unroute_all()
    search.get_by_role("button", name="Réessayer").click()
    expect_status(search, "24 résultats")


def test_a_slow_answer_keeps_its_place_and_never_comes_after_a_newer_one(embedded: EmbeddedPages) -> None:
    page = embedded.visit.page
    kept = hold_requests(page, _ACTIONS)
    page.route("**/actions?q=logement*", lambda route: route.continue_())
    search = search_element(embedded.open("par-page=5"))
    expect_status(search, "Recherche en cours…")
    waiting = search.locator("[aria-busy=true]")
    expect(waiting).to_have_count(1)
    height = waiting.bounding_box()
    assert height is not None
    assert height["height"] > 5 * 90
    search_field(search).fill("jardin")
    search_field(search).press("Enter")
    search_field(search).fill("logement")
    search_field(search).press("Enter")
    expect_status(search, "6 résultats")
    for route in kept:
        route.continue_()
    page.wait_for_timeout(200)
    expect_status(search, "6 résultats")
    expect(waiting).to_have_count(0)
    assert [route.request.url.partition("q=")[2][:6] for route in kept] == ["", "jardin"]


def test_results_stay_in_sight_while_others_are_under_way(embedded: EmbeddedPages) -> None:
    page = embedded.visit.page
    search = search_element(embedded.open("par-page=5"))
    expect_status(search, "24 résultats")
    before = titles(search)
    kept = hold_requests(page, _ACTIONS)
    search.get_by_role("button", name="Page Suivante").click()
    expect(search.locator("[aria-busy=true]")).to_have_count(1)
    assert titles(search) == before
    kept[0].continue_()
    expect_status(search, "24 résultats, page 2 sur 5")


def test_a_page_that_came_to_nothing_does_not_take_the_focus_from_who_types(embedded: EmbeddedPages) -> None:
    page = embedded.visit.page
    search = search_element(embedded.open("par-page=5"))
    expect_status(search, "24 résultats")
    hold_requests(page, "**/actions?*page=2*")
    search.get_by_role("button", name="Page Suivante").click()
    expect(search.locator("[aria-busy=true]")).to_have_count(1)
    search_field(search).press_sequentially("logement", delay=20)
    expect_status(search, "6 résultats")
    expect(search_field(search)).to_be_focused()


def test_suggestions_that_fail_leave_a_field_that_searches(embedded: EmbeddedPages) -> None:
    embedded.visit.page.route("**/suggest?*", lambda route: route.fulfill(status=500))
    search = search_element(embedded.open(""))
    search_field(search).press_sequentially("logement")
    expect_status(search, "6 résultats")
    expect(search.get_by_role("option")).to_have_count(0)
