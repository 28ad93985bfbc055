"""A simulated treadmill on the LAN: its Bluetooth service over TCP, found by mDNS ("DIRCON").

    async with Treadmill("127.0.77.51") as treadmill:
        treadmill.belt.start(5.0)
        treadmill.belt.written

Follows the unofficial description elfrances/wahoo-fitness-tnp; ports, records and names as
qdomyos-zwift announces its treadmills. On loopback it announces itself on 127.0.0.1, elsewhere on
the interface of its address. An unplugged one says no goodbye, as after a power cut.
"""

from __future__ import annotations

import asyncio
import hashlib
import socket
import struct
import uuid
from typing import TYPE_CHECKING, Unpack, cast

from simulators.mains import Mains
from simulators.treadmill_ftms import (
    CHARACTERISTICS,
    CONTROL,
    NOTIFIED,
    READ,
    SERVICE,
    Habits,
    Machine,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from zeroconf.asyncio import AsyncServiceInfo, AsyncZeroconf

    from simulators.treadmill import Belt

PORT = 36866
SERVICE_TYPE = "_wahoo-fitness-tnp._tcp.local."
BASE = uuid.UUID("00000000-0000-1000-8000-00805f9b34fb").bytes

HEADER = struct.Struct(">BBBBH")
VERSION = 1
LIST_SERVICES, LIST_CHARACTERISTICS, GET, SET, SUBSCRIBE, NOTIFICATION = range(1, 7)
OK, UNKNOWN_MESSAGE, ERROR, NO_SERVICE, NO_CHARACTERISTIC, NOT_SUPPORTED, WRITE_FAILED = range(7)
READS, WRITES, NOTIFIES = 1, 2, 4
TURNS_UNTIL_ACCEPTED = 3


class Treadmill(Mains):
    """One treadmill at one address; several clients may be connected at once.

    Serial number and MAC address follow from its address and port unless given.
    """

    def __init__(
        self,
        address: str,
        *,
        name: str | None = None,
        port: int = PORT,
        serial: str | None = None,
        mac: str | None = None,
        machine: Machine | None = None,
        **habits: Unpack[Habits],
    ) -> None:
        """`machine` is one that is also served elsewhere; without it, `habits` make one."""
        made = hashlib.sha256(f"{address}:{port}".encode()).hexdigest()
        self.address = address
        self.port = port
        self.serial = serial or str(int(made[:8], 16))
        self.mac = mac or "-".join(["02", *(made[i : i + 2].upper() for i in range(10, 20, 2))])
        self.name = name or f"Wahoo TREAD {self.serial[-4:]}"
        self.machine = machine or Machine.of(**habits)
        self._lines: list[Line] = []
        self._alone = asyncio.Event()
        self._alone.set()
        self._server: asyncio.Server | None = None
        self._voice: AsyncZeroconf | None = None
        self._announced: Awaitable[None] | None = None

    @property
    def belt(self) -> Belt:
        """The belt, with its console."""
        return self.machine.belt

    async def stop(self) -> None:
        """Says goodbye and leaves no socket and no task behind; nothing happens when it is down."""
        await self._go(goodbye=True)

    async def plug_in(self) -> None:
        """Listens and announces itself."""
        if self._server is not None:
            return
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: Line(self), self.address, self.port)
        try:
            await self._announce()
        except (OSError, asyncio.CancelledError):
            await self.unplug()
            raise

    async def unplug(self) -> None:
        """Power of its radio or network is gone, without a word; the belt keeps its state."""
        await self._go(goodbye=False)

    async def drop_clients(self) -> None:
        """Every link is lost; whoever comes again is welcome."""
        for line in list(self._lines):
            line.cut()
        await self._alone.wait()

    def came(self, line: Line) -> None:
        """A client has connected."""
        self._lines.append(line)
        self._alone.clear()

    def went(self, line: Line) -> None:
        """A client is gone."""
        self._lines.remove(line)
        if not self._lines:
            self._alone.set()

    async def _go(self, *, goodbye: bool) -> None:
        server, self._server = self._server, None
        if server is not None:
            server.close()
            # A connection that was accepted in this very turn is only made some turns later.
            for _ in range(TURNS_UNTIL_ACCEPTED):
                await asyncio.sleep(0)
        await self.drop_clients()
        await self._fall_silent(goodbye)

    async def _announce(self) -> None:
        from zeroconf import IPVersion
        from zeroconf.asyncio import AsyncZeroconf

        loopback = self.address.startswith("127.")
        self._voice = AsyncZeroconf(
            interfaces=["127.0.0.1" if loopback else self.address], ip_version=IPVersion.V4Only
        )
        # The name of the service type is longer than the standard allows: strict refuses it.
        self._announced = await self._voice.async_register_service(
            self._service(), cooperating_responders=True, strict=False
        )

    def _service(self) -> AsyncServiceInfo:
        from zeroconf.asyncio import AsyncServiceInfo

        return AsyncServiceInfo(
            SERVICE_TYPE,
            f"{self.name}.{SERVICE_TYPE}",
            addresses=[socket.inet_aton(self.address)],
            port=self.port,
            properties={
                "serial-number": self.serial,
                "mac-address": self.mac,
                "ble-service-uuids": f"0x{SERVICE:04x}",
            },
            server=f"tread-{self.mac.lower()}.local.",
        )

    async def _fall_silent(self, goodbye: bool) -> None:
        voice, self._voice = self._voice, None
        announced, self._announced = self._announced, None
        if isinstance(announced, asyncio.Future):
            announced.cancel()
            await asyncio.wait([announced])
        if voice is None:
            return
        if not goodbye:
            voice.zeroconf.registry.async_remove(voice.zeroconf.registry.async_get_service_infos())
        await voice.async_close()


class Line(asyncio.Protocol):
    """One client's connection."""

    def __init__(self, treadmill: Treadmill) -> None:
        self._treadmill = treadmill
        self._machine = treadmill.machine
        self._subscribed: set[int] = set()
        self._received = bytearray()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop has classes of its own
        self._treadmill.came(self)
        self._machine.join(self)

    def connection_lost(self, error: Exception | None) -> None:
        self._machine.leave(self)
        self._treadmill.went(self)

    def data_received(self, data: bytes) -> None:
        self._received += data
        while len(self._received) >= HEADER.size:
            version, kind, sequence, _, length = HEADER.unpack_from(self._received)
            if version != VERSION:
                return self.cut()
            if len(self._received) < HEADER.size + length:
                return None
            body = bytes(self._received[HEADER.size : HEADER.size + length])
            del self._received[: HEADER.size + length]
            self._answer(kind, sequence, body)

    def notify(self, characteristic: int, value: bytes) -> None:
        """Pass on what its client has subscribed to."""
        if characteristic in self._subscribed:
            self._send(NOTIFICATION, 0, OK, long(characteristic) + value)

    def cut(self) -> None:
        """The link is lost."""
        assert self._transport is not None
        self._transport.abort()

    def _send(self, kind: int, sequence: int, result: int, body: bytes) -> None:
        if self._transport is not None:
            self._transport.write(HEADER.pack(VERSION, kind, sequence, result, len(body)) + body)

    def _answer(self, kind: int, sequence: int, body: bytes) -> None:
        if kind == SET and short(body[:16]) == CONTROL and len(body) > 16:
            self._send(SET, sequence, OK, body[:16])
            self.notify(CONTROL, self._machine.write(self, body[16:]))
            return
        result, answer = self._reply(kind, body)
        self._send(kind, sequence, result, answer)

    def _reply(self, kind: int, body: bytes) -> tuple[int, bytes]:
        """The result code and what follows it, for all but an order to the machine."""
        if kind == LIST_SERVICES:
            return OK, long(SERVICE)
        if kind not in (LIST_CHARACTERISTICS, GET, SET, SUBSCRIBE):
            return UNKNOWN_MESSAGE, b""
        if len(body) < 16:
            return ERROR, b""
        named = short(body[:16])
        if kind == LIST_CHARACTERISTICS:
            listed = b"".join(long(each) + bytes([self._uses(each)]) for each in CHARACTERISTICS)
            return (OK, body[:16] + listed) if named == SERVICE else (NO_SERVICE, b"")
        if named not in CHARACTERISTICS:
            return NO_CHARACTERISTIC, b""
        if kind == GET:
            value = self._machine.read(named)
            return (NOT_SUPPORTED, b"") if value is None else (OK, body[:16] + value)
        if kind == SUBSCRIBE:
            return self._subscribe(named, body)
        return (WRITE_FAILED if named == CONTROL else NOT_SUPPORTED), b""

    def _subscribe(self, named: int, body: bytes) -> tuple[int, bytes]:
        if named not in (CONTROL, *NOTIFIED):
            return NOT_SUPPORTED, b""
        if len(body) != 17:
            return ERROR, b""
        if body[16]:
            self._subscribed.add(named)
        else:
            self._subscribed.discard(named)
        return OK, body[:16]

    def _uses(self, characteristic: int) -> int:
        if characteristic == CONTROL:
            return WRITES if "write-only" in self._machine.quirks else WRITES | NOTIFIES
        return READS * (characteristic in READ) | NOTIFIES * (characteristic in NOTIFIED)


def long(short_uuid: int) -> bytes:
    """The 16 bytes, in written order, of a UUID that Bluetooth gave a short number."""
    return BASE[:2] + short_uuid.to_bytes(2, "big") + BASE[4:]


def short(uuid_bytes: bytes) -> int | None:
    """The short number of a UUID; None for one that has none."""
    number = int.from_bytes(uuid_bytes[2:4], "big")
    return number if long(number) == uuid_bytes else None
