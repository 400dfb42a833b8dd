"""Post-processing of the OpenAPI schemas for client generators: simple nulls, examples everywhere."""

from collections.abc import Iterator, Mapping
from typing import Any

Schema = dict[str, Any]
_NULL = {"type": "null"}
_REF = "#/components/schemas/"
_PROPERTY_KEYS = ("properties", "patternProperties")
_SCHEMA_KEYS = ("items", "additionalProperties")
_COMBINATOR_KEYS = ("anyOf", "oneOf", "allOf")


def simplify_schemas(schemas: dict[str, Schema]) -> None:
    """Simplify `schemas`, which are by name, in place.

    Allows additional properties, since new keys may be added; removes titles, which repeat the keys; writes null as one
    of the types where possible; gives composed schemas an example made of those of their parts.
    """
    for schema in schemas.values():
        if schema.get("additionalProperties") is False:
            del schema["additionalProperties"]
        for inner in _parts(schema):
            inner.pop("title", None)
        for inner in (*_parts(schema), schema):
            _simplify_null(inner)
    for schema in schemas.values():
        add_examples(schema, schemas)


def add_examples(schema: Schema, schemas: Mapping[str, Schema]) -> None:
    """Give `schema` and its properties examples, derived from those that are declared."""
    for inner in schema.get("properties", {}).values():
        if "$ref" not in inner:
            add_examples(inner, schemas)
    if "examples" not in schema and (example := example_of(schema, schemas)) is not None:
        schema["examples"] = [example]


def example_of(schema: Schema, schemas: Mapping[str, Schema]) -> Any:
    """Return an example of `schema`, None when its parts have none."""
    match schema:
        case {"examples": [first, *_]} | {"enum": [first, *_]}:
            return first
        case {"$ref": str(reference)}:
            return example_of(schemas[reference.removeprefix(_REF)], schemas)
        case {"anyOf": [*choices]}:
            examples = (example_of(choice, schemas) for choice in choices)
            return next((example for example in examples if example is not None), None)
        case {"items": dict(items)}:
            item = example_of(items, schemas)
            return None if item is None else [item]
        case {"properties": dict(properties)}:
            parts = {key: example_of(inner, schemas) for key, inner in properties.items()}
            return {key: part for key, part in parts.items() if part is not None} or None
    return None


def _parts(schema: Schema) -> Iterator[Schema]:
    """Yield every schema within `schema`, innermost first."""
    inner = [part for key in _PROPERTY_KEYS for part in schema.get(key, {}).values()]
    inner += [schema[name] for name in _SCHEMA_KEYS if isinstance(schema.get(name), dict)]
    inner += [part for name in _COMBINATOR_KEYS for part in schema.get(name, ())]
    for part in inner:
        yield from _parts(part)
        yield part


def _simplify_null(schema: Schema) -> None:
    """Replace `anyOf` with null by a list of types, unless one of the alternatives is a reference."""
    choices = schema.get("anyOf", [])
    if _NULL not in choices or any(
        set(choice) - {"type", "items", "format"} or "type" not in choice for choice in choices
    ):
        return
    del schema["anyOf"]
    for choice in choices:
        schema.update(choice)
    schema["type"] = [choice["type"] for choice in choices]
