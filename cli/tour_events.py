"""The tour's second part: one press of a button, and everybody whom it wakes, with the times."""

import asyncio
import socket
import time
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import httpx2
from aiohttp import web
from mcp import types
from mcp.client import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPDeprecationWarning

from gateway.signing import BadSignature, Secret, verified

WITHIN = 5.0
WAYS = (
    "wait_for_events",
    "server-sent events",
    "MCP 2026-07-28, subscriptions/listen",
    "MCP 2025-11-25, resources/updated",
    "signed webhook, verified",
)


@dataclass
class Woken:
    """When each of those who wait was woken, by the clock that began with the press."""

    begun: float = 0.0
    times: dict[str, float] = field(default_factory=dict)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)

    def hear(self, who: str) -> None:
        """Take note that somebody was told, the first time."""
        if self.begun and who not in self.times:
            self.times[who] = (time.perf_counter() - self.begun) * 1000
        if len(self.times) == len(WAYS):
            self.arrived.set()


class Receiver:
    """A receiver of signed webhooks on this machine."""

    def __init__(self) -> None:
        self.woken = Woken()
        self._runner: web.AppRunner | None = None
        self.secret = ""
        self.port = 0
        self.bad = 0

    async def start(self) -> None:
        """Listen on a free port of loopback."""
        app = web.Application()
        app.router.add_post("/hook", self._hear)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        listener = socket.create_server(("127.0.0.1", 0))
        self.port = listener.getsockname()[1]
        await web.SockSite(self._runner, listener).start()

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def _hear(self, request: web.Request) -> web.Response:
        body = await request.read()
        try:
            verified(Secret(self.secret), request.headers, body, time.time())
        except BadSignature:
            self.bad += 1
            return web.Response(status=401)
        self.woken.hear(WAYS[4])
        return web.Response(status=204)

    async def stop(self) -> None:
        """Listen no more."""
        if self._runner is not None:
            await self._runner.cleanup()


async def wake_everybody(
    url: str,
    headers: dict[str, str],
    button: str,
    press: Callable[[], Awaitable[None]],
    receiver: Receiver,
) -> dict[str, float]:
    """Let everybody wait for one button, press it, and return how long each took in ms."""
    uri, woken = f"homeport://devices/{button}", receiver.woken
    async with AsyncExitStack() as stack:
        client = httpx2.AsyncClient(headers=headers, base_url=url, trust_env=False, timeout=60)
        http = await stack.enter_async_context(client)
        asked = {"url": f"{receiver.origin}/hook", "filter": {"devices": [button]}}
        made = (await http.post("/v1/webhooks", json=asked)).json()
        receiver.secret = made["secret"]
        listeners = (
            _long_poll(http, button, woken),
            _stream(http, button, woken),
            _listen(url, headers, uri, woken),
            _subscribed(url, headers, uri, woken),
        )
        for listener in listeners:
            await stack.enter_async_context(listener)
        woken.begun = time.perf_counter()
        await press()
        with suppress(TimeoutError):
            async with asyncio.timeout(WITHIN):
                await woken.arrived.wait()
        await http.delete(f"/v1/webhooks/{made['id']}")
    return woken.times


@asynccontextmanager
async def _running(work: Any) -> AsyncIterator[None]:
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@asynccontextmanager
async def _long_poll(http: httpx2.AsyncClient, button: str, woken: Woken) -> AsyncIterator[None]:
    """An agent whose call of wait_for_events waits."""

    async def wait() -> None:
        asked = {"targets": button, "timeout": 30}
        answer = await http.post("/v1/tools/wait_for_events", json=asked)
        if any(event["name"] == "button.pressed" for event in answer.json()["events"]):
            woken.hear(WAYS[0])

    async with _running(wait()):
        await asyncio.sleep(0.05)
        yield


@asynccontextmanager
async def _stream(http: httpx2.AsyncClient, button: str, woken: Woken) -> AsyncIterator[None]:
    """A reader of server-sent events."""
    params = {"devices": button}
    async with http.stream("GET", "/v1/events/stream", params=params) as response:
        lines = response.aiter_lines()
        await anext(lines)

        async def read() -> None:
            async for line in lines:
                if line == "event: button.pressed":
                    woken.hear(WAYS[1])

        async with _running(read()):
            yield


@asynccontextmanager
async def _listen(url: str, headers: dict[str, str], uri: str, woken: Woken) -> AsyncIterator[None]:
    """An MCP client of 2026-07-28 that listens to the button."""
    async with (
        httpx2.AsyncClient(headers=headers, trust_env=False, timeout=60) as web_client,
        Client(streamable_http_client(f"{url}/mcp", http_client=web_client)) as client,
        client.listen(resource_subscriptions=[uri]) as told,
    ):

        async def read() -> None:
            async for _ in told:
                woken.hear(WAYS[2])

        async with _running(read()):
            yield


@asynccontextmanager
async def _subscribed(
    url: str, headers: dict[str, str], uri: str, woken: Woken
) -> AsyncIterator[None]:
    """An MCP client of 2025-11-25 that has subscribed to the button."""

    async def hear(message: Any) -> None:
        if isinstance(message, types.ResourceUpdatedNotification):
            woken.hear(WAYS[3])

    async with httpx2.AsyncClient(headers=headers, trust_env=False, timeout=60) as web_client:
        transport = streamable_http_client(f"{url}/mcp", http_client=web_client)
        async with Client(transport, mode="legacy", message_handler=hear) as client:
            with warnings.catch_warnings(category=MCPDeprecationWarning, action="ignore"):
                await client.subscribe_resource(uri)
            yield
