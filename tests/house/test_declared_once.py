"""A field that is added to a copy of the registry is everywhere, without another line of code."""

from dataclasses import replace

from app.api.openapi.request_bodies import PATCH_SCHEMA, WHOLE_SCHEMA, input_schemas
from app.api.schemas.actions import item_model, record_model
from app.catalogue.action import Action, action_model
from app.catalogue.facets import facets_of
from app.catalogue.fields import FIELDS, Field, FieldKind
from app.catalogue.sorting import sorts_of
from app.catalogue.table_columns import columns_of
from app.importing.decoding import Line
from app.importing.diagnostics import ParsedRecord
from app.importing.text_format import parse_export, render_export
from app.search.columnar.documents import IndexSchema, index_document
from app.search.whoosh_engine.schema import index_fingerprint
from tests.factories import make_action, make_record

ADDED = Field(
    key="lieu",
    label="- Lieu de l'action",
    kind=FieldKind.ONE,
    caption="Lieu",
    description="Lieu de l'action",
    example="La place du marché",
    weight=1.0,
    facets=("lieu",),
    listed=True,
)
MORE = (*FIELDS, ADDED)


class ActionWithPlace(action_model(MORE), Action):  # type: ignore[misc] # the base is made from the registry
    """An action of that registry."""


def test_the_parser_reads_it_and_the_renderer_writes_it() -> None:
    action = ActionWithPlace(**make_action().model_dump(), lieu="La place")
    text = "".join(render_export([action], MORE))
    lines = (Line(number, line) for number, line in enumerate(text.splitlines(), 1))
    (read,) = parse_export(lines, MORE, ActionWithPlace)

    assert "- Lieu de l'action\n- La place\n" in text
    assert isinstance(read, ParsedRecord)
    assert read.action == action


def test_the_index_the_facets_and_the_sorts_have_it() -> None:
    action = ActionWithPlace(**make_action().model_dump(), lieu="Une guinguette")
    indexed = index_document(replace(make_record(), action=action), IndexSchema.of(MORE))
    assert "Une guinguette" in {text for _, _, text in indexed.texts}
    assert index_fingerprint(IndexSchema.of(MORE)) != index_fingerprint(IndexSchema.of(FIELDS))
    assert facets_of(MORE)["lieu"].values(ActionWithPlace(**make_action().model_dump(), lieu="Là"))[0].label == "Là"
    assert "lieu" in sorts_of(MORE)


def test_tables_have_a_column_for_it() -> None:
    record = replace(make_record(), action=ActionWithPlace(**make_action().model_dump(), lieu="Là"))
    column = columns_of(MORE)["lieu"]
    assert (column.description, column.read(record)) == ("Lieu de l'action", "Là")


def test_the_api_models_describe_it() -> None:
    for model in (record_model(MORE, "More"), item_model(MORE, "MoreItem")):
        assert model.model_fields["lieu"].description == "Lieu de l'action"
    for name in (WHOLE_SCHEMA, PATCH_SCHEMA):
        assert input_schemas(MORE)[name]["properties"]["lieu"]["description"] == "Lieu de l'action"
