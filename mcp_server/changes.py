"""Telling connected agents that their tools may differ, on the channel of either era."""

import asyncio
from collections.abc import Callable
from typing import Any

from mcp import types
from mcp.server import ServerRequestContext
from mcp.server.session import ServerSession
from mcp.server.subscriptions import InMemorySubscriptionBus, ListenHandler, ToolsListChanged

Watch = Callable[[Callable[[], None]], Callable[[], None]]
"""Like `Door.on_tools_changed`: takes what to call, returns the way to stop that."""

SECONDS_TO_TELL = 5.0


class Changes:
    """Who is connected and wants to hear of changes."""

    def __init__(self) -> None:
        self._bus = InMemorySubscriptionBus()
        self._listen = ListenHandler(self._bus)
        self._sessions: dict[int, ServerSession] = {}

    def __len__(self) -> int:
        """How many connections of a handshake are kept."""
        return len(self._sessions)

    async def listen(
        self, ctx: ServerRequestContext[Any, Any], params: types.SubscriptionsListenRequestParams
    ) -> types.SubscriptionsListenResult:
        """Serve a stream of changes (since 2026-07-28); only those of the tool list happen."""
        wanted = types.SubscriptionFilter(
            tools_list_changed=params.notifications.tools_list_changed
        )
        return await self._listen(ctx, params.model_copy(update={"notifications": wanted}))

    async def remember(
        self, ctx: ServerRequestContext[Any, Any], params: types.NotificationParams
    ) -> None:
        """Keep a connection that was opened by a handshake (until 2025-11-25) while it lasts."""
        # ctx.session lives as long as its message; only the connection, which the SDK keeps to
        # itself, knows when the client goes.
        connection = ctx.session._connection
        if id(connection) not in self._sessions:
            self._sessions[id(connection)] = ctx.session
            connection.exit_stack.callback(self._sessions.pop, id(connection), None)

    def close(self) -> None:
        """End the streams of `listen`, each with its last word."""
        self._listen.close()

    async def tell(self, changed: asyncio.Event) -> None:
        """Tell everybody each time that `changed` is set, for ever."""
        while True:
            await changed.wait()
            changed.clear()
            await self._bus.publish(ToolsListChanged())
            sessions = list(self._sessions.values())
            await asyncio.gather(*(_tell(session) for session in sessions))


async def _tell(session: ServerSession) -> None:
    """Send one notification; a client that does not read keeps nobody waiting."""
    try:
        async with asyncio.timeout(SECONDS_TO_TELL):
            await session.send_tool_list_changed()
    except TimeoutError:
        return
