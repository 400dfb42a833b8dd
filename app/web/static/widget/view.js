/** The shadow tree of an element: created once, updated from settings, state and responses. */

/** @import { FacetValue, Item, SearchResponse } from "./api.js" */
/** @import { Suggestion } from "./combobox.js" */
/** @import { Settings } from "./settings.js" */
/** @import { State } from "./state.js" */
import { Combobox } from "./combobox.js";
import { announce, createElement, reconcileChildren } from "./dom.js";
import { FacetList } from "./facet-list.js";
import { FACET_LABELS, filterPairs } from "./facets.js";
import { createLists, createNotes, createPages, secondaryButton, statusText } from "./results.js";

/**
 * What the user does.
 * @typedef {{
 *   type: (text: string) => void,
 *   submit: (text: string) => void,
 *   filter: (name: string, value: string, selected: boolean) => void,
 *   clearFilters: () => void,
 *   turn: (page: number) => void,
 *   retry: () => void,
 *   complete: (text: string, signal: AbortSignal) => Promise<Suggestion[]>,
 *   selectSuggestion: (suggestion: Suggestion) => void,
 *   selectResult: (item: Item, event: MouseEvent) => void,
 * }} Handlers
 */

const MAX_PLACEHOLDERS = 10; // results

export class View {
  /** @type {Map<string, FacetList>} */
  #facetLists = new Map();
  #root;
  #handlers;

  /**
   * @param {ShadowRoot} root
   * @param {Handlers} handlers
   */
  constructor(root, handlers) {
    this.#root = root;
    this.#handlers = handlers;
    this.heading = createElement("h2", { id: "intitule", class: "cache" });
    this.input = /** @type {HTMLInputElement} */ (
      createElement("input", { id: "champ", part: "champ", type: "text", enterkeyhint: "search", maxlength: 500 })
    );
    this.suggestions = createElement("ul", { id: "suggestions", part: "suggestions" });
    this.chips = createElement("ul", { class: "puces", "aria-label": "Filtres choisis", hidden: true });
    this.facets = createElement("div", { id: "facettes", part: "facettes", role: "group", "aria-label": "Filtres" });
    this.toggle = createElement(
      "button",
      { type: "button", class: "filtrer", part: "bouton", "aria-controls": "facettes" },
      "Filtrer",
    );
    this.status = createElement("p", { role: "status", part: "statut", tabindex: -1 });
    this.notes = createElement("div", { part: "notes" });
    this.list = createElement("div");
    this.pages = createElement("nav", { part: "pages", "aria-label": "Pages de résultats" });
    this.results = createElement("div", { class: "resultats" }, this.status, this.notes, this.list, this.pages);
    this.section = this.#createSection();
    root.append(this.section);
    this.combobox = new Combobox(this.input, this.suggestions, {
      source: handlers.complete,
      onSelect: handlers.selectSuggestion,
    });
    this.toggle.addEventListener("click", () => this.#toggleFacets(this.section.dataset.filtres === undefined));
    this.#toggleFacets(false);
  }

  #createSection() {
    const columns = createElement("div", { class: "colonnes" }, this.facets, this.results);
    return createElement(
      "section",
      { lang: "fr", "aria-labelledby": "intitule" },
      this.heading,
      this.#createForm(),
      this.chips,
      this.toggle,
      columns,
    );
  }

  #createForm() {
    /** @param {Event} event */
    const onsubmit = (event) => {
      event.preventDefault();
      this.combobox.close();
      this.#handlers.submit(this.input.value.trim());
    };
    this.input.addEventListener("input", () => this.#handlers.type(this.input.value.trim()));
    const field = createElement("div", { class: "saisie" }, this.input, this.suggestions);
    return createElement(
      "form",
      { role: "search", "aria-labelledby": "intitule", onsubmit },
      createElement("label", { for: "champ" }, "Rechercher une action"),
      createElement("div", { class: "ligne" }, field, createElement("button", { part: "bouton" }, "Rechercher")),
    );
  }

  /**
   * Shows or hides the facets where the element is too narrow for a column beside the results.
   * @param {boolean} open
   */
  #toggleFacets(open) {
    this.section.toggleAttribute("data-filtres", open);
    this.toggle.setAttribute("aria-expanded", String(open));
  }

  /** @param {Settings} settings */
  configure({ title, facets }) {
    this.heading.textContent = title;
    this.facets.hidden = this.toggle.hidden = !facets.length;
    reconcileChildren(this.facets, facets.map((name) => this.#facetList(name).element));
  }

  /** @param {string} name the facet */
  #facetList(name) {
    const list =
      this.#facetLists.get(name) ??
      new FacetList(name, (value, selected) => this.#handlers.filter(name, value, selected));
    this.#facetLists.set(name, list);
    return list;
  }

  /**
   * Shows that a response is pending; before the first response, shows placeholders.
   * @param {number} expectedResults
   */
  showPending(expectedResults) {
    this.results.setAttribute("aria-busy", "true");
    if (this.list.hasChildNodes() || this.notes.hasChildNodes()) return;
    const placeholders = Array.from({ length: Math.min(expectedResults, MAX_PLACEHOLDERS) }, () =>
      createElement("li", { part: "resultat" }, ...["i", "i", "i", "i"].map((name) => createElement(name))),
    );
    this.status.textContent = "Recherche en cours…";
    this.list.append(createElement("ol", { part: "liste", "aria-hidden": "true" }, ...placeholders));
  }

  /** @param {string} text */
  setStatus(text) {
    announce(this.status, text);
  }

  /**
   * @param {SearchResponse} response
   * @param {State} state of the search that it answers
   * @param {Settings} settings
   */
  showResponse(response, state, settings) {
    this.#keepFocus(() => {
      this.setStatus(statusText(response));
      for (const name of settings.facets) this.#facetList(name).render(response.facets[name] ?? []);
      this.facets.hidden = this.toggle.hidden = !settings.facets.some((name) => response.facets[name]?.length);
      this.#showChips(state, response.facets);
      this.notes.replaceChildren(...createNotes(response, this.#handlers.submit));
      const lists = createLists(response, settings, this.#handlers.selectResult);
      this.list.replaceChildren(...(lists.length ? lists : [this.#createEmptyMessage(state)]));
      this.pages.replaceChildren(...createPages(response.page, response.pages, this.#handlers.turn));
    });
  }

  /**
   * Shows why there is no response, and a button that retries.
   * @param {string} message
   * @param {State} state
   */
  showError(message, state) {
    this.#keepFocus(() => {
      this.setStatus(message);
      this.#showChips(state, {});
      this.notes.replaceChildren(secondaryButton("Réessayer", () => this.#handlers.retry()));
      this.list.replaceChildren();
      this.pages.replaceChildren();
    });
  }

  /** Scrolls to the first result and moves the focus to the status line. */
  goToResults() {
    this.status.focus({ preventScroll: true });
    this.section.scrollIntoView({ block: "start" });
  }

  /**
   * Calls `render`; when it removes the focused node, the status line receives the focus.
   * @param {() => void} render
   */
  #keepFocus(render) {
    const focused = /** @type {HTMLElement|null} */ (this.#root.activeElement);
    render();
    this.results.setAttribute("aria-busy", "false");
    if (focused && !focused.getClientRects().length) this.status.focus({ preventScroll: true });
    else if (focused && this.#root.activeElement !== focused) focused.focus({ preventScroll: true });
  }

  /**
   * @param {State} state
   * @param {Record<string, FacetValue[]>} facets
   */
  #showChips({ filters }, facets) {
    const chips = filterPairs(filters).map(([name, value]) => {
      const label = facets[name]?.find((facetValue) => facetValue.value === value)?.label ?? value;
      return this.#createChip(`${FACET_LABELS[name]}\u00a0: ${label}`, () => this.#handlers.filter(name, value, false));
    });
    this.chips.replaceChildren(...chips);
    this.chips.hidden = !chips.length;
    this.toggle.textContent = chips.length ? `Filtrer (${chips.length})` : "Filtrer";
  }

  /**
   * @param {string} text
   * @param {() => void} onclick
   */
  #createChip(text, onclick) {
    const button = createElement(
      "button",
      { type: "button", part: "puce", onclick },
      createElement("span", { class: "cache" }, "Retirer le filtre "),
      text,
      createElement("span", { "aria-hidden": "true" }, "×"),
    );
    return createElement("li", {}, button);
  }

  /** @param {State} state */
  #createEmptyMessage({ text, filters }) {
    const filtered = filterPairs(filters).length > 0;
    const advice = text
      ? "Essayez un mot plus général, ou vérifiez son orthographe."
      : "Aucune action n’est là pour le moment.";
    return createElement(
      "div",
      { class: "vide" },
      createElement("p", {}, advice),
      text && secondaryButton("Effacer la recherche", () => this.#handlers.submit("")),
      text && filtered && " ",
      filtered && secondaryButton("Retirer les filtres", () => this.#handlers.clearFilters()),
    );
  }
}
