"""What endpoints ask of the application: the open catalogue."""

from typing import Annotated

from fastapi import Depends, Request

from app.service import Catalogue


async def _catalogue(request: Request) -> Catalogue:
    catalogue: Catalogue = request.app.state.catalogue
    return catalogue


OpenCatalogue = Annotated[Catalogue, Depends(_catalogue)]
