/**
 * The search of the catalogue for any page: the element `<actions-recherche>`, and the field with suggestions that it
 * shares with the catalogue's own pages. What the public API answers is shown by text nodes; nothing here writes HTML,
 * inline styles or scripts, so that a page may have the strictest Content-Security-Policy.
 */

/**
 * Makes an element.
 * @param {string} name
 * @param {Record<string, any>} [options] attributes; `on…` are listeners, and what is `false`, null or undefined is left out
 * @param {...(Node|string|0|null|undefined|false)} children
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

  /** Makes the option at `place` the active one; at -1 it is the field itself. */
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

const SHOWN = ["dimension", "mot_cle", "departement"]; // the facets of an element that names none
const VALUES = 6; // of a facet, until all are asked for
const PAUSE = 300; // milliseconds without a key until what is typed is searched
/** Milliseconds without a key after which what was typed counts as searched. */
export const REST = 2000;
/** Said of a search that is made while someone types: the answer is the same. */
export const TYPED = "_saisie";
const RETRIES = 3;
const LONGEST_WAIT = 30; // seconds that a busy catalogue may make us wait
const FIELDS = "id,titre,structure,dimension,statut,resume,highlights";

/** @type {Record<string, string>} */
const ENTITIES = { "&lt;": "<", "&gt;": ">", "&quot;": '"', "&#x27;": "'", "&amp;": "&" };

/** Reads a highlighted text of the API, in which `<mark>` alone is markup and everything else is escaped. */
export function highlighted(html) {
  const texts = html.split(/<\/?mark>/).map((part) => part.replace(/&[#\w]+;/g, (name) => ENTITIES[name] ?? name));
  return texts.map((text, place) => (place % 2 ? node("mark", {}, text) : text));
}

/** How many results there are: none and one are singular in French. */
const resultsOf = (count) => `${count ? count.toLocaleString("fr") : "Aucun"} résultat${count < 2 ? "" : "s"}`;

/** What someone looks for. @typedef {{text: string, filters: Record<string, string[]>, page: number}} State */

/**
 * What the attributes of one element ask for: `api` ends with a slash, filters in `locked` hold always and are not shown,
 * `prefix` is null when nothing is kept in the page's address.
 * @typedef {{api: string, locked: Record<string, string[]>, facets: string[], perPage: number, sort: string, link: string,
 *   newTab: boolean, title: string, prefix: string|null}} Settings
 */

/** @param {Element} element @returns {Settings} */
function settingsOf(element) {
  const text = (name) => element.getAttribute(name)?.trim() ?? "";
  const locked = Object.fromEntries(
    Object.keys(FACETTES)
      .map((name) => [name, valuesOf(text(name))])
      .filter(([, values]) => values.length),
  );
  const wanted = element.hasAttribute("facettes") ? split(text("facettes"), /[\s,]+/) : SHOWN;
  return {
    api: baseOf(text("api")),
    locked,
    facets: wanted.filter((name) => name in FACETTES && !(name in locked)),
    perPage: Math.min(Math.max(parseInt(text("par-page")) || 10, 1), 100),
    sort: text("tri"),
    link: text("lien") || "fiche",
    newTab: element.hasAttribute("nouvel-onglet"),
    title: text("titre") || "Actions des centres sociaux",
    prefix: element.getAttribute("etat-url"),
  };
}

/** @param {string} api @returns {string} an address that ends with a slash: by default of where this file is */
function baseOf(api) {
  const given = `${api.replace(/\/+$/, "")}/`;
  return api && URL.canParse(given, document.baseURI) ? new URL(given, document.baseURI).href : new URL(".", import.meta.url).href;
}

function split(text, separator) {
  return text.split(separator).map((part) => part.trim()).filter(Boolean);
}

/** Values with a bar between them: one that is in a value, as a backslash, has a backslash before it. */
function valuesOf(text) {
  const values = text.match(/(\\[\\|]|[^|])+/g) ?? [];
  return values.map((value) => value.replace(/\\([\\|])/g, "$1").trim()).filter(Boolean);
}

/**
 * The address of a record's page: the one that `lien` gives, if it leads to a web page; the catalogue's own otherwise.
 */
function recordAddress({ api, link }, id) {
  const name = encodeURIComponent(id);
  const own = new URL(`fiches/${name}`, api);
  if (!link.includes("{id}")) return own.href;
  const address = URL.canParse(link, document.baseURI) ? new URL(link.replaceAll("{id}", name), document.baseURI) : own;
  return (/^https?:$/.test(address.protocol) ? address : own).href;
}

/** The state of an element in the address of the page, under names that begin with its prefix. */
class PageAddress {
  constructor({ prefix, locked }) {
    this.prefix = prefix ?? "";
    this.facets = Object.keys(FACETTES).filter((name) => !(name in locked));
  }

  /** @returns {State|null} null when the address says nothing of this element */
  read() {
    const asked = new URLSearchParams(location.search);
    const values = (name) => asked.getAll(this.prefix + name).filter(Boolean);
    const filters = this.facets.map((name) => [name, values(name)]).filter(([, given]) => given.length);
    if (!["q", "page", ...this.facets].some((name) => asked.has(this.prefix + name))) return null;
    return { text: values("q")[0] ?? "", filters: Object.fromEntries(filters), page: pageNumber(values("page")[0]) };
  }

  write({ text, filters, page }, how) {
    const address = new URL(location.href);
    for (const name of ["q", "page", ...this.facets]) address.searchParams.delete(this.prefix + name);
    const pairs = [["q", text], ...pairsOf(filters), ["page", page > 1 ? String(page) : ""]];
    for (const [name, value] of pairs) if (value) address.searchParams.append(this.prefix + name, value);
    if (address.href !== location.href) history[`${how}State`](null, "", address);
  }
}

const pageNumber = (text) => (/^[1-9]\d{0,5}$/.test(text ?? "") ? Number(text) : 1);

const pairsOf = (filters) => Object.entries(filters).flatMap(([name, values]) => values.map((value) => [name, value]));

/** An answer that is none: `message` is for people. */
class Refusal extends Error {}

const BUSY = "Le catalogue est très demandé en ce moment.";

/**
 * Asks the API. A catalogue that is busy says when to come back; it is obeyed a few times, `waiting` being told.
 * @param {string} api @param {string} path @param {string[][]} pairs empty values are left out
 * @param {AbortSignal} signal
 * @param {(seconds: number) => void} [waiting]
 * @returns {Promise<any>} what the API answers; Refusal or the error of `fetch` otherwise
 */
async function ask(api, path, pairs, signal, waiting = () => {}) {
  const address = new URL(path, api);
  address.search = String(new URLSearchParams(pairs.filter(([, value]) => value)));
  for (let tries = 0; ; tries++) {
    const answer = await fetch(address, { signal, credentials: "omit", headers: { Accept: "application/json" } });
    if (answer.ok) return answer.json();
    const busy = answer.status === 429 || answer.status === 503;
    const seconds = secondsToWait(answer.headers.get("Retry-After"));
    if (!busy || tries >= RETRIES || seconds > LONGEST_WAIT) throw new Refusal(await reasonOf(answer, busy));
    waiting(seconds);
    await pause(seconds, signal);
  }
}

/** @param {string|null} told a number of seconds, or a date @returns {number} */
export function secondsToWait(told) {
  const seconds = told === null ? 1 : /^\d+$/.test(told) ? Number(told) : (Date.parse(told) - Date.now()) / 1000;
  return Math.max(Math.ceil(seconds) || 0, 1);
}

export function pause(seconds, signal) {
  return new Promise((resolve, reject) => {
    setTimeout(resolve, seconds * 1000);
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}

async function reasonOf(answer, busy) {
  if (busy) return BUSY;
  const problem = answer.status < 500 ? await answer.json().catch(() => null) : null;
  const detail = problem?.errors?.[0]?.message ?? problem?.detail;
  return detail ? `La recherche n’a pas été comprise. ${detail}` : "Le catalogue ne répond pas comme il devrait.";
}

function messageOf(error) {
  if (error instanceof Refusal) return error.message;
  return navigator.onLine ? "Le catalogue ne répond pas." : "Vous êtes hors connexion. La recherche reprendra avec elle.";
}

/** The values of one facet as checkboxes, kept from answer to answer so that the focus stays where it is. */
class FacetBox {
  /** @type {Map<string, {row: HTMLElement, box: HTMLInputElement, count: HTMLElement}>} */
  #rows = new Map();
  #all = false;
  #list = node("ul");
  #more;

  constructor(name, changed) {
    this.changed = changed;
    this.#more = node("button", { type: "button", class: "lien", "aria-expanded": "false", onclick: () => this.#unfold() });
    this.element = node("fieldset", { part: "facette", hidden: true }, node("legend", {}, FACETTES[name]), this.#list, this.#more);
  }

  show(values) {
    arrange(this.#list, values.map((value) => this.#row(value)));
    this.element.hidden = !values.length;
    this.#fold();
  }

  #unfold() {
    this.#all = !this.#all;
    this.#fold();
  }

  #fold() {
    const rows = /** @type {HTMLElement[]} */ ([...this.#list.children]);
    rows.forEach((row, place) => (row.hidden = !this.#all && place >= VALUES && !row.querySelector("input")?.checked));
    this.#more.hidden = rows.length <= VALUES;
    this.#more.textContent = this.#all ? "Voir moins" : `Voir plus (${rows.length - VALUES})`;
    this.#more.setAttribute("aria-expanded", String(this.#all));
  }

  #row({ value, label, count, selected }) {
    const kept = this.#rows.get(value) ?? this.#make(value, label);
    this.#rows.set(value, kept);
    kept.box.checked = selected;
    kept.count.textContent = count.toLocaleString("fr");
    return kept.row;
  }

  #make(value, label) {
    const box = /** @type {HTMLInputElement} */ (node("input", { type: "checkbox" }));
    box.addEventListener("change", () => this.changed(value, box.checked));
    const count = node("span", { class: "nombre" });
    return { row: node("li", {}, node("label", {}, box, node("span", {}, label), count)), box, count };
  }
}

/** Puts `wanted` into `parent` in that order, without moving what is in its place. */
function arrange(parent, wanted) {
  wanted.forEach((child, place) => {
    if (parent.childNodes[place] !== child) parent.insertBefore(child, parent.childNodes[place] ?? null);
  });
  while (parent.childNodes.length > wanted.length) parent.lastChild?.remove();
}

/** Says `text` in a live region, which keeps silent unless it changes. */
export function say(region, text) {
  region.textContent = region.textContent === text ? `${text}\u00a0` : text;
}

/** What an element shows: nodes made once, and filled from settings, states and answers. */
class View {
  /** @type {Map<string, FacetBox>} */
  #boxes = new Map();

  constructor(root, doings) {
    this.root = root;
    this.doings = doings;
    this.heading = node("h2", { id: "intitule", class: "cache" });
    this.input = /** @type {HTMLInputElement} */ (
      node("input", { id: "champ", part: "champ", type: "text", enterkeyhint: "search", maxlength: 500 })
    );
    this.suggestions = node("ul", { id: "suggestions", part: "suggestions" });
    this.chips = node("ul", { class: "puces", "aria-label": "Filtres choisis", hidden: true });
    this.facets = node("div", { id: "facettes", part: "facettes", role: "group", "aria-label": "Filtres" });
    this.toggle = node("button", { type: "button", class: "filtrer", part: "bouton", "aria-controls": "facettes" }, "Filtrer");
    this.status = node("p", { role: "status", part: "statut", tabindex: -1 });
    this.notes = node("div", { part: "notes" });
    this.list = node("div");
    this.pages = node("nav", { part: "pages", "aria-label": "Pages de résultats" });
    this.results = node("div", { class: "resultats" }, this.status, this.notes, this.list, this.pages);
    this.columns = node("div", { class: "colonnes" }, this.facets, this.results);
    this.section = node(
      "section",
      { lang: "fr", "aria-labelledby": "intitule" },
      this.heading, this.#form(), this.chips, this.toggle, this.columns,
    );
    root.append(this.section);
    this.combobox = new Combobox(this.input, this.suggestions, { source: doings.complete, choose: doings.choose });
    this.toggle.addEventListener("click", () => this.#unfold(this.section.dataset.filtres === undefined));
    this.#unfold(false);
  }

  #form() {
    const onsubmit = (event) => {
      event.preventDefault();
      this.combobox.close();
      this.doings.submit(this.input.value.trim());
    };
    this.input.addEventListener("input", () => this.doings.type(this.input.value.trim()));
    const field = node("div", { class: "saisie" }, this.input, this.suggestions);
    return node(
      "form",
      { role: "search", "aria-labelledby": "intitule", onsubmit },
      node("label", { for: "champ" }, "Rechercher une action"),
      node("div", { class: "ligne" }, field, node("button", { part: "bouton" }, "Rechercher")),
    );
  }

  /** Shows or hides the facets where there is no room for them beside the results. @param {boolean} open */
  #unfold(open) {
    this.section.toggleAttribute("data-filtres", open);
    this.toggle.setAttribute("aria-expanded", String(open));
  }

  configure({ title, facets }) {
    this.heading.textContent = title;
    this.facets.hidden = this.toggle.hidden = !facets.length;
    arrange(this.facets, facets.map((name) => this.#box(name).element));
  }

  #box(name) {
    const box = this.#boxes.get(name) ?? new FacetBox(name, (value, chosen) => this.doings.filter(name, value, chosen));
    this.#boxes.set(name, box);
    return box;
  }

  /** Says that an answer is under way; before the first one, keeps its place. */
  wait(expected) {
    this.results.setAttribute("aria-busy", "true");
    if (this.list.hasChildNodes() || this.notes.hasChildNodes()) return;
    const bars = () => node("li", { part: "resultat" }, node("i"), node("i"), node("i"), node("i"));
    this.status.textContent = "Recherche en cours…";
    this.list.append(node("ol", { part: "liste", "aria-hidden": "true" }, ...Array.from({ length: Math.min(expected, 10) }, bars)));
  }

  say(text) {
    say(this.status, text);
  }

  /** Shows `answer`, to which `state` and `settings` led. */
  show(answer, state, settings) {
    this.#keepFocus(() => {
      this.say(statusOf(answer));
      for (const name of settings.facets) this.#box(name).show(answer.facets[name] ?? []);
      this.facets.hidden = this.toggle.hidden = !settings.facets.some((name) => answer.facets[name]?.length);
      this.#showChips(state, answer.facets);
      this.notes.replaceChildren(...this.#notes(answer));
      this.list.replaceChildren(...(answer.items.length ? this.#lists(answer, settings) : [this.#empty(state)]));
      this.#showPages(answer.page, answer.pages);
    });
  }

  /** Shows why there is no answer, and offers to ask again. */
  fail(message, state) {
    this.#keepFocus(() => {
      this.say(message);
      this.#showChips(state, {});
      this.notes.replaceChildren(this.#button("Réessayer", () => this.doings.retry()));
      this.list.replaceChildren();
      this.pages.replaceChildren();
    });
  }

  /** Leads to the first result. */
  goToResults() {
    this.status.focus({ preventScroll: true });
    this.section.scrollIntoView({ block: "start" });
  }

  /** Renders; when what has the focus goes, the line that says what has come of it takes it. */
  #keepFocus(render) {
    const focused = /** @type {HTMLElement|null} */ (this.root.activeElement);
    render();
    this.results.setAttribute("aria-busy", "false");
    if (focused && !focused.getClientRects().length) this.status.focus({ preventScroll: true });
    else if (focused && this.root.activeElement !== focused) focused.focus({ preventScroll: true });
  }

  #button(text, onclick) {
    return node("button", { type: "button", class: "discret", part: "bouton", onclick }, text);
  }

  #showChips({ filters }, facets) {
    const chips = pairsOf(filters).map(([name, value]) => {
      const label = facets[name]?.find((known) => known.value === value)?.label ?? value;
      return this.#chip(`${FACETTES[name]}\u00a0: ${label}`, () => this.doings.filter(name, value, false));
    });
    this.chips.replaceChildren(...chips);
    this.chips.hidden = !chips.length;
    this.toggle.textContent = chips.length ? `Filtrer (${chips.length})` : "Filtrer";
  }

  #chip(text, onclick) {
    const words = [node("span", { class: "cache" }, "Retirer le filtre "), text, node("span", { "aria-hidden": "true" }, "×")];
    return node("li", {}, node("button", { type: "button", part: "puce", onclick }, ...words));
  }

  #notes({ suggestion, warnings }) {
    const corrected = suggestion && [
      "Aucune action ne contient tous ces mots tels quels\u00a0: voici ce que donne ",
      node("button", { type: "button", class: "lien", onclick: () => this.doings.submit(suggestion) }, `«\u00a0${suggestion}\u00a0»`),
      ".",
    ];
    const warned = warnings.map(({ message }) => node("p", { part: "note" }, message));
    return corrected ? [node("p", { part: "note" }, ...corrected), ...warned] : warned;
  }

  #lists({ items, relaxed, full_matches: full, page, per_page: size }, settings) {
    const results = items.map((item) => this.#result(item, settings));
    const near = relaxed ? results.splice(Math.max(full - (page - 1) * size, 0)) : [];
    return [
      results.length && node("ol", { part: "liste" }, ...results),
      near.length && node("h3", { class: "proches" }, "Ce qui s’en approche"),
      near.length && node("ol", { part: "liste" }, ...near),
    ].filter(Boolean);
  }

  #result({ id, titre, structure, dimension, statut, resume, highlights }, settings) {
    const place = structure.departement ? ` · ${structure.departement.nom}` : "";
    const tags = [dimension, statut].filter(Boolean).map((text) => node("li", {}, text));
    const onclick = (event) => this.doings.select(id, titre, event);
    const link = node(
      "a",
      { href: recordAddress(settings, id), part: "lien", onclick, ...(settings.newTab && { target: "_blank", rel: "noopener" }) },
      ...highlighted(highlights?.titre?.[0] ?? "").filter(Boolean),
      !highlights?.titre && titre,
      settings.newTab && node("span", { class: "cache" }, " (nouvel onglet)"),
    );
    return node(
      "li",
      { part: "resultat" },
      node("h3", { part: "titre" }, link),
      node("p", { part: "structure" }, structure.nom + place),
      this.#extract(resume ?? "", highlights ?? {}),
      tags.length && node("ul", { class: "rubriques" }, ...tags),
    );
  }

  /** The summary, or the passages in which the words stand. */
  #extract(resume, { titre, structure, resume: marked, ...others }) {
    const passages = marked ?? Object.values(others)[0];
    const content = passages ? highlighted(passages.join(" … ")) : [resume];
    return (passages || resume) && node("p", { part: "resume" }, ...content);
  }

  #empty({ text, filters }) {
    const filtered = pairsOf(filters).length > 0;
    return node(
      "div",
      { class: "vide" },
      node("p", {}, text ? "Essayez un mot plus général, ou vérifiez son orthographe." : "Aucune action n’est là pour le moment."),
      text && this.#button("Effacer la recherche", () => this.doings.submit("")),
      text && filtered && " ",
      filtered && this.#button("Retirer les filtres", () => this.doings.clear()),
    );
  }

  #showPages(page, last) {
    const shown = [...new Set([1, page - 1, page, page + 1, last])].filter((number) => number >= 1 && number <= last);
    const numbers = shown.flatMap((number, place) => [
      number - (shown[place - 1] ?? 0) > 1 && node("li", { "aria-hidden": "true" }, "…"),
      node("li", {}, this.#pageButton(number, `${number}`, number === page)),
    ]);
    const before = page > 1 && node("li", {}, this.#pageButton(page - 1, "Précédente"));
    const after = page < last && node("li", {}, this.#pageButton(page + 1, "Suivante"));
    this.pages.replaceChildren(...(last > 1 ? [node("ul", {}, before, ...numbers, after)] : []));
  }

  #pageButton(page, text, current = false) {
    const onclick = () => this.doings.turn(page);
    return node(
      "button",
      { type: "button", part: "page", "aria-current": current && "page", onclick },
      node("span", { class: "cache" }, "Page "),
      text,
    );
  }
}

/** @param {any} answer @returns {string} the short line that says how much was found */
function statusOf({ total, relaxed, full_matches: full, page, pages }) {
  const where = page > 1 ? `, page ${page} sur ${pages}` : "";
  if (!relaxed) return resultsOf(total) + where;
  const near = `${(total - full).toLocaleString("fr")} qui s’en approche${total - full < 2 ? "" : "nt"}`;
  return (full ? `${resultsOf(full)}, puis ${near}` : `Aucun résultat exact, mais ${near}`) + where;
}

const STYLE = new CSSStyleSheet();
STYLE.replaceSync(`
:host {
  --_couleur: var(--actions-couleur, light-dark(#0b5c63, #7fd1cd));
  --_sur-couleur: var(--actions-sur-couleur, light-dark(#fff, #0c2224));
  --_fond: var(--actions-fond, light-dark(#fff, #182327));
  --_texte: var(--actions-texte, light-dark(#17262c, #e6eeec));
  --_surlignage: var(--actions-surlignage, light-dark(#ffe39a, #5c4700));
  --_rayon: var(--actions-rayon, 6px);
  --_discret: color-mix(in srgb, var(--_texte) 76%, var(--_fond));
  --_controle: color-mix(in srgb, var(--_texte) 58%, var(--_fond));
  --_filet: color-mix(in srgb, var(--_texte) 16%, var(--_fond));
  --_survol: color-mix(in srgb, var(--_couleur) 10%, var(--_fond));
  display: block; container-type: inline-size; min-width: min(100%, 15rem);
  background: var(--_fond); color: var(--_texte);
  font-family: var(--actions-police, inherit); line-height: 1.5; overflow-wrap: break-word; text-align: left;
}
*, ::before { box-sizing: border-box; }
:host([hidden]), [hidden] { display: none !important; }
h2, h3, p, ol, ul, fieldset { margin: 0; padding: 0; border: 0; list-style-type: ""; min-width: 0; }
button, input { font: inherit; color: inherit; }
section { padding: var(--actions-marge, 1em); }
.cache { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
:focus-visible { outline: 3px solid var(--_couleur); outline-offset: 2px; border-radius: 2px; }
[part=statut]:focus { outline: none; }
form label { display: block; font-weight: 600; margin-bottom: .3em; }
.ligne { display: flex; flex-wrap: wrap; gap: .5em; }
.saisie { position: relative; flex: 1 1 12em; min-width: 0; }
[part=champ] {
  width: 100%; min-height: 2.75em; padding: .4em .75em;
  background: var(--_fond); border: 1px solid var(--_controle); border-radius: var(--_rayon);
}
button { cursor: pointer; background: none; border: 0; padding: 0; }
[part=bouton], nav button {
  min-height: 2.75em; padding: .4em 1.1em; font-weight: 600;
  border: 1px solid var(--_couleur); border-radius: var(--_rayon); background: var(--_couleur); color: var(--_sur-couleur);
}
[part=bouton]:hover { background: color-mix(in srgb, var(--_couleur) 85%, var(--_texte)); }
.filtrer, .discret, nav button { background: var(--_fond); color: var(--_couleur); }
.filtrer:hover, .discret:hover, nav button:hover { background: var(--_survol); }
.lien { min-height: 24px; color: var(--_couleur); text-decoration: underline; }
[part=suggestions] {
  position: absolute; inset: 100% 0 auto; z-index: 5; margin-top: 4px; overflow: auto; max-height: 22em;
  background: var(--_fond); border: 1px solid var(--_controle); border-radius: var(--_rayon); box-shadow: 0 6px 20px #0003;
}
[role=option] { display: flex; justify-content: space-between; gap: 1em; padding: .5em .75em; cursor: pointer; }
[role=option]:hover, [role=option][aria-selected=true] { background: var(--_survol); }
[role=option][aria-selected=true] { box-shadow: inset 3px 0 var(--_couleur); outline: 1px solid transparent; }
.sorte { color: var(--_discret); font-size: .875em; white-space: nowrap; }
.puces { display: flex; flex-wrap: wrap; gap: .5em; }
.puces, .filtrer, [part=notes] > * { margin-top: .75em; }
[part=puce] {
  display: inline-flex; align-items: center; gap: .4em; min-height: max(2em, 24px); padding: .15em .75em;
  font-size: .9375em; background: var(--_survol); border: 1px solid var(--_couleur); border-radius: 1em;
}
.colonnes { display: grid; grid-template-columns: minmax(0, 1fr); gap: 1em 2.5em; margin-top: 1em; }
section:not([data-filtres]) [part=facettes] { display: none; }
[part=facette] { padding-bottom: .7em; margin-bottom: .9em; border-bottom: 1px solid var(--_filet); }
legend { padding: 0 0 .25em; font-weight: 600; }
[part=facette] label {
  display: grid; grid-template-columns: auto 1fr auto; gap: .6em; align-items: start; min-height: max(1.8em, 24px); padding-block: .1em;
}
[type=checkbox] { width: 1.1em; height: 1.1em; margin: .2em 0 0; accent-color: var(--_couleur); }
.nombre { color: var(--_discret); font-size: .875em; font-variant-numeric: tabular-nums; }
[part=statut] { font-weight: 600; font-size: 1.125em; min-height: 1.5em; }
[part=note] { padding: .6em .9em; border-left: 4px solid var(--_couleur); background: var(--_survol); }
[part=resultat] { padding-block: 1.1em; border-bottom: 1px solid var(--_filet); min-height: 6em; }
[part=titre] { font-size: 1.125em; font-weight: 600; line-height: 1.3; }
[part=lien] { display: inline-block; min-height: 24px; color: var(--_couleur); text-decoration-thickness: 1px; }
.lien, [part=lien] { text-underline-offset: .18em; }
[part=lien]:hover { text-decoration-thickness: 2px; }
[part=structure], .rubriques { color: var(--_discret); font-size: .9375em; }
[part=resume] { margin-block: .35em; max-width: 46em; display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 4; overflow: hidden; }
mark { background: var(--_surlignage); color: var(--_texte); padding-inline: .1em; border-radius: .15em; }
.rubriques { display: flex; flex-wrap: wrap; gap: 0 .35em; }
.rubriques li:not(:last-child)::after { content: " ·"; }
.proches { margin-top: 1.5em; }
.vide > p { margin-block: .75em; }
[part=pages] ul { display: flex; flex-wrap: wrap; gap: .35em; align-items: center; margin-top: 1.25em; }
nav button { min-width: 2.75em; padding-inline: .7em; border-color: var(--_controle); font-weight: inherit; }
nav button[aria-current] { background: var(--_couleur); color: var(--_sur-couleur); border-color: var(--_couleur); }
[aria-hidden] > li { min-height: 10.5em; }
[aria-hidden] i { display: block; height: .7em; margin-block: .9em; width: 92%; border-radius: 3px; background: var(--_survol); }
[aria-hidden] i:first-child { width: 45%; height: 1.1em; margin-top: .2em; }
[aria-busy=true] [part=liste]:not([aria-hidden]) { opacity: .7; }
@media (prefers-reduced-motion: no-preference) { [aria-busy=true] [part=liste] { transition: opacity .15s .15s; } }
@container (min-width: 44rem) {
  .filtrer { display: none; }
  .colonnes:has(> [part=facettes]:not([hidden])) { grid-template-columns: minmax(12em, 15em) minmax(0, 1fr); }
  section [part=facettes][part] { display: block; }
}
`);

/** The search of the catalogue: `docs/integration.md` has its attributes, events, parts and properties. */
export class ActionsRecherche extends HTMLElement {
  static observedAttributes = [
    "api", "couleur", "etat-url", "facettes", "fond", "langue", "lien", "nouvel-onglet", "par-page", "q", "texte", "titre",
    "tri", ...Object.keys(FACETTES),
  ];

  #root = this.attachShadow({ mode: "open" });
  #colours = new CSSStyleSheet();
  /** @type {State} */
  #state = { text: "", filters: {}, page: 1 };
  #settings = settingsOf(this);
  #request = new AbortController();
  #pause = 0;
  #typing = false; // whether the last thing done was typing, so that a word makes one step of the history
  #failed = false;
  #shown = false;
  #changing = false;
  #view = new View(this.#root, {
    type: (text) => this.#type(text),
    submit: (text) => this.#submit(text),
    filter: (name, value, chosen) => this.#filter(name, value, chosen),
    clear: () => this.#go({ filters: {}, page: 1 }),
    turn: (page) => this.#go({ page }).then((shown) => shown && this.#view.goToResults()),
    retry: () => this.#search(),
    complete: (text, signal) => this.#complete(text, signal),
    choose: (item) => this.#choose(item),
    select: (id, title, event) => this.#select(id, title, event),
  });

  constructor() {
    super();
    this.#root.adoptedStyleSheets = [STYLE, this.#colours];
  }

  connectedCallback() {
    this.#shown = true;
    addEventListener("popstate", this.#restore);
    addEventListener("online", this.#resume);
    this.#configure();
    this.#state = this.#startingState();
    this.#view.input.value = this.#state.text;
    this.#search();
  }

  disconnectedCallback() {
    this.#shown = false;
    removeEventListener("popstate", this.#restore);
    removeEventListener("online", this.#resume);
    clearTimeout(this.#pause);
    this.#request.abort();
    this.#view.combobox.close();
  }

  attributeChangedCallback(name, before, after) {
    if (!this.#shown || before === after) return;
    if (name === "q") {
      this.#state = { ...this.#state, text: after ?? "", page: 1 };
      this.#view.input.value = this.#state.text;
    }
    // Several attributes that change together lead to one search.
    if (this.#changing) return;
    this.#changing = true;
    queueMicrotask(() => {
      this.#changing = false;
      if (!this.#shown) return;
      this.#configure();
      this.#search();
    });
  }

  #configure() {
    this.#settings = settingsOf(this);
    const { filters } = this.#state;
    const free = Object.entries(filters).filter(([name]) => !(name in this.#settings.locked));
    this.#state = { ...this.#state, filters: Object.fromEntries(free) };
    this.#view.configure(this.#settings);
    colour(this.#colours, (name) => this.getAttribute(name)?.trim() ?? "");
  }

  /** @returns {State} what the address of the page says, and the attribute `q` otherwise */
  #startingState() {
    const { prefix } = this.#settings;
    const addressed = prefix === null ? null : new PageAddress(this.#settings).read();
    return addressed ?? { text: this.getAttribute("q")?.trim() ?? "", filters: {}, page: 1 };
  }

  #restore = () => {
    if (this.#settings.prefix === null) return;
    const state = this.#startingState();
    if (JSON.stringify(state) === JSON.stringify(this.#state)) return;
    this.#state = state;
    this.#typing = false;
    this.#view.combobox.close();
    this.#view.input.value = state.text;
    this.#search();
  };

  #resume = () => {
    if (this.#failed) this.#search();
  };

  #type(text) {
    clearTimeout(this.#pause);
    this.#pause = setTimeout(() => {
      if (text !== this.#state.text) this.#go({ text, page: 1 }, this.#typing ? "replace" : "push", true);
    }, PAUSE);
  }

  #submit(text) {
    this.#view.input.value = text;
    if (text !== this.#state.text || this.#failed || this.#typing) this.#go({ text, page: 1 });
  }

  #filter(name, value, chosen) {
    const others = (this.#state.filters[name] ?? []).filter((known) => known !== value);
    const { [name]: _, ...filters } = this.#state.filters;
    const values = chosen ? [...others, value] : others;
    this.#go({ filters: values.length ? { ...filters, [name]: values } : filters, page: 1 });
  }

  /**
   * Searches something else.
   * @param {Partial<State>} change @param {"push"|"replace"} [how] it is put in the history @returns {Promise<boolean>}
   */
  #go(change, how = "push", typing = false) {
    this.#typing = typing;
    this.#state = { ...this.#state, ...change };
    if (this.#settings.prefix !== null) new PageAddress(this.#settings).write(this.#state, how);
    return this.#search();
  }

  /** @returns {Promise<boolean>} whether there are results to see; others may have been asked for meanwhile */
  async #search() {
    clearTimeout(this.#pause);
    this.#request.abort();
    const { signal } = (this.#request = new AbortController());
    const settings = this.#settings;
    this.#view.wait(settings.perPage);
    try {
      const question = questionOf(settings, this.#state);
      const asked = [...question, [TYPED, this.#typing && "1"]];
      const answer = await ask(settings.api, "actions", asked, signal, (seconds) =>
        this.#view.say(`${BUSY} Nouvel essai dans ${seconds}\u00a0s…`),
      );
      if (signal.aborted) return false;
      this.#failed = false;
      if (this.#state.page > answer.pages && answer.pages) return this.#go({ page: answer.pages }, "replace");
      this.#state = { ...this.#state, filters: selectedIn(answer.facets, this.#state.filters) };
      this.#view.show(answer, this.#state, settings);
      this.#emit("recherche", { q: this.#state.text, filters: { ...this.#state.filters, ...settings.locked }, total: answer.total });
      const searched = () => ask(settings.api, "actions", question, signal).catch(() => {});
      const left = this.#typing && this.#view.input.value.trim() === this.#state.text;
      if (left && !answer.full_matches) this.#pause = setTimeout(searched, REST);
      return true;
    } catch (error) {
      if (signal.aborted) return false;
      this.#failed = true;
      this.#view.fail(messageOf(error), this.#state);
      return false;
    }
  }

  /**
   * Completes what is typed. The catalogue's suggestions know no filters, so an element with locked ones is given titles.
   */
  async #complete(text, signal) {
    const { api, locked } = this.#settings;
    if (!Object.keys(locked).length) return (await ask(api, "suggest", [["q", text]], signal)).items;
    const begun = split(text, /[^\p{L}\p{N}]+/u).map((word) => `titre:${word}*`);
    if (!begun.length) return [];
    const asked = [["q", begun.join(" ")], ["per_page", "8"], ["fields", "id,titre"], ...pairsOf(locked)];
    const { items, full_matches: full } = await ask(api, "actions", asked, signal);
    return items.slice(0, full).map(({ id, titre }) => ({ text: titre, kind: "titre", id, count: 1 }));
  }

  #choose({ kind, id, text }) {
    if (!(kind in FACETTES)) return this.#open(id, text);
    this.#view.input.value = "";
    const others = this.#state.filters[kind] ?? [];
    this.#go({ text: "", filters: { ...this.#state.filters, [kind]: [...new Set([...others, id])] }, page: 1 });
  }

  /** Goes to a record, unless the page prefers not to. */
  #open(id, title) {
    const address = recordAddress(this.#settings, id);
    if (!this.#announce(id, title)) return;
    if (this.#settings.newTab) open(address, "_blank", "noopener");
    else location.assign(address);
  }

  #select(id, title, event) {
    const elsewhere = event.ctrlKey || event.metaKey || event.shiftKey;
    if (!elsewhere && !this.#announce(id, title)) event.preventDefault();
  }

  /** @returns {boolean} whether the page lets the browser go there */
  #announce(id, titre) {
    return this.#emit("selection", { id, titre, url: recordAddress(this.#settings, id) });
  }

  #emit(name, detail) {
    return this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true, cancelable: name === "selection" }));
  }
}

/** The parameters of `GET /actions`. */
function questionOf({ locked, facets, perPage, sort }, { text, filters, page }) {
  const counted = new Set([...facets, ...Object.keys(filters)]);
  return [
    ["q", text], ...pairsOf(locked), ...pairsOf(filters), ...Array.from(counted, (name) => ["facet", name]),
    ["page", String(page)], ["per_page", String(perPage)], ["sort", sort], ["fields", FIELDS],
  ];
}

/** The filters as the catalogue writes their values. */
function selectedIn(facets, filters) {
  const written = Object.keys(filters).map((name) => [name, facets[name].filter((v) => v.selected).map((v) => v.value)]);
  return Object.fromEntries(written.filter(([, values]) => values.length));
}

/** What stands for any value, such as `inherit`, is a colour nowhere but alone. @param {string} value */
const isColour = (value) => CSS.supports("color", value) && CSS.supports("color", `light-dark(${value}, #000)`);

/**
 * Writes the colours that attributes give. A dark page lightens `couleur`; with a ground or ink of its own the element is
 * the same on every page.
 */
function colour(sheet, given) {
  const [main, ground, ink] = ["couleur", "fond", "texte"].map((name) => (isColour(given(name)) ? given(name) : ""));
  sheet.replaceSync(":host {}");
  const { style } = /** @type {CSSStyleRule} */ (sheet.cssRules[0]);
  const set = (name, value) => value && style.setProperty(name, value);
  const own = ground || ink;
  set("--actions-couleur", main && (own ? main : `light-dark(${main}, color-mix(in oklab, ${main} 35%, white))`));
  set("--actions-fond", ground);
  set("--actions-texte", ink);
  set("--actions-surlignage", own && "color-mix(in srgb, var(--_couleur) 20%, var(--_fond))");
  set("color-scheme", own && "only light");
}

if (!customElements.get("actions-recherche")) customElements.define("actions-recherche", ActionsRecherche);
