// The page of a frame: sends its height to the page that contains the frame.

import "../widget.js";

const REPEATS = 10; // one message a second, for a host page that begins to listen after the first

/** Sends the height to any origin, since it is not confidential. This page handles no messages. */
function sendHeight() {
  const hauteur = Math.ceil(document.body.getBoundingClientRect().height);
  parent.postMessage({ type: "actions-recherche:hauteur", hauteur }, "*");
}

if (parent === window) {
  // Outside a frame this is a page of the catalogue: a link to it must not choose where its results lead.
  document.querySelector("actions-recherche")?.removeAttribute("lien");
} else {
  new ResizeObserver(sendHeight).observe(document.body);
  for (let second = 1; second <= REPEATS; second++) setTimeout(sendHeight, second * 1000);
}
