"""The views of a record and of a structure: short fields as facts, long fields as sections, similar records."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.catalogue.action import ActionBase
from app.catalogue.facets import FACETS, FacetValue
from app.catalogue.fields import FIELDS, Field, FieldKind
from app.catalogue.record import Record, StructureSummary
from app.catalogue.structure import Structure
from app.catalogue.territory import Departement
from app.public_urls import comparison_page_url, record_page_url, structure_page_url
from app.service import SimilarRecord
from app.web.search_url import SearchUrl
from app.web.search_view import HitView
from app.web.text_blocks import TextBlock, text_blocks

MAX_COMPARED = 4
"""Records in a comparison, limited by the width of the page."""

_STRUCTURE_FACET = "structure"


@dataclass(frozen=True, slots=True)
class FactValue:
    """A value of a short field, and the path that it links to, empty for none."""

    text: str
    path: str = ""


@dataclass(frozen=True, slots=True)
class Fact:
    """A short field: its caption and values."""

    caption: str
    values: tuple[FactValue, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """A long field; `anchor` is its fragment identifier on the page."""

    anchor: str
    caption: str
    blocks: tuple[TextBlock, ...]


@dataclass(frozen=True, slots=True)
class SimilarLink:
    """A link to a similar record, with the terms that both share and the path of their comparison."""

    path: str
    title: str
    structure: Structure
    shared_terms: tuple[str, ...]
    comparison_path: str


@dataclass(frozen=True, slots=True)
class RecordView:
    """The content of the page of a record."""

    record: Record
    structure: Structure
    facts: tuple[Fact, ...]
    summary: Section | None
    sections: tuple[Section, ...]
    similar: tuple[SimilarLink, ...]
    comparison_path: str


@dataclass(frozen=True, slots=True)
class StructureView:
    """The content of the page of a structure; `search_path` leads to all its actions."""

    summary: StructureSummary
    facts: tuple[Fact, ...]
    hits: tuple[HitView, ...]
    search_path: str


def record_view(root: str, record: Record, similar: Sequence[SimilarRecord]) -> RecordView:
    """Return the view of `record` and of the records that are `similar` to it; paths begin with `root`."""
    sections = sections_of(record.action)
    # The long field that lists show is the summary.
    listed = {field.key for field in FIELDS if field.listed}
    summary = next((section for section in sections if section.anchor in listed), None)
    similar_ids = [item.record.id for item in similar]
    return RecordView(
        record,
        Structure.parse(record.action.structure),
        tuple(facts_of(root, record.action).values()),
        summary,
        tuple(section for section in sections if section is not summary),
        tuple(similar_link(root, record, item) for item in similar),
        comparison_page_url(root, [record.id, *similar_ids][:MAX_COMPARED]) if len(similar_ids) > 1 else "",
    )


def structure_view(root: str, summary: StructureSummary, hits: tuple[HitView, ...]) -> StructureView:
    """Return the view of a structure; `hits` are its first actions."""
    structure = summary.structure
    return StructureView(
        summary,
        _territory_facts(root, structure.departement),
        hits,
        _search_path(root, _STRUCTURE_FACET, structure.id),
    )


def facts_of(root: str, action: ActionBase) -> dict[str, Fact]:
    """Return the short fields of `action` with a value, in their order, by facet or else by key.

    The title is left out, and so is a field without facet that repeats the value of a field with the same label.
    """
    facts: dict[str, Fact] = {}
    seen: set[tuple[str, str]] = set()
    for field in FIELDS:
        if field.kind in {FieldKind.TITLE, FieldKind.TEXT} or not getattr(action, field.key):
            continue
        for name in field.facets:
            if values := FACETS[name].values(action):
                facts[name] = Fact(FACETS[name].caption, tuple(_fact_value(root, name, value) for value in values))
        if not field.facets and (field.label, str(getattr(action, field.key))) not in seen:
            facts[field.key] = Fact(field.caption, tuple(map(FactValue, _field_texts(action, field))))
        seen.add((field.label, str(getattr(action, field.key))))
    return facts


def sections_of(action: ActionBase) -> tuple[Section, ...]:
    """Return the long fields of `action` with a text, in their order."""
    texts = ((field, text_blocks(getattr(action, field.key) or "")) for field in FIELDS if field.kind is FieldKind.TEXT)
    return tuple(Section(field.key, field.caption, tuple(blocks)) for field, blocks in texts if blocks)


def similar_link(root: str, record: Record, similar: SimilarRecord) -> SimilarLink:
    """Return the link from `record` to a similar record."""
    action = similar.record.action
    return SimilarLink(
        record_page_url(root, similar.record.id),
        action.titre,
        Structure.parse(action.structure),
        similar.shared,
        comparison_page_url(root, [record.id, similar.record.id]),
    )


def _territory_facts(root: str, departement: Departement | None) -> tuple[Fact, ...]:
    if departement is None:
        return ()
    region = departement.region
    return (
        Fact(
            FACETS["departement"].caption,
            (FactValue(departement.nom, _search_path(root, "departement", departement.code)),),
        ),
        Fact(FACETS["region"].caption, (FactValue(region.nom, _search_path(root, "region", region.code)),)),
    )


def _fact_value(root: str, name: str, value: FacetValue) -> FactValue:
    is_structure = name == _STRUCTURE_FACET
    return FactValue(
        value.label, structure_page_url(root, value.value) if is_structure else _search_path(root, name, value.value)
    )


def _search_path(root: str, name: str, value: str) -> str:
    return SearchUrl(root, ()).with_value(name, value)


def _field_texts(action: ActionBase, field: Field) -> list[str]:
    value = getattr(action, field.key)
    return value if isinstance(value, list) else [value]
