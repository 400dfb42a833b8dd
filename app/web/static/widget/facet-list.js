/** The values of one facet as checkboxes. */

/** @import { FacetValue } from "./api.js" */
import { createElement, reconcileChildren } from "./dom.js";
import { FACET_LABELS } from "./facets.js";

const COLLAPSED_SIZE = 6; // values shown before the user asks for all

/** Rows are reused from response to response, so that the focus stays on its checkbox. */
export class FacetList {
  /** @type {Map<string, {row: HTMLElement, checkbox: HTMLInputElement, count: HTMLElement}>} */
  #rows = new Map();
  #expanded = false;
  #list = createElement("ul");
  #toggle;
  #onChange;

  /**
   * @param {string} name the facet
   * @param {(value: string, checked: boolean) => void} onChange
   */
  constructor(name, onChange) {
    this.#onChange = onChange;
    this.#toggle = createElement("button", {
      type: "button",
      class: "lien",
      "aria-expanded": "false",
      onclick: () => {
        this.#expanded = !this.#expanded;
        this.#collapse();
      },
    });
    this.element = createElement(
      "fieldset",
      { part: "facette", hidden: true },
      createElement("legend", {}, FACET_LABELS[name]),
      this.#list,
      this.#toggle,
    );
  }

  /** @param {FacetValue[]} values */
  render(values) {
    reconcileChildren(this.#list, values.map((value) => this.#updateRow(value)));
    this.element.hidden = !values.length;
    this.#collapse();
  }

  #collapse() {
    const rows = /** @type {HTMLElement[]} */ ([...this.#list.children]);
    rows.forEach((row, index) => {
      row.hidden = !this.#expanded && index >= COLLAPSED_SIZE && !row.querySelector("input")?.checked;
    });
    this.#toggle.hidden = rows.length <= COLLAPSED_SIZE;
    this.#toggle.textContent = this.#expanded ? "Voir moins" : `Voir plus (${rows.length - COLLAPSED_SIZE})`;
    this.#toggle.setAttribute("aria-expanded", String(this.#expanded));
  }

  /** @param {FacetValue} facetValue */
  #updateRow({ value, label, count, selected }) {
    const entry = this.#rows.get(value) ?? this.#createRow(value, label);
    this.#rows.set(value, entry);
    entry.checkbox.checked = selected;
    entry.count.textContent = count.toLocaleString("fr");
    return entry.row;
  }

  /**
   * @param {string} value
   * @param {string} label
   */
  #createRow(value, label) {
    const checkbox = /** @type {HTMLInputElement} */ (createElement("input", { type: "checkbox" }));
    checkbox.addEventListener("change", () => this.#onChange(value, checkbox.checked));
    const count = createElement("span", { class: "nombre" });
    const row = createElement("li", {}, createElement("label", {}, checkbox, createElement("span", {}, label), count));
    return { row, checkbox, count };
  }
}
