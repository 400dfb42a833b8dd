"""The suggestions of an element: selected by keyboard or mouse, never automatically."""

from playwright.sync_api import expect

from tests.web.hosting import EmbeddedPages, expect_status, search_element, search_field


def test_suggestions_are_chosen_by_keyboard_alone(embedded: EmbeddedPages) -> None:
    page = embedded.open("")
    search = search_element(page)
    expect_status(search, "24 résultats")
    page.keyboard.press("Tab")
    expect(search_field(search)).to_be_focused()
    page.keyboard.type("log", delay=20)
    options = search.get_by_role("option")
    expect(options.first).to_have_text("Logement Mots clés (4)")
    expect(search_field(search)).to_have_attribute("aria-expanded", "true")
    assert search_field(search).get_attribute("aria-activedescendant") is None
    page.keyboard.press("ArrowDown")
    expect(options.first).to_have_attribute("aria-selected", "true")
    assert search_field(search).get_attribute("aria-activedescendant") == options.first.get_attribute("id")
    expect(search_field(search)).to_have_value("log")
    page.keyboard.press("Enter")
    expect(search.get_by_role("button", name="Retirer le filtre Mots clés : Logement")).to_be_visible()
    expect_status(search, "4 résultats")
    expect(search_field(search)).to_have_value("")


def test_keys_move_in_the_suggestions_and_back_to_the_text(embedded: EmbeddedPages) -> None:
    search = search_element(embedded.open(""))
    search_field(search).press_sequentially("log")
    options = search.get_by_role("option")
    expect(options).to_have_count(2)
    for key, place in (
        *(("ArrowDown", 0), ("ArrowDown", 1), ("ArrowDown", None), ("ArrowUp", 1), ("ArrowUp", 0), ("ArrowUp", None)),
        *(("ArrowDown", 0), ("Home", None), ("ArrowUp", 1), ("End", None), ("ArrowDown", 0), ("ArrowLeft", None)),
    ):
        search_field(search).press(key)
        selected = search.locator("[role=option][aria-selected=true]").evaluate_all("all => all.map((one) => one.id)")
        assert selected == ([options.nth(place).get_attribute("id")] if place is not None else []), key
        assert search_field(search).get_attribute("aria-activedescendant") == (selected[0] if selected else None), key
    search_field(search).press("Escape")
    expect(options).to_have_count(0)
    expect(search_field(search)).to_have_attribute("aria-expanded", "false")
    expect(search_field(search)).to_have_value("log")
    search_field(search).press("ArrowDown")
    expect(options).to_have_count(2)


def test_enter_without_a_chosen_suggestion_searches_what_is_typed(embedded: EmbeddedPages) -> None:
    search = search_element(embedded.open(""))
    search_field(search).press_sequentially("logement")
    expect(search.get_by_role("option").first).to_be_visible()
    search_field(search).press("Enter")
    expect_status(search, "6 résultats")
    expect(search.get_by_role("option")).to_have_count(0)


def test_a_suggestion_is_chosen_by_mouse(embedded: EmbeddedPages) -> None:
    search = search_element(embedded.open(""))
    search_field(search).press_sequentially("seine")
    search.get_by_role("option", name="Seine-Saint-Denis").click()
    expect(search.get_by_role("button", name="Retirer le filtre Département : Seine-Saint-Denis")).to_be_visible()


def test_suggestions_of_an_element_with_locked_filters_answer_to_them(embedded: EmbeddedPages) -> None:
    search = search_element(embedded.open('departement="59"'))
    expect_status(search, "3 résultats")
    search_field(search).press_sequentially("l")
    search_field(search).press_sequentially("a")
    search_field(search).fill("jardin p")
    expect(search.get_by_role("option")).to_have_text(["Jardin partagé Action"])


def test_a_selected_suggestion_leads_to_the_record(embedded: EmbeddedPages, server: str) -> None:
    page = embedded.open('lien="/fiche.html?id={id}"')
    embedded.host.page("<p>La fiche</p>", path="/fiche.html")
    search = search_element(page)
    search_field(search).press_sequentially("jardin p")
    search.get_by_role("option", name="Jardin partagé").click()
    page.wait_for_url("**/fiche.html?id=jardin-partage-1e0605")
