// The page of a frame: tells the page around it how high the search is.

import "../widget.js";

const REPEATS = 10; // seconds during which a page that comes to listen late is told again

/** Tells the height alone, which is no secret: any page may know it, and nothing is listened to in return. */
function tell() {
  const hauteur = Math.ceil(document.body.getBoundingClientRect().height);
  parent.postMessage({ type: "actions-recherche:hauteur", hauteur }, "*");
}

if (parent === window) {
  // Opened by itself, this page is the catalogue's, and a link to it shall not choose where its results lead.
  document.querySelector("actions-recherche").removeAttribute("lien");
} else {
  new ResizeObserver(tell).observe(document.body);
  for (let second = 1; second <= REPEATS; second++) setTimeout(tell, second * 1000);
}
