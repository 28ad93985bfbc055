"""Models and the one way their JSON Schema is made: no titles, no nulls, nothing twice."""

from typing import Any

from pydantic import BaseModel, ConfigDict
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema


class Model(BaseModel):
    """Base of everything typed: strict (`false` is not 0), closed, frozen."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        strict=True,
        allow_inf_nan=False,
        use_attribute_docstrings=True,
    )


class _Plain(GenerateJsonSchema):
    """JSON Schema without noise; absent and null are the same to us, so null is never offered."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        shown = super().default_schema(schema)
        if shown.get("default", ...) in (None, False, []):
            shown.pop("default", None)
        return shown


def json_schema(model: type[BaseModel], *, described: bool = True) -> dict[str, Any]:
    """Return the schema of `model`; references to other models are put in place.

    `described=False` leaves the root without the model's docstring.
    """
    schema = model.model_json_schema(schema_generator=_Plain)
    definitions = schema.pop("$defs", {})
    placed: dict[str, Any] = _place(schema, definitions)
    if not described:
        placed.pop("description", None)
    return placed


def _place(node: Any, definitions: dict[str, Any]) -> Any:
    if isinstance(node, list):
        return [_place(item, definitions) for item in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        name = node["$ref"].rsplit("/", 1)[1]
        beside = {key: value for key, value in node.items() if key != "$ref"}
        return _place(definitions[name] | beside, definitions)
    return {
        key: _place_properties(value, definitions)
        if key == "properties"
        else _place(value, definitions)
        for key, value in node.items()
        if not (key == "title" and isinstance(value, str))
    }


def _place_properties(properties: dict[str, Any], definitions: dict[str, Any]) -> dict[str, Any]:
    return {name: _place(schema, definitions) for name, schema in properties.items()}
