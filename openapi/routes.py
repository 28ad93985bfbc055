"""What each operation does, and the endpoint that reads the request and tells the answer."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from pydantic_core import to_json
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from gateway.errors import GatewayError
from gateway.session import Json, Session, ToolView
from openapi.document import document, tools_document
from openapi.guard import SESSION
from openapi.operations import OPERATIONS, TOOL_PATH, NoParameters, Operation
from openapi.problems import COMMON_HEADERS, MethodNotAllowed, problem
from openapi.reading import body_of, checked, json_object, parameters

NOBODY: Any = None
"""In the place of a session on pages that need no token: their answers are the same for all."""

Run = Callable[[Session, Mapping[str, Any]], Awaitable[Json]]


async def _tools(session: Session, asked: Mapping[str, Any]) -> Json:
    return {"tools": [_listing(view) for view in await session.tools()]}


def _listing(view: ToolView) -> Json:
    return {
        "name": view.name,
        "description": view.description,
        "inputSchema": view.input_schema,
        "outputSchema": view.output_schema,
        "annotations": {
            "readOnlyHint": view.read_only,
            "destructiveHint": view.destructive,
            "idempotentHint": view.idempotent,
            "openWorldHint": view.open_world,
        },
    }


async def _instructions(session: Session, asked: Mapping[str, Any]) -> Json:
    return {"instructions": await session.instructions()}


async def _health(session: Session, asked: Mapping[str, Any]) -> Json:
    return {"status": "ok"}


async def _document(session: Session, asked: Mapping[str, Any]) -> Json:
    return document(await session.tools())


async def _tools_document(session: Session, asked: Mapping[str, Any]) -> Json:
    return tools_document(await session.tools())


RUNS: Mapping[str, Run] = {
    "list_tools": _tools,
    "get_instructions": _instructions,
    "list_devices": lambda session, asked: session.devices(**asked),
    "get_device": lambda session, asked: session.device(asked["id"]),
    "forget_device": lambda session, asked: session.forget(asked["id"]),
    "get_thing_description": lambda session, asked: session.thing(asked["id"]),
    "ask_device": lambda session, asked: session.ask(asked["id"], asked["query"]),
    "list_receipts": lambda session, asked: session.receipts(**asked),
    "list_tokens": lambda session, asked: session.tokens(),
    "new_token": lambda session, asked: session.new_token(asked["name"], preset=asked["preset"]),
    "revoke_token": lambda session, asked: session.revoke_token(asked["name"]),
    "get_health": _health,
    "get_document": _document,
    "get_tools_document": _tools_document,
}


def tool_route() -> Route:
    """Return the route of every tool; the shortest way from the body to the session and back."""
    return Route(TOOL_PATH, ToolEndpoint(), methods=["POST"])


def page_routes() -> list[Route]:
    """Return the routes of the pages beside the tools, one for each path."""
    by_path: dict[str, dict[str, Operation]] = {}
    for operation in OPERATIONS:
        by_path.setdefault(operation.path, {})[operation.method] = operation
    return [Route(path, PageEndpoint(operations)) for path, operations in by_path.items()]


class ToolEndpoint:
    """Calls a tool with the body as its arguments."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            arguments = json_object(await body_of(receive))
            session: Session = scope[SESSION]
            answer = await session.call(scope["path_params"]["tool"], arguments)
        except GatewayError as error:
            await problem(error)(scope, receive, send)
            return
        await _tell(send, answer, "application/json")


class PageEndpoint:
    """Serves one path, by method."""

    def __init__(self, operations: Mapping[str, Operation]) -> None:
        self._operations = operations
        allowed = {*operations, *(["HEAD"] if "GET" in operations else [])}
        self._allowed = ", ".join(sorted(allowed))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        method = "GET" if scope["method"] == "HEAD" else scope["method"]
        operation = self._operations.get(method)
        try:
            if operation is None:
                raise MethodNotAllowed(f"This page takes {self._allowed}, not {scope['method']}")
            asked = await _asked(operation, scope, receive)
            session: Session = scope.get(SESSION, NOBODY)
            answer = await RUNS[operation.name](session, asked)
        except MethodNotAllowed as error:
            await problem(error, {"allow": self._allowed})(scope, receive, send)
            return
        except GatewayError as error:
            await problem(error)(scope, receive, send)
            return
        await _tell(send, answer, operation.media, empty=scope["method"] == "HEAD")


async def _asked(operation: Operation, scope: Scope, receive: Receive) -> dict[str, Any]:
    """Return everything that a request says: path, query and body, checked."""
    asked = dict(scope["path_params"])
    if operation.query is not NoParameters or scope["query_string"]:
        asked |= parameters(operation.query, scope["query_string"])
    if operation.body is not None:
        asked |= checked(operation.body, json_object(await body_of(receive)))
    return asked


async def _tell(send: Send, answer: Json, media: str, *, empty: bool = False) -> None:
    body = to_json(answer)
    headers = [
        (b"content-type", media.encode()),
        (b"content-length", str(len(body)).encode()),
        *((name.encode(), value.encode()) for name, value in COMMON_HEADERS.items()),
    ]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if empty else body})
