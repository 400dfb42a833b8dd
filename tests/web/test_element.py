"""The element on a page of another origin, under a policy without inline scripts or styles: the visitor's actions."""

from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import expect

from tests.web.hosting import EmbeddedPages, expect_status, query_of, search_element, search_field, titles


def test_it_shows_the_catalogue_on_a_page_with_a_strict_policy(embedded: EmbeddedPages, server: str) -> None:
    search = search_element(embedded.open("par-page=5"))
    expect_status(search, "24 résultats")
    assert len(titles(search)) == 5
    link = search.get_by_role("link").first
    assert str(link.get_attribute("href")).startswith(f"{server}/fiches/")
    paths = [urlsplit(address).path for address in embedded.visit.requested_urls if address.startswith(server)]
    assert paths == ["/widget.js", "/actions"]


def test_what_is_typed_is_searched_and_marked(embedded: EmbeddedPages) -> None:
    search = search_element(embedded.open(""))
    expect_status(search, "24 résultats")
    search_field(search).press_sequentially("logement", delay=20)
    expect_status(search, "6 résultats")
    assert "logement" in [text.lower() for text in search.locator("mark").all_inner_texts()]
    search_field(search).fill("jardin partage")
    expect_status(search, "3 résultats, puis 6 qui s’en approchent")
    expect(search.get_by_role("heading", name="Ce qui s’en approche")).to_be_visible()


def test_a_number_that_is_the_same_as_before_is_said_again(embedded: EmbeddedPages) -> None:
    page = embedded.open("")
    search = search_element(page)
    said = []
    for text in ("permaculture", "permacultures"):
        with page.expect_response(lambda answer, text=text: f"q={text}&" in answer.url):
            search_field(search).fill(text)
        expect(search.locator("[aria-busy=false]")).to_be_visible()
        expect_status(search, "1 résultat")
        said.append(search.get_by_role("status").text_content())
    assert len(set(said)) == 2


def test_a_bar_in_a_value_is_locked_by_a_backslash_before_it(embedded: EmbeddedPages) -> None:
    page = embedded.open(r'partenaire="Bailleur \| social|a\\|b"')
    expect_status(search_element(page), "Aucun résultat")
    (address,) = [one for one in embedded.visit.requested_urls if "/actions?" in one]
    assert parse_qs(urlsplit(address).query)["partenaire"] == ["Bailleur | social", "a\\", "b"]


def test_a_slip_of_the_finger_is_said_and_can_be_taken_over(embedded: EmbeddedPages) -> None:
    search = search_element(embedded.open('q="jardni"'))
    correction = search.get_by_role("button", name="« jardin »")
    correction.click()
    expect(search_field(search)).to_have_value("jardin")
    expect(correction).to_have_count(0)


def test_facets_count_and_are_taken_away_one_by_one_by_keyboard(embedded: EmbeddedPages) -> None:
    search = search_element(embedded.open(""))
    expect_status(search, "24 résultats")
    citizenship = search.get_by_label("Citoyenneté", exact=False).first
    citizenship.press("Space")
    expect_status(search, "16 résultats")
    expect(citizenship).to_be_focused()
    search.get_by_label("Services", exact=False).press("Space")
    expect_status(search, "18 résultats")
    chip = search.get_by_role("button", name="Retirer le filtre Dimension : Citoyenneté")
    chip.press("Enter")
    expect_status(search, "2 résultats")
    expect(search.get_by_role("status")).to_be_focused()
    expect(citizenship).not_to_be_checked()
    assert search.get_by_role("button", name="Retirer le filtre").count() == 1


def test_the_rest_of_a_long_facet_is_shown_on_request(embedded: EmbeddedPages) -> None:
    search = search_element(embedded.open('facettes="mot_cle"'))
    expect_status(search, "24 résultats")
    more = search.get_by_role("button", name="Voir plus")
    assert search.get_by_role("checkbox").count() == 6
    more.press("Enter")
    assert search.get_by_role("checkbox").count() == 16
    expect(search.get_by_role("button", name="Voir moins")).to_be_focused()


def test_without_results_there_is_a_way_back_and_nothing_to_filter(embedded: EmbeddedPages) -> None:
    search = search_element(embedded.open('q="introuvable"'))
    expect_status(search, "Aucun résultat")
    expect(search.get_by_role("group", name="Dimension")).to_be_hidden()
    search.get_by_role("button", name="Effacer la recherche").press("Enter")
    expect_status(search, "24 résultats")
    expect(search.get_by_role("status")).to_be_focused()
    expect(search_field(search)).to_have_value("")
    expect(search.get_by_role("group", name="Dimension")).to_be_visible()


def test_pages_are_turned_and_the_reader_is_led_to_the_first_result(embedded: EmbeddedPages) -> None:
    search = search_element(embedded.open("par-page=5"))
    expect_status(search, "24 résultats")
    first = titles(search)
    search.get_by_role("button", name="Page Suivante").press("Enter")
    expect_status(search, "24 résultats, page 2 sur 5")
    assert set(titles(search)).isdisjoint(first)
    expect(search.get_by_role("status")).to_be_focused()
    expect(search.get_by_role("button", name="Page 2", exact=True)).to_have_attribute("aria-current", "page")
    search.get_by_role("button", name="Page 5", exact=True).click()
    expect_status(search, "24 résultats, page 5 sur 5")
    assert len(titles(search)) == 4


def test_back_leads_to_what_was_there_before(embedded: EmbeddedPages) -> None:
    page = embedded.open('etat-url="a-" par-page=5')
    search = search_element(page)
    expect_status(search, "24 résultats")
    search_field(search).press_sequentially("logement", delay=20)
    expect_status(search, "6 résultats")
    search.get_by_label("Citoyenneté", exact=False).first.check()
    expect(search.get_by_role("button", name="Retirer le filtre")).to_have_count(1)
    assert query_of(page) == {"a-q": ["logement"], "a-dimension": ["Citoyenneté"]}
    page.go_back()
    expect_status(search, "6 résultats")
    expect(search.get_by_role("button", name="Retirer le filtre")).to_have_count(0)
    page.go_back()
    expect_status(search, "24 résultats")
    expect(search_field(search)).to_have_value("")
    assert query_of(page) == {}
    page.go_forward()
    expect_status(search, "6 résultats")
    expect(search_field(search)).to_have_value("logement")


def test_an_address_brings_its_search_back(embedded: EmbeddedPages) -> None:
    page = embedded.open('etat-url="" par-page=5', query="?dimension=citoyennete&page=2&autre=1")
    search = search_element(page)
    expect_status(search, "16 résultats, page 2 sur 4")
    expect(search.get_by_role("button", name="Retirer le filtre Dimension : Citoyenneté")).to_be_visible()
    search.get_by_role("button", name="Page 3", exact=True).click()
    expect_status(search, "16 résultats, page 3 sur 4")
    assert query_of(page) == {"dimension": ["Citoyenneté"], "page": ["3"], "autre": ["1"]}


def test_a_page_beyond_the_last_is_the_last(embedded: EmbeddedPages) -> None:
    page = embedded.open('etat-url="" par-page=10', query="?page=99")
    expect_status(search_element(page), "24 résultats, page 3 sur 3")
    assert query_of(page) == {"page": ["3"]}
