/** The state of a search, and its copy in the URL of the page. */

/** @import { Filters } from "./facets.js" */
/** @import { Settings } from "./settings.js" */
import { FACET_LABELS, filterPairs } from "./facets.js";

/** @typedef {{text: string, filters: Filters, page: number}} State */

/** Reads and writes the state of an element in the query of the page's URL; each parameter begins with the prefix. */
export class UrlState {
  #prefix;
  #facets;
  #names;

  /** @param {Settings} settings */
  constructor({ urlPrefix, locked }) {
    this.#prefix = urlPrefix ?? "";
    this.#facets = Object.keys(FACET_LABELS).filter((name) => !(name in locked));
    this.#names = ["q", "page", ...this.#facets];
  }

  /** @returns {State|null} null when the URL has no parameter of this element */
  read() {
    const query = new URLSearchParams(location.search);
    if (!this.#names.some((name) => query.has(this.#prefix + name))) return null;
    /** @param {string} name */
    const values = (name) => query.getAll(this.#prefix + name).filter(Boolean);
    const filters = this.#facets
      .map((name) => /** @type {const} */ ([name, values(name)]))
      .filter(([, selected]) => selected.length);
    return {
      text: values("q")[0] ?? "",
      filters: Object.fromEntries(filters),
      page: parsePage(values("page")[0] ?? ""),
    };
  }

  /**
   * @param {State} state
   * @param {"push"|"replace"} mode adds an entry to the session history or replaces the current one
   */
  write({ text, filters, page }, mode) {
    const url = new URL(location.href);
    for (const name of this.#names) url.searchParams.delete(this.#prefix + name);
    const pairs = [["q", text], ...filterPairs(filters), ["page", page > 1 ? String(page) : ""]];
    for (const [name, value] of pairs) if (value) url.searchParams.append(this.#prefix + name, value);
    if (url.href !== location.href) history[`${mode}State`](null, "", url);
  }
}

/** @param {string} text */
const parsePage = (text) => (/^[1-9]\d{0,5}$/.test(text) ? Number(text) : 1);
