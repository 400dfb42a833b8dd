/** Creates and updates DOM nodes. Nothing here parses HTML, so that a page may require Trusted Types. */

/**
 * Creates an element.
 * @param {string} name
 * @param {Record<string, any>} [attributes] `on…` adds a listener; false, null and undefined are left out
 * @param {...(Node|string|0|false|null|undefined)} children falsy children are left out
 * @returns {HTMLElement}
 */
export function createElement(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (value === true) element.setAttribute(key, "");
    else if (value !== false && value != null) element.setAttribute(key, String(value));
  }
  element.append(.../** @type {(Node|string)[]} */ (children.filter(Boolean)));
  return element;
}

/**
 * Makes `children` the children of `parent`, in that order, without moving those that are in their place.
 * @param {Element} parent
 * @param {Node[]} children
 */
export function reconcileChildren(parent, children) {
  children.forEach((child, index) => {
    if (parent.childNodes[index] !== child) parent.insertBefore(child, parent.childNodes[index] ?? null);
  });
  while (parent.childNodes.length > children.length) parent.lastChild?.remove();
}

/**
 * Writes `text` into a live region. Screen readers stay silent unless the text changes, hence the trailing space.
 * @param {Element} region
 * @param {string} text
 */
export function announce(region, text) {
  region.textContent = region.textContent === text ? `${text}\u00a0` : text;
}
