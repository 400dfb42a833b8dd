"""The linked data of the catalogue: its DCAT-AP description and the JSON-LD context of its JSON."""

from collections.abc import Iterable
from typing import Any

from app import public_urls
from app.catalogue.fields import FIELDS
from app.exporting.csv_format import iso_time
from app.exporting.publication import Publication

CONTEXT_RELATION = "http://www.w3.org/ns/json-ld#context"
"""The link relation from a JSON document to its JSON-LD context."""

JSON_LD_MEDIA_TYPE = "application/ld+json"

_VOCABULARIES = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
_EU_AUTHORITY = "http://publications.europa.eu/resource/authority"
_MEDIA_TYPES = "https://www.iana.org/assignments/media-types"
_INSEE_GEO = "http://rdf.insee.fr/def/geo#"


def json_ld_context(publication: Publication) -> dict[str, Any]:
    """Return the JSON-LD context of actions and lists of actions, from the declared fields.

    The URL of an action (`links.self`) identifies it. A field without a term has one of this catalogue.
    """
    own = f"{public_urls.json_ld_context_url(publication.base)}#"
    territory = {"@context": {"code": f"{_INSEE_GEO}codeINSEE", "nom": f"{_INSEE_GEO}nom"}}
    terms: dict[str, dict[str, Any]] = {field.key: {"@id": field.term or f"{own}{field.key}"} for field in FIELDS}
    terms["structure"]["@context"] = {
        "id": "dct:identifier",
        "nom": "schema:name",
        "libelle": "schema:alternateName",
        "departement": {"@id": f"{own}departement", **territory},
        "region": {"@id": f"{own}region", **territory},
    }
    return {
        "@context": {
            "@version": 1.1,
            "dct": _VOCABULARIES["dct"],
            "schema": "https://schema.org/",
            "xsd": _VOCABULARIES["xsd"],
            "items": "@graph",
            "links": "@nest",
            "self": "@id",
            "html": {"@id": "schema:url", "@type": "@id"},
            "id": "dct:identifier",
            "version": "schema:version",
            "cree_le": {"@id": "dct:created", "@type": "xsd:dateTime"},
            "modifie_le": {"@id": "dct:modified", "@type": "xsd:dateTime"},
            **terms,
        }
    }


def dcat_catalog(publication: Publication, files: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Return the DCAT description of the catalogue; `files` are the names and media types of its export formats."""
    catalog = public_urls.catalog_url(publication.base)
    homepage = public_urls.search_page_url(publication.base)
    dataset = f"{catalog}#actions"
    description = _description(publication, catalog)
    return {
        "@context": _VOCABULARIES,
        "@id": catalog,
        "@type": "dcat:Catalog",
        **description,
        "foaf:homepage": {"@id": homepage, "@type": "foaf:Document"},
        "dcat:dataset": {
            "@id": dataset,
            "@type": "dcat:Dataset",
            **description,
            "dct:identifier": dataset,
            "dct:spatial": {"@id": f"{_EU_AUTHORITY}/country/FRA", "@type": "dct:Location"},
            "dcat:theme": {"@id": f"{_EU_AUTHORITY}/data-theme/SOCI"},
            "dcat:keyword": [_french(word) for word in ("centre social", "action sociale", "espace de vie sociale")],
            "dcat:landingPage": {"@id": homepage, "@type": "foaf:Document"},
            "dcat:distribution": [_distribution(publication, name, media_type) for name, media_type in files],
        },
        "dcat:service": {
            "@id": f"{catalog}#api",
            "@type": "dcat:DataService",
            "dct:title": _french(f"API : {publication.title}"),
            "dcat:endpointURL": {"@id": homepage},
            "dcat:endpointDescription": {"@id": public_urls.openapi_url(publication.base)},
            "dcat:servesDataset": {"@id": dataset},
            **_licence(publication),
        },
    }


def _description(publication: Publication, catalog: str) -> dict[str, Any]:
    """Return the properties that the catalogue and its dataset share."""
    return {
        "dct:title": _french(publication.title),
        "dct:description": _french(
            "Les actions que les centres sociaux mènent avec les habitants : résumé, public, partenaires, résultats."
        ),
        "dct:publisher": {
            "@id": f"{catalog}#publisher",
            "@type": "foaf:Organization",
            "foaf:name": publication.publisher,
        },
        "dct:language": {"@id": f"{_EU_AUTHORITY}/language/FRA"},
        **_licence(publication),
        **({"dct:modified": _datetime(publication)} if publication.changed_at else {}),
    }


def _distribution(publication: Publication, name: str, media_type: str) -> dict[str, Any]:
    address = public_urls.export_url(publication.base, name)
    described = {"dct:conformsTo": {"@id": public_urls.table_schema_url(publication.base), "@type": "dct:Standard"}}
    return {
        "@id": address,
        "@type": "dcat:Distribution",
        "dct:title": _french(f"{publication.title} ({name.upper()})"),
        "dcat:accessURL": {"@id": address},
        "dcat:downloadURL": {"@id": address},
        "dcat:mediaType": {"@id": f"{_MEDIA_TYPES}/{media_type.partition(';')[0]}"},
        **_licence(publication),
        **(described if name == "csv" else {}),
    }


def _licence(publication: Publication) -> dict[str, Any]:
    return {"dct:license": {"@id": publication.licence}} if publication.licence else {}


def _french(text: str) -> dict[str, str]:
    return {"@value": text, "@language": "fr"}


def _datetime(publication: Publication) -> dict[str, str]:
    return {"@value": iso_time(publication.changed_at) if publication.changed_at else "", "@type": "xsd:dateTime"}
