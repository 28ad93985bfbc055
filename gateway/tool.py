"""Everything an agent can call is a tool: declared once, projected by every surface."""

from collections.abc import Awaitable, Callable, Mapping
from copy import copy
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Annotated, Any, Literal, get_args

from pydantic import Field, ValidationError, create_model
from pydantic.fields import FieldInfo

from gateway.declarations import Action, Risk
from gateway.errors import InvalidArguments, did_you_mean
from gateway.quantities import InCelsius, Words
from gateway.schema import Model, json_schema
from gateway.session import ToolView
from gateway.text import Untrusted, clean

Outcome = Literal[
    "done", "already", "unverified", "sent", "refused", "failed", "unknown", "planned"
]
Handler = Callable[[Any, Any], Awaitable[Model]]


class Problem(Model):
    """Why something was not done."""

    code: str
    detail: Untrusted
    hint: Untrusted | None = None
    limits: dict[str, Any] | None = None
    choices: list[Any] | None = None


class Result(Model):
    """What became of one device."""

    device: str
    name: Untrusted
    outcome: Outcome
    adjusted: bool | None = None
    """a value was rounded to the device's step"""
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None
    """what was seen; with dry_run, what would be"""
    also: list[Untrusted] | None = None
    """others that this changed too"""
    error: Problem | None = None


class Acted(Model):
    """What an action did. Above 20 devices, `results` lists only what is not done or already."""

    summary: str
    receipt: str | None = None
    counts: dict[str, int] = Field(default_factory=dict)
    """outcome: how many devices"""
    results: list[Result] = Field(default_factory=list)
    plan: str | None = None
    """of a dry_run: hand it to run_plan"""


@dataclass(frozen=True)
class Tool:
    """A named, typed thing to call. `action` is set where it was projected from a capability."""

    name: str
    description: str
    input: type[Model]
    output: type[Model]
    reads: bool
    idempotent: bool
    risk: Risk = Risk.NONE
    action: Action | None = None
    handler: Handler | None = None
    kind: str | None = None
    """The kind that must be in the house for the tool to be listed; None is always."""
    by_name: bool = False
    """Whether only a grant that names the tool lists it."""

    @cached_property
    def input_schema(self) -> dict[str, Any]:
        return _tool_schema(self.input)

    @cached_property
    def output_schema(self) -> dict[str, Any]:
        return json_schema(self.output, described=False)

    @cached_property
    def view(self) -> ToolView:
        return ToolView(
            name=self.name,
            description=self.description,
            input_schema=self.input_schema,
            output_schema=self.output_schema,
            read_only=self.reads,
            destructive=not self.reads and self.risk is Risk.SECURITY,
            idempotent=self.reads or self.idempotent,
        )

    def parse(self, arguments: Mapping[str, Any]) -> Any:
        """Return the arguments as a Model; raise InvalidArguments that says what would fit."""
        return self._validated(self.input, arguments)

    def change(self, arguments: Mapping[str, Any]) -> Model:
        """Return an action's change alone, as its capability declares it."""
        assert self.action is not None
        fields = self.action.change.model_fields
        own = {name: value for name, value in arguments.items() if name in fields}
        return self._validated(self.action.change, own)

    def _validated(self, model: type[Model], arguments: Mapping[str, Any]) -> Model:
        for field, value in arguments.items():
            if value is None and field in model.model_fields:
                raise InvalidArguments(f"{field} is null", hint="Leave out what is to stay.")
        try:
            return model.model_validate(arguments)
        except ValidationError as error:
            raise _invalid(self, error) from None


TARGETS = "ids, names, areas or all"
Named = list[Annotated[str, Field(min_length=1)]] | Annotated[str, Field(min_length=1)]
Targets = Annotated[Named, Field(description=TARGETS, min_length=1)]
Exactly = Annotated[Named, Field(description="ids or exact names", min_length=1)]


@cache
def action_tool(action: Action) -> Tool:
    """Project an action: its change, with targets, dry_run and, for temperatures, a unit."""
    extra: dict[str, Any] = {"targets": (Exactly if action.exact else Targets, ...)}
    fields = action.change.model_fields
    extra |= {name: (field.annotation, copy(field)) for name, field in fields.items()}
    if temperature_fields(action.change):
        extra["unit"] = (Literal["C", "F"] | None, None)
    extra["dry_run"] = (bool, False)
    arguments: type[Model] = create_model(
        f"{action.change.__name__}Call", __base__=Model, __doc__=action.text, **extra
    )
    return Tool(
        name=action.name,
        description=action.text,
        input=arguments,
        output=Acted,
        reads=False,
        idempotent=action.idempotent,
        risk=action.risk,
        action=action,
        kind=action.kind,
    )


@cache
def temperature_fields(model: type[Model]) -> tuple[str, ...]:
    """Return the fields that a caller may give in °F."""
    return tuple(name for name, field in model.model_fields.items() if _has(field, InCelsius))


def _has(field: FieldInfo, mark: type) -> bool:
    return any(isinstance(found, mark) for found in _all_marks(field))


def _all_marks(field: FieldInfo) -> list[Any]:
    inner = [mark for part in get_args(field.annotation) for mark in _marks_of(part)]
    return [*field.metadata, *inner]


def _marks_of(part: Any) -> tuple[Any, ...]:
    return tuple(getattr(part, "__metadata__", ()))


def _tool_schema(model: type[Model]) -> dict[str, Any]:
    schema = _brief(json_schema(model, described=False))
    properties = schema.get("properties", {})
    for name, field in model.model_fields.items():
        for mark in _all_marks(field):
            if isinstance(mark, Words):
                properties[name] = {**properties[name], "description": mark.text}
            if isinstance(mark, InCelsius):
                properties[name] = {
                    key: value for key, value in properties[name].items() if key not in RANGE
                }
    if "targets" in properties:
        properties = properties | {"targets": _targets_schema(properties["targets"])}
    shown = {"type": "object", "properties": properties}
    if schema.get("required"):
        shown["required"] = sorted(schema["required"], key=list(properties).index)
    return shown | {"additionalProperties": False}


LENGTHS = ("minLength", "maxLength", "minItems", "maxItems")
"""Every agent would have to read them with every list, and a refusal tells them who needs it."""
RANGE = ("minimum", "maximum")
"""Of a temperature: it depends on the unit, and is told in words."""


def _brief(node: Any) -> Any:
    if isinstance(node, list):
        return [_brief(one) for one in node]
    if not isinstance(node, dict):
        return node
    return {key: _brief(value) for key, value in node.items() if key not in LENGTHS}


def _targets_schema(schema: dict[str, Any]) -> dict[str, Any]:
    shown = {"type": ["array", "string"], "items": {"type": "string"}}
    return shown | {"description": schema["description"]}


def _invalid(tool: Tool, error: ValidationError) -> InvalidArguments:
    found = error.errors(include_url=False, include_context=False)
    first = min(found, key=lambda one: one["type"] != "extra_forbidden")
    places = [str(part) for part in first["loc"] if not str(part).endswith("]")]
    where = clean(".".join(places), 80)
    fields = list(tool.input_schema["properties"])
    if first["type"] == "extra_forbidden":
        return InvalidArguments(
            f"{tool.name} has no {where}",
            hint=did_you_mean(str(first["loc"][-1]), fields) or f"It takes {', '.join(fields)}.",
            field=where,
        )
    if first["type"] == "missing":
        return InvalidArguments(f"{tool.name} needs {where}", hint=_hint(tool, first), field=where)
    said = first["msg"].removeprefix("Value error, ")
    if not where:
        return InvalidArguments(said)
    return InvalidArguments(f"{where}: {said}", hint=_hint(tool, first), field=where)


def _hint(tool: Tool, error: Any) -> str | None:
    schema = tool.input_schema["properties"].get(str(error["loc"][0]))
    return _allowed(schema) if schema else None


def _allowed(schema: dict[str, Any]) -> str:
    if "enum" in schema:
        return f"Allowed: {', '.join(map(str, schema['enum']))}."
    kinds = schema.get("type", "value")
    kind = " or ".join(kinds) if isinstance(kinds, list) else kinds
    described = schema.get("description")
    return f"Send a {kind}: {described}." if described else f"Send a {kind}."
