"""The page that compares records side by side: one table with a row for each field."""

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

_PARAMETERS = by_name(
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
    """The content of one record in one row: values of a short field, or blocks of a long text."""

    values: tuple[FactValue, ...] = ()
    blocks: tuple[TextBlock, ...] = ()


@dataclass(frozen=True, slots=True)
class ComparedField:
    """A row: a value for each record, or one value when all are equal."""

    caption: str
    values: tuple[ComparedValue, ...]


@dataclass(frozen=True, slots=True)
class ComparedRecord:
    """A column: a record, and the path of the comparison without it."""

    path: str
    title: str
    removal_path: str


@dataclass(frozen=True, slots=True)
class ComparisonView:
    """The content of the page; `suggestions` are records to compare with when there is only one."""

    records: tuple[ComparedRecord, ...]
    fields: tuple[ComparedField, ...]
    suggestions: tuple[SimilarLink, ...]


@router.get("/comparer")
async def comparison_page(request: Request, catalogue: OpenService) -> Response:
    """Return the comparison of the records of the URL; with fewer than two, an explanation of how to select them."""
    identifiers = read_compared_ids(page_query_pairs(request))

    def load() -> Response:
        records = [catalogue.record(identifier) for identifier in identifiers]

        def respond() -> Response:
            similar = catalogue.similar(identifiers[0], DEFAULT_SIMILAR) if len(identifiers) == 1 else ()
            root = root_of(request)
            suggestions = tuple(similar_link(root, records[0], item) for item in similar)
            view = ComparisonView(_compared_records(root, records), _compared_fields(root, records), suggestions)
            url = comparison_page_url(Links.of(request).base, identifiers)
            return render(request, "compare.html", view=view, url=url)

        return conditional_page(request, catalogue, respond)

    return await search_in_thread(request, load)


def read_compared_ids(pairs: Sequence[tuple[str, str]]) -> list[str]:
    """Return the distinct identifiers of the records to compare. Raises InvalidParameter when there are too many."""
    identifiers = list(dict.fromkeys(read_values(pairs, _PARAMETERS).get("fiche", ())))
    if len(identifiers) > MAX_COMPARED:
        raise InvalidParameter(ParameterError("fiche", f"{MAX_COMPARED} fiches au plus se comparent."))
    return identifiers


def _compared_records(root: str, records: Sequence[Record]) -> tuple[ComparedRecord, ...]:
    ids = [record.id for record in records]
    return tuple(
        ComparedRecord(
            record_page_url(root, record.id),
            record.action.titre,
            comparison_page_url(root, [identifier for identifier in ids if identifier != record.id]),
        )
        for record in records
    )


def _compared_fields(root: str, records: Sequence[Record]) -> tuple[ComparedField, ...]:
    """Return the fields that have content in at least one of `records`, in their order."""
    contents = [_values_by_field(root, record) for record in records]
    return tuple(
        ComparedField(caption, values[:1] if all(value == values[0] for value in values) else values)
        for key, caption in _captions().items()
        if any(map(_has_content, values := tuple(content.get(key, ComparedValue()) for content in contents)))
    )


def _has_content(value: ComparedValue) -> bool:
    return bool(value.values or value.blocks)


def _captions() -> dict[str, str]:
    """Return the captions of all rows, by facet or, for a field without facet, by key."""
    captions: dict[str, str] = {}
    for field in FIELDS:
        captions |= {name: FACETS[name].caption for name in field.facets} or {field.key: field.caption}
    return captions


def _values_by_field(root: str, record: Record) -> dict[str, ComparedValue]:
    facts = {key: ComparedValue(values=fact.values) for key, fact in facts_of(root, record.action).items()}
    return facts | {section.anchor: ComparedValue(blocks=section.blocks) for section in sections_of(record.action)}
