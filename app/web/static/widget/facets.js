/** The facets of the catalogue: names of the API, labels, and conversion of selected values to query parameters. */

/**
 * Selected values by facet.
 * @typedef {Record<string, string[]>} Filters
 */

/**
 * The French label of each facet, by its name in the API.
 * @type {Record<string, string>}
 */
export const FACET_LABELS = {
  structure: "Structure",
  departement: "Département",
  region: "Région",
  statut: "Statut",
  dimension: "Dimension",
  mot_cle: "Mots clés",
  initiative: "À l’initiative de l’action",
  territoire: "Territoire",
  public: "Public",
  partenaire: "Partenaires",
};

/**
 * @param {Filters} filters
 * @returns {[string, string][]} one pair of facet and value for each query parameter
 */
export const filterPairs = (filters) =>
  Object.entries(filters).flatMap(([name, values]) =>
    values.map((value) => /** @type {[string, string]} */ ([name, value])),
  );
