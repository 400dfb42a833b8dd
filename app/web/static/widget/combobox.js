/** A text field with suggestions: the ARIA combobox with list autocomplete and manual selection. */

import { createElement } from "./dom.js";
import { FACET_LABELS } from "./facets.js";

/**
 * A completion of the text, as `GET /suggest` returns it.
 * @typedef {{text: string, kind: string, id: string, count: number}} Suggestion
 */

const MIN_TEXT_LENGTH = 2; // characters
let listCount = 0;

/** The field keeps the typed text until the user selects an option; Enter without an active option submits the form. */
export class Combobox {
  #input;
  #list;
  #source;
  #onSelect;
  #delay;
  /** @type {Suggestion[]} */
  #suggestions = [];
  #activeIndex = -1;
  #timer = 0;
  #request = new AbortController();

  /**
   * @param {HTMLInputElement} input a text field that has a label
   * @param {HTMLElement} list an empty element of the same tree; it becomes the listbox
   * @param {object} options
   * @param {(text: string, signal: AbortSignal) => Promise<Suggestion[]>} options.source
   * @param {(suggestion: Suggestion) => void} options.onSelect leaves the text of the field to the caller
   * @param {number} [options.delay] milliseconds between the last key and the call of `source`
   */
  constructor(input, list, { source, onSelect, delay = 150 }) {
    this.#input = input;
    this.#list = list;
    this.#source = source;
    this.#onSelect = onSelect;
    this.#delay = delay;
    list.id ||= `suggestions-${++listCount}`;
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", "Suggestions");
    input.setAttribute("role", "combobox");
    input.setAttribute("autocomplete", "off");
    input.setAttribute("aria-autocomplete", "list");
    input.setAttribute("aria-controls", list.id);
    this.close();
    input.addEventListener("input", () => this.#schedule());
    input.addEventListener("keydown", (event) => this.#handleKey(event));
    input.addEventListener("blur", () => this.close());
    // The field keeps the focus while an option is pressed, so that the list is still open when it is released.
    list.addEventListener("pointerdown", (event) => event.preventDefault());
    list.addEventListener("mousedown", (event) => event.preventDefault());
    list.addEventListener("click", (event) => this.#handleClick(event));
  }

  /** Whether suggestions are shown. */
  get open() {
    return this.#suggestions.length > 0;
  }

  /** Hides the suggestions and cancels a pending request. */
  close() {
    clearTimeout(this.#timer);
    this.#request.abort();
    this.#suggestions = [];
    this.#render();
  }

  #schedule() {
    clearTimeout(this.#timer);
    this.#request.abort();
    this.#timer = setTimeout(() => this.#load(), this.#delay);
  }

  async #load() {
    clearTimeout(this.#timer);
    this.#request.abort();
    const request = (this.#request = new AbortController());
    const text = this.#input.value.trim();
    // Suggestions are optional: an error of the source leaves a plain text field.
    const suggestions =
      text.length < MIN_TEXT_LENGTH ? [] : await this.#source(text, request.signal).catch(() => []);
    if (request.signal.aborted) return;
    this.#suggestions = suggestions;
    this.#render();
  }

  #render() {
    this.#list.replaceChildren(...this.#suggestions.map((suggestion, index) => this.#createOption(suggestion, index)));
    this.#list.hidden = !this.open;
    this.#input.setAttribute("aria-expanded", String(this.open));
    this.#activate(-1);
  }

  /**
   * @param {Suggestion} suggestion
   * @param {number} index
   */
  #createOption({ text, kind, count }, index) {
    const label = kind in FACET_LABELS ? `${FACET_LABELS[kind]} (${count})` : "Action";
    return createElement(
      "li",
      { id: `${this.#list.id}-${index}`, role: "option", "aria-selected": "false", part: "suggestion" },
      createElement("span", { class: "texte" }, text),
      " ",
      createElement("span", { class: "sorte" }, label),
    );
  }

  /** @param {number} index the option to make active; -1 makes none active */
  #activate(index) {
    const options = this.#list.children;
    options[this.#activeIndex]?.setAttribute("aria-selected", "false");
    this.#activeIndex = index;
    const option = options[index];
    if (!option) return this.#input.removeAttribute("aria-activedescendant");
    option.setAttribute("aria-selected", "true");
    option.scrollIntoView({ block: "nearest" });
    this.#input.setAttribute("aria-activedescendant", option.id);
  }

  /** @param {KeyboardEvent} event */
  #handleKey(event) {
    if (event.isComposing || event.ctrlKey || event.metaKey) return;
    if (this.open) {
      if (this.#handleListKey(event)) event.preventDefault();
    } else if (event.key === "ArrowDown") {
      this.#load();
      event.preventDefault();
    }
  }

  /**
   * @param {KeyboardEvent} event
   * @returns {boolean} whether the list handled the key
   */
  #handleListKey({ key }) {
    const last = this.#suggestions.length - 1;
    const active = this.#suggestions[this.#activeIndex];
    switch (key) {
      case "ArrowDown":
        this.#activate(this.#activeIndex < last ? this.#activeIndex + 1 : -1);
        return true;
      case "ArrowUp":
        this.#activate(this.#activeIndex === -1 ? last : this.#activeIndex - 1);
        return true;
      case "Escape":
        this.close();
        return true;
      case "Enter":
        this.close();
        if (active) this.#onSelect(active);
        return Boolean(active);
      case "Home":
      case "End":
      case "ArrowLeft":
      case "ArrowRight":
        this.#activate(-1); // the key moves the caret in the text
        return false;
      default:
        return false;
    }
  }

  /** @param {MouseEvent} event */
  #handleClick(event) {
    const option = /** @type {Element} */ (event.target).closest("[role=option]");
    const suggestion = option && this.#suggestions[[...this.#list.children].indexOf(option)];
    this.close();
    if (suggestion) this.#onSelect(suggestion);
  }
}
