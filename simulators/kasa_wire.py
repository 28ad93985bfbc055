"""Power and sockets of a simulated TP-Link device; `kasa` and `klap` say what goes over them.

On Linux a house stands on loopback: each device has an address of its own in 127.0.0.0/8 and hears
the broadcast address 127.255.255.255 by a second socket that is bound to it. On a real or virtual
LAN it hears the LAN's broadcast address and 255.255.255.255. On macOS only 127.0.0.1 exists, and it
has no broadcast address: pass `broadcast=None` and give each device ports of its own.
"""

from __future__ import annotations

import asyncio
import hashlib
import socket
import struct
from typing import Any, NamedTuple, Self, TypeAlias, TypedDict, Unpack

RESET_ON_CLOSE = struct.pack("ii", 1, 0)
TURNS_UNTIL_ACCEPTED = 3

Transport: TypeAlias = asyncio.DatagramTransport | asyncio.Transport


class Command(NamedTuple):
    """A write that arrived, such as `system.set_relay_state`, and the child ids it was for."""

    name: str
    arguments: dict[str, Any]
    sockets: tuple[str, ...] = ()


class Identity(TypedDict, total=False):
    """What tells a device apart; what is left out follows from its address and port."""

    alias: str
    device_id: str
    mac: str
    model: str


class Appliance:
    """Something with a mains plug, an address, one UDP and one TCP port.

    `received` has every write that reached it, in order, also those it refused; reads are not kept.
    """

    kind = "appliance"
    default_model = ""
    id_prefix = "8006"

    def __init__(
        self,
        address: str,
        broadcast: str | None = None,
        *,
        port: int,
        probe_port: int,
        **identity: Unpack[Identity],
    ) -> None:
        self.address = address
        self.broadcast = broadcast
        self.port = port
        self.probe_port = probe_port
        self.mac = identity.get("mac", mac_of(address, port))
        out_of_the_box = f"TP-LINK_{self.kind}_{self.mac[-5:].replace(':', '')}"
        self.alias = identity.get("alias", out_of_the_box)
        self.device_id = identity.get("device_id", self.id_prefix + digest(self.mac, 36))
        self.model = identity.get("model", self.default_model)
        self.received: list[Command] = []
        self._open: set[Transport] = set()
        self._silent = asyncio.Event()
        self._server: asyncio.Server | None = None
        self._mouth: asyncio.DatagramTransport | None = None

    def answer_probe(self, datagram: bytes) -> bytes | None:
        """What goes back for a datagram; None for silence, ValueError for one it cannot read."""
        raise NotImplementedError

    def converse(self, received: bytearray) -> bytes:
        """Takes whole requests off the front and returns the replies; ValueError hangs up."""
        raise NotImplementedError

    async def start(self) -> None:
        """Comes up with the state it has; nothing happens when it is up."""
        await self.plug_in()

    async def stop(self) -> None:
        """Leaves no socket and no task behind; nothing happens when it is down."""
        await self.unplug()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def plug_in(self) -> None:
        """Listens on its address and, where it has one, on its broadcast address."""
        if self._server is not None:
            return
        try:
            await self._listen()
        except (OSError, asyncio.CancelledError):
            await self.unplug()
            raise

    async def unplug(self) -> None:
        """Power is gone: connections are reset, nothing answers, the state stays."""
        server, self._server, self._mouth = self._server, None, None
        if server is not None:
            server.close()
            # A connection that was accepted in this very turn is only made some turns later.
            for _ in range(TURNS_UNTIL_ACCEPTED):
                await asyncio.sleep(0)
        for transport in list(self._open):
            cut(transport)
        if self._open:
            self._silent.clear()
            await self._silent.wait()

    async def _listen(self) -> None:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Line(self), self.address, self.port)
        self._mouth = await self._hear_on(self.address, shared=False)
        for address in self._broadcasts():
            await self._hear_on(address, shared=True)

    def _broadcasts(self) -> list[str]:
        if self.broadcast is None:
            return []
        # A house on loopback must stay deaf to what the host's real LAN sends to 255.255.255.255.
        loopback = self.broadcast.startswith("127.")
        return [self.broadcast] if loopback else [self.broadcast, "255.255.255.255"]

    def _opened(self, transport: Transport) -> None:
        self._open.add(transport)

    def _closed(self, transport: Transport) -> None:
        self._open.discard(transport)
        if not self._open:
            self._silent.set()

    async def _hear_on(self, address: str, *, shared: bool) -> asyncio.DatagramTransport:
        ear = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            ear.setblocking(False)
            if shared:
                ear.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            ear.bind((address, self.probe_port))
        except OSError:
            ear.close()
            raise
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(lambda: _Ear(self), sock=ear)
        return transport


class _Ear(asyncio.DatagramProtocol):
    """Hears datagrams; what is said leaves from the device's own address."""

    def __init__(self, appliance: Appliance) -> None:
        self._appliance = appliance

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]
        self._transport = transport
        self._appliance._opened(transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        try:
            reply = self._appliance.answer_probe(data)
        except ValueError:
            return
        if reply is not None and self._appliance._mouth is not None:
            self._appliance._mouth.sendto(reply, addr)

    def connection_lost(self, exc: Exception | None) -> None:
        self._appliance._closed(self._transport)


class _Line(asyncio.Protocol):
    """One TCP connection to a device."""

    def __init__(self, appliance: Appliance) -> None:
        self._appliance = appliance
        self._received = bytearray()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self._transport = transport
        self._appliance._opened(transport)

    def data_received(self, data: bytes) -> None:
        self._received += data
        try:
            self._transport.write(self._appliance.converse(self._received))
        except ValueError:
            self._transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self._appliance._closed(self._transport)


def mac_of(address: str, port: int) -> str:
    """A locally administered MAC that no other address and port in the house has."""
    numbers = [2, *socket.inet_aton(address), port % 256]
    return ":".join(f"{number:02X}" for number in numbers)


def digest(text: str, length: int) -> str:
    """Hexadecimal digits that are the same for the same text."""
    return hashlib.sha256(text.encode()).hexdigest().upper()[:length]


def cut(transport: Transport) -> None:
    """Closes at once; the other end of a connection sees a reset."""
    wire = transport.get_extra_info("socket")
    if wire is not None and wire.type == socket.SOCK_STREAM:
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
    transport.abort()
