/**
 * The entry module of `/widget.js`: defines the element `<actions-recherche>` and exports what the catalogue's own pages
 * share with it. `app/web/javascript_bundle.py` joins the modules of `widget/` to the one file that is served.
 */

import { ActionsRecherche } from "./widget/element.js";

export { TYPEAHEAD_END_DELAY, TYPEAHEAD_PARAMETER, retryDelay, sleep } from "./widget/api.js";
export { Combobox } from "./widget/combobox.js";
export { announce } from "./widget/dom.js";
export { FACET_LABELS } from "./widget/facets.js";
export { ActionsRecherche };

if (!customElements.get("actions-recherche")) customElements.define("actions-recherche", ActionsRecherche);
