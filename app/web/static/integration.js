// How to embed the search: the code and its preview follow the form, by the page that the form itself would lead to.

import "../widget.js";

const PAUSE = 300; // milliseconds without a change until the code is written again

const form = document.getElementById("reglages");
const copy = document.querySelector("[data-copy]");
const copied = document.querySelector("[data-copied]");
let underway = new AbortController();
let pause = 0;

/** Writes the code for the form as it is. */
async function write() {
  underway.abort();
  const { signal } = (underway = new AbortController());
  const address = `${form.action}?${new URLSearchParams([...new FormData(form)])}`;
  try {
    const answer = await fetch(address, { signal });
    // What the form got wrong is answered by 422, with a page that says so.
    if (!answer.ok && answer.status !== 422) return form.submit();
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (signal.aborted) return;
    history.replaceState(null, "", address);
    show(page);
  } catch (error) {
    if (error.name !== "AbortError") form.submit();
  }
}

/** Puts in place what the page `next` says: the code, what is wrong, the preview. */
function show(next) {
  document.querySelector("[data-code]").replaceWith(document.adoptNode(next.querySelector("[data-code]")));
  document.title = next.title;
  for (const place of document.querySelectorAll("[data-live]")) {
    const wanted = next.querySelector(`[data-live="${place.dataset.live}"]`);
    // What stays as it was is not read out again.
    if (place.textContent !== wanted.textContent) place.replaceChildren(...wanted.childNodes);
  }
  for (const field of form.querySelectorAll("input[id], select[id]")) {
    const same = next.getElementById(field.id);
    for (const name of ["aria-invalid", "aria-describedby"]) {
      if (same.hasAttribute(name)) field.setAttribute(name, same.getAttribute(name));
      else field.removeAttribute(name);
    }
  }
  const preview = document.querySelector(".preview > actions-recherche");
  const wanted = next.querySelector(".preview > actions-recherche");
  for (const { name } of [...preview.attributes]) if (!wanted.hasAttribute(name)) preview.removeAttribute(name);
  for (const { name, value } of wanted.attributes) preview.setAttribute(name, value);
  copied.textContent = "";
}

form.addEventListener("input", () => {
  clearTimeout(pause);
  pause = setTimeout(write, PAUSE);
});

form.addEventListener("submit", (event) => {
  event.preventDefault();
  clearTimeout(pause);
  write();
});

copy.hidden = false;
copy.addEventListener("click", async () => {
  const code = document.querySelector("[data-code] code");
  try {
    await navigator.clipboard.writeText(code.textContent);
    copied.textContent = "Le code est copié.";
  } catch {
    getSelection().selectAllChildren(code);
    copied.textContent = "Le code est sélectionné : copiez-le avec Ctrl+C.";
  }
});
