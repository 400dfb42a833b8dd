"""What endpoints ask of the application: the open catalogue, and the tag of its state."""

from typing import Annotated

from fastapi import Depends, Request

from app.api.conditional import list_tag
from app.service import Catalogue


async def _catalogue(request: Request) -> Catalogue:
    catalogue: Catalogue = request.app.state.catalogue
    return catalogue


OpenCatalogue = Annotated[Catalogue, Depends(_catalogue)]


def _list_tag(request: Request, catalogue: OpenCatalogue) -> str:
    return list_tag(catalogue, request.app.state.settings.public_url)


ListTag = Annotated[str, Depends(_list_tag)]
