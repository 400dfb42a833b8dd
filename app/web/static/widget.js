/**
 * The search of the catalogue for any page: the custom element `<actions-recherche>`, and the field with suggestions that
 * it shares with the catalogue's own pages. One file without dependencies, which asks the public API alone.
 *
 * Whatever the API answers is shown by text nodes; nothing here writes HTML, inline styles or scripts, so that a page
 * may have the strictest Content-Security-Policy.
 */

/**
 * Makes an element.
 * @param {string} name
 * @param {Record<string, any>} [options] attributes; `on…` are listeners, and what is `false`, null or undefined is left out
 * @param {...(Node|string|null|undefined|false)} children
 * @returns {HTMLElement}
 */
export function node(name, options = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(options)) {
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (value === true) made.setAttribute(key, "");
    else if (value !== false && value != null) made.setAttribute(key, String(value));
  }
  made.append(.../** @type {(Node|string)[]} */ (children.filter(Boolean)));
  return made;
}

/**
 * What completes a text being typed, as `GET /suggest` gives it.
 * @typedef {{text: string, kind: string, id: string, count: number}} Suggestion
 */

let lists = 0;

/**
 * A text field with a list of suggestions: the ARIA combobox with list autocomplete and manual selection. What is typed is
 * never replaced by itself; Enter without a chosen option is left to the form.
 */
export class Combobox {
  #input;
  #list;
  #source;
  #choose;
  #delay;
  /** @type {Suggestion[]} */
  #items = [];
  #active = -1;
  #timer = 0;
  #request = new AbortController();

  /**
   * @param {HTMLInputElement} input a text field that has a label
   * @param {HTMLElement} list an empty element of the same tree; it becomes the listbox
   * @param {object} options
   * @param {(text: string, signal: AbortSignal) => Promise<Suggestion[]>} options.source
   * @param {(item: Suggestion) => void} options.choose called when an option is chosen; the field is left as it is
   * @param {number} [options.delay] milliseconds without a key before `source` is asked
   */
  constructor(input, list, { source, choose, delay = 150 }) {
    this.#input = input;
    this.#list = list;
    this.#source = source;
    this.#choose = choose;
    this.#delay = delay;
    list.id ||= `suggestions-${++lists}`;
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", "Suggestions");
    input.setAttribute("role", "combobox");
    input.setAttribute("autocomplete", "off");
    input.setAttribute("aria-autocomplete", "list");
    input.setAttribute("aria-controls", list.id);
    this.close();
    input.addEventListener("input", () => this.#later());
    input.addEventListener("keydown", (event) => this.#key(event));
    input.addEventListener("blur", () => this.close());
    // The field keeps the focus while an option is pressed, so that the list is still there when it is released.
    list.addEventListener("pointerdown", (event) => event.preventDefault());
    list.addEventListener("mousedown", (event) => event.preventDefault());
    list.addEventListener("click", (event) => this.#click(event));
  }

  /** Whether suggestions are shown. */
  get open() {
    return this.#items.length > 0;
  }

  /** Hides the suggestions and drops those under way. */
  close() {
    clearTimeout(this.#timer);
    this.#request.abort();
    this.#items = [];
    this.#show();
  }

  #later() {
    clearTimeout(this.#timer);
    this.#request.abort();
    this.#timer = setTimeout(() => this.#ask(), this.#delay);
  }

  async #ask() {
    clearTimeout(this.#timer);
    this.#request.abort();
    const request = (this.#request = new AbortController());
    const text = this.#input.value.trim();
    // Suggestions are an aid: without them the field is a field.
    const items = text.length < 2 ? [] : await this.#source(text, request.signal).catch(() => []);
    if (request.signal.aborted) return;
    this.#items = items;
    this.#show();
  }

  #show() {
    this.#list.replaceChildren(...this.#items.map((item, place) => this.#option(item, place)));
    this.#list.hidden = !this.open;
    this.#input.setAttribute("aria-expanded", String(this.open));
    this.#point(-1);
  }

  /** @param {Suggestion} item @param {number} place */
  #option(item, place) {
    const kind = FACETTES[item.kind] ?? "Action";
    return node(
      "li",
      { id: `${this.#list.id}-${place}`, role: "option", "aria-selected": "false", part: "suggestion" },
      node("span", { class: "texte" }, item.text),
      " ",
      node("span", { class: "sorte" }, item.kind in FACETTES ? `${kind} (${item.count})` : kind),
    );
  }

  /** Makes the option at `place` the active one; at -1 it is the field itself. @param {number} place */
  #point(place) {
    const options = this.#list.children;
    options[this.#active]?.setAttribute("aria-selected", "false");
    this.#active = place;
    const option = options[place];
    if (!option) return this.#input.removeAttribute("aria-activedescendant");
    option.setAttribute("aria-selected", "true");
    option.scrollIntoView({ block: "nearest" });
    this.#input.setAttribute("aria-activedescendant", option.id);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.isComposing || event.ctrlKey || event.metaKey) return;
    const done = this.open ? this.#keyInList(event) : event.key === "ArrowDown" && (this.#ask(), true);
    if (done) event.preventDefault();
  }

  /** @param {KeyboardEvent} event @returns {boolean} whether the key has been dealt with */
  #keyInList({ key }) {
    const last = this.#items.length - 1;
    const item = this.#items[this.#active];
    switch (key) {
      case "ArrowDown":
        this.#point(this.#active < last ? this.#active + 1 : -1);
        return true;
      case "ArrowUp":
        this.#point(this.#active === -1 ? last : this.#active - 1);
        return true;
      case "Escape":
        this.close();
        return true;
      case "Enter":
        this.close();
        if (item) this.#choose(item);
        return Boolean(item);
      case "Home":
      case "End":
      case "ArrowLeft":
      case "ArrowRight":
        this.#point(-1); // the keys move in the text again
        return false;
      default:
        return false;
    }
  }

  /** @param {MouseEvent} event */
  #click(event) {
    const option = /** @type {Element} */ (event.target).closest("[role=option]");
    const item = option && this.#items[[...this.#list.children].indexOf(option)];
    this.close();
    if (item) this.#choose(item);
  }
}

/**
 * What people call each facet of the catalogue, by its name in the API.
 * @type {Record<string, string>}
 */
export const FACETTES = {
  structure: "Structure",
  departement: "Département",
  region: "Région",
  statut: "Statut",
  dimension: "Dimension",
  mot_cle: "Mots clés",
  initiative: "À l’initiative de l’action",
  territoire: "Territoire",
  public: "Public",
  partenaire: "Partenaires",
};
