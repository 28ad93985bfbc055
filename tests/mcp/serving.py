"""A small home, served the way agents reach it: in this process, over HTTP, over stdio."""

import asyncio
import socket
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import uvicorn
from mcp import Client, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.capabilities.light import LightChange, LightState
from gateway.device import Device
from gateway.session import Door
from mcp_server.http import mcp_app
from mcp_server.server import HomeServer
from tests.incore import CoreLight, House, house, lamp, plug, speaker, thermostat

ROOT = Path(__file__).parents[2]
TRANSPORTS = ("in process", "http", "stdio")
ERAS = ("auto", "legacy")
"""What a client asks for: the newest era (2026-07-28) or a handshake (2025-11-25)."""


class Bridge(CoreLight):
    """A lamp that brings a thermostat into the house when it is switched on."""

    brings: Callable[[], object]

    async def set_light(self, change: LightChange) -> None:
        await super().set_light(change)
        if change.on:
            self.brings()


@asynccontextmanager
async def small_house(state: Path) -> AsyncIterator[House]:
    """A lamp, a plug and a bridge in the kitchen, a speaker in the living room."""
    bridge = Bridge()
    bridge.report(LightState(on=False))
    device = Device("bridge-1", "Bridge", maker="Core", model="In-core", area="kitchen")
    device.offer(bridge)
    devices = (
        lamp("lamp-1", "Ceiling", "kitchen"),
        plug("plug-1", "Kettle", "kitchen"),
        speaker("speaker-1", "Radio", "living room"),
        device,
    )
    async with house(state, *devices, name="Elm Street") as home:
        bridge.brings = lambda: home.add(thermostat("heat-1", "Heating", "living room"))
        await all_told(home)
        yield home


async def all_told(home: House) -> None:
    """Wait until the log has told of every device that has come."""
    async with asyncio.timeout(10):
        while not {entry.id for entry in home.home.registry} <= set(
            await home.home.events.presence()
        ):
            pass


@asynccontextmanager
async def served(app: ASGIApp) -> AsyncIterator[str]:
    """Serve an application on loopback; the address has no slash at its end."""
    config = uvicorn.Config(
        app, log_config=None, access_log=False, lifespan="off", timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            await serving


@asynccontextmanager
async def mcp_served(
    door: Door, *, carry: str | None = None, **settings: Any
) -> AsyncIterator[str]:
    """Serve a door's /mcp; with `carry`, that token is put on every request."""
    app, running = mcp_app(door, version="1.2.3", **settings)
    endpoint: ASGIApp = app if carry is None else Carrying(app, carry)
    async with running, served(Starlette(routes=[Route("/mcp", endpoint)])) as address:
        yield f"{address}/mcp"


class Carrying:
    """Puts a token on requests, for peers that cannot send one."""

    def __init__(self, app: ASGIApp, token: str) -> None:
        self._app = app
        self._header = (b"authorization", f"Bearer {token}".encode())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(dict(scope, headers=[*scope["headers"], self._header]), receive, send)


@asynccontextmanager
async def http_client(url: str, token: str, mode: str, **options: Any) -> AsyncIterator[Client]:
    """A client of an url with a token; after a handshake it hears what the server says."""
    headers = {"Authorization": f"Bearer {token}"}
    hears = asyncio.Event()

    async def opened(answer: httpx2.Response) -> None:
        if answer.request.method == "GET":
            hears.set()

    async with httpx2.AsyncClient(
        headers=headers, timeout=30, trust_env=False, event_hooks={"response": [opened]}
    ) as requests:
        transport = streamable_http_client(url, http_client=requests)
        async with Client(transport, mode=mode, **options) as client:
            if mode == "legacy":
                await hears.wait()
            yield client


@asynccontextmanager
async def connected(
    transport: str, mode: str, state: Path, **options: Any
) -> AsyncIterator[Client]:
    """A client of a small house, as its owner, over one of TRANSPORTS in one of ERAS."""
    if transport == "stdio":
        command = StdioServerParameters(
            command=sys.executable, args=["-m", "tests.mcp.stdio_house", str(state)], cwd=ROOT
        )
        async with Client(command, mode=mode, **options) as client:
            yield client
        return
    async with AsyncExitStack() as stack:
        home = await stack.enter_async_context(small_house(state))
        token = await home.home.tokens.new("agent", "owner")
        if transport == "http":
            url = await stack.enter_async_context(mcp_served(home.door))
            yield await stack.enter_async_context(http_client(url, token, mode, **options))
            return
        session = home.door.open(token)
        server = HomeServer(lambda _: session, home.door.on_tools_changed, version="1.2.3")
        yield await stack.enter_async_context(Client(server, mode=mode, **options))
