"""What each operation does, and how its request is read."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.routing import Route
from starlette.types import Receive, Scope

from gateway.errors import NotAllowed
from gateway.session import Json, Session, ToolView
from openapi.document import document, tools_document
from openapi.endpoint import Endpoint, Page
from openapi.event_runs import EVENT_RUNS
from openapi.guard import SESSION
from openapi.operation import NoParameters, Operation
from openapi.operations import OPERATIONS, TOOL_PATH
from openapi.raw import Raw
from openapi.reading import body_of, checked, json_object, parameters
from openapi.streaming import Streams
from openapi.workouts import WORKOUT_RUNS, take_in

Run = Callable[[Session, Mapping[str, Any]], Awaitable[Json | Raw]]


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


STREAM = "stream_events"
FILE = "import_workouts"
"""They read their requests themselves: one does not answer and be done, one takes a file."""

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
    **WORKOUT_RUNS,
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


def routes() -> list[Route]:
    """Return a route for every path, that of the tools first."""
    own_page: dict[str, Page] = {STREAM: Streams().page, FILE: take_in}
    found = [Route(TOOL_PATH, Endpoint({"POST": _call_tool}, "application/json"))]
    for path in dict.fromkeys(operation.path for operation in OPERATIONS):
        own = [operation for operation in OPERATIONS if operation.path == path]
        pages = {one.method: own_page.get(one.name) or _page(one, RUNS[one.name]) for one in own}
        found.append(Route(path, Endpoint(pages, own[0].media)))
    return found
