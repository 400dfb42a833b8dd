"""What the pages of a record and of a structure show: facts that lead to the search, texts as sections, neighbours."""

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
"""Records that fit side by side."""

_STRUCTURE = "structure"


@dataclass(frozen=True, slots=True)
class FactValue:
    """A value as people read it, and where it leads; nowhere when `address` is empty."""

    text: str
    address: str = ""


@dataclass(frozen=True, slots=True)
class Fact:
    """What people call a short field, and its values."""

    caption: str
    values: tuple[FactValue, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """A long text under its heading; `anchor` names the place on the page."""

    anchor: str
    caption: str
    blocks: tuple[TextBlock, ...]


@dataclass(frozen=True, slots=True)
class SimilarLink:
    """A record that is near: its page, who organises it, the words that tie the two, and where they are compared."""

    address: str
    title: str
    structure: Structure
    shared: tuple[str, ...]
    comparison: str


@dataclass(frozen=True, slots=True)
class RecordView:
    """Everything that the page of a record shows."""

    record: Record
    structure: Structure
    facts: tuple[Fact, ...]
    summary: Section | None
    sections: tuple[Section, ...]
    near: tuple[SimilarLink, ...]
    comparison: str


@dataclass(frozen=True, slots=True)
class StructureView:
    """Everything that the page of a structure shows; `more` is the search for its actions."""

    organiser: StructureSummary
    facts: tuple[Fact, ...]
    hits: tuple[HitView, ...]
    more: str


def record_view(root: str, record: Record, near: Sequence[SimilarRecord]) -> RecordView:
    """Return the view of `record`, whose neighbours are `near`, under the path `root`."""
    sections = sections_of(record.action)
    # The text that lists carry says in short what the others say at length.
    listed = {field.key for field in FIELDS if field.listed}
    summary = next((section for section in sections if section.anchor in listed), None)
    others = [one.record.id for one in near]
    return RecordView(
        record,
        Structure.parse(record.action.structure),
        tuple(facts_of(root, record.action).values()),
        summary,
        tuple(section for section in sections if section is not summary),
        tuple(similar_link(root, record, one) for one in near),
        comparison_page_url(root, [record.id, *others][:MAX_COMPARED]) if len(others) > 1 else "",
    )


def structure_view(root: str, organiser: StructureSummary, hits: tuple[HitView, ...]) -> StructureView:
    """Return the view of `organiser`, of whose actions `hits` are the first."""
    structure = organiser.structure
    return StructureView(organiser, _place(root, structure.departement), hits, _search(root, _STRUCTURE, structure.id))


def facts_of(root: str, action: ActionBase) -> dict[str, Fact]:
    """Return the short fields of `action` that say something, in their order: by facet, by key those without one.

    The title is none of them. A field that repeats another one of the same label says nothing.
    """
    facts: dict[str, Fact] = {}
    said: set[tuple[str, str]] = set()
    for field in FIELDS:
        if field.kind in {FieldKind.TITLE, FieldKind.TEXT} or not getattr(action, field.key):
            continue
        for name in field.facets:
            if values := FACETS[name].values(action):
                facts[name] = Fact(FACETS[name].caption, tuple(_value(root, name, value) for value in values))
        if not field.facets and (field.label, str(getattr(action, field.key))) not in said:
            facts[field.key] = Fact(field.caption, tuple(map(FactValue, _texts(action, field))))
        said.add((field.label, str(getattr(action, field.key))))
    return facts


def sections_of(action: ActionBase) -> tuple[Section, ...]:
    """Return the long fields of `action` that say something, in their order."""
    texts = ((field, text_blocks(getattr(action, field.key) or "")) for field in FIELDS if field.kind is FieldKind.TEXT)
    return tuple(Section(field.key, field.caption, tuple(found)) for field, found in texts if found)


def similar_link(root: str, record: Record, near: SimilarRecord) -> SimilarLink:
    """Return how `near` is shown beside `record`."""
    action = near.record.action
    return SimilarLink(
        record_page_url(root, near.record.id),
        action.titre,
        Structure.parse(action.structure),
        near.shared,
        comparison_page_url(root, [record.id, near.record.id]),
    )


def _place(root: str, departement: Departement | None) -> tuple[Fact, ...]:
    if departement is None:
        return ()
    region = departement.region
    return (
        Fact(
            FACETS["departement"].caption, (FactValue(departement.nom, _search(root, "departement", departement.code)),)
        ),
        Fact(FACETS["region"].caption, (FactValue(region.nom, _search(root, "region", region.code)),)),
    )


def _value(root: str, name: str, value: FacetValue) -> FactValue:
    is_organiser = name == _STRUCTURE
    return FactValue(
        value.label, structure_page_url(root, value.value) if is_organiser else _search(root, name, value.value)
    )


def _search(root: str, name: str, value: str) -> str:
    return SearchUrl(root, ()).adding(name, value)


def _texts(action: ActionBase, field: Field) -> list[str]:
    stored = getattr(action, field.key)
    return stored if isinstance(stored, list) else [stored]
