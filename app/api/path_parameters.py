"""Path parameters, with descriptions and examples from `data/actions.txt`."""

from typing import Annotated

from fastapi import Path

EXAMPLE_ACTION_ID = "jardin-partage-1e0605"
EXAMPLE_STRUCTURE_ID = "centre-social-mosaik-ex-martin-martine-et-guise-nord"

ActionId = Annotated[
    str, Path(description="Identifiant de l'action, tel que les listes le donnent.", examples=[EXAMPLE_ACTION_ID])
]
StructureId = Annotated[
    str,
    Path(description="Identifiant de la structure, tel que les listes le donnent.", examples=[EXAMPLE_STRUCTURE_ID]),
]
