/** The style sheet of the shadow tree. It is constructed, since a strict style-src of the page forbids inline styles. */

export const STYLE_SHEET = new CSSStyleSheet();
STYLE_SHEET.replaceSync(`
:host {
  --_couleur: var(--actions-couleur, light-dark(#0b5c63, #7fd1cd));
  --_sur-couleur: var(--actions-sur-couleur, light-dark(#fff, #0c2224));
  --_fond: var(--actions-fond, light-dark(#fff, #182327));
  --_texte: var(--actions-texte, light-dark(#17262c, #e6eeec));
  --_surlignage: var(--actions-surlignage, light-dark(#ffe39a, #5c4700));
  --_rayon: var(--actions-rayon, 6px);
  --_discret: color-mix(in srgb, var(--_texte) 76%, var(--_fond));
  --_controle: color-mix(in srgb, var(--_texte) 58%, var(--_fond));
  --_filet: color-mix(in srgb, var(--_texte) 16%, var(--_fond));
  --_survol: color-mix(in srgb, var(--_couleur) 10%, var(--_fond));
  display: block; container-type: inline-size; min-width: min(100%, 15rem);
  background: var(--_fond); color: var(--_texte);
  font-family: var(--actions-police, inherit); line-height: 1.5; overflow-wrap: break-word; text-align: left;
}
*, ::before { box-sizing: border-box; }
:host([hidden]), [hidden] { display: none !important; }
h2, h3, p, ol, ul, fieldset { margin: 0; padding: 0; border: 0; list-style-type: ""; min-width: 0; }
button, input { font: inherit; color: inherit; }
section { padding: var(--actions-marge, 1em); }
.cache { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
:focus-visible { outline: 3px solid var(--_couleur); outline-offset: 2px; border-radius: 2px; }
[part=statut]:focus { outline: none; }
form label { display: block; font-weight: 600; margin-bottom: .3em; }
.ligne { display: flex; flex-wrap: wrap; gap: .5em; }
.saisie { position: relative; flex: 1 1 12em; min-width: 0; }
[part=champ] {
  width: 100%; min-height: 2.75em; padding: .4em .75em;
  background: var(--_fond); border: 1px solid var(--_controle); border-radius: var(--_rayon);
}
button { cursor: pointer; background: none; border: 0; padding: 0; }
[part=bouton], nav button {
  min-height: 2.75em; padding: .4em 1.1em; font-weight: 600;
  border: 1px solid var(--_couleur); border-radius: var(--_rayon); background: var(--_couleur); color: var(--_sur-couleur);
}
[part=bouton]:hover { background: color-mix(in srgb, var(--_couleur) 85%, var(--_texte)); }
.filtrer, .discret, nav button { background: var(--_fond); color: var(--_couleur); }
.filtrer:hover, .discret:hover, nav button:hover { background: var(--_survol); }
.lien { min-height: 24px; color: var(--_couleur); text-decoration: underline; }
[part=suggestions] {
  position: absolute; inset: 100% 0 auto; z-index: 5; margin-top: 4px; overflow: auto; max-height: 22em;
  background: var(--_fond); border: 1px solid var(--_controle); border-radius: var(--_rayon); box-shadow: 0 6px 20px #0003;
}
[role=option] { display: flex; justify-content: space-between; gap: 1em; padding: .5em .75em; cursor: pointer; }
[role=option]:hover, [role=option][aria-selected=true] { background: var(--_survol); }
[role=option][aria-selected=true] { box-shadow: inset 3px 0 var(--_couleur); outline: 1px solid transparent; }
.sorte { color: var(--_discret); font-size: .875em; white-space: nowrap; }
.puces { display: flex; flex-wrap: wrap; gap: .5em; }
.puces, .filtrer, [part=notes] > * { margin-top: .75em; }
[part=puce] {
  display: inline-flex; align-items: center; gap: .4em; min-height: max(2em, 24px); padding: .15em .75em;
  font-size: .9375em; background: var(--_survol); border: 1px solid var(--_couleur); border-radius: 1em;
}
.colonnes { display: grid; grid-template-columns: minmax(0, 1fr); gap: 1em 2.5em; margin-top: 1em; }
section:not([data-filtres]) [part=facettes] { display: none; }
[part=facette] { padding-bottom: .7em; margin-bottom: .9em; border-bottom: 1px solid var(--_filet); }
legend { padding: 0 0 .25em; font-weight: 600; }
[part=facette] label {
  display: grid; grid-template-columns: auto 1fr auto; gap: .6em; align-items: start; min-height: max(1.8em, 24px); padding-block: .1em;
}
[type=checkbox] { width: 1.1em; height: 1.1em; margin: .2em 0 0; accent-color: var(--_couleur); }
.nombre { color: var(--_discret); font-size: .875em; font-variant-numeric: tabular-nums; }
[part=statut] { font-weight: 600; font-size: 1.125em; min-height: 1.5em; }
[part=note] { padding: .6em .9em; border-left: 4px solid var(--_couleur); background: var(--_survol); }
[part=resultat] { padding-block: 1.1em; border-bottom: 1px solid var(--_filet); min-height: 6em; }
[part=titre] { font-size: 1.125em; font-weight: 600; line-height: 1.3; }
[part=lien] { display: inline-block; min-height: 24px; color: var(--_couleur); text-decoration-thickness: 1px; }
.lien, [part=lien] { text-underline-offset: .18em; }
[part=lien]:hover { text-decoration-thickness: 2px; }
[part=structure], .rubriques { color: var(--_discret); font-size: .9375em; }
[part=resume] { margin-block: .35em; max-width: 46em; display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 4; overflow: hidden; }
mark { background: var(--_surlignage); color: var(--_texte); padding-inline: .1em; border-radius: .15em; }
.rubriques { display: flex; flex-wrap: wrap; gap: 0 .35em; }
.rubriques li:not(:last-child)::after { content: " ·"; }
.proches { margin-top: 1.5em; }
.vide > p { margin-block: .75em; }
[part=pages] ul { display: flex; flex-wrap: wrap; gap: .35em; align-items: center; margin-top: 1.25em; }
nav button { min-width: 2.75em; padding-inline: .7em; border-color: var(--_controle); font-weight: inherit; }
nav button[aria-current] { background: var(--_couleur); color: var(--_sur-couleur); border-color: var(--_couleur); }
[aria-hidden] > li { min-height: 10.5em; }
[aria-hidden] i { display: block; height: .7em; margin-block: .9em; width: 92%; border-radius: 3px; background: var(--_survol); }
[aria-hidden] i:first-child { width: 45%; height: 1.1em; margin-top: .2em; }
[aria-busy=true] [part=liste]:not([aria-hidden]) { opacity: .7; }
@media (prefers-reduced-motion: no-preference) { [aria-busy=true] [part=liste] { transition: opacity .15s .15s; } }
@container (min-width: 44rem) {
  .filtrer { display: none; }
  .colonnes:has(> [part=facettes]:not([hidden])) { grid-template-columns: minmax(12em, 15em) minmax(0, 1fr); }
  section [part=facettes][part] { display: block; }
}
`);
