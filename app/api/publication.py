"""What an answer says of the catalogue as a whole: who publishes it, under which licence and address."""

from fastapi import Request

from app.exporting.publication import Publication
from app.http.links import Links
from app.service import Catalogue, published


def publication(request: Request, catalogue: Catalogue) -> Publication:
    """Return the catalogue as the answer to `request` presents it."""
    return published(catalogue, request.app.state.settings, Links.of(request).base)
