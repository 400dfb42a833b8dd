"""What an answer says of the catalogue as a whole: who publishes it, under which licence and address."""

from fastapi import Request

from app import __version__
from app.api.openapi import TITLE
from app.exporting.publication import Publication
from app.http.links import Links
from app.service import Catalogue


def publication(request: Request, catalogue: Catalogue) -> Publication:
    """Return the catalogue as the answer to `request` presents it."""
    settings = request.app.state.settings
    return Publication(
        base=Links.of(request).base,
        title=TITLE,
        version=__version__,
        publisher=settings.publisher,
        licence=settings.licence,
        changed_at=catalogue.changed_at(),
    )
