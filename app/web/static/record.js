// What the pages of records gain with a script: a button that prints, and a way back to the results one came from.

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}

for (const link of document.querySelectorAll("a[data-back]")) {
  const from = document.referrer && new URL(document.referrer);
  if (!from || from.origin !== location.origin || from.pathname !== link.pathname) continue;
  link.href = from.href;
  link.addEventListener("click", (event) => {
    const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
    // Places on this page are steps of their own: then the address leads back, else the history does, to where one was.
    if (!plain || location.hash || history.length < 2) return;
    event.preventDefault();
    history.back();
  });
}
