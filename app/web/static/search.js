// Instant results on the search page: its own addresses, fetched while someone types or filters, and put in place.
// Without this script every link and the form do the same, a page at a time.

// Not by its lasting address: browsers may keep what that gives for an hour, and this file has to fit it.
import { Combobox, REST, TYPED, pause, say, secondsToWait } from "./widget.js";

const PAUSE = 250; // milliseconds without a key until what is typed is searched
const LONGEST_WAIT = 30; // seconds that a busy service may make us wait

const form = document.querySelector("form.search");
const input = form.elements.namedItem("q");
const announcement = document.getElementById("annonce");
const root = new URL(form.action).pathname.replace(/\/$/, "");
let underway = new AbortController();
let typing = 0;
let typed = false;

/**
 * Shows the results at `address`. `history` says what becomes of the present entry: "push", "replace" or "keep". What is
 * only being typed is asked as such; without a result it is asked once more when it has been left for a while.
 */
async function show(address, { history = "push", focus = null, scroll = null, beingTyped = false } = {}) {
  clearTimeout(typing);
  underway.abort();
  const { signal } = (underway = new AbortController());
  const shown = document.querySelector("[data-swap]");
  shown.setAttribute("aria-busy", "true");
  const text = input.value;
  try {
    const response = await patiently(beingTyped ? typedAt(address) : address, signal);
    if (!response.ok) return location.assign(address);
    const next = new DOMParser().parseFromString(await response.text(), "text/html");
    if (signal.aborted) return;
    if (history !== "keep") remember(address, history);
    put(next, shown);
    // What someone writes in the field meanwhile is theirs.
    const ours = history === "keep" ? input.value === text : document.activeElement !== input;
    if (ours) input.value = next.getElementById("q").value;
    settle(focus, scroll);
    const unanswered = document.querySelector("#resultats[data-unanswered]");
    if (beingTyped && unanswered) typing = setTimeout(() => fetch(address, { signal }).catch(() => {}), REST);
  } catch (error) {
    if (error.name === "AbortError") return;
    shown.removeAttribute("aria-busy");
    announcement.classList.remove("unseen");
    say(announcement, "La connexion a échoué : les résultats ci-dessous sont ceux d’avant. Réessayez dans un instant.");
  }
}

/** Returns where the same is asked while someone types. */
function typedAt(address) {
  const asking = new URL(address, location.href);
  asking.searchParams.append(TYPED, "1");
  return asking.href;
}

/** Fetches `address`; a service that is busy says when to come back. */
async function patiently(address, signal) {
  const response = await fetch(address, { signal, headers: { Accept: "text/html" } });
  if (response.status !== 429 && response.status !== 503) return response;
  await pause(Math.min(secondsToWait(response.headers.get("Retry-After")), LONGEST_WAIT), signal);
  return fetch(address, { signal, headers: { Accept: "text/html" } });
}

function remember(address, how) {
  if (how === "push") history.replaceState({ scroll: scrollY }, "");
  if (new URL(address, location.href).href === location.href) return;
  history[how === "push" ? "pushState" : "replaceState"](null, "", address);
}

/** Puts the results of the page `next` in the place of those `shown`; what was folded open stays open. */
function put(next, shown) {
  const fresh = next.querySelector("[data-swap]");
  for (const details of shown.querySelectorAll("details[open]")) {
    const same = fresh.querySelector(`details[data-fold="${CSS.escape(details.dataset.fold)}"]`);
    if (same) same.open = true;
  }
  shown.replaceWith(document.adoptNode(fresh));
  document.title = next.title;
  const hidden = next.querySelectorAll("form.search input[type=hidden]");
  for (const old of form.querySelectorAll("input[type=hidden]")) old.remove();
  form.append(...Array.from(hidden, (one) => document.adoptNode(one)));
}

/** Leaves the reader where they were, and says what has come of it. */
function settle(focus, scroll) {
  const heading = document.getElementById("resultats");
  announcement.classList.add("unseen");
  say(announcement, heading.textContent);
  const target = focus === "heading" ? heading : focus && document.querySelector(`[data-key="${CSS.escape(focus)}"]`);
  if (focus) (target || heading).focus({ preventScroll: focus !== "heading" });
  if (focus === "heading") heading.scrollIntoView({ block: "start" });
  if (scroll !== null) scrollTo(0, scroll);
}

/** Returns the address of what the form asks. */
function asked() {
  const pairs = [...new FormData(form)].filter(([, value]) => value.trim());
  const query = new URLSearchParams(pairs).toString();
  return query ? `${root}/?${query}` : `${root}/`;
}

function searchTyped() {
  show(asked(), { history: typed ? "replace" : "push", beingTyped: true });
  typed = true;
}

input.addEventListener("input", () => {
  clearTimeout(typing);
  typing = setTimeout(searchTyped, PAUSE);
});

form.addEventListener("submit", (event) => {
  event.preventDefault();
  show(asked());
  typed = false;
});

document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-swap] a");
  const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
  if (!link || !plain || link.pathname !== `${root}/`) return;
  event.preventDefault();
  typed = false;
  show(link.href, { focus: link.dataset.key ?? "heading" });
});

window.addEventListener("popstate", (event) => {
  typed = false;
  combobox.close();
  show(location.href, { history: "keep", scroll: event.state?.scroll ?? 0 });
});

// What comes back from the browser's own memory is as it was left; a page that is loaded again is scrolled here.
history.scrollRestoration = "manual";
window.addEventListener("pagehide", () => history.replaceState({ scroll: scrollY }, ""));
if (history.state?.scroll) scrollTo(0, history.state.scroll);

const combobox = new Combobox(input, document.getElementById("propositions"), {
  async source(text, signal) {
    const answer = await fetch(`${root}/suggest?${new URLSearchParams({ q: text })}`, { signal });
    return answer.ok ? (await answer.json()).items : [];
  },
  choose({ kind, id }) {
    if (kind === "titre") return location.assign(`${root}/fiches/${encodeURIComponent(id)}`);
    const address = new URL(asked(), location.href);
    address.searchParams.delete("q");
    address.searchParams.append(kind, id);
    input.value = "";
    show(address.href);
  },
});
