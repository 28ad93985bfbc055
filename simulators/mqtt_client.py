"""A small MQTT 3.1.1 client, as firmware has one: it connects again whenever it is cut off."""

from __future__ import annotations

import asyncio
import contextlib
import struct
from collections.abc import Callable

from simulators import mqtt_wire as wire
from simulators.mqtt_wire import Broken, Message

KEEPALIVE = 10
AGAIN = 0.2
BROKEN = (Broken, OSError, asyncio.IncompleteReadError, TimeoutError)
ANSWER_WITHIN = 3.0


class Client:
    """One connection to a broker; `connected` is called each time it stands, before any message."""

    def __init__(
        self,
        address: str,
        port: int,
        name: str,
        *,
        login: tuple[str, str] | None = None,
        will: Message | None = None,
        orders: list[str],
        connected: Callable[[], None],
        heard: Callable[[str, str], None],
    ) -> None:
        self._where, self._name, self._login = (address, port), name, login
        self._will, self._orders = will, orders
        self._connected, self._heard = connected, heard
        self._writer: asyncio.StreamWriter | None = None
        self._task: asyncio.Task[None] | None = None
        self._stands = asyncio.Event()
        self._last = 0

    async def start(self) -> None:
        """Connect; return when that is done, or go on trying."""
        if self._task is None:
            self._task = asyncio.create_task(self._keep())
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(ANSWER_WITHIN):
                    await self._stands.wait()

    async def stop(self) -> None:
        """Leave without a word, as when the power goes: the broker tells the will."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    def publish(self, topic: str, payload: str, *, retain: bool = True) -> None:
        """Send a message with QoS 1; without a connection it is lost."""
        if self._writer is not None and not self._writer.is_closing():
            self._last = self._last % 65535 + 1
            message = Message(topic, payload.encode(), 1, retain)
            self._writer.write(wire.published(message, self._last))

    async def _keep(self) -> None:
        while True:
            with contextlib.suppress(*BROKEN):
                await self._serve()
            self._stands.clear()
            await asyncio.sleep(AGAIN)

    async def _serve(self) -> None:
        async with asyncio.timeout(ANSWER_WITHIN):
            reader, writer = await asyncio.open_connection(*self._where)
        try:
            writer.write(self._connect())
            async with asyncio.timeout(ANSWER_WITHIN):
                answer = await wire.read(reader)
            if answer.kind != wire.CONNACK or answer.body[1:] != bytes((wire.ACCEPTED,)):
                raise Broken("the broker does not let it in")
            self._writer = writer
            if self._orders:
                rest = b"".join(wire.text(one) + b"\1" for one in self._orders)
                writer.write(wire.numbered(wire.SUBSCRIBE, 1, rest, flags=2))
            self._connected()
            self._stands.set()
            await self._listen(reader, writer)
        finally:
            self._writer = None
            writer.transport.abort()
            with contextlib.suppress(OSError, asyncio.CancelledError):
                await writer.wait_closed()

    async def _listen(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        reading = asyncio.ensure_future(wire.read(reader))
        try:
            while True:
                done, _ = await asyncio.wait((reading,), timeout=KEEPALIVE / 2)
                if not done:
                    writer.write(wire.packet(wire.PINGREQ))
                    continue
                packet = reading.result()
                reading = asyncio.ensure_future(wire.read(reader))
                if packet.kind == wire.PUBLISH:
                    message, identifier = wire.message(packet)
                    if message.qos:
                        writer.write(wire.numbered(wire.PUBACK, identifier))
                    self._heard(message.topic, message.payload.decode("utf-8", "replace"))
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)

    def _connect(self) -> bytes:
        flags, rest = 0x02, wire.text(self._name)
        if self._will is not None:
            flags |= 0x04 | self._will.qos << 3 | self._will.retain << 5
            rest += wire.text(self._will.topic) + wire.text(self._will.payload)
        if self._login is not None:
            flags |= 0xC0
            rest += wire.text(self._login[0]) + wire.text(self._login[1])
        head = wire.text("MQTT") + bytes((4, flags)) + struct.pack(">H", KEEPALIVE)
        return wire.packet(wire.CONNECT, head + rest)
