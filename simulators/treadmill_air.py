"""The air of a simulated house: a virtual Bluetooth link, and radios that a client plugs into it.

    async with Air("127.0.77.52") as air:
        air.radio  # "tcp-client:127.0.77.52:9001"

Every TCP connection is a radio of its own, a bumble controller that speaks HCI, so a bumble host
in this or in another process opens `radio` as its transport. A host that dies takes its radio
with it, and whoever it was connected to loses the link. No antenna stands in for any of it.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Self, cast

if TYPE_CHECKING:
    from bumble.controller import Controller
    from bumble.link import LocalLink

PORT = 9001
TURNS = 3
"""Of the loop, until what was accepted or sent in this one has been made or heard."""


class Air:
    """Where radios hear each other; it is empty until it is started."""

    def __init__(self, address: str = "127.0.0.1", port: int = PORT) -> None:
        self.address = address
        self.port = port
        self._link: LocalLink | None = None
        self._server: asyncio.Server | None = None
        self._radios: set[asyncio.Transport] = set()
        self._quiet = asyncio.Event()
        self._quiet.set()

    @property
    def radio(self) -> str:
        """The bumble transport that gives a host a radio here; its address must be its own."""
        return f"tcp-client:{self.address}:{self.port}"

    @property
    def link(self) -> LocalLink:
        """The link itself, for a controller in this process."""
        assert self._link is not None
        return self._link

    async def start(self) -> None:
        """Listens for radios; nothing happens when it does."""
        if self._server is not None:
            return
        from bumble.link import LocalLink

        made: Any = LocalLink
        self._link = made()
        socket_made = radio_in(self)
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(socket_made, self.address, self.port)

    async def stop(self) -> None:
        """Pulls every radio out and leaves no socket behind; nothing happens when it is down."""
        server, self._server = self._server, None
        if server is not None:
            server.close()
            for _ in range(TURNS):
                await asyncio.sleep(0)
        for radio in list(self._radios):
            radio.abort()
        await self._quiet.wait()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    def plugged(self, radio: asyncio.Transport) -> None:
        """A host has taken a radio."""
        self._radios.add(radio)
        self._quiet.clear()

    def pulled(self, radio: asyncio.Transport) -> None:
        """A host is gone."""
        self._radios.discard(radio)
        if not self._radios:
            self._quiet.set()


def radio_in(air: Air) -> Any:
    """What makes the protocol of one TCP connection: a radio, as long as it lasts."""
    from bumble.controller import Controller
    from bumble.transport.common import StreamPacketSink, StreamPacketSource

    class Radio(StreamPacketSource):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            self.transport = cast(asyncio.Transport, transport)  # uvloop has classes of its own
            sink = StreamPacketSink(self.transport)
            self.controller = Controller("radio", self, sink, air.link)
            air.plugged(self.transport)

        def connection_lost(self, error: Exception | None) -> None:
            self.controller.host = None
            vanish(self.controller, air.link)
            air.pulled(self.transport)

    return Radio


def lose_links(controller: Controller, link: LocalLink) -> None:
    """Every connection ends at both sides as if one had gone out of reach."""
    from bumble.hci import HCI_ErrorCode

    reason = HCI_ErrorCode.CONNECTION_TIMEOUT_ERROR
    for connection in list(controller.le_connections.values()):
        peer = link.find_le_controller(connection.peer_address)
        theirs = peer.le_connections.get(connection.self_address) if peer else None
        if peer and theirs:
            peer.on_le_disconnected(theirs, reason)
        controller.on_le_disconnected(connection, reason)


def vanish(controller: Controller, link: LocalLink) -> None:
    """A controller leaves the air without a word."""
    controller.le_legacy_advertiser.stop()
    for advertised in controller.advertising_sets.values():
        advertised.stop()
    lose_links(controller, link)
    link.remove_controller(controller)
