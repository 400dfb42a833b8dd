"""The schema.org description of pages for search engines, as JSON-LD documents."""

from typing import Any

import orjson

from app.catalogue.action import ActionBase
from app.catalogue.facets import FACETS
from app.catalogue.record import Record
from app.catalogue.structure import Structure
from app.catalogue.territory import Departement
from app.public_urls import record_page_url, search_page_url, structure_page_url

JsonLd = dict[str, Any]

_CONTEXT = "https://schema.org"
_CATALOGUE = "Les actions des centres sociaux"
_LANGUAGE = "fr"
_MAX_DESCRIPTION_LENGTH = 5000  # characters
# Facets of the subject of an action, not of its organiser or place.
_ABOUT = ("dimension", "public")
_KEYWORDS = "mot_cle"


def json_ld(data: JsonLd) -> str:
    """Return `data` as JSON for the content of a `<script>`, with `<` escaped so that no text can end the script."""
    return orjson.dumps(data).decode().replace("<", "\\u003c")


def website_data(site: str) -> JsonLd:
    """Return the WebSite at the URL `site`, with its search action."""
    return {
        "@context": _CONTEXT,
        "@type": "WebSite",
        "@id": search_page_url(site),
        "url": search_page_url(site),
        "name": _CATALOGUE,
        "inLanguage": _LANGUAGE,
        "potentialAction": {
            "@type": "SearchAction",
            "target": {"@type": "EntryPoint", "urlTemplate": search_page_url(site, "q={search_term_string}")},
            "query-input": "required name=search_term_string",
        },
    }


def record_data(record: Record, site: str) -> JsonLd:
    """Return the CreativeWork of `record`: its author, subjects and place."""
    action = record.action
    url = record_page_url(site, record.id)
    structure = Structure.parse(action.structure)
    return _without_empty(
        {
            "@context": _CONTEXT,
            "@type": "CreativeWork",
            "@id": url,
            "url": url,
            "identifier": record.id,
            "version": record.version,
            "name": action.titre,
            "description": getattr(action, "resume", "")[:_MAX_DESCRIPTION_LENGTH],
            "inLanguage": _LANGUAGE,
            "dateCreated": record.cree_le.isoformat(),
            "dateModified": record.modifie_le.isoformat(),
            "author": _organisation(structure, site),
            "about": [{"@type": "Thing", "name": name} for facet in _ABOUT for name in _labels(facet, action)],
            "keywords": list(_labels(_KEYWORDS, action)),
            "spatialCoverage": _place(structure.departement),
            "isPartOf": {
                "@type": "DataCatalog",
                "@id": search_page_url(site),
                "name": _CATALOGUE,
                "url": search_page_url(site),
            },
        }
    )


def structure_data(structure: Structure, site: str) -> JsonLd:
    """Return the Organization of `structure`."""
    return {"@context": _CONTEXT, **_organisation(structure, site)}


def _organisation(structure: Structure, site: str) -> JsonLd:
    url = structure_page_url(site, structure.id)
    place = _place(structure.departement)
    return _without_empty({"@type": "Organization", "@id": url, "url": url, "name": structure.nom, "location": place})


def _place(departement: Departement | None) -> JsonLd | None:
    if departement is None:
        return None
    region = {"@type": "AdministrativeArea", "name": departement.region.nom}
    return {"@type": "AdministrativeArea", "name": departement.nom, "containedInPlace": region}


def _labels(facet: str, action: ActionBase) -> tuple[str, ...]:
    return tuple(value.label for value in FACETS[facet].values(action))


def _without_empty(data: JsonLd) -> JsonLd:
    return {key: value for key, value in data.items() if value}
