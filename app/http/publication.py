"""What an answer says of the catalogue as a whole: who publishes it, under which licence and address."""

from fastapi import Request

from app.exporting.publication import Publication
from app.http.links import Links
from app.service import CatalogueService, publication_of


def publication(request: Request, catalogue: CatalogueService) -> Publication:
    """Return the catalogue as the answer to `request` presents it."""
    return publication_of(catalogue, request.app.state.settings, Links.of(request).base)
