"""A receiver that verifies what it gets, and a log with webhooks on it, for the tests beside."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from aiohttp import web
from standardwebhooks.webhooks import Webhook

from gateway.allowed import Allowed, WebhookSettings
from gateway.clock import Clock, HomeClock, SystemClock
from gateway.event import Event
from gateway.events import Events
from gateway.outbox import Attempt
from gateway.store import Store
from gateway.webhooks import Webhooks
from senders.http import HttpSender


@dataclass(frozen=True)
class Got:
    """One request that the receiver had."""

    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def told(self) -> Any:
        return json.loads(self.body)


@dataclass
class Receiver:
    """An HTTP server on loopback; `answer` decides what it says."""

    got: list[Got] = field(default_factory=list)
    answer: Callable[[Got], web.StreamResponse] = lambda got: web.Response(status=204)
    secret: str | None = None
    """where set, what is not signed with it is refused with 401"""
    gate: asyncio.Event | None = None
    """where set, requests wait for it before they are answered"""
    port: int = 0
    most_at_once: int = 0
    _now: int = 0

    @property
    def url(self) -> str:
        return f"{self.origin}/hook"

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def seqs(self) -> list[int]:
        return [one.told["seq"] for one in self.got]

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self._now += 1
        self.most_at_once = max(self.most_at_once, self._now)
        body = await request.read()
        headers = {name.lower(): value for name, value in request.headers.items()}
        if self.secret is not None:
            Webhook(self.secret).verify(body, headers)
        got = Got(request.path, headers, body)
        self.got.append(got)
        if self.gate is not None:
            await self.gate.wait()
        self._now -= 1
        return self.answer(got)

    async def had(self, count: int) -> None:
        """Wait until it had that many requests."""
        await until(lambda: len(self.got) >= count)


def status(*codes: int, **headers: str) -> Callable[[Got], web.Response]:
    """Answer with these codes in turn, the last for ever."""
    left = list(codes)

    def answer(got: Got) -> web.Response:
        return web.Response(status=left.pop(0) if len(left) > 1 else left[0], headers=headers)

    return answer


@asynccontextmanager
async def receiving(
    receiver: Receiver, tls: ssl.SSLContext | None = None
) -> AsyncIterator[Receiver]:
    """Let a receiver listen on a free port of loopback."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", receiver.handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", receiver.port, ssl_context=tls)
    await site.start()
    receiver.port = runner.addresses[0][1]
    try:
        yield receiver
    finally:
        await runner.cleanup()


@dataclass
class Rig:
    """A log, and the webhooks on it."""

    store: Store
    events: Events
    hooks: Webhooks
    clock: HomeClock
    attempts: list[Attempt]

    async def press(self, device: str | None = "button-1", **data: Any) -> Event:
        """Log an event, durably."""
        told = {"press": "short"} | data
        return await self.events.append("button.pressed", told, device=device)

    async def ended(self, count: int) -> Attempt:
        """Wait until that many attempts are written down; return the last."""
        await until(lambda: len(self.attempts) >= count)
        return self.attempts[count - 1]

    async def names(self) -> list[str]:
        """Return the names of all events in the log."""
        page = await self.events.page(0, 10_000, lambda event: True)
        return [event.name for event in page.events]


@asynccontextmanager
async def rigged(
    state: Path,
    allow: Sequence[str],
    *,
    clock: Clock | None = None,
    sees: Callable[[str, Event], bool] = lambda agent, event: True,
    **settings: Any,
) -> AsyncIterator[Rig]:
    """Open a log with webhooks in `state`."""
    time = HomeClock(clock or SystemClock(), ZoneInfo("UTC"))
    chosen = WebhookSettings(allow=list(allow), **settings)
    store = Store(state / "events.db")
    store.open()
    events = Events(store, time)
    await events.load()
    sender = HttpSender(Allowed(chosen.allow))
    hooks = Webhooks(store, events, time, chosen, sender, sees=sees, look=lambda device: None)
    attempts: list[Attempt] = []
    hooks.deliveries.listener = attempts.append
    await hooks.open()
    try:
        yield Rig(store, events, hooks, time, attempts)
    finally:
        await hooks.aclose()
        await sender.aclose()
        await store.aclose()


async def until(condition: Callable[[], object]) -> None:
    """Wait for a condition, at most ten seconds."""
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.001)
