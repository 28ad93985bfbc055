"""Events of Sonos players: the UPnP Device Architecture 1.0, chapter 4, read by SoCo 0.32.

SoCo's own listener is one for the whole process and cannot be cancelled; this one is an adapter's.
"""

import asyncio
import secrets
import socket
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from adapters.sonos_wire import NONSENSE, READ_WITHIN, Wire
from gateway.errors import AdapterFault, GatewayError, Unreachable

if TYPE_CHECKING:
    from aiohttp import web

Told = Callable[[Mapping[str, Any]], None]

LEAVE_WITHIN = 2.0
LEASE_SECONDS = 600
OK, NO_LONGER_KNOWN = 200, 412


class Mailbox:
    """Where players tell of changes: an address towards each, a secret path for each topic."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._told: dict[str, Told] = {}
        self._doors: dict[str, int] = {}
        self._runner: web.AppRunner | None = None
        self._opening = asyncio.Lock()

    async def open(self, host: str, told: Told) -> str:
        """Return a URL that `host` can reach; what arrives there is handed to `told`.

        Raises Unreachable where nothing can be received.
        """
        from gateway.network import address_towards  # it looks for a C library when imported

        address = address_towards(host)
        async with self._opening:
            if address not in self._doors:
                self._doors[address] = await self._listen(address)
        path = f"/{secrets.token_urlsafe(16)}"
        self._told[path] = told
        return f"http://{address}:{self._doors[address]}{path}"

    def close(self, url: str) -> None:
        """Hear nothing more on a URL."""
        self._told.pop(f"/{url.rpartition('/')[2]}", None)

    async def aclose(self) -> None:
        """Close every socket."""
        runner, self._runner = self._runner, None
        self._doors.clear()
        if runner is not None:
            await runner.cleanup()

    async def _listen(self, address: str) -> int:
        from aiohttp import web

        if self._runner is None:
            application = web.Application()
            application.router.add_route("NOTIFY", "/{path}", self._receive)
            self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=1)
            await self._runner.setup()
        try:
            listener = socket.create_server((address, self._port))
        except OSError as error:
            reason = error.strerror or error
            where = f"{address}:{self._port}"
            raise Unreachable(f"{where} cannot be had for events: {reason}") from error
        await web.SockSite(self._runner, listener).start()
        return int(listener.getsockname()[1])

    async def _receive(self, request: "web.Request") -> "web.Response":
        from aiohttp import web

        told = self._told.get(request.path)
        if told is None:
            return web.Response(status=NO_LONGER_KNOWN)
        with suppress(GatewayError):  # an event that makes no sense; the next look tells
            told(_variables(await request.read()))
        return web.Response()


class Subscription:
    """One service's promise to tell of its changes; a player that reboots forgets it."""

    def __init__(self, wire: Wire, service: str, mailbox: Mailbox, told: Told) -> None:
        self._wire = wire
        self._service = service
        self._mailbox = mailbox
        self._told = told
        self._callback = ""
        self._sid = ""

    async def renew(self) -> None:
        """Subscribe, or make it last; raise GatewayError where that fails."""
        if not self._callback:
            self._callback = await self._mailbox.open(self._wire.address, self._told)
        if self._sid:
            status = await self._subscribe(SID=self._sid)
            if status != NO_LONGER_KNOWN:
                return
        await self._subscribe(CALLBACK=f"<{self._callback}>", NT="upnp:event")

    async def end(self) -> None:
        """Unsubscribe; raise GatewayError where the player does not hear of it."""
        self._mailbox.close(self._callback)
        if self._sid:
            await self._wire.gena("UNSUBSCRIBE", self._service, LEAVE_WITHIN, SID=self._sid)

    async def _subscribe(self, **headers: str) -> int:
        status, answer = await self._wire.gena(
            "SUBSCRIBE", self._service, READ_WITHIN, TIMEOUT=f"Second-{LEASE_SECONDS}", **headers
        )
        if status == OK and "SID" in answer:
            self._sid = answer["SID"]
        elif status == NO_LONGER_KNOWN and self._sid:
            self._sid = ""
        else:
            raise AdapterFault(f"{self._wire.name} grants no events: HTTP {status}")
        return status


def _variables(body: bytes) -> Mapping[str, Any]:
    """Return what an event says; nothing where it cannot be read."""
    from soco.events_base import parse_event_xml
    from soco.exceptions import SoCoException

    try:
        variables: Mapping[str, Any] = parse_event_xml(body)
    except (SoCoException, *NONSENSE):
        return {}
    return variables
