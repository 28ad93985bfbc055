"""What each operation does, and the endpoint that reads the request and tells the answer."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from pydantic_core import to_json
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from gateway.errors import NotAllowed
from gateway.session import Json, Session, ToolView
from openapi.document import document, tools_document
from openapi.event_runs import EVENT_RUNS
from openapi.guard import SESSION
from openapi.operation import NoParameters, Operation
from openapi.operations import OPERATIONS, TOOL_PATH
from openapi.problems import COMMON_HEADERS, MethodNotAllowed, problem
from openapi.raw import Raw
from openapi.reading import body_of, checked, json_object, parameters
from openapi.streaming import EventStream

Run = Callable[[Session, Mapping[str, Any]], Awaitable[Json | Raw]]
Page = Callable[[Scope, Receive], Awaitable[Json | Raw]]


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
    return document(await session.tools(), owner=await _is_owners(session))


async def _is_owners(session: Session) -> bool:
    # A session does not tell; whoever may see the tokens may do all that is the owner's alone.
    try:
        await session.tokens()
    except NotAllowed:
        return False
    return True


async def _tools_document(session: Session, asked: Mapping[str, Any]) -> Json:
    return tools_document(await session.tools())


STREAM = "/v1/events/stream"

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
    "new_token": lambda session, asked: session.new_token(
        asked["name"], preset=asked["preset"], allow=asked.get("allow", ())
    ),
    "revoke_token": lambda session, asked: session.revoke_token(asked["name"]),
    **EVENT_RUNS,
    "get_health": _health,
    "get_document": _document,
    "get_tools_document": _tools_document,
}


async def _call_tool(scope: Scope, receive: Receive) -> Json:
    if scope["query_string"]:
        parameters(NoParameters, scope["query_string"])
    arguments = json_object(await body_of(receive))
    session: Session = scope[SESSION]
    return await session.call(scope["path_params"]["tool"], arguments)


def _page(operation: Operation, run: Run) -> Page:
    async def page(scope: Scope, receive: Receive) -> Json | Raw:
        asked = scope["path_params"] | parameters(operation.query, scope["query_string"])
        if operation.body is not None:
            asked |= checked(operation.body, json_object(await body_of(receive)))
        # Where no token is needed there is no session, and what runs there uses none.
        session: Any = scope.get(SESSION)
        return await run(session, asked)

    return page


class Endpoint:
    """One path, with a page for each of its methods."""

    def __init__(self, pages: Mapping[str, Page], media: str) -> None:
        self._pages = dict(pages)
        if "GET" in pages:
            self._pages["HEAD"] = pages["GET"]
        self._allow = ", ".join(sorted({*self._pages, "OPTIONS"}))
        self._headers = _headers(media)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        page = self._pages.get(scope["method"])
        if page is None:
            await self._other(scope["method"])(scope, receive, send)
            return
        answer = await page(scope, receive)
        if isinstance(answer, Raw):
            body, own = answer.body, _headers(answer.media)
        else:
            body, own = to_json(answer, inf_nan_mode="null"), self._headers
        headers = [*own, (b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def _other(self, method: str) -> Response:
        if method == "OPTIONS":
            return Response(None, 204, COMMON_HEADERS | {"allow": self._allow})
        error = MethodNotAllowed(f"This page takes {self._allow}, not {method[:20]}")
        return problem(error, {"allow": self._allow})


def _headers(media: str) -> list[tuple[bytes, bytes]]:
    headers = {"content-type": media} | COMMON_HEADERS
    return [(name.encode(), value.encode()) for name, value in headers.items()]


def routes() -> list[Route]:
    """Return a route for every path, that of the tools first."""
    found = [Route(TOOL_PATH, Endpoint({"POST": _call_tool}, "application/json"))]
    paths = dict.fromkeys(operation.path for operation in OPERATIONS)
    for path in paths:
        if path == STREAM:
            found.append(Route(path, EventStream()))
            continue
        own = [operation for operation in OPERATIONS if operation.path == path]
        pages = {operation.method: _page(operation, RUNS[operation.name]) for operation in own}
        found.append(Route(path, Endpoint(pages, own[0].media)))
    return found
