"""A house on a port of loopback, and those who read its log there.

The client of server-sent events is httpx2's own, which grew out of the package httpx-sse; that
package itself needs httpx, which is not installed beside httpx2.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
from httpx2 import EventSource, ServerSentEvent
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.capabilities.sensors import ButtonPress
from gateway.event import Event
from gateway.session import Json
from openapi.app import api
from tests.core.rigs import every_kind
from tests.incore import House, house
from tests.openapi.serving import on_a_port

STREAM = "/v1/events/stream"
WITHIN = 60.0
ANY_NUMBER = httpx2.Limits(max_connections=None)


@dataclass
class Counted:
    """Stands before the application and counts what goes in and out."""

    app: ASGIApp
    requests: int = 0
    parts: int = 0
    """Pieces of answers that the connection took."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def counting(message: Message) -> None:
            await send(message)
            self.parts += 1

        self.requests += 1
        await self.app(scope, receive, counting)


@dataclass
class Live:
    """The house, where it is, who may call it, and all that it logged meanwhile."""

    home: House
    url: str
    app: Counted
    token: str
    client: httpx2.AsyncClient
    logged: list[Event] = field(default_factory=list)

    @property
    def cursor(self) -> str:
        events = self.home.home.events
        return f"{events.home}.{events.last}"

    def press(self) -> None:
        self.home.capability("button-1", "button").pressed(ButtonPress(press="short"))

    async def pressed(self, count: int) -> list[Event]:
        """Press a button so many times, and return the events once they are in the log."""
        already = len(self.logged)
        for _ in range(count):
            self.press()
        await self.has(already + count)
        return self.logged[already:]

    async def has(self, count: int) -> None:
        """Wait until so many events were logged."""
        async with asyncio.timeout(WITHIN):
            while len(self.logged) < count:
                await self.home.home.events.arrived(self.home.home.events.last)

    async def page(self, **asked: Any) -> Json:
        answer = await self.client.get("/v1/events", params=asked)
        assert answer.status_code == 200, answer.text
        found: Json = answer.json()
        return found

    @asynccontextmanager
    async def reading(
        self, last: str | None = None, token: str | None = None, **asked: Any
    ) -> AsyncIterator[AsyncIterator[ServerSentEvent]]:
        """Open a stream; it stands where it begins once this is entered."""
        headers = {} if last is None else {"Last-Event-ID": last}
        headers |= {} if token is None else {"Authorization": f"Bearer {token}"}
        async with self.client.stream("GET", STREAM, params=asked, headers=headers) as answer:
            assert answer.status_code == 200, await answer.aread()
            yield aiter(EventSource(answer))


@asynccontextmanager
async def living(state: Path, **own: Any) -> AsyncIterator[Live]:
    """Serve a house of every kind; when it stops, streams end first."""
    async with house(state, *every_kind(), **own) as home:
        events = home.home.events
        await asyncio.wait_for(_settled(home), WITHIN)
        token = (state / "owner.token").read_text().strip()
        app = Counted(api(home.door))
        async with on_a_port(app) as url:
            client = httpx2.AsyncClient(
                base_url=url,
                headers={"Authorization": f"Bearer {token}"},
                timeout=WITHIN,
                limits=ANY_NUMBER,
                trust_env=False,
            )
            async with client:
                live = Live(home, url, app, token, client)
                events.on_event(live.logged.append)
                yield live
                events.stop()


async def _settled(home: House) -> None:
    """Wait until the log has all devices: what comes then was made by the test."""
    while home.home.events.last < len(list(home.home.registry)):
        await home.home.events.arrived(home.home.events.last)


async def some(stream: AsyncIterator[ServerSentEvent], count: int) -> list[ServerSentEvent]:
    """Return the next events of a stream."""
    async with asyncio.timeout(WITHIN):
        return [await anext(stream) for _ in range(count)]


async def rest(stream: AsyncIterator[ServerSentEvent]) -> list[ServerSentEvent]:
    """Return what comes until the stream ends."""
    async with asyncio.timeout(WITHIN):
        return [told async for told in stream]


def seq(told: ServerSentEvent) -> int:
    return int(json.loads(told.data)["seq"])
