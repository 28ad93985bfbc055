"""A client of the tests' own that speaks DIRCON in raw bytes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

UUID = "0000{:04x}00001000800000805f9b34fb"
DATA, TRAINING, CONTROL, STATUS = 0x2ACD, 0x2AD3, 0x2AD9, 0x2ADA


def uuid(number: int) -> bytes:
    """The 16 bytes of a short UUID in written order."""
    return bytes.fromhex(UUID.format(number))


class DirconClient:
    """Requests one at a time; `notified` has every value that came unasked, in order."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.notified: list[tuple[int, bytes]] = []
        self._reader = reader
        self._writer = writer
        self._sequence = 0

    def values(self, characteristic: int) -> list[bytes]:
        """What was notified of one characteristic."""
        return [value for number, value in self.notified if number == characteristic]

    async def message(self) -> bytes:
        """The next whole message; a notification is kept as well."""
        async with asyncio.timeout(3):
            header = await self._reader.readexactly(6)
            body = await self._reader.readexactly(int.from_bytes(header[4:], "big"))
        if header[1] == 6:
            self.notified.append((int.from_bytes(body[2:4], "big"), body[16:]))
        return header + body

    async def request(self, kind: int, body: bytes = b"") -> tuple[int, bytes]:
        """The result code and the body of the answer."""
        self._sequence = (self._sequence + 1) & 0xFF
        self.send(bytes([1, kind, self._sequence, 0]) + len(body).to_bytes(2, "big") + body)
        while (answer := await self.message())[1] == 6:
            pass
        assert answer[:3] == bytes([1, kind, self._sequence])
        return answer[3], answer[6:]

    def send(self, raw: bytes) -> None:
        """Put bytes on the wire as they are."""
        self._writer.write(raw)

    async def read(self, characteristic: int) -> bytes:
        """A characteristic's value."""
        result, body = await self.request(3, uuid(characteristic))
        assert (result, body[:16]) == (0, uuid(characteristic))
        return body[16:]

    async def subscribe(self, *characteristics: int) -> None:
        """Ask for notifications."""
        for characteristic in characteristics:
            asked = uuid(characteristic)
            assert await self.request(5, asked + b"\x01") == (0, asked)

    async def order(self, hexadecimal: str) -> str:
        """Write to the control point and return its response, both in hexadecimal."""
        before = len(self.values(CONTROL))
        answer = await self.request(4, uuid(CONTROL) + bytes.fromhex(hexadecimal))
        assert answer == (0, uuid(CONTROL))
        while len(self.values(CONTROL)) == before:
            await self.message()
        return self.values(CONTROL)[-1].hex()

    async def next(self, characteristic: int) -> bytes:
        """The next value that is notified of a characteristic."""
        before = len(self.values(characteristic))
        while len(self.values(characteristic)) == before:
            await self.message()
        return self.values(characteristic)[-1]

    async def until_closed(self) -> None:
        """Wait until the other side has hung up."""
        async with asyncio.timeout(3):
            while await self._reader.read(4096):
                pass


@asynccontextmanager
async def dircon(address: str, port: int = 36866) -> AsyncIterator[DirconClient]:
    """A connected client that listens to what a control point says and what it tells of itself."""
    reader, writer = await asyncio.open_connection(address, port)
    client = DirconClient(reader, writer)
    try:
        await client.subscribe(CONTROL, STATUS)
        yield client
    finally:
        writer.transport.abort()
        await asyncio.gather(writer.wait_closed(), return_exceptions=True)
