// Instant results on the search page: fetches the pages that its links and its form lead to, and replaces the results.
// Without this script the links and the form load these pages.

// Imported by its versioned URL: caches may keep `/widget.js` for an hour, and this script must match the exports.
import {
  Combobox,
  TYPEAHEAD_END_DELAY,
  TYPEAHEAD_PARAMETER,
  announce,
  retryDelay,
  sleep,
} from "./widget.js";

const SEARCH_DELAY = 250; // milliseconds between the last key and the search
const MAX_RETRY_DELAY = 30; // seconds

/**
 * `history` tells what happens to the session history. `focus` is the heading or the `data-key` of a link to focus.
 * `scroll` is a vertical position in pixels. `typing` marks a search made while the user types.
 * @typedef {{history?: "push"|"replace"|"keep", focus?: string|null, scroll?: number|null, typing?: boolean}} Options
 */

const form = /** @type {HTMLFormElement} */ (document.querySelector("form.search"));
const input = /** @type {HTMLInputElement} */ (form.elements.namedItem("q"));
const announcement = /** @type {HTMLElement} */ (document.getElementById("annonce"));
const root = new URL(form.action).pathname.replace(/\/$/, "");
let request = new AbortController();
let timer = 0;
let typedEntry = false; // whether the current entry of the session history is a text being typed

/**
 * Fetches the search page at `address` and shows its results.
 * @param {string} address
 * @param {Options} [options]
 */
async function load(address, options = {}) {
  clearTimeout(timer);
  request.abort();
  const { signal } = (request = new AbortController());
  const results = swappedElement(document);
  results.setAttribute("aria-busy", "true");
  const text = input.value;
  try {
    const response = await fetchPage(options.typing ? typeaheadAddress(address) : address, signal);
    if (!response.ok) return location.assign(address);
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    if (signal.aborted) return;
    show(page, results, address, text, options);
    if (options.typing && input.value === text) scheduleLoggedSearch(address, signal);
  } catch (error) {
    if (/** @type {Error} */ (error).name === "AbortError") return;
    results.removeAttribute("aria-busy");
    announcement.classList.remove("unseen");
    announce(announcement, "La connexion a échoué : les résultats ci-dessous sont ceux d’avant. Réessayez dans un instant.");
  }
}

/**
 * @param {Document} page the new page
 * @param {HTMLElement} results the element to replace
 * @param {string} address of the new page
 * @param {string} text of the field when the page was requested
 * @param {Options} options
 */
function show(page, results, address, text, { history: mode = "push", focus = null, scroll = null }) {
  if (mode !== "keep") updateHistory(address, mode);
  replaceResults(page, results);
  // The field keeps a text that the user has typed since the request.
  const replaceText = mode === "keep" ? input.value === text : document.activeElement !== input;
  if (replaceText) input.value = /** @type {HTMLInputElement} */ (page.getElementById("q")).value;
  moveFocus(focus, scroll);
}

/**
 * Repeats a typed search without result once the user has stopped typing, so that the server logs it.
 * @param {string} address
 * @param {AbortSignal} signal
 */
function scheduleLoggedSearch(address, signal) {
  if (!document.querySelector("#resultats[data-unanswered]")) return;
  timer = setTimeout(() => {
    fetch(address, { signal }).catch(() => {});
  }, TYPEAHEAD_END_DELAY);
}

/** @param {Document} page */
function swappedElement(page) {
  return /** @type {HTMLElement} */ (page.querySelector("[data-swap]"));
}

/** @param {string} address */
function typeaheadAddress(address) {
  const url = new URL(address, location.href);
  url.searchParams.append(TYPEAHEAD_PARAMETER, "1");
  return url.href;
}

/**
 * Fetches a page; while the server is busy, waits as long as it asks and retries once.
 * @param {string} address
 * @param {AbortSignal} signal
 */
async function fetchPage(address, signal) {
  const response = await fetch(address, { signal, headers: { Accept: "text/html" } });
  if (response.status !== 429 && response.status !== 503) return response;
  await sleep(Math.min(retryDelay(response.headers.get("Retry-After")), MAX_RETRY_DELAY), signal);
  return fetch(address, { signal, headers: { Accept: "text/html" } });
}

/**
 * @param {string} address
 * @param {"push"|"replace"} mode
 */
function updateHistory(address, mode) {
  if (mode === "push") history.replaceState({ scroll: scrollY }, "");
  if (new URL(address, location.href).href === location.href) return;
  history[mode === "push" ? "pushState" : "replaceState"](null, "", address);
}

/**
 * Replaces `results` by those of `page`; details that the user has opened stay open.
 * @param {Document} page
 * @param {HTMLElement} results
 */
function replaceResults(page, results) {
  const newResults = swappedElement(page);
  for (const details of /** @type {NodeListOf<HTMLDetailsElement>} */ (results.querySelectorAll("details[open]"))) {
    const selector = `details[data-fold="${CSS.escape(details.dataset.fold ?? "")}"]`;
    newResults.querySelector(selector)?.setAttribute("open", "");
  }
  results.replaceWith(document.adoptNode(newResults));
  document.title = page.title;
  const hiddenFields = page.querySelectorAll("form.search input[type=hidden]");
  for (const field of form.querySelectorAll("input[type=hidden]")) field.remove();
  form.append(...Array.from(hiddenFields, (field) => document.adoptNode(field)));
}

/**
 * Announces the number of results, then moves the focus and the scroll position.
 * @param {string|null} focus
 * @param {number|null} scroll
 */
function moveFocus(focus, scroll) {
  const heading = /** @type {HTMLElement} */ (document.getElementById("resultats"));
  announcement.classList.add("unseen");
  announce(announcement, heading.textContent ?? "");
  if (focus === "heading") {
    heading.focus();
    heading.scrollIntoView({ block: "start" });
  } else if (focus) {
    const link = /** @type {HTMLElement|null} */ (document.querySelector(`[data-key="${CSS.escape(focus)}"]`));
    (link ?? heading).focus({ preventScroll: true });
  }
  if (scroll !== null) scrollTo(0, scroll);
}

/** Returns the address that the form leads to, without its empty fields. */
function formAddress() {
  const pairs = [...new FormData(form)].map(([name, value]) => [name, String(value)]);
  const query = new URLSearchParams(pairs.filter(([, value]) => value?.trim())).toString();
  return query ? `${root}/?${query}` : `${root}/`;
}

function searchTyped() {
  load(formAddress(), { history: typedEntry ? "replace" : "push", typing: true });
  typedEntry = true;
}

input.addEventListener("input", () => {
  clearTimeout(timer);
  timer = setTimeout(searchTyped, SEARCH_DELAY);
});

form.addEventListener("submit", (event) => {
  event.preventDefault();
  load(formAddress());
  typedEntry = false;
});

document.addEventListener("click", (event) => {
  const target = /** @type {Element} */ (event.target);
  const link = /** @type {HTMLAnchorElement|null} */ (target.closest("[data-swap] a"));
  const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
  if (!link || !plain || link.pathname !== `${root}/`) return;
  event.preventDefault();
  typedEntry = false;
  load(link.href, { focus: link.dataset.key ?? "heading" });
});

window.addEventListener("popstate", (event) => {
  typedEntry = false;
  combobox.close();
  load(location.href, { history: "keep", scroll: event.state?.scroll ?? 0 });
});

// A page restored from the back/forward cache keeps its position; a reloaded one is scrolled here.
history.scrollRestoration = "manual";
window.addEventListener("pagehide", () => history.replaceState({ scroll: scrollY }, ""));
if (history.state?.scroll) scrollTo(0, history.state.scroll);

const combobox = new Combobox(input, /** @type {HTMLElement} */ (document.getElementById("propositions")), {
  async source(text, signal) {
    const response = await fetch(`${root}/suggest?${new URLSearchParams({ q: text })}`, { signal });
    return response.ok ? (await response.json()).items : [];
  },
  onSelect({ kind, id }) {
    if (kind === "titre") return location.assign(`${root}/fiches/${encodeURIComponent(id)}`);
    const url = new URL(formAddress(), location.href);
    url.searchParams.delete("q");
    url.searchParams.append(kind, id);
    input.value = "";
    load(url.href);
  },
});
