"""Power and sockets of a simulated box that answers broadcasts and is spoken to over TCP.

On Linux a house stands on loopback: each box has an address of its own in 127.0.0.0/8 and hears
127.255.255.255 by a second socket. On a LAN it hears the LAN's broadcast address and
255.255.255.255. Where there is no broadcast address (macOS), pass None.
"""

from __future__ import annotations

import asyncio
import socket
import struct

from simulators.mains import Mains

RESET_ON_CLOSE = struct.pack("ii", 1, 0)
TURNS_UNTIL_ACCEPTED = 3


class Box(Mains):
    """Something with a mains plug, an address, one UDP and one TCP port."""

    def __init__(
        self, address: str, broadcast: str | None = None, *, port: int, probe_port: int
    ) -> None:
        self.address = address
        self.broadcast = broadcast
        self.port = port
        self.probe_port = probe_port
        self.lines: set[Line] = set()
        self._ears: list[asyncio.DatagramTransport] = []
        self._server: asyncio.Server | None = None
        self._work: asyncio.Task[None] | None = None

    def answer_probe(self, datagram: bytes) -> bytes | None:
        """What goes back for a datagram; None for silence, ValueError for one it cannot read."""
        raise NotImplementedError

    def take(self, line: Line) -> None:
        """Take whole messages off the front of what a line received; ValueError hangs up."""
        raise NotImplementedError

    async def work(self) -> None:
        """What it does by itself while it has power."""
        return

    async def plug_in(self) -> None:
        """Listen; OSError where an address or a port is taken."""
        if self._server is not None:
            return
        try:
            loop = asyncio.get_running_loop()
            self._server = await loop.create_server(lambda: Line(self), self.address, self.port)
            for address in (self.address, *self._broadcasts()):
                await self._hear_on(address)
        except (OSError, asyncio.CancelledError):
            await self.unplug()
            raise
        self._work = asyncio.create_task(self.work())

    async def unplug(self) -> None:
        """Power is gone: connections are reset, nothing answers, the state stays."""
        work, self._work = self._work, None
        if work is not None:
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)
        for ear in self._ears:
            ear.abort()
        self._ears.clear()
        server, self._server = self._server, None
        if server is not None:
            server.close()
            # A connection that was accepted in this very turn is only made some turns later.
            for _ in range(TURNS_UNTIL_ACCEPTED):
                await asyncio.sleep(0)
        lines = list(self.lines)
        for line in lines:
            line.cut()
        await asyncio.gather(*(line.over.wait() for line in lines))

    def _broadcasts(self) -> list[str]:
        if self.broadcast is None:
            return []
        # A house on loopback must stay deaf to what the host's real LAN sends to 255.255.255.255.
        loopback = self.broadcast.startswith("127.")
        return [self.broadcast] if loopback else [self.broadcast, "255.255.255.255"]

    async def _hear_on(self, address: str) -> None:
        ear = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            ear.setblocking(False)
            if address != self.address:
                ear.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            ear.bind((address, self.probe_port))
        except OSError:
            ear.close()
            raise
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(lambda: _Ear(self), sock=ear)
        self._ears.append(transport)

    def _say(self, datagram: bytes, to: tuple[str, int]) -> None:
        """Answer from its own address, wherever the question was heard."""
        if self._ears:
            self._ears[0].sendto(datagram, to)


class Line(asyncio.Protocol):
    """One TCP connection to a box: what it received and is yet to be read, and whether it lives."""

    def __init__(self, box: Box) -> None:
        self._box = box
        self.received = bytearray()
        self.over = asyncio.Event()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self._transport = transport
        self._box.lines.add(self)

    def data_received(self, data: bytes) -> None:
        self.received += data
        try:
            self._box.take(self)
        except ValueError:
            self._transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self._box.lines.discard(self)
        self.over.set()

    def write(self, data: bytes) -> None:
        """Send; nothing happens once the connection is gone."""
        if not self._transport.is_closing():
            self._transport.write(data)

    def hang_up(self) -> None:
        """Close in good order."""
        self._transport.close()

    def cut(self) -> None:
        """Close at once; the other end sees a reset."""
        wire = self._transport.get_extra_info("socket")
        if wire is not None:
            wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
        self._transport.abort()


class _Ear(asyncio.DatagramProtocol):
    """Hears datagrams for a box."""

    def __init__(self, box: Box) -> None:
        self._box = box

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        try:
            reply = self._box.answer_probe(data)
        except ValueError:
            return
        if reply is not None:
            self._box._say(reply, addr)
