"""The page that shows a few records side by side: the fields of all of them in one table."""

from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import APIRouter, Request, Response

from app.catalogue.errors import InvalidParameter, ParameterError
from app.catalogue.facets import FACETS
from app.catalogue.fields import FIELDS
from app.catalogue.parameters import DEFAULT_SIMILAR, Parameter, by_name, read_values
from app.catalogue.record import Record
from app.http.dependencies import OpenService, search_in_thread
from app.http.links import Links
from app.public_urls import comparison_page_url, record_page_url
from app.web.record_view import (
    MAX_COMPARED,
    FactValue,
    SimilarLink,
    facts_of,
    sections_of,
    similar_link,
)
from app.web.rendering import conditional_page, render, root_of
from app.web.text_blocks import TextBlock
from app.web.tracking_parameters import page_query_pairs

router = APIRouter(include_in_schema=False)

_CHOSEN = by_name(
    Parameter(
        "fiche",
        f"Identifiant d'une fiche à comparer ; répété, de deux à {MAX_COMPARED} fois.",
        {"type": "string"},
        "jardin-partage-1e0605",
        repeatable=True,
    )
)


@dataclass(frozen=True, slots=True)
class ComparedValue:
    """What one record says in one row: short values, or the paragraphs of a text."""

    values: tuple[FactValue, ...] = ()
    blocks: tuple[TextBlock, ...] = ()


@dataclass(frozen=True, slots=True)
class ComparedField:
    """What records say in one field: a cell each, or a single one when they all say the same."""

    caption: str
    cells: tuple[ComparedValue, ...]


@dataclass(frozen=True, slots=True)
class ComparedRecord:
    """One of the records: its page, its title, and the comparison without it."""

    address: str
    title: str
    without: str


@dataclass(frozen=True, slots=True)
class ComparisonView:
    """Everything that the page shows; `offered` are records to add when there is only one."""

    columns: tuple[ComparedRecord, ...]
    rows: tuple[ComparedField, ...]
    offered: tuple[SimilarLink, ...]


@router.get("/comparer")
async def comparison_page(request: Request, catalogue: OpenService) -> Response:
    """Return the records that the address names side by side; with fewer than two, how to choose them."""
    identifiers = read_chosen(page_query_pairs(request))

    def find() -> Response:
        records = [catalogue.record(identifier) for identifier in identifiers]

        def answer() -> Response:
            near = catalogue.similar(identifiers[0], DEFAULT_SIMILAR) if len(identifiers) == 1 else ()
            root = root_of(request)
            offered = tuple(similar_link(root, records[0], one) for one in near)
            view = ComparisonView(_columns(root, records), _rows(root, records), offered)
            address = comparison_page_url(Links.of(request).base, identifiers)
            return render(request, "compare.html", view=view, address=address)

        return conditional_page(request, catalogue, answer)

    return await search_in_thread(request, find)


def read_chosen(pairs: Sequence[tuple[str, str]]) -> list[str]:
    """Return the identifiers of the records to compare, each once; InvalidParameter when there are too many."""
    chosen = list(dict.fromkeys(read_values(pairs, _CHOSEN).get("fiche", ())))
    if len(chosen) > MAX_COMPARED:
        raise InvalidParameter(ParameterError("fiche", f"{MAX_COMPARED} fiches au plus se comparent."))
    return chosen


def _columns(root: str, records: Sequence[Record]) -> tuple[ComparedRecord, ...]:
    ids = [record.id for record in records]
    return tuple(
        ComparedRecord(
            record_page_url(root, record.id),
            record.action.titre,
            comparison_page_url(root, [identifier for identifier in ids if identifier != record.id]),
        )
        for record in records
    )


def _rows(root: str, records: Sequence[Record]) -> tuple[ComparedField, ...]:
    """Return the fields that one of `records` says something in, in their order, short ones and long ones."""
    said = [_cells(root, record) for record in records]
    return tuple(
        ComparedField(caption, cells[:1] if all(cell == cells[0] for cell in cells) else cells)
        for key, caption in _captions().items()
        if any(map(_says, cells := tuple(one.get(key, ComparedValue()) for one in said)))
    )


def _says(cell: ComparedValue) -> bool:
    return bool(cell.values or cell.blocks)


def _captions() -> dict[str, str]:
    """Return the rows that there may be: facets by their names, fields without one by their keys."""
    captions: dict[str, str] = {}
    for field in FIELDS:
        captions |= {name: FACETS[name].caption for name in field.facets} or {field.key: field.caption}
    return captions


def _cells(root: str, record: Record) -> dict[str, ComparedValue]:
    facts = {key: ComparedValue(values=fact.values) for key, fact in facts_of(root, record.action).items()}
    return facts | {section.anchor: ComparedValue(blocks=section.blocks) for section in sections_of(record.action)}
