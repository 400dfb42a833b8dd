/**
 * For host pages: sets the height of each frame of the catalogue to the height of its content. Messages from other origins,
 * or from windows that are no frame of this page, are ignored.
 */

const CATALOGUE = new URL(import.meta.url).origin;
const MAX_HEIGHT = 20000; // pixels

/**
 * @param {MessageEventSource|null} source of a message
 * @returns {HTMLIFrameElement|undefined}
 */
function findFrame(source) {
  const frames = Array.from(document.querySelectorAll("iframe"));
  return frames.find((frame) => frame.contentWindow === source && new URL(frame.src).origin === CATALOGUE);
}

addEventListener("message", ({ origin, source, data }) => {
  if (origin !== CATALOGUE || data?.type !== "actions-recherche:hauteur") return;
  const frame = findFrame(source);
  if (!frame || !Number.isInteger(data.hauteur) || data.hauteur < 1) return;
  frame.style.height = `${Math.min(data.hauteur, MAX_HEIGHT)}px`;
});
