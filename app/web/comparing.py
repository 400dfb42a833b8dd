"""The page that shows a few records side by side: the fields of all of them in one table."""

from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import APIRouter, Request, Response

from app.catalogue.errors import InvalidParameter, ParameterError
from app.catalogue.facets import FACETS
from app.catalogue.fields import FIELDS
from app.catalogue.parameters import SIMILAR, Parameter, named, read_values
from app.catalogue.record import Record
from app.http.dependencies import OpenCatalogue, search_in_thread
from app.http.links import Links
from app.web.addresses import comparison_address, record_address
from app.web.arrival import asked_of_page
from app.web.prose import Block
from app.web.record_view import (
    MOST_COMPARED,
    Neighbour,
    Value,
    facts_of,
    neighbour,
    sections_of,
)
from app.web.rendering import kept_page, render, root_of

router = APIRouter(include_in_schema=False)

_CHOSEN = named(
    Parameter(
        "fiche",
        f"Identifiant d'une fiche à comparer ; répété, de deux à {MOST_COMPARED} fois.",
        {"type": "string"},
        "jardin-partage-1e0605",
        repeatable=True,
    )
)


@dataclass(frozen=True, slots=True)
class Cell:
    """What one record says in one row: short values, or the paragraphs of a text."""

    values: tuple[Value, ...] = ()
    blocks: tuple[Block, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """What records say in one field: a cell each, or a single one when they all say the same."""

    caption: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """One of the records: its page, its title, and the comparison without it."""

    address: str
    title: str
    without: str


@dataclass(frozen=True, slots=True)
class ComparisonView:
    """Everything that the page shows; `offered` are records to add when there is only one."""

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    offered: tuple[Neighbour, ...]


@router.get("/comparer")
async def comparison_page(request: Request, catalogue: OpenCatalogue) -> Response:
    """Return the records that the address names side by side; with fewer than two, how to choose them."""
    identifiers = read_chosen(asked_of_page(request))

    def find() -> Response:
        records = [catalogue.record(identifier) for identifier in identifiers]

        def answer() -> Response:
            near = catalogue.similar(identifiers[0], SIMILAR) if len(identifiers) == 1 else ()
            root = root_of(request)
            offered = tuple(neighbour(root, records[0], one) for one in near)
            view = ComparisonView(_columns(root, records), _rows(root, records), offered)
            address = comparison_address(Links.of(request).base, identifiers)
            return render(request, "compare.html", view=view, address=address)

        return kept_page(request, catalogue, answer)

    return await search_in_thread(request, find)


def read_chosen(pairs: Sequence[tuple[str, str]]) -> list[str]:
    """Return the identifiers of the records to compare, each once; InvalidParameter when there are too many."""
    chosen = list(dict.fromkeys(read_values(pairs, _CHOSEN).get("fiche", ())))
    if len(chosen) > MOST_COMPARED:
        raise InvalidParameter(ParameterError("fiche", f"{MOST_COMPARED} fiches au plus se comparent."))
    return chosen


def _columns(root: str, records: Sequence[Record]) -> tuple[Column, ...]:
    ids = [record.id for record in records]
    return tuple(
        Column(
            record_address(root, record.id),
            record.action.titre,
            comparison_address(root, [identifier for identifier in ids if identifier != record.id]),
        )
        for record in records
    )


def _rows(root: str, records: Sequence[Record]) -> tuple[Row, ...]:
    """Return the fields that one of `records` says something in, in their order, short ones and long ones."""
    said = [_cells(root, record) for record in records]
    return tuple(
        Row(caption, cells[:1] if all(cell == cells[0] for cell in cells) else cells)
        for key, caption in _captions().items()
        if any(map(_says, cells := tuple(one.get(key, Cell()) for one in said)))
    )


def _says(cell: Cell) -> bool:
    return bool(cell.values or cell.blocks)


def _captions() -> dict[str, str]:
    """Return the rows that there may be: facets by their names, fields without one by their keys."""
    captions: dict[str, str] = {}
    for field in FIELDS:
        captions |= {name: FACETS[name].caption for name in field.facets} or {field.key: field.caption}
    return captions


def _cells(root: str, record: Record) -> dict[str, Cell]:
    facts = {key: Cell(values=fact.values) for key, fact in facts_of(root, record.action).items()}
    return facts | {section.anchor: Cell(blocks=section.blocks) for section in sections_of(record.action)}
