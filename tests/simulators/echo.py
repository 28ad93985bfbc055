"""Devices that echo, and clients whose waits are all bounded, for tests of the wire proxy."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

from simulators.faults import FaultProxy

PROXY = ("127.0.73.78", 12078)
DEVICE = ("127.0.73.11", 12078)


class Echo:
    """A device that sends back what it hears, and counts it."""

    def __init__(self) -> None:
        self.heard = bytearray()
        self.connections = 0
        self._writers: set[asyncio.StreamWriter] = set()
        self._arrived = asyncio.Condition()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._writers.add(writer)
        with suppress(OSError):
            while data := await reader.read(65536):
                self.heard += data
                async with self._arrived:
                    self._arrived.notify_all()
                writer.write(data)
                await writer.drain()
        await self.hang_up()

    async def hang_up(self) -> None:
        while self._writers:
            writer = self._writers.pop()
            writer.transport.abort()
            with suppress(OSError):
                await writer.wait_closed()

    async def hears(self, expected: bytes) -> None:
        async with asyncio.timeout(5), self._arrived:
            await self._arrived.wait_for(lambda: expected in self.heard)


class Client:
    """A connection whose waits are all bounded."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    def send(self, data: bytes) -> None:
        self._writer.write(data)

    async def ask(self, data: bytes) -> bytes:
        """The answer, as long as the question."""
        self.send(data)
        return await self.hear(len(data))

    async def hear(self, count: int) -> bytes:
        async with asyncio.timeout(5):
            return await self._reader.readexactly(count)

    def end(self) -> None:
        self._writer.write_eof()

    async def until_closed(self) -> bytes:
        async with asyncio.timeout(5):
            return await self._reader.read(-1)

    async def any_answer(self, data: bytes) -> bytes:
        self.send(data)
        async with asyncio.timeout(5):
            return await self._reader.read(65536)

    async def hears_nothing(self, seconds: float = 0.1) -> bool:
        try:
            async with asyncio.timeout(seconds):
                await self._reader.read(1)
        except TimeoutError:
            return True
        return False


@asynccontextmanager
async def connected(address: tuple[str, int] = PROXY) -> AsyncIterator[Client]:
    reader, writer = await asyncio.open_connection(*address)
    try:
        yield Client(reader, writer)
    finally:
        writer.transport.abort()
        with suppress(OSError):
            await writer.wait_closed()


class UdpEcho(asyncio.DatagramProtocol):
    """A device that sends datagrams back, marked."""

    def __init__(self) -> None:
        self.heard: asyncio.Queue[bytes] = asyncio.Queue()
        self.closed = asyncio.Event()
        self.transport: asyncio.DatagramTransport | None = None

    def connection_lost(self, exc: Exception | None) -> None:
        self.closed.set()

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.heard.put_nowait(data)
        assert self.transport is not None
        self.transport.sendto(b"re:" + data, addr)


@asynccontextmanager
async def udp_proxy() -> AsyncIterator[tuple[FaultProxy, UdpEcho]]:
    loop = asyncio.get_running_loop()
    transport, device = await loop.create_datagram_endpoint(UdpEcho, local_addr=DEVICE)
    device.transport = transport
    try:
        async with FaultProxy(PROXY, DEVICE, udp=True) as proxy:
            yield proxy, device
    finally:
        transport.abort()
        await device.closed.wait()


@asynccontextmanager
async def asker() -> AsyncIterator[Callable[[], Awaitable[bytes]]]:
    """A client that has asked "hello"; what it yields waits for the next answer."""
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as own:
        own.setblocking(False)
        own.connect(PROXY)
        own.send(b"hello")

        async def answer() -> bytes:
            async with asyncio.timeout(0.5):
                return await loop.sock_recv(own, 65536)

        yield answer
