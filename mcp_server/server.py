"""One MCP server for both eras: the handshake (until 2025-11-25) and stateless (2026-07-28)."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, NoReturn

import anyio
from mcp import types
from mcp.server import NotificationOptions, Server
from mcp.server.context import CallNext, HandlerResult
from mcp.shared.exceptions import MCPError
from mcp.types.version import MODERN_PROTOCOL_VERSIONS
from pydantic import ValidationError

from gateway.errors import GatewayError, NotFound, UnknownTool
from gateway.session import Json, Session
from mcp_server.changes import Changes, Context, OnChange
from mcp_server.resources import completed, read, resources, templates
from mcp_server.tools import Projections, answered, failed

log = logging.getLogger("homeport.mcp")

RESOURCE_NOT_FOUND = -32002
"""Until 2025-11-25; since then such a uri is an invalid parameter."""


class HomeServer(Server[None]):
    """Projects what the caller's session has; `session_of` finds the session of each message."""

    def __init__(
        self, session_of: Callable[[Context], Session], watch: OnChange, *, version: str = ""
    ) -> None:
        self._session_of = session_of
        self._watch = watch
        self.changes = Changes(session_of)
        self._projections = Projections()
        super().__init__(
            "homeport",
            version=version,
            lifespan=lambda _: self._watching(),
            # No argument is mirrored into a header; without this, each call would list all tools.
            get_tool_input_schema=lambda _: None,
            on_list_tools=self._list_tools,
            on_call_tool=self._call_tool,
            on_list_resources=self._list_resources,
            on_list_resource_templates=self._list_templates,
            on_read_resource=self._read_resource,
            on_subscribe_resource=self.changes.subscribe,
            on_unsubscribe_resource=self.changes.unsubscribe,
            on_completion=self._complete,
            on_subscriptions_listen=self.changes.listen,
        )
        self.add_request_handler("server/discover", types.RequestParams, self._discover)
        self.add_notification_handler(
            "notifications/initialized", types.NotificationParams, self.changes.remember
        )
        self.middleware = [self._within_bounds]

    def get_capabilities(
        self,
        notification_options: NotificationOptions | None = None,
        experimental_capabilities: dict[str, dict[str, Any]] | None = None,
        extensions: dict[str, dict[str, Any]] | None = None,
        *,
        protocol_version: str | None = None,
    ) -> types.ServerCapabilities:
        """Return what is served: changes of the tool list and of what a resource holds are told."""
        found = super().get_capabilities(
            notification_options,
            experimental_capabilities,
            extensions,
            protocol_version=protocol_version,
        )
        return found.model_copy(
            update={
                "tools": types.ToolsCapability(list_changed=True),
                "resources": types.ResourcesCapability(subscribe=True, list_changed=False),
            }
        )

    @asynccontextmanager
    async def _watching(self) -> AsyncIterator[None]:
        stop = self._watch(self.changes.tools_changed)
        try:
            yield
        finally:
            stop()

    async def _within_bounds(self, ctx: Context, call_next: CallNext) -> HandlerResult:
        """Give each caller its own instructions, and no caller anything but typed errors."""
        try:
            result = await call_next(ctx)
            if ctx.method == "initialize" and isinstance(result, dict):
                result["instructions"] = await self._session_of(ctx).instructions()
            return result
        except (MCPError, ValidationError):
            raise
        except GatewayError as error:
            _refuse(ctx, error)
        except Exception as error:  # the SDK would answer with whatever the exception says
            log.exception("%s failed", ctx.method)
            raise MCPError(types.INTERNAL_ERROR, "Something went wrong in homeport") from error

    async def _discover(self, ctx: Context, params: types.RequestParams) -> types.DiscoverResult:
        return types.DiscoverResult(
            supported_versions=list(MODERN_PROTOCOL_VERSIONS),
            capabilities=self.get_capabilities(protocol_version=ctx.protocol_version),
            instructions=await self._session_of(ctx).instructions(),
        )

    async def _list_tools(
        self, ctx: Context, params: types.PaginatedRequestParams | None
    ) -> types.ListToolsResult:
        views = await self._session_of(ctx).tools()
        return types.ListToolsResult(tools=self._projections.of(views))

    async def _call_tool(
        self, ctx: Context, params: types.CallToolRequestParams
    ) -> types.CallToolResult:
        call = self._session_of(ctx).call(params.name, params.arguments or {})
        try:
            return answered(await _cancelled_once(call))
        except GatewayError as error:
            if error.problem().get("code") == UnknownTool.code:
                raise
            return failed(error)

    async def _list_resources(
        self, ctx: Context, params: types.PaginatedRequestParams | None
    ) -> types.ListResourcesResult:
        return types.ListResourcesResult(resources=await resources(self._session_of(ctx)))

    async def _list_templates(
        self, ctx: Context, params: types.PaginatedRequestParams | None
    ) -> types.ListResourceTemplatesResult:
        return types.ListResourceTemplatesResult(resource_templates=templates())

    async def _read_resource(
        self, ctx: Context, params: types.ReadResourceRequestParams
    ) -> types.ReadResourceResult:
        return await read(self._session_of(ctx), params.uri)

    async def _complete(
        self, ctx: Context, params: types.CompleteRequestParams
    ) -> types.CompleteResult:
        if params.ref.type == "ref/prompt":
            raise NotFound(f"There is no prompt {params.ref.name[:80]!r}")
        session, prefix = self._session_of(ctx), params.argument.value
        return types.CompleteResult(completion=await completed(session, params.ref.uri, prefix))


def _refuse(ctx: Context, error: GatewayError) -> NoReturn:
    """Raise what the protocol has for `error`, with the problem as its data.

    The problem decides, not the class: a session may hand on what another process answered.
    """
    problem = error.problem()
    status = problem.get("status", error.status)
    code = types.INVALID_PARAMS if status < 500 else types.INTERNAL_ERROR
    if ctx.method in ("resources/read", "resources/subscribe"):
        problem = problem | {"uri": (ctx.params or {}).get("uri")}
        if status == NotFound.status and ctx.protocol_version not in MODERN_PROTOCOL_VERSIONS:
            code = RESOURCE_NOT_FOUND
    raise MCPError(code, error.detail, problem) from error


async def _cancelled_once(call: Coroutine[Any, Any, Json]) -> Json:
    """Return what `call` returns; when the caller cancels, wait until it has ended.

    The SDK cancels again at every await, which would also cut short what ends a call in order.
    """
    task = asyncio.create_task(call)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        task.cancel()
        with anyio.CancelScope(shield=True):
            await asyncio.wait([task])
        raise
