/** The colours that the attributes `couleur`, `fond` and `texte` set. */

/**
 * Tells a colour from a CSS-wide keyword such as `inherit`, which is a colour only as a whole value.
 * @param {string} value
 */
const isColour = (value) => CSS.supports("color", value) && CSS.supports("color", `light-dark(${value}, #000)`);

/**
 * Writes the colours into `sheet`. On a dark page `couleur` is lightened; with `fond` or `texte` the element looks the
 * same in both colour schemes.
 * @param {CSSStyleSheet} sheet
 * @param {Element} element
 */
export function applyColours(sheet, element) {
  const [accent = "", background = "", text = ""] = ["couleur", "fond", "texte"].map((name) => {
    const value = element.getAttribute(name)?.trim() ?? "";
    return isColour(value) ? value : "";
  });
  const fixed = background || text;
  sheet.replaceSync(":host {}");
  const { style } = /** @type {CSSStyleRule} */ (sheet.cssRules[0]);
  /** @param {string} name @param {string} value */
  const set = (name, value) => value && style.setProperty(name, value);
  set(
    "--actions-couleur",
    accent && (fixed ? accent : `light-dark(${accent}, color-mix(in oklab, ${accent} 35%, white))`),
  );
  set("--actions-fond", background);
  set("--actions-texte", text);
  set("--actions-surlignage", fixed && "color-mix(in srgb, var(--_couleur) 20%, var(--_fond))");
  set("color-scheme", fixed && "only light");
}
