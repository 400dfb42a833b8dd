// The pages of records and structures: a print button, and a link back to the results that the user came from.

for (const button of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-print]"))) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}

for (const link of /** @type {NodeListOf<HTMLAnchorElement>} */ (document.querySelectorAll("a[data-back]"))) {
  const referrer = document.referrer ? new URL(document.referrer) : null;
  if (!referrer || referrer.origin !== location.origin || referrer.pathname !== link.pathname) continue;
  link.href = referrer.href;
  link.addEventListener("click", (event) => {
    const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
    // Anchors of this page add entries to the session history: then the link loads the results instead of going back,
    // which would restore their scroll position.
    if (!plain || location.hash || history.length < 2) return;
    event.preventDefault();
    history.back();
  });
}
