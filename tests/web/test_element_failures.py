"""What an element does when the catalogue is slow, busy, broken or out of reach: it says so, and goes on by itself."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, Route, expect

from tests.visiting import Visit
from tests.web.hosting import Embedded, HostSite, field, found, held, search_of, titles

_ACTIONS = "**/actions?*"
_BUSY = "Le catalogue est très demandé en ce moment."


@pytest.fixture
def embedded(abroad: Visit, host: HostSite, server: str) -> Iterator[Embedded]:
    """Pages whose network is in trouble; the browser complains of that alone."""
    yield Embedded(abroad, host, server)
    abroad.page.unroute_all()
    abroad.context.set_offline(False)
    assert [said for said in abroad.complaints if not said.startswith("Failed to load resource")] == []
    abroad.complaints.clear()


class Answers:
    """Answers the next questions by those statuses, and lets the others through."""

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


def test_a_busy_catalogue_is_asked_again_after_the_time_that_it_told(embedded: Embedded) -> None:
    answers = Answers(embedded.visit.page, 429, 503)
    search = search_of(embedded.open(""))
    found(search, f"{_BUSY} Nouvel essai dans 1 s…")
    found(search, "24 résultats")
    assert answers.asked == 3


def test_a_catalogue_that_stays_busy_is_left_alone_until_someone_asks(embedded: Embedded) -> None:
    answers = Answers(embedded.visit.page, 429, retry_after="3600")
    search = search_of(embedded.open(""))
    found(search, _BUSY)
    assert answers.asked == 1
    search.get_by_role("button", name="Réessayer").press("Enter")
    found(search, "24 résultats")
    expect(search.get_by_role("button", name="Réessayer")).to_have_count(0)
    expect(search.get_by_role("status")).to_be_focused()


def test_what_is_typed_while_it_waits_is_searched_instead(embedded: Embedded) -> None:
    Answers(embedded.visit.page, 503, retry_after="30")
    search = search_of(embedded.open(""))
    found(search, f"{_BUSY} Nouvel essai dans 30 s…")
    field(search).fill("logement")
    found(search, "6 résultats")


def test_a_broken_catalogue_is_said_to_be_and_tells_nothing_of_itself(embedded: Embedded) -> None:
    Answers(embedded.visit.page, 500)
    search = search_of(embedded.open(""))
    found(search, "Le catalogue ne répond pas comme il devrait.")
    expect(search.get_by_text("Trop")).to_have_count(0)
    field(search).fill("logement")
    found(search, "6 résultats")


def test_a_setting_that_the_catalogue_refuses_is_told_as_text(embedded: Embedded) -> None:
    Answers(embedded.visit.page, 422)
    found(search_of(embedded.open("")), "La recherche n’a pas été comprise. « x » n'est pas une valeur.")


def test_a_catalogue_that_cannot_be_reached_is_asked_again_when_the_network_is_back(embedded: Embedded) -> None:
    page = embedded.open("")
    search = search_of(page)
    found(search, "24 résultats")
    page.context.set_offline(True)
    field(search).fill("logement")
    found(search, "Vous êtes hors connexion. La recherche reprendra avec elle.")
    assert titles(search) == []
    page.context.set_offline(False)
    found(search, "6 résultats")
    assert len(titles(search)) == 6


def test_a_refused_connection_is_said(embedded: Embedded) -> None:
    page = embedded.visit.page
    page.route(_ACTIONS, lambda route: route.abort())
    search = search_of(embedded.open(""))
    found(search, "Le catalogue ne répond pas.")
    page.unroute_all()
    search.get_by_role("button", name="Réessayer").click()
    found(search, "24 résultats")


def test_a_slow_answer_keeps_its_place_and_never_comes_after_a_newer_one(embedded: Embedded) -> None:
    page = embedded.visit.page
    kept = held(page, _ACTIONS)
    page.route("**/actions?q=logement*", lambda route: route.continue_())
    search = search_of(embedded.open("par-page=5"))
    found(search, "Recherche en cours…")
    waiting = search.locator("[aria-busy=true]")
    expect(waiting).to_have_count(1)
    height = waiting.bounding_box()
    assert height is not None
    assert height["height"] > 5 * 90
    field(search).fill("jardin")
    field(search).press("Enter")
    field(search).fill("logement")
    field(search).press("Enter")
    found(search, "6 résultats")
    for route in kept:
        route.continue_()
    page.wait_for_timeout(200)
    found(search, "6 résultats")
    expect(waiting).to_have_count(0)
    assert [route.request.url.partition("q=")[2][:6] for route in kept] == ["", "jardin"]


def test_results_stay_in_sight_while_others_are_under_way(embedded: Embedded) -> None:
    page = embedded.visit.page
    search = search_of(embedded.open("par-page=5"))
    found(search, "24 résultats")
    before = titles(search)
    kept = held(page, _ACTIONS)
    search.get_by_role("button", name="Page Suivante").click()
    expect(search.locator("[aria-busy=true]")).to_have_count(1)
    assert titles(search) == before
    kept[0].continue_()
    found(search, "24 résultats, page 2 sur 5")


def test_a_page_that_came_to_nothing_does_not_take_the_focus_from_who_types(embedded: Embedded) -> None:
    page = embedded.visit.page
    search = search_of(embedded.open("par-page=5"))
    found(search, "24 résultats")
    held(page, "**/actions?*page=2*")
    search.get_by_role("button", name="Page Suivante").click()
    expect(search.locator("[aria-busy=true]")).to_have_count(1)
    field(search).press_sequentially("logement", delay=20)
    found(search, "6 résultats")
    expect(field(search)).to_be_focused()


def test_suggestions_that_fail_leave_a_field_that_searches(embedded: Embedded) -> None:
    embedded.visit.page.route("**/suggest?*", lambda route: route.fulfill(status=500))
    search = search_of(embedded.open(""))
    field(search).press_sequentially("logement")
    found(search, "6 résultats")
    expect(search.get_by_role("option")).to_have_count(0)
