/**
 * For pages that show the search in a frame: gives each frame the height of its content. What another origin than the
 * catalogue's says, or another window than that of a frame of this page, is not listened to.
 */

const CATALOGUE = new URL(import.meta.url).origin;
const HIGHEST = 20000; // pixels

/** @param {MessageEventSource|null} source @returns {HTMLIFrameElement|undefined} the frame that a message is from */
function frameOf(source) {
  const frames = Array.from(document.querySelectorAll("iframe"));
  return frames.find((frame) => frame.contentWindow === source && new URL(frame.src).origin === CATALOGUE);
}

addEventListener("message", ({ origin, source, data }) => {
  if (origin !== CATALOGUE || data?.type !== "actions-recherche:hauteur") return;
  const frame = frameOf(source);
  if (!frame || !Number.isInteger(data.hauteur) || data.hauteur < 1) return;
  frame.style.height = `${Math.min(data.hauteur, HIGHEST)}px`;
});
