"""Telling connected agents what changed, on the channel of either era of the protocol.

A change carries no content: whoever hears of it reads again. So one that a client has not been
told yet is kept once, and a client that does not read keeps nobody waiting.
"""

import asyncio
from collections.abc import Callable
from typing import Any

import anyio
from mcp import types
from mcp.server import ServerRequestContext
from mcp.server.session import ServerSession
from mcp.shared.exceptions import MCPError
from mcp.shared.subscriptions import (
    SUBSCRIPTION_ID_META_KEY,
    ResourceUpdated,
    ToolsListChanged,
    event_to_notification,
)

from gateway.errors import GatewayError
from gateway.session import Session
from mcp_server.watch import Untold, Watch

OnChange = Callable[[Callable[[], None]], Callable[[], None]]
"""Like `Door.on_tools_changed`: takes what to call, returns the way to stop that."""

Context = ServerRequestContext[Any, Any]

MOST_LISTENING = 1024


class Changes:
    """Who is connected and wants to hear of changes."""

    def __init__(self, session_of: Callable[[Context], Session]) -> None:
        self._session_of = session_of
        self._listening: dict[Untold, bool] = {}
        """Open streams, and whether they are of the tool list too."""
        self._connections: dict[int, _Connection] = {}
        self._closed = False

    def __len__(self) -> int:
        """How many connections of a handshake are kept."""
        return len(self._connections)

    def tools_changed(self) -> None:
        """Tell everybody who wants to know that the tools may differ."""
        for untold, wanted in self._listening.items():
            if wanted:
                untold.add(ToolsListChanged())
        for connection in self._connections.values():
            connection.untold.add(ToolsListChanged())

    async def listen(
        self, ctx: Context, params: types.SubscriptionsListenRequestParams
    ) -> types.SubscriptionsListenResult:
        """Serve a stream of changes (since 2026-07-28) until homeport or the client goes.

        What does not happen here, or the caller may not see, is not in the acknowledgement.
        """
        if ctx.request_id is None:
            raise MCPError(types.INVALID_REQUEST, "subscriptions/listen needs a request id")
        if len(self._listening) >= MOST_LISTENING:
            raise MCPError(types.INTERNAL_ERROR, "There are too many listeners; close one")
        asked = params.notifications
        untold = Untold()
        watch = Watch(self._session_of(ctx), untold)
        self._listening[untold] = bool(asked.tools_list_changed)
        try:
            uris = await watch.open(asked.resource_subscriptions or ())
            honored = types.SubscriptionFilter(
                tools_list_changed=asked.tools_list_changed or None,
                resource_subscriptions=uris or None,
            )
            if self._closed:
                untold.end()
            return await _serve(ctx, ctx.request_id, honored, untold)
        finally:
            del self._listening[untold]
            await watch.aclose()

    async def remember(self, ctx: Context, params: types.NotificationParams) -> None:
        """Keep a connection that was opened by a handshake (until 2025-11-25) while it lasts."""
        self._connection(ctx)

    async def subscribe(
        self, ctx: Context, params: types.SubscribeRequestParams
    ) -> types.EmptyResult:
        """Tell a connection (until 2025-11-25) when a resource changes."""
        await self._connection(ctx).watch.add(str(params.uri))
        return types.EmptyResult()

    async def unsubscribe(
        self, ctx: Context, params: types.UnsubscribeRequestParams
    ) -> types.EmptyResult:
        """Tell it no more."""
        await self._connection(ctx).watch.remove(str(params.uri))
        return types.EmptyResult()

    def close(self) -> None:
        """End the streams of `listen`, each with its last word."""
        self._closed = True
        for untold in self._listening:
            untold.end()

    def _connection(self, ctx: Context) -> "_Connection":
        # ctx.session lives as long as its message; only the connection, which the SDK keeps to
        # itself, knows when the client goes.
        connection = ctx.session._connection
        kept = self._connections.get(id(connection))
        if kept is None:
            kept = self._connections[id(connection)] = _Connection(
                ctx.session, self._session_of(ctx)
            )
            connection.exit_stack.push_async_callback(kept.aclose)
            connection.exit_stack.callback(self._connections.pop, id(connection), None)
        return kept


async def _serve(
    ctx: Context, id: types.RequestId, honored: types.SubscriptionFilter, untold: Untold
) -> types.SubscriptionsListenResult:
    """Acknowledge, tell what changes, and end with the result."""
    meta = {SUBSCRIPTION_ID_META_KEY: id}
    about = types.SubscriptionsAcknowledgedNotificationParams(notifications=honored, _meta=meta)
    await ctx.session.send_notification(
        types.SubscriptionsAcknowledgedNotification(params=about), related_request_id=id
    )
    while (change := await untold.next()) is not None:
        await ctx.session.send_notification(
            event_to_notification(change, meta), related_request_id=id
        )
    return types.SubscriptionsListenResult(_meta=meta)


class _Connection:
    """One client of a handshake: what it watches, and the task that tells it."""

    def __init__(self, client: ServerSession, session: Session) -> None:
        self._client = client
        self.untold = Untold()
        self.watch = Watch(session, self.untold)
        self._telling = asyncio.create_task(self._tell())

    async def aclose(self) -> None:
        """Stop telling and watching."""
        self._telling.cancel()
        with anyio.CancelScope(shield=True):
            await asyncio.wait([self._telling])
        await self.watch.aclose()

    async def _tell(self) -> None:
        try:
            while (change := await self.untold.next()) is not None:
                if isinstance(change, ResourceUpdated):
                    await self._client.send_resource_updated(change.uri)
                else:
                    await self._client.send_tool_list_changed()
        except GatewayError:
            return  # the token was revoked: there is nothing more to tell
