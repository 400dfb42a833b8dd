/** Renders a response: the status line, notes, the lists of results and the page buttons. */

/** @import { Item, SearchResponse } from "./api.js" */
/** @import { Settings } from "./settings.js" */
import { createElement } from "./dom.js";
import { recordUrl } from "./settings.js";

/** @type {Record<string, string>} */
const ENTITIES = { "&lt;": "<", "&gt;": ">", "&quot;": '"', "&#x27;": "'", "&amp;": "&" };

/**
 * Converts a highlight of the API to nodes: `<mark>` is its only markup, every other character is escaped.
 * @param {string} html
 * @returns {(string|Node)[]}
 */
function parseHighlight(html) {
  const texts = html.split(/<\/?mark>/).map((part) => part.replace(/&[#\w]+;/g, (name) => ENTITIES[name] ?? name));
  return texts.map((text, index) => (index % 2 ? createElement("mark", {}, text) : text)).filter(Boolean);
}

/**
 * @param {number} count none and one are singular in French
 */
const resultCount = (count) => `${count ? count.toLocaleString("fr") : "Aucun"} résultat${count < 2 ? "" : "s"}`;

/**
 * @param {SearchResponse} response
 * @returns {string} the number of results and the page, for the status line
 */
export function statusText({ total, relaxed, full_matches: fullMatches, page, pages }) {
  const position = page > 1 ? `, page ${page} sur ${pages}` : "";
  if (!relaxed) return resultCount(total) + position;
  const partial = total - fullMatches;
  const approaching = `${partial.toLocaleString("fr")} qui s’en approche${partial < 2 ? "" : "nt"}`;
  const exact = fullMatches ? `${resultCount(fullMatches)}, puis ` : "Aucun résultat exact, mais ";
  return exact + approaching + position;
}

/**
 * @param {string} text
 * @param {() => void} onclick
 */
export function secondaryButton(text, onclick) {
  return createElement("button", { type: "button", class: "discret", part: "bouton", onclick }, text);
}

/**
 * @param {SearchResponse} response
 * @param {(text: string) => void} onSubmit
 */
export function createNotes({ suggestion, warnings }, onSubmit) {
  const notes = warnings.map(({ message }) => createElement("p", { part: "note" }, message));
  if (!suggestion) return notes;
  const correction = createElement(
    "button",
    { type: "button", class: "lien", onclick: () => onSubmit(suggestion) },
    `«\u00a0${suggestion}\u00a0»`,
  );
  const sentence = "Aucune action ne contient tous ces mots tels quels\u00a0: voici ce que donne ";
  return [createElement("p", { part: "note" }, sentence, correction, "."), ...notes];
}

/**
 * Returns the list of full matches, then that of partial matches under a heading; each only when it has results.
 * @param {SearchResponse} response
 * @param {Settings} settings
 * @param {(item: Item, event: MouseEvent) => void} onSelect
 */
export function createLists({ items, relaxed, full_matches: fullMatches, page, per_page: size }, settings, onSelect) {
  const full = items.map((item) => createResult(item, settings, onSelect));
  const partial = relaxed ? full.splice(Math.max(fullMatches - (page - 1) * size, 0)) : [];
  const lists = full.length ? [createElement("ol", { part: "liste" }, ...full)] : [];
  if (partial.length) {
    lists.push(
      createElement("h3", { class: "proches" }, "Ce qui s’en approche"),
      createElement("ol", { part: "liste" }, ...partial),
    );
  }
  return lists;
}

/**
 * @param {Item} item
 * @param {Settings} settings
 * @param {(item: Item, event: MouseEvent) => void} onSelect
 */
function createResult(item, settings, onSelect) {
  const { id, titre, structure, dimension, statut, highlights } = item;
  const departement = structure.departement ? ` · ${structure.departement.nom}` : "";
  const tags = [dimension, statut].filter(Boolean).map((text) => createElement("li", {}, text));
  const link = createElement(
    "a",
    {
      href: recordUrl(settings, id),
      part: "lien",
      onclick: (/** @type {MouseEvent} */ event) => onSelect(item, event),
      ...(settings.newTab && { target: "_blank", rel: "noopener" }),
    },
    ...(highlights?.titre ? parseHighlight(highlights.titre[0] ?? "") : [titre]),
    settings.newTab && createElement("span", { class: "cache" }, " (nouvel onglet)"),
  );
  return createElement(
    "li",
    { part: "resultat" },
    createElement("h3", { part: "titre" }, link),
    createElement("p", { part: "structure" }, structure.nom + departement),
    createExtract(item),
    tags.length && createElement("ul", { class: "rubriques" }, ...tags),
  );
}

/**
 * Returns the highlighted summary, else the passages of the first other highlighted field, else the plain summary.
 * @param {Item} item
 */
function createExtract({ resume, highlights = {} }) {
  const { titre: _title, structure: _structure, resume: highlightedResume, ...otherFields } = highlights;
  const passages = highlightedResume ?? Object.values(otherFields)[0];
  if (!passages && !resume) return null;
  return createElement("p", { part: "resume" }, ...(passages ? parseHighlight(passages.join(" … ")) : [resume]));
}

/**
 * @param {number} page the current page
 * @param {number} last the last page
 * @param {(page: number) => void} onTurn
 */
export function createPages(page, last, onTurn) {
  if (last <= 1) return [];
  /** @param {number} target @param {string} text */
  const button = (target, text, current = false) =>
    createElement("li", {}, createPageButton(text, current, () => onTurn(target)));
  const numbers = [...new Set([1, page - 1, page, page + 1, last])].filter((number) => number >= 1 && number <= last);
  const children = numbers.flatMap((number, index) => [
    number - (numbers[index - 1] ?? 0) > 1 && createElement("li", { "aria-hidden": "true" }, "…"),
    button(number, `${number}`, number === page),
  ]);
  const previous = page > 1 && button(page - 1, "Précédente");
  const next = page < last && button(page + 1, "Suivante");
  return [createElement("ul", {}, previous, ...children, next)];
}

/**
 * @param {string} text
 * @param {boolean} current
 * @param {() => void} onclick
 */
function createPageButton(text, current, onclick) {
  return createElement(
    "button",
    { type: "button", part: "page", "aria-current": current && "page", onclick },
    createElement("span", { class: "cache" }, "Page "),
    text,
  );
}
