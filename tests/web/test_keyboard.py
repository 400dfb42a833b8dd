"""All tasks of a visitor by keyboard alone: the focus is visible and never trapped."""

from playwright.sync_api import Browser, Page, expect

from tests.visiting import Visit

_FOCUSED = """() => {
  const focused = document.activeElement;
  return [focused.innerText || focused.value || "", getComputedStyle(focused).outlineStyle];
}"""
_MAX_KEYS = 250  # presses of a key on one page


def tab_to(page: Page, text: str) -> None:
    """Press Tab until an element whose text begins with `text` has the focus; each focus must be visible."""
    for _ in range(_MAX_KEYS):
        page.keyboard.press("Tab")
        shown, outline = page.evaluate(_FOCUSED)
        if page.evaluate("document.activeElement !== document.body"):
            assert outline != "none", shown
        if " ".join(shown.split()).startswith(text):
            return
    raise AssertionError(f"no focus on {text}")


def test_search_filter_order_and_page(browser: Browser, server: str) -> None:
    visit = Visit(browser, f"{server}/?per_page=5")
    page = visit.page
    heading = page.locator("#resultats")
    tab_to(page, "Aller au contenu")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("habitants")
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{server}/?q=habitants&per_page=5")
    found = heading.inner_text()
    tab_to(page, "Citoyenneté")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Filtres actifs")).to_contain_text("Dimension : Citoyenneté")
    tab_to(page, "Titre")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Titre", exact=True)).to_have_attribute("aria-current", "true")
    tab_to(page, "Dimension : Citoyenneté")
    page.keyboard.press("Enter")
    expect(heading).to_have_text(found)
    tab_to(page, "Page 2")
    page.keyboard.press("Enter")
    expect(heading).to_contain_text("page 2 sur")
    assert visit.console_errors == []


def test_read_compare_and_print(browser: Browser, server: str) -> None:
    visit = Visit(browser, f"{server}/?q=logement")
    page = visit.page
    title = page.locator(".hits h3").first.inner_text()
    tab_to(page, title)
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text(title)
    page.evaluate("window.print = () => { window.printed = true }")
    tab_to(page, "Imprimer")
    page.keyboard.press("Enter")
    assert page.evaluate("window.printed")
    tab_to(page, "Comparer")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text("Comparer 2 actions")
    tab_to(page, "Retour")
    page.keyboard.press("Enter")
    expect(page.get_by_role("search")).to_be_visible()
    assert visit.console_errors == []
