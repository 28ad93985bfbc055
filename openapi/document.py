"""The OpenAPI 3.1 document: a pure projection of the tools and of the table of operations."""

from collections.abc import Collection, Iterable, Sequence
from itertools import groupby

from gateway import errors
from gateway.allowed import NotAllowedAddress, NotAllowedHost
from gateway.errors import GatewayError
from gateway.event import Told
from gateway.happenings import HAPPENINGS
from gateway.plot import CannotPlot
from gateway.schema import Model, json_schema
from gateway.session import Json, ToolView
from openapi import answers, problems
from openapi.operation import Operation
from openapi.operations import OPERATIONS, TOOL_PATH

VERSION = "1"
"""Of the interface, as the paths say it; not of the program."""

PROBLEMS: tuple[type[GatewayError], ...] = (
    errors.Malformed,
    errors.Unauthorized,
    errors.NotAllowed,
    errors.ApprovalNeeded,
    NotAllowedHost,
    NotAllowedAddress,
    problems.OriginNotAllowed,
    errors.NotFound,
    errors.UnknownTool,
    errors.UnknownTarget,
    problems.MethodNotAllowed,
    errors.Conflict,
    errors.AmbiguousTarget,
    errors.NeedsSetup,
    problems.TooLarge,
    problems.HostNotAllowed,
    errors.InvalidArguments,
    errors.OutOfLimits,
    errors.GatewayError,
    errors.DeviceRefused,
    errors.AdapterFault,
    CannotPlot,
    errors.Unreachable,
    problems.TooManyStreams,
    errors.TimedOut,
    errors.StoreFailed,
)
EVERYWHERE = (403, 421, 422, 500)
WITH_TOKEN = (401,)
OF_TOOLS = (400, 404, 409, 413)
OF_ACTING_TOOLS = (507,)

PLACES = {
    "id": "the id of the device or webhook",
    "query": "one of the device's `queries`",
    "property": "a field of its state, such as power or climate.temperature",
    "name": "a token's name",
    "workout": "the id of a workout",
    "format": "fit or csv",
}

SIGNED = {
    "webhook-id": "the same for every attempt: what was seen before is a duplicate",
    "webhook-timestamp": "when this attempt was made, in seconds since 1970",
    "webhook-signature": "v1,… as Standard Webhooks 1.0 says; several while a secret changes",
}
PROBLEM_SCHEMA: Json = {
    "type": "object",
    "description": "What went wrong (RFC 9457), in the one shape that every error has.",
    "properties": {
        "type": {"type": "string", "description": "urn:homeport:problem:CODE"},
        "code": {"type": "string", "description": "the kind of problem, in one word"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "a sentence that one can act on"},
        "retryable": {"type": "boolean", "description": "the same again may work later"},
        "hint": {"type": "string", "description": "what to do instead"},
        "field": {"type": "string", "description": "the argument that does not fit"},
        "choices": {"type": "array", "description": "what may have been meant"},
    },
    "required": list(GatewayError("").problem()),
}


def document(views: Sequence[ToolView], *, owner: bool = True) -> Json:
    """Return the document of everything: these tools and the other pages, the owner's or all's."""
    paths: Json = {_path(view): {"post": _tool(view)} for view in views}
    for operation in OPERATIONS:
        if owner or not operation.owner_only:
            page = paths.setdefault(operation.path, {})
            page[operation.method.lower()] = _operation(operation, owner)
    said = "What this home has, as typed tools. The same tools are served by MCP at /mcp."
    whole = _document("homeport", said, paths) | {"webhooks": _webhooks()}
    whole["components"]["parameters"] = _signed()
    return whole


def _webhooks() -> Json:
    """Return what is posted to receivers: every event, with the schema of its data."""
    return {name: {"post": _posted(name, data)} for name, data in HAPPENINGS.items()}


def _posted(name: str, data: type[Model]) -> Json:
    told = json_schema(Told)
    told["properties"] |= {"name": {"const": name}, "data": json_schema(data)}
    return {
        "operationId": f"on_{name.replace('.', '_')}",
        "tags": ["webhooks"],
        "summary": (data.__doc__ or "").strip(),
        "security": [],
        "parameters": [{"$ref": f"#/components/parameters/{one}"} for one in SIGNED],
        "requestBody": _body(told),
        "responses": {"2XX": {"description": "The event has arrived."}},
    }


def _signed() -> Json:
    return {
        name: {
            "name": name,
            "in": "header",
            "required": True,
            "description": said,
            "schema": {"type": "string"},
        }
        for name, said in SIGNED.items()
    }


def tools_document(views: Sequence[ToolView]) -> Json:
    """Return the document of these tools alone: one flat POST each, named as the tool is."""
    paths = {_path(view): {"post": _tool(view)} for view in views}
    return _document("homeport tools", "What this home has, as typed tools.", paths)


def _document(title: str, description: str, paths: Json) -> Json:
    used = {
        int(status)
        for page in paths.values()
        for one in page.values()
        for status in one["responses"]
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": VERSION, "description": description},
        "servers": [{"url": "/"}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": {"Problem": PROBLEM_SCHEMA},
            "responses": {
                name: response for status, name, response in _responses() if status in used
            },
        },
    }


def _path(view: ToolView) -> str:
    return TOOL_PATH.format(tool=view.name)


def _tool(view: ToolView) -> Json:
    own = OF_TOOLS if view.read_only else OF_TOOLS + OF_ACTING_TOOLS
    return {
        "operationId": view.name,
        "tags": ["tools"],
        "summary": _first_sentence(view.description),
        "description": view.description,
        "x-read-only": view.read_only,
        "x-destructive": view.destructive,
        "x-idempotent": view.idempotent,
        "requestBody": _body(view.input_schema),
        "responses": _answers(
            "What was found or done.", "application/json", view.output_schema, WITH_TOKEN + own
        ),
    }


def _operation(operation: Operation, owner: bool) -> Json:
    shown: Json = {
        "operationId": operation.name,
        "tags": [operation.topic],
        "summary": operation.summary,
    }
    if not operation.needs_token:
        shown["security"] = []
    hidden = () if owner else operation.owners_parameters
    parameters = [*_path_parameters(operation), *_query_parameters(operation.query, hidden)]
    if parameters:
        shown["parameters"] = parameters
    if operation.body is not None:
        shown["requestBody"] = _body(json_schema(operation.body))
    if operation.takes_file:
        file: Json = {"application/octet-stream": {}}
        shown["requestBody"] = {"required": True, "content": file}
    own = operation.problems + (WITH_TOKEN if operation.needs_token else ())
    answer = json_schema(operation.answer)
    said = answer.pop("description")
    if operation.answer is answers.Text:
        answer = {"type": "string"}
    told = _answers(said, operation.media, answer, own)
    told["200"]["content"] |= {media: {} for media in operation.other_media}
    return shown | {"responses": told}


def _first_sentence(text: str) -> str:
    end = text.find(". ")
    return text if end < 0 else text[: end + 1]


def _body(schema: Json) -> Json:
    return {
        "required": bool(schema.get("required")),
        "content": {"application/json": {"schema": schema}},
    }


def _path_parameters(operation: Operation) -> list[Json]:
    return [
        {
            "name": place,
            "in": "path",
            "required": True,
            "description": PLACES[place],
            "schema": {"type": "string", "minLength": 1},
        }
        for place in operation.places
    ]


def _query_parameters(model: type[Model], hidden: Collection[str]) -> Iterable[Json]:
    for name, schema in json_schema(model).get("properties", {}).items():
        if name in hidden:
            continue
        bare = {key: value for key, value in schema.items() if key != "description"}
        yield {"name": name, "in": "query", "description": schema["description"], "schema": bare}


def _answers(said: str, media: str, schema: Json, statuses: Iterable[int]) -> Json:
    names = {status: name for status, name, _ in _responses()}
    well = {"200": {"description": said, "content": {media: {"schema": schema}}}}
    return well | {
        str(status): {"$ref": f"#/components/responses/{names[status]}"}
        for status in sorted({*statuses, *EVERYWHERE})
    }


def _responses() -> list[tuple[int, str, Json]]:
    """Return status, name and response of every kind of problem; a status is one response."""
    found = []
    for status, group in groupby(sorted(PROBLEMS, key=_status), key=_status):
        kinds = list(group)
        said = "; ".join(f"{kind.title} (`{kind.code}`)" for kind in kinds)
        content = {problems.MEDIA: {"schema": {"$ref": "#/components/schemas/Problem"}}}
        found.append((status, _title(kinds[0].code), {"description": said, "content": content}))
    return found


def _status(kind: type[GatewayError]) -> int:
    return kind.status


def _title(code: str) -> str:
    return code.title().replace("_", "")
