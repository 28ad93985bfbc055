"""The connections of a fault proxy: what each mode does to streams and to datagrams."""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
import struct
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

Address: TypeAlias = tuple[str, int]
Streams: TypeAlias = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Spawn: TypeAlias = Callable[[Coroutine[None, None, None]], None]
Name: TypeAlias = Literal[
    "pass_through",
    "delay",
    "silent",
    "garbage",
    "truncated",
    "reset",
    "refuse",
    "slow",
    "duplicate",
]

CHUNK = 64 * 1024
LONGEST_GARBAGE = 256
TRICKLE = 0.05
POWER_CUT = struct.pack("ii", 1, 0)
BROKEN, MUTE = ("reset", "refuse"), ("silent", "garbage")


@dataclass(frozen=True)
class Mode:
    """What happens on the wire; `amount` is seconds, bytes or bytes per second."""

    name: Name
    amount: float = 0.0
    over: asyncio.Event = field(default_factory=asyncio.Event, compare=False)

    async def hold(self, seconds: float) -> None:
        """Return after that time, or as soon as the mode is over."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.over.wait()


@dataclass
class Wire:
    """What all connections share: where they lead, the mode, and the source of garbage."""

    target: Address
    random: random.Random
    mode: Mode = field(default_factory=lambda: Mode("pass_through"))

    def noise(self) -> bytes:
        """1 to LONGEST_GARBAGE random bytes."""
        return self.random.randbytes(self.random.randint(1, LONGEST_GARBAGE))


class Link:
    """One client's connection, and one to the device as soon as there is something to pass."""

    def __init__(self, wire: Wire, client: Streams) -> None:
        self._wire = wire
        self._listening, self._client = client
        self._device: asyncio.StreamWriter | None = None
        self._asked = 0.0
        self._passed = 0

    async def run(self) -> None:
        """Carry bytes both ways until either side hangs up or a mode breaks the connection."""
        try:
            async with asyncio.TaskGroup() as group:
                if self._wire.mode.name not in (*BROKEN, *MUTE):
                    await self._reach(group)
                if self._wire.mode.name in BROKEN:
                    self.reset()
                await self._carry_requests(group)
        except* OSError:
            self.reset()

    async def close(self) -> None:
        """Hang up on both sides."""
        for writer in (self._client, self._device):
            if writer is not None:
                await hang_up(writer)

    def reset(self) -> None:
        """Break both connections; the client gets an RST."""
        for writer in (self._client, self._device):
            if writer is not None and not writer.transport.is_closing():
                writer.get_extra_info("socket").setsockopt(
                    socket.SOL_SOCKET, socket.SO_LINGER, POWER_CUT
                )
                writer.transport.abort()

    async def _reach(self, group: asyncio.TaskGroup) -> asyncio.StreamWriter:
        if self._device is None:
            answers, self._device = await asyncio.open_connection(*self._wire.target)
            group.create_task(self._carry_answers(answers, self._device))
        return self._device

    async def _carry_requests(self, group: asyncio.TaskGroup) -> None:
        while data := await self._listening.read(CHUNK):
            self._asked = asyncio.get_running_loop().time()
            self._passed = 0
            mode = self._wire.mode
            if mode.name == "garbage":
                self._client.write(self._wire.noise())
            elif mode.name != "silent":
                device = await self._reach(group)
                device.write(data)
                await device.drain()
        if self._device is not None and not self._device.is_closing():
            self._device.write_eof()

    async def _carry_answers(
        self, answers: asyncio.StreamReader, device: asyncio.StreamWriter
    ) -> None:
        while data := await answers.read(CHUNK):
            while data:
                data = await self._pass_on(data)
        if self._wire.mode.name in MUTE:
            self._device = None
            await hang_up(device)
        else:
            self._client.close()

    async def _pass_on(self, data: bytes) -> bytes:
        """What is left of the answer after one step under the present mode."""
        mode = self._wire.mode
        left = b""
        match mode.name:
            case "silent" | "garbage":
                return b""
            case "delay":
                wait = self._asked + mode.amount - asyncio.get_running_loop().time()
                if wait > 0:
                    await mode.hold(wait)
                    return data
            case "truncated":
                data = data[: max(0, int(mode.amount) - self._passed)]
                self._passed += len(data)
            case "slow":
                step = max(1, int(mode.amount * TRICKLE))
                data, left = data[:step], data[step:]
        self._client.write(data)
        await self._client.drain()
        if mode.name == "slow":
            await mode.hold(len(data) / mode.amount)
        elif mode.name == "truncated" and self._passed >= mode.amount:
            self._client.close()
            if self._device is not None:
                self._device.transport.abort()
        return left


class Datagrams:
    """The UDP side: each client speaks to the device from a socket of its own."""

    def __init__(self, wire: Wire, listen: Address, spawn: Spawn) -> None:
        self._wire = wire
        self._spawn = spawn
        self._loop = asyncio.get_running_loop()
        self._asked: dict[Address, float] = {}
        self._lines: dict[Address, socket.socket] = {}
        self._front = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._front.setblocking(False)
        try:
            self._front.bind(listen)
        except OSError:
            self._front.close()
            raise
        self.address: Address = self._front.getsockname()
        self._loop.add_reader(self._front, self._carry_request)

    def close(self) -> None:
        """Let go of every socket."""
        for line in (self._front, *self._lines.values()):
            self._loop.remove_reader(line)
            line.close()

    def _carry_request(self) -> None:
        try:
            data, client = self._front.recvfrom(CHUNK)
        except OSError:
            return
        self._asked[client] = self._loop.time()
        match self._wire.mode.name:
            case "silent":
                pass
            case "garbage":
                self._send(self._wire.noise(), client)
            case _:
                with contextlib.suppress(OSError):
                    self._line(client).send(data)

    def _line(self, client: Address) -> socket.socket:
        if client not in self._lines:
            line = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            line.setblocking(False)
            line.connect(self._wire.target)
            self._lines[client] = line
            self._loop.add_reader(line, self._carry_answer, line, client)
        return self._lines[client]

    def _carry_answer(self, line: socket.socket, client: Address) -> None:
        with contextlib.suppress(OSError):
            self._pass_on(line.recv(CHUNK), client)

    def _pass_on(self, data: bytes, client: Address) -> None:
        mode = self._wire.mode
        wait = self._asked[client] + mode.amount - self._loop.time()
        match mode.name:
            case "silent" | "garbage":
                pass
            case "delay" if wait > 0:
                self._spawn(self._pass_on_later(mode, wait, data, client))
            case "truncated":
                self._send(data[: int(mode.amount)], client)
            case "duplicate":
                self._send(data, client)
                self._send(data, client)
            case _:
                self._send(data, client)

    async def _pass_on_later(self, mode: Mode, wait: float, data: bytes, client: Address) -> None:
        await mode.hold(wait)
        self._pass_on(data, client)

    def _send(self, data: bytes, client: Address) -> None:
        with contextlib.suppress(OSError):
            self._front.sendto(data, client)


async def hang_up(writer: asyncio.StreamWriter) -> None:
    """Close it now, whatever is still unsent."""
    writer.transport.abort()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
