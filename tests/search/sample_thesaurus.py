"""A small thesaurus for tests of synonyms."""

from app.search.thesaurus import Thesaurus

THESAURUS = Thesaurus.parse(
    [
        "aînés = seniors = personnes âgées",
        "QPV = quartier prioritaire",
        "FLE = français langue étrangère",
        "potager = jardin nourricier",
        "RSA = revenu de solidarité active",
        "retraités = pensionnés",
    ]
)
