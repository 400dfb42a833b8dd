/** The custom element `<actions-recherche>`; `docs/integration.md` describes its attributes, events, parts and properties. */

/** @import { Item, SearchResponse } from "./api.js" */
/** @import { Suggestion } from "./combobox.js" */
/** @import { Settings } from "./settings.js" */
/** @import { State } from "./state.js" */
import {
  BUSY_MESSAGE,
  TYPEAHEAD_END_DELAY,
  TYPEAHEAD_PARAMETER,
  errorMessage,
  fetchJson,
  searchParameters,
  selectedFilters,
} from "./api.js";
import { applyColours } from "./colours.js";
import { FACET_LABELS, filterPairs } from "./facets.js";
import { readSettings, recordUrl, splitText } from "./settings.js";
import { UrlState } from "./state.js";
import { STYLE_SHEET } from "./style-sheet.js";
import { View } from "./view.js";

const SEARCH_DELAY = 300; // milliseconds between the last key and the search
const MAX_SUGGESTIONS = 8; // of titles, when filters are locked

export class ActionsRecherche extends HTMLElement {
  static observedAttributes = [
    ...["api", "couleur", "etat-url", "facettes", "fond", "langue", "lien", "nouvel-onglet", "par-page", "q", "texte"],
    ...["titre", "tri", ...Object.keys(FACET_LABELS)],
  ];

  #root = this.attachShadow({ mode: "open" });
  #colourSheet = new CSSStyleSheet();
  /** @type {State} */
  #state = { text: "", filters: {}, page: 1 };
  /** @type {Settings} */
  #settings = readSettings(this);
  #request = new AbortController();
  #timer = 0;
  #typing = false; // whether the last event was typing, so that a word adds one entry to the session history
  #failed = false;
  #connected = false;
  #updateScheduled = false;
  #view = new View(this.#root, {
    type: (text) => this.#scheduleSearch(text),
    submit: (text) => this.#submit(text),
    filter: (name, value, selected) => this.#setFilter(name, value, selected),
    clearFilters: () => this.#update({ filters: {}, page: 1 }),
    turn: (page) => this.#turn(page),
    retry: () => this.#search(),
    complete: (text, signal) => this.#complete(text, signal),
    selectSuggestion: (suggestion) => this.#selectSuggestion(suggestion),
    selectResult: (item, event) => this.#selectResult(item, event),
  });

  constructor() {
    super();
    this.#root.adoptedStyleSheets = [STYLE_SHEET, this.#colourSheet];
  }

  connectedCallback() {
    this.#connected = true;
    addEventListener("popstate", this.#restoreState);
    addEventListener("online", this.#retryFailed);
    this.#configure();
    this.#state = this.#initialState();
    this.#view.input.value = this.#state.text;
    this.#search();
  }

  disconnectedCallback() {
    this.#connected = false;
    removeEventListener("popstate", this.#restoreState);
    removeEventListener("online", this.#retryFailed);
    clearTimeout(this.#timer);
    this.#request.abort();
    this.#view.combobox.close();
  }

  /**
   * @param {string} name
   * @param {string|null} oldValue
   * @param {string|null} newValue
   */
  attributeChangedCallback(name, oldValue, newValue) {
    if (!this.#connected || oldValue === newValue) return;
    if (name === "q") {
      this.#state = { ...this.#state, text: newValue ?? "", page: 1 };
      this.#view.input.value = this.#state.text;
    }
    // Attributes that change together cause one search.
    if (this.#updateScheduled) return;
    this.#updateScheduled = true;
    queueMicrotask(() => {
      this.#updateScheduled = false;
      if (!this.#connected) return;
      this.#configure();
      this.#search();
    });
  }

  #configure() {
    this.#settings = readSettings(this);
    const unlocked = Object.entries(this.#state.filters).filter(([name]) => !(name in this.#settings.locked));
    this.#state = { ...this.#state, filters: Object.fromEntries(unlocked) };
    this.#view.configure(this.#settings);
    applyColours(this.#colourSheet, this);
  }

  /** @returns {State} from the URL of the page, else from the attribute `q` */
  #initialState() {
    const urlState = this.#settings.urlPrefix === null ? null : new UrlState(this.#settings).read();
    return urlState ?? { text: this.getAttribute("q")?.trim() ?? "", filters: {}, page: 1 };
  }

  #restoreState = () => {
    if (this.#settings.urlPrefix === null) return;
    const state = this.#initialState();
    if (JSON.stringify(state) === JSON.stringify(this.#state)) return;
    this.#state = state;
    this.#typing = false;
    this.#view.combobox.close();
    this.#view.input.value = state.text;
    this.#search();
  };

  #retryFailed = () => {
    if (this.#failed) this.#search();
  };

  /** @param {string} text */
  #scheduleSearch(text) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      if (text !== this.#state.text) this.#update({ text, page: 1 }, this.#typing ? "replace" : "push", true);
    }, SEARCH_DELAY);
  }

  /** @param {string} text */
  #submit(text) {
    this.#view.input.value = text;
    if (text !== this.#state.text || this.#failed || this.#typing) this.#update({ text, page: 1 });
  }

  /**
   * @param {string} name
   * @param {string} value
   * @param {boolean} selected
   */
  #setFilter(name, value, selected) {
    const { [name]: oldValues = [], ...filters } = this.#state.filters;
    const values = oldValues.filter((oldValue) => oldValue !== value);
    if (selected) values.push(value);
    this.#update({ filters: values.length ? { ...filters, [name]: values } : filters, page: 1 });
  }

  /** @param {number} page */
  async #turn(page) {
    if (await this.#update({ page })) this.#view.goToResults();
  }

  /**
   * Changes the state and searches.
   * @param {Partial<State>} change
   * @param {"push"|"replace"} [mode] of the session history
   * @returns {Promise<boolean>} whether the view shows the results
   */
  #update(change, mode = "push", typing = false) {
    this.#typing = typing;
    this.#state = { ...this.#state, ...change };
    if (this.#settings.urlPrefix !== null) new UrlState(this.#settings).write(this.#state, mode);
    return this.#search();
  }

  /** @returns {Promise<boolean>} whether the view shows the results; false after an error or when a later search began */
  async #search() {
    clearTimeout(this.#timer);
    this.#request.abort();
    const { signal } = (this.#request = new AbortController());
    const settings = this.#settings;
    this.#view.showPending(settings.perPage);
    try {
      const parameters = searchParameters(settings, this.#state);
      const response = await this.#fetchResults(parameters, signal);
      if (signal.aborted) return false;
      this.#failed = false;
      if (this.#state.page > response.pages && response.pages) return this.#update({ page: response.pages }, "replace");
      this.#state = { ...this.#state, filters: selectedFilters(response.facets, this.#state.filters) };
      this.#view.showResponse(response, this.#state, settings);
      const { text, filters } = this.#state;
      this.#emit("recherche", { q: text, filters: { ...filters, ...settings.locked }, total: response.total });
      if (!response.full_matches) this.#scheduleLoggedSearch(parameters, signal);
      return true;
    } catch (error) {
      if (signal.aborted) return false;
      this.#failed = true;
      this.#view.showError(errorMessage(error), this.#state);
      return false;
    }
  }

  /**
   * @param {string[][]} parameters
   * @param {AbortSignal} signal
   * @returns {Promise<SearchResponse>}
   */
  #fetchResults(parameters, signal) {
    const pairs = this.#typing ? [...parameters, [TYPEAHEAD_PARAMETER, "1"]] : parameters;
    return fetchJson(this.#settings.api, "actions", pairs, signal, (seconds) =>
      this.#view.setStatus(`${BUSY_MESSAGE} Nouvel essai dans ${seconds}\u00a0s…`),
    );
  }

  /**
   * Repeats a typed search without result once the user has stopped typing, so that the catalogue logs it.
   * @param {string[][]} parameters
   * @param {AbortSignal} signal
   */
  #scheduleLoggedSearch(parameters, signal) {
    if (!this.#typing || this.#view.input.value.trim() !== this.#state.text) return;
    const { api } = this.#settings;
    this.#timer = setTimeout(() => {
      fetchJson(api, "actions", parameters, signal).catch(() => {});
    }, TYPEAHEAD_END_DELAY);
  }

  /**
   * Returns completions. `GET /suggest` takes no filters, so an element with locked filters completes titles.
   * @param {string} text
   * @param {AbortSignal} signal
   * @returns {Promise<Suggestion[]>}
   */
  async #complete(text, signal) {
    const { api, locked } = this.#settings;
    if (!Object.keys(locked).length) return (await fetchJson(api, "suggest", [["q", text]], signal)).items;
    const prefixes = splitText(text, /[^\p{L}\p{N}]+/u).map((word) => `titre:${word}*`);
    if (!prefixes.length) return [];
    const parameters = [
      ["q", prefixes.join(" ")],
      ["per_page", String(MAX_SUGGESTIONS)],
      ["fields", "id,titre"],
      ...filterPairs(locked),
    ];
    /** @type {SearchResponse} */
    const { items, full_matches: fullMatches } = await fetchJson(api, "actions", parameters, signal);
    return items.slice(0, fullMatches).map(({ id, titre }) => ({ text: titre, kind: "titre", id, count: 1 }));
  }

  /** @param {Suggestion} suggestion */
  #selectSuggestion({ kind, id, text }) {
    if (!(kind in FACET_LABELS)) return this.#openRecord(id, text);
    this.#view.input.value = "";
    const values = new Set([...(this.#state.filters[kind] ?? []), id]);
    this.#update({ text: "", filters: { ...this.#state.filters, [kind]: [...values] }, page: 1 });
  }

  /**
   * Opens the page of a record, unless the host page cancels the event.
   * @param {string} id
   * @param {string} titre
   */
  #openRecord(id, titre) {
    const url = recordUrl(this.#settings, id);
    if (!this.#emitSelection(id, titre)) return;
    if (this.#settings.newTab) open(url, "_blank", "noopener");
    else location.assign(url);
  }

  /**
   * @param {Item} item
   * @param {MouseEvent} event
   */
  #selectResult({ id, titre }, event) {
    const inOtherTab = event.ctrlKey || event.metaKey || event.shiftKey;
    if (!inOtherTab && !this.#emitSelection(id, titre)) event.preventDefault();
  }

  /**
   * @param {string} id
   * @param {string} titre
   * @returns {boolean} false when the host page cancelled the event
   */
  #emitSelection(id, titre) {
    return this.#emit("selection", { id, titre, url: recordUrl(this.#settings, id) });
  }

  /**
   * @param {"recherche"|"selection"} name only a selection can be cancelled
   * @param {Record<string, unknown>} detail
   */
  #emit(name, detail) {
    const options = { detail, bubbles: true, composed: true, cancelable: name === "selection" };
    return this.dispatchEvent(new CustomEvent(name, options));
  }
}
