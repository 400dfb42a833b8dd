// The page that configures an embedded search: after each change of the form, fetches the page that the form leads to and
// takes over its code, errors and preview.

import "../widget.js";

const UPDATE_DELAY = 300; // milliseconds between the last change and the request

const form = /** @type {HTMLFormElement} */ (document.getElementById("reglages"));
const copyButton = /** @type {HTMLElement} */ (document.querySelector("[data-copy]"));
const copyStatus = element(document, "[data-copied]");
let request = new AbortController();
let timer = 0;

/**
 * @param {ParentNode} parent
 * @param {string} selector
 */
function element(parent, selector) {
  return /** @type {Element} */ (parent.querySelector(selector));
}

async function update() {
  request.abort();
  const { signal } = (request = new AbortController());
  const pairs = [...new FormData(form)].map(([name, value]) => [name, String(value)]);
  const address = `${form.action}?${new URLSearchParams(pairs)}`;
  try {
    const response = await fetch(address, { signal });
    // A page with status 422 shows the invalid settings.
    if (!response.ok && response.status !== 422) return form.submit();
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    if (signal.aborted) return;
    history.replaceState(null, "", address);
    show(page);
  } catch (error) {
    if (/** @type {Error} */ (error).name !== "AbortError") form.submit();
  }
}

/** @param {Document} page */
function show(page) {
  element(document, "[data-code]").replaceWith(document.adoptNode(element(page, "[data-code]")));
  document.title = page.title;
  for (const region of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-live]"))) {
    const newRegion = element(page, `[data-live="${region.dataset.live}"]`);
    // Screen readers do not repeat a live region that stays as it is.
    if (region.textContent !== newRegion.textContent) region.replaceChildren(...newRegion.childNodes);
  }
  for (const field of form.querySelectorAll("input[id], select[id]")) {
    const newField = /** @type {Element} */ (page.getElementById(field.id));
    copyAttributes(newField, field, ["aria-invalid", "aria-describedby"]);
  }
  const preview = element(document, ".preview > actions-recherche");
  const newPreview = element(page, ".preview > actions-recherche");
  copyAttributes(newPreview, preview, [...preview.getAttributeNames(), ...newPreview.getAttributeNames()]);
  copyStatus.textContent = "";
}

/**
 * Sets the attributes `names` of `target` as those of `source`; removes those that `source` does not have.
 * @param {Element} source
 * @param {Element} target
 * @param {string[]} names
 */
function copyAttributes(source, target, names) {
  for (const name of names) {
    const value = source.getAttribute(name);
    if (value === null) target.removeAttribute(name);
    else target.setAttribute(name, value);
  }
}

form.addEventListener("input", () => {
  clearTimeout(timer);
  timer = setTimeout(update, UPDATE_DELAY);
});

form.addEventListener("submit", (event) => {
  event.preventDefault();
  clearTimeout(timer);
  update();
});

copyButton.hidden = false;
copyButton.addEventListener("click", async () => {
  const code = element(document, "[data-code] code");
  try {
    await navigator.clipboard.writeText(code.textContent ?? "");
    copyStatus.textContent = "Le code est copié.";
  } catch {
    getSelection()?.selectAllChildren(code);
    copyStatus.textContent = "Le code est sélectionné : copiez-le avec Ctrl+C.";
  }
});
