"""A house of every kind behind the HTTP face, in this process or on a port of loopback."""

import asyncio
import re
import socket
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2
import uvicorn
from fastapi import FastAPI
from jsonschema import Draft202012Validator
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.capabilities.media import Favourites
from gateway.capability import Nothing
from gateway.errors import AdapterFault, DeviceRefused, GatewayError, TimedOut, Unreachable
from gateway.session import Door, Json, Session
from openapi.app import api
from openapi.wire import Wire
from tests.core.rigs import every_kind
from tests.incore import CoreMedia, House, house, lamp, speaker

BASE = "http://localhost"


class Moody(CoreMedia):
    """A speaker whose favourites fail in the way that it is told."""

    mood: GatewayError | None = None

    async def favourites(self, about: Nothing) -> Favourites:
        if self.mood is not None:
            raise self.mood
        return await super().favourites(about)


MOODS: dict[str, GatewayError] = {
    "refused": DeviceRefused("The speaker said no"),
    "nonsense": AdapterFault("The speaker said something odd"),
    "away": Unreachable("The speaker does not answer"),
    "slow": TimedOut("The speaker took too long"),
}


@dataclass(frozen=True)
class Served:
    """The house, its application and who calls it."""

    home: House
    app: FastAPI
    client: httpx2.AsyncClient
    owner: str
    reader: str

    async def ask(
        self, method: str, path: str, token: str | None = "owner", **request: Any
    ) -> httpx2.Response:
        """Send a request as `owner`, as `reader`, with another token, or without one."""
        carried = {"owner": self.owner, "reader": self.reader}.get(token or "", token)
        headers = {"Authorization": f"Bearer {carried}"} if carried else {}
        headers |= request.pop("headers", {})
        return await self.client.request(method, path, headers=headers, **request)

    async def document(self, token: str = "owner") -> Json:
        found: Json = (await self.ask("GET", "/openapi.json", token)).json()
        return found


class WhoAmI:
    """Stands where MCP is served, and tells what the guard has put into the scope."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        message = await receive()
        session: Session = scope["homeport.session"]
        told = f"{session.agent} {len(message['body'])}"
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": told.encode()})


@asynccontextmanager
async def opened(state: Path, **own: Any) -> AsyncIterator[House]:
    """A house of every kind, two lamps of one name, and speakers of every mood."""
    twins = [lamp(f"twin-{side}", "Twin", "hall") for side in ("left", "right")]
    async with house(state, *every_kind(), *twins, name="Elm Street", **own) as home:
        for name, mood in MOODS.items():
            media = Moody()
            media.mood = mood
            device = speaker(f"moody-{name}", f"Moody {name}", "attic")
            media.report(device.capabilities["media"].state)  # type: ignore[arg-type]
            device.capabilities["media"] = media
            home.add(device)
        yield home


@asynccontextmanager
async def serving(
    state: Path, own: Mapping[str, Any] | None = None, **settings: Any
) -> AsyncIterator[Served]:
    """Serve such a house in this process; `own` is what is the house's, the rest the face's."""
    async with opened(state, **(own or {})) as home:
        owner = await home.home.tokens.new("tester", "owner")
        reader = await home.home.tokens.new("reader", "read-only")
        app = api(home.door, mcp=WhoAmI(), **settings)
        async with client_of(app) as client:
            yield Served(home, app, client, owner, reader)


@asynccontextmanager
async def on_a_port(app: ASGIApp, host: str = "127.0.0.1") -> AsyncIterator[str]:
    """Serve an application on a port, the way that the command line does; return where."""
    config = uvicorn.Config(
        app,
        http=Wire,
        log_config=None,
        access_log=False,
        lifespan="off",
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(config)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio sets TCP_NODELAY only on sockets that name their protocol; without it, an answer in
    # two parts waits 40 ms for the other side's acknowledgement.
    with socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.bind((host, 0))
        listener.listen()
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            await serving


def client_of(app: FastAPI) -> httpx2.AsyncClient:
    """A client of an application in this process; its exceptions stay where they are."""
    transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
    return httpx2.AsyncClient(transport=transport, base_url=BASE)


class Failing:
    """A door whose sessions do nothing but fail in one way."""

    def __init__(self, fault: Callable[[], Exception]) -> None:
        self._fault = fault

    @property
    def agent(self) -> str:
        return "tester"

    def open(self, token: str | None) -> Any:
        return self

    def on_tools_changed(self, callback: Callable[[], None]) -> Callable[[], None]:
        return lambda: None

    async def call(self, tool: str, arguments: Any) -> Json:
        raise self._fault()


def failing(fault: Callable[[], Exception]) -> Door:
    return Failing(fault)


async def raw(url: str, request: bytes) -> bytes:
    """Send bytes as they are and return everything that comes until the server closes."""
    place = urlsplit(url)
    reader, writer = await asyncio.open_connection(place.hostname, place.port)
    try:
        writer.write(request)
        async with asyncio.timeout(10):
            return await reader.read()
    finally:
        writer.close()
        await writer.wait_closed()


def template_of(document: Json, path: str) -> str | None:
    """Return the documented path that a request's path is one of; written out ones come first."""
    for template in sorted(document["paths"], key=lambda one: one.count("{")):
        if re.fullmatch(re.sub(r"{\w+}", "[^/]+", template), path):
            return str(template)
    return None


async def fits(house: Served, method: str, path: str, **request: Any) -> Any:
    """Ask, hold the answer to its documented schema, and return it."""
    answer = await house.ask(method, path, **request)
    assert answer.status_code == 200, answer.text
    described = await house.document()
    template = template_of(described, path.partition("?")[0])
    content = described["paths"][template][method.lower()]["responses"]["200"]["content"]
    promised = next(iter(content.items()))
    assert answer.headers["content-type"] == promised[0]
    assert answer.headers["cache-control"] == "no-store"
    Draft202012Validator(promised[1]["schema"]).validate(answer.json())
    return answer.json()
