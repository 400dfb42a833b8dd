/** The settings of one element, read from its attributes. */

/** @import { Filters } from "./facets.js" */
import { FACET_LABELS } from "./facets.js";

/**
 * `api` ends with a slash. `locked` filters always apply and are not shown. `urlPrefix` is null when the element keeps
 * no state in the URL of the page.
 * @typedef {{api: string, locked: Filters, facets: string[], perPage: number, sort: string, link: string,
 *   newTab: boolean, title: string, urlPrefix: string|null}} Settings
 */

const DEFAULT_FACETS = ["dimension", "mot_cle", "departement"];

/**
 * @param {Element} element
 * @returns {Settings}
 */
export function readSettings(element) {
  /** @param {string} name */
  const attribute = (name) => element.getAttribute(name)?.trim() ?? "";
  const locked = Object.fromEntries(
    Object.keys(FACET_LABELS)
      .map((name) => /** @type {const} */ ([name, splitValues(attribute(name))]))
      .filter(([, values]) => values.length),
  );
  const facets = element.hasAttribute("facettes") ? splitText(attribute("facettes"), /[\s,]+/) : DEFAULT_FACETS;
  return {
    api: apiBase(attribute("api")),
    locked,
    facets: facets.filter((name) => name in FACET_LABELS && !(name in locked)),
    perPage: Math.min(Math.max(parseInt(attribute("par-page")) || 10, 1), 100),
    sort: attribute("tri"),
    link: attribute("lien") || "fiche",
    newTab: element.hasAttribute("nouvel-onglet"),
    title: attribute("titre") || "Actions des centres sociaux",
    urlPrefix: element.getAttribute("etat-url"),
  };
}

/**
 * @param {string} api the attribute; an empty or invalid one stands for the folder of this script
 * @returns {string} a URL that ends with a slash
 */
function apiBase(api) {
  const url = `${api.replace(/\/+$/, "")}/`;
  if (api && URL.canParse(url, document.baseURI)) return new URL(url, document.baseURI).href;
  return new URL(".", import.meta.url).href;
}

/**
 * @param {string} text
 * @param {RegExp} separator
 * @returns {string[]} the parts without surrounding blanks; empty parts are left out
 */
export function splitText(text, separator) {
  return text.split(separator).map((part) => part.trim()).filter(Boolean);
}

/**
 * Splits values separated by `|`. In a value, `\|` is a bar and `\\` a backslash.
 * @param {string} text
 */
function splitValues(text) {
  const values = text.match(/(\\[\\|]|[^|])+/g) ?? [];
  return values.map((value) => value.replace(/\\([\\|])/g, "$1").trim()).filter(Boolean);
}

/**
 * Returns the URL of the page of a record: from the template in `link` when it gives an http(s) URL, else the
 * catalogue's own page.
 * @param {Settings} settings
 * @param {string} id
 */
export function recordUrl({ api, link }, id) {
  const encodedId = encodeURIComponent(id);
  const cataloguePage = new URL(`fiches/${encodedId}`, api);
  const target = link.replaceAll("{id}", encodedId);
  if (!link.includes("{id}") || !URL.canParse(link, document.baseURI)) return cataloguePage.href;
  const url = new URL(target, document.baseURI);
  return (/^https?:$/.test(url.protocol) ? url : cataloguePage).href;
}
