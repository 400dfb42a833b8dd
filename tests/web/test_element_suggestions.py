"""The suggestions of an element: chosen by keyboard or mouse, and never by themselves."""

from playwright.sync_api import expect

from tests.web.hosting import Embedded, field, found, search_of


def test_suggestions_are_chosen_by_keyboard_alone(embedded: Embedded) -> None:
    page = embedded.open("")
    search = search_of(page)
    found(search, "24 résultats")
    page.keyboard.press("Tab")
    expect(field(search)).to_be_focused()
    page.keyboard.type("log", delay=20)
    options = search.get_by_role("option")
    expect(options.first).to_have_text("Logement Mots clés (4)")
    expect(field(search)).to_have_attribute("aria-expanded", "true")
    assert field(search).get_attribute("aria-activedescendant") is None
    page.keyboard.press("ArrowDown")
    expect(options.first).to_have_attribute("aria-selected", "true")
    assert field(search).get_attribute("aria-activedescendant") == options.first.get_attribute("id")
    expect(field(search)).to_have_value("log")
    page.keyboard.press("Enter")
    expect(search.get_by_role("button", name="Retirer le filtre Mots clés : Logement")).to_be_visible()
    found(search, "4 résultats")
    expect(field(search)).to_have_value("")


def test_keys_move_in_the_suggestions_and_back_to_the_text(embedded: Embedded) -> None:
    search = search_of(embedded.open(""))
    field(search).press_sequentially("log")
    options = search.get_by_role("option")
    expect(options).to_have_count(2)
    for key, place in (
        *(("ArrowDown", 0), ("ArrowDown", 1), ("ArrowDown", None), ("ArrowUp", 1), ("ArrowUp", 0), ("ArrowUp", None)),
        *(("ArrowDown", 0), ("Home", None), ("ArrowUp", 1), ("End", None), ("ArrowDown", 0), ("ArrowLeft", None)),
    ):
        field(search).press(key)
        selected = search.locator("[role=option][aria-selected=true]").evaluate_all("all => all.map((one) => one.id)")
        assert selected == ([options.nth(place).get_attribute("id")] if place is not None else []), key
        assert field(search).get_attribute("aria-activedescendant") == (selected[0] if selected else None), key
    field(search).press("Escape")
    expect(options).to_have_count(0)
    expect(field(search)).to_have_attribute("aria-expanded", "false")
    expect(field(search)).to_have_value("log")
    field(search).press("ArrowDown")
    expect(options).to_have_count(2)


def test_enter_without_a_chosen_suggestion_searches_what_is_typed(embedded: Embedded) -> None:
    search = search_of(embedded.open(""))
    field(search).press_sequentially("logement")
    expect(search.get_by_role("option").first).to_be_visible()
    field(search).press("Enter")
    found(search, "6 résultats")
    expect(search.get_by_role("option")).to_have_count(0)


def test_a_suggestion_is_chosen_by_mouse(embedded: Embedded) -> None:
    search = search_of(embedded.open(""))
    field(search).press_sequentially("seine")
    search.get_by_role("option", name="Seine-Saint-Denis").click()
    expect(search.get_by_role("button", name="Retirer le filtre Département : Seine-Saint-Denis")).to_be_visible()


def test_suggestions_of_an_element_with_locked_filters_answer_to_them(embedded: Embedded) -> None:
    search = search_of(embedded.open('departement="59"'))
    found(search, "3 résultats")
    field(search).press_sequentially("l")
    field(search).press_sequentially("a")
    field(search).fill("jardin p")
    expect(search.get_by_role("option")).to_have_text(["Jardin partagé Action"])


def test_a_selected_suggestion_leads_to_the_record(embedded: Embedded, server: str) -> None:
    page = embedded.open('lien="/fiche.html?id={id}"')
    embedded.host.page("<p>La fiche</p>", path="/fiche.html")
    search = search_of(page)
    field(search).press_sequentially("jardin p")
    search.get_by_role("option", name="Jardin partagé").click()
    page.wait_for_url("**/fiche.html?id=jardin-partage-1e0605")
