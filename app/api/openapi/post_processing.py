"""Shapes the schemas of the OpenAPI document as client generators take them best: plain nulls, examples everywhere."""

from collections.abc import Iterator, Mapping
from typing import Any

Schema = dict[str, Any]
_NULL = {"type": "null"}
_REF = "#/components/schemas/"
_HOLDERS = ("properties", "patternProperties")
_INNER = ("items", "additionalProperties")
_ALTERNATIVES = ("anyOf", "oneOf", "allOf")


def simplify_schemas(shapes: dict[str, Schema]) -> None:
    """Rework the schemas by name, in place.

    Keys that a client does not know may be added, so none is forbidden; titles that only repeat the keys go; null is
    one of the types wherever a type can say it; whatever is put together shows an example made of its parts.
    """
    for schema in shapes.values():
        if schema.get("additionalProperties") is False:
            del schema["additionalProperties"]
        for inner in _parts(schema):
            inner.pop("title", None)
        for inner in (*_parts(schema), schema):
            _plain_null(inner)
    for schema in shapes.values():
        add_examples(schema, shapes)


def add_examples(schema: Schema, shapes: Mapping[str, Schema]) -> None:
    """Give `schema`, and its properties, the examples that can be made of those that are written down."""
    for inner in schema.get("properties", {}).values():
        if "$ref" not in inner:
            add_examples(inner, shapes)
    if "examples" not in schema and (example := example_of(schema, shapes)) is not None:
        schema["examples"] = [example]


def example_of(schema: Schema, shapes: Mapping[str, Schema]) -> Any:
    """Return an example of `schema`, None where its parts have none."""
    match schema:
        case {"examples": [first, *_]} | {"enum": [first, *_]}:
            return first
        case {"$ref": str(reference)}:
            return example_of(shapes[reference.removeprefix(_REF)], shapes)
        case {"anyOf": [*choices]}:
            return next((found for one in choices if (found := example_of(one, shapes)) is not None), None)
        case {"items": dict(items)}:
            one = example_of(items, shapes)
            return None if one is None else [one]
        case {"properties": dict(properties)}:
            parts = {key: example_of(inner, shapes) for key, inner in properties.items()}
            return {key: part for key, part in parts.items() if part is not None} or None
    return None


def _parts(schema: Schema) -> Iterator[Schema]:
    """Return every schema inside of `schema`, the innermost first."""
    inner = [part for holder in _HOLDERS for part in schema.get(holder, {}).values()]
    inner += [schema[name] for name in _INNER if isinstance(schema.get(name), dict)]
    inner += [part for name in _ALTERNATIVES for part in schema.get(name, ())]
    for part in inner:
        yield from _parts(part)
        yield part


def _plain_null(schema: Schema) -> None:
    """Make « of these types, or null » a list of types, where there is no reference among them."""
    choices = schema.get("anyOf", [])
    if _NULL not in choices or any(set(one) - {"type", "items", "format"} or "type" not in one for one in choices):
        return
    del schema["anyOf"]
    for one in choices:
        schema.update(one)
    schema["type"] = [one["type"] for one in choices]
