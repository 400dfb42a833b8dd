/** The client of the public API: requests, retries while the catalogue is busy, and messages for errors. */

/** @import { Filters } from "./facets.js" */
/** @import { Settings } from "./settings.js" */
/** @import { State } from "./state.js" */
import { filterPairs } from "./facets.js";

/**
 * @typedef {{value: string, label: string, count: number, selected: boolean}} FacetValue
 * @typedef {{id: string, titre: string, structure: {nom: string, departement: {nom: string}|null},
 *   dimension: string|null, statut: string|null, resume: string|null, highlights?: Record<string, string[]>}} Item
 * @typedef {{items: Item[], total: number, full_matches: number, relaxed: boolean, page: number, pages: number,
 *   per_page: number, facets: Record<string, FacetValue[]>, suggestion: string|null,
 *   warnings: {message: string}[]}} SearchResponse
 */

/** The query parameter of a search made while the user types: same response, not logged as an unanswered search. */
export const TYPEAHEAD_PARAMETER = "_saisie";

/** Milliseconds without a key after which a typed text is requested without `TYPEAHEAD_PARAMETER`, so that it is logged. */
export const TYPEAHEAD_END_DELAY = 2000;

export const BUSY_MESSAGE = "Le catalogue est très demandé en ce moment.";

const MAX_RETRIES = 3;
const MAX_RETRY_DELAY = 30; // seconds
const RESULT_FIELDS = "id,titre,structure,dimension,statut,resume,highlights";

/** An error response of the API; `message` is French, for the user. */
class ApiError extends Error {}

/**
 * Requests JSON. While the catalogue is busy (429 or 503), waits as long as `Retry-After` says and retries.
 * @param {string} api the base URL, with a slash at its end
 * @param {string} path
 * @param {string[][]} pairs query parameters; those with an empty value are left out
 * @param {AbortSignal} signal
 * @param {(seconds: number) => void} [onRetry] called before each wait
 * @returns {Promise<any>} the parsed body; rejects with ApiError or the error of `fetch`
 */
export async function fetchJson(api, path, pairs, signal, onRetry = () => {}) {
  const url = new URL(path, api);
  url.search = String(new URLSearchParams(pairs.filter(([, value]) => value)));
  for (let retries = 0; ; retries++) {
    const response = await fetch(url, { signal, credentials: "omit", headers: { Accept: "application/json" } });
    if (response.ok) return response.json();
    const busy = response.status === 429 || response.status === 503;
    const seconds = retryDelay(response.headers.get("Retry-After"));
    if (!busy || retries >= MAX_RETRIES || seconds > MAX_RETRY_DELAY) {
      throw new ApiError(busy ? BUSY_MESSAGE : await problemMessage(response));
    }
    onRetry(seconds);
    await sleep(seconds, signal);
  }
}

/**
 * @param {string|null} retryAfter the header: a number of seconds or a date
 * @returns {number} whole seconds, at least 1
 */
export function retryDelay(retryAfter) {
  if (retryAfter === null) return 1;
  const seconds = /^\d+$/.test(retryAfter) ? Number(retryAfter) : (Date.parse(retryAfter) - Date.now()) / 1000;
  return Math.max(Math.ceil(seconds) || 0, 1);
}

/**
 * @param {number} seconds
 * @param {AbortSignal} signal rejects the promise when it aborts
 * @returns {Promise<void>}
 */
export function sleep(seconds, signal) {
  return new Promise((resolve, reject) => {
    setTimeout(resolve, seconds * 1000);
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}

/** @param {Response} response */
async function problemMessage(response) {
  const problem = response.status < 500 ? await response.json().catch(() => null) : null;
  const detail = problem?.errors?.[0]?.message ?? problem?.detail;
  return detail ? `La recherche n’a pas été comprise. ${detail}` : "Le catalogue ne répond pas comme il devrait.";
}

/**
 * @param {unknown} error what `fetchJson` rejected with
 * @returns {string} a message for the user
 */
export function errorMessage(error) {
  if (error instanceof ApiError) return error.message;
  return navigator.onLine ? "Le catalogue ne répond pas." : "Vous êtes hors connexion. La recherche reprendra avec elle.";
}

/**
 * @param {Settings} settings
 * @param {State} state
 * @returns {string[][]} the query parameters of `GET /actions`
 */
export function searchParameters({ locked, facets, perPage, sort }, { text, filters, page }) {
  const countedFacets = new Set([...facets, ...Object.keys(filters)]);
  return [
    ["q", text],
    ...filterPairs(locked),
    ...filterPairs(filters),
    ...Array.from(countedFacets, (name) => ["facet", name]),
    ["page", String(page)],
    ["per_page", String(perPage)],
    ["sort", sort],
    ["fields", RESULT_FIELDS],
  ];
}

/**
 * Returns `filters` with their values as the catalogue spells them; values that it does not know are left out.
 * @param {Record<string, FacetValue[]>} facets of the response
 * @param {Filters} filters
 * @returns {Filters}
 */
export function selectedFilters(facets, filters) {
  const pairs = Object.keys(filters).map((name) => {
    const selected = (facets[name] ?? []).filter((value) => value.selected);
    return /** @type {const} */ ([name, selected.map(({ value }) => value)]);
  });
  return Object.fromEntries(pairs.filter(([, values]) => values.length));
}
