"""How a treadmill is reached: the one face of every transport, and the one over TCP ("DIRCON").

DIRCON is Bluetooth's attributes over TCP, as the unofficial description elfrances/wahoo-fitness-tnp
has it: headers in network order, UUIDs in written order, values as over the air.
"""

import asyncio
import socket
import struct
from collections.abc import Callable
from typing import Protocol, Self, cast
from uuid import UUID

from gateway.errors import AdapterFault, DeviceRefused, GatewayError, TimedOut, Unreachable

PORT = 36866
ANSWER_WITHIN = 2.0
CONNECT_WITHIN = 3.0

Heard = Callable[[bytes], None]

_BASE = UUID("00000000-0000-1000-8000-00805f9b34fb").bytes
_HEADER = struct.Struct(">BBBBH")
_VERSION = 1
_SERVICES, _CHARACTERISTICS, _READ, _WRITE, _SUBSCRIBE, _NOTIFICATION = range(1, 7)
_REFUSALS = {
    3: "has no such service",
    4: "has no such characteristic",
    5: "does not do that",
    6: "did not take it",
}
_LONGEST, _MOST_SERVICES = 4096, 32
_UUID = 16
_KEEPALIVE = {"TCP_KEEPIDLE": 10, "TCP_KEEPINTVL": 5, "TCP_KEEPCNT": 3}


class Gatt(Protocol):
    """A connection to one device's characteristics, which go by Bluetooth's short numbers.

    `where` is said in errors; `gone` is set as soon as the connection is lost. What is asked and
    not answered raises Unreachable, what is written and not answered TimedOut, what is declined
    DeviceRefused.
    """

    where: str
    gone: asyncio.Event

    async def characteristics(self) -> frozenset[int]:
        """Return what the device has."""

    async def read(self, which: int) -> bytes:
        """Return a value."""

    async def write(self, which: int, value: bytes) -> None:
        """Write once, and return when the device has taken it."""

    async def subscribe(self, which: int, heard: Heard) -> None:
        """Call `heard` with every value that the device notifies or indicates from now on."""

    async def aclose(self) -> None:
        """Hang up; once is as good as twice."""


def long(number: int) -> bytes:
    """Return the 16 bytes, in written order, of a UUID that goes by a short number."""
    return _BASE[:2] + number.to_bytes(2, "big") + _BASE[4:]


def short(uuid: bytes) -> int | None:
    """Return the short number of a UUID; None for one that has none."""
    number = int.from_bytes(uuid[2:4], "big")
    return number if long(number) == uuid else None


class Dircon(asyncio.Protocol):
    """A treadmill that speaks over TCP, or a phone or computer that speaks for one."""

    def __init__(self, where: str) -> None:
        self.where = where
        self.gone = asyncio.Event()
        self._line: asyncio.Transport | None = None
        self._received = bytearray()
        self._sequence = 0
        self._waiting: dict[tuple[int, int], asyncio.Future[tuple[int, bytes]]] = {}
        self._hearing: dict[int, Heard] = {}

    @classmethod
    async def connect(cls, address: str, port: int) -> Self:
        """Return an open connection; raise Unreachable where nobody answers."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(CONNECT_WITHIN):
                _, line = await loop.create_connection(lambda: cls(address), address, port)
        except (OSError, TimeoutError):
            raise Unreachable(f"{address} does not answer on port {port}") from None
        return line

    async def characteristics(self) -> frozenset[int]:
        listed = await self._ask(_SERVICES)
        found: set[int] = set()
        for service in _pieces(listed, _UUID)[:_MOST_SERVICES]:
            has = (await self._ask(_CHARACTERISTICS, service))[_UUID:]
            numbers = (short(one[:_UUID]) for one in _pieces(has, _UUID + 1))
            found.update(number for number in numbers if number is not None)
        return frozenset(found)

    async def read(self, which: int) -> bytes:
        return (await self._ask(_READ, long(which)))[_UUID:]

    async def write(self, which: int, value: bytes) -> None:
        await self._ask(_WRITE, long(which) + value)

    async def subscribe(self, which: int, heard: Heard) -> None:
        self._hearing[which] = heard
        await self._ask(_SUBSCRIBE, long(which) + b"\x01")

    async def aclose(self) -> None:
        self._hearing.clear()
        if self._line is not None:
            self._line.abort()
            await self.gone.wait()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._line = cast(asyncio.Transport, transport)  # uvloop has classes of its own
        line: socket.socket = transport.get_extra_info("socket")
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        line.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, seconds in _KEEPALIVE.items():
            if option := getattr(socket, name, None):  # not every system has them
                line.setsockopt(socket.IPPROTO_TCP, option, seconds)

    def connection_lost(self, error: Exception | None) -> None:
        self.gone.set()
        for (kind, _), answer in self._waiting.items():
            if not answer.done():
                answer.set_exception(self._silence(kind))

    def data_received(self, data: bytes) -> None:
        self._received += data
        while len(self._received) >= _HEADER.size and not self.gone.is_set():
            version, kind, sequence, result, length = _HEADER.unpack_from(self._received)
            if version != _VERSION or length > _LONGEST:
                return self._hang_up()
            if len(self._received) < _HEADER.size + length:
                return None
            body = bytes(self._received[_HEADER.size : _HEADER.size + length])
            del self._received[: _HEADER.size + length]
            self._take(kind, sequence, result, body)
        return None

    def _take(self, kind: int, sequence: int, result: int, body: bytes) -> None:
        answer = self._waiting.get((kind, sequence))
        if kind == _NOTIFICATION:
            heard = self._hearing.get(short(body[:_UUID]) or 0)
            if heard is not None:
                heard(body[_UUID:])
        elif answer is not None and not answer.done():
            answer.set_result((result, body))

    def _hang_up(self) -> None:
        """What does not speak this language, or not any more, is not listened to."""
        self._received.clear()
        if self._line is not None:
            self._line.abort()

    async def _ask(self, kind: int, body: bytes = b"") -> bytes:
        if self._line is None or self.gone.is_set() or self._line.is_closing():
            raise Unreachable(f"the connection to {self.where} is lost")
        self._sequence = sequence = (self._sequence + 1) % 256
        answer = asyncio.get_running_loop().create_future()
        self._waiting[kind, sequence] = answer
        self._line.write(_HEADER.pack(_VERSION, kind, sequence, 0, len(body)) + body)
        try:
            async with asyncio.timeout(ANSWER_WITHIN):
                result, told = await answer
        except TimeoutError:
            raise self._silence(kind) from None
        finally:
            self._waiting.pop((kind, sequence), None)
        if result in _REFUSALS:
            raise DeviceRefused(f"{self.where} {_REFUSALS[result]}")
        if result:
            raise AdapterFault(f"{self.where} answered with error {result}")
        return bytes(told)

    def _silence(self, kind: int) -> GatewayError:
        says_nothing = f"{self.where} gave no answer"
        return TimedOut(says_nothing) if kind == _WRITE else Unreachable(says_nothing)


def _pieces(data: bytes, size: int) -> list[bytes]:
    return [data[at : at + size] for at in range(0, len(data) - size + 1, size)]
