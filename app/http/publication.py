"""The publication that a response describes: title, publisher, licence and base address of the catalogue."""

from fastapi import Request

from app.exporting.publication import Publication
from app.http.context import context_of
from app.http.links import Links
from app.service import CatalogueService, get_publication


def publication(request: Request, service: CatalogueService) -> Publication:
    """Return the catalogue as the response to `request` presents it."""
    return get_publication(service, context_of(request).settings, Links.of(request).base)
