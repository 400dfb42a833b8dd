"""Says in the words of schema.org what pages are about, for search engines: JSON-LD (JSON documents as dicts)."""

from typing import Any

import orjson

from app.catalogue.action import ActionBase
from app.catalogue.facets import FACETS
from app.catalogue.record import Record
from app.catalogue.structure import Structure
from app.catalogue.territory import Departement
from app.public_urls import record_page_url, search_page_url, structure_page_url

Data = dict[str, Any]

_CONTEXT = "https://schema.org"
_CATALOGUE = "Les actions des centres sociaux"
_LANGUAGE = "fr"
_MAX_DESCRIPTION_LENGTH = 5000  # characters
# Facets that say what an action is about, rather than who leads it and where.
_ABOUT = ("dimension", "public")
_KEYWORDS = "mot_cle"


def script_of(data: Data) -> str:
    """Return `data` as JSON that no text in it can end, for the inside of a `<script>`."""
    return orjson.dumps(data).decode().replace("<", "\\u003c")


def website_data(site: str) -> Data:
    """Return what the site at the address `site` is, and how it is searched."""
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


def record_data(record: Record, site: str) -> Data:
    """Return what the page of `record` describes: a work by an organiser, about a place and subjects."""
    action = record.action
    address = record_page_url(site, record.id)
    structure = Structure.parse(action.structure)
    return _filled(
        {
            "@context": _CONTEXT,
            "@type": "CreativeWork",
            "@id": address,
            "url": address,
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


def organiser_data(structure: Structure, site: str) -> Data:
    """Return what the page of `structure` describes."""
    return {"@context": _CONTEXT, **_organisation(structure, site)}


def _organisation(structure: Structure, site: str) -> Data:
    address = structure_page_url(site, structure.id)
    place = _place(structure.departement)
    return _filled({"@type": "Organization", "@id": address, "url": address, "name": structure.nom, "location": place})


def _place(departement: Departement | None) -> Data | None:
    if departement is None:
        return None
    region = {"@type": "AdministrativeArea", "name": departement.region.nom}
    return {"@type": "AdministrativeArea", "name": departement.nom, "containedInPlace": region}


def _labels(facet: str, action: ActionBase) -> tuple[str, ...]:
    return tuple(value.label for value in FACETS[facet].values(action))


def _filled(data: Data) -> Data:
    return {key: value for key, value in data.items() if value}
