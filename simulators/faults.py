"""One wire proxy that makes the faults a network and a device can have.

It stands before own and independent peers alike, on an address of its own, for TCP streams or
UDP datagrams. A mode holds for open connections too, from the next bytes on; `reset` and `refuse`
break them at once. A device that refuses shows as a reset, because the proxy has accepted by then.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Coroutine
from typing import Self

from simulators.fault_lines import BROKEN, Address, Datagrams, Link, Mode, Wire

STREAMS_ONLY, DATAGRAMS_ONLY = ("reset", "slow"), ("duplicate",)


class FaultProxy:
    """Between `listen` and `target`; passes through at first, `seed` decides the garbage."""

    def __init__(
        self, listen: Address, target: Address, udp: bool = False, *, seed: int = 0
    ) -> None:
        self.listen = listen
        self._wire = Wire(target, random.Random(seed))
        self._udp = udp
        self._running = False
        self._door: asyncio.Server | Datagrams | None = None
        self._links: set[Link] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Listen; OSError when the address is taken, port 0 becomes a free one in `listen`."""
        self._running = True
        if self._door is None and self._wire.mode.name != "refuse":
            await self._open()

    async def stop(self) -> None:
        """Leave no task and no socket behind; once is as good as twice."""
        self._running = False
        self._close()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for link in list(self._links):
            await link.close()
        self._links.clear()

    async def pass_through(self) -> None:
        """Change nothing."""
        await self._switch(Mode("pass_through"))

    async def delay(self, seconds: float) -> None:
        """Requests pass at once; answers come `seconds` after their request."""
        await self._switch(Mode("delay", seconds))

    async def silent(self) -> None:
        """Accept and swallow: the device hears nothing, the client gets no answer."""
        await self._switch(Mode("silent"))

    async def garbage(self) -> None:
        """Answer requests with random bytes; the device hears nothing."""
        await self._switch(Mode("garbage"))

    async def truncated(self, count: int) -> None:
        """Pass the first `count` bytes of an answer, then close; of a datagram just those."""
        await self._switch(Mode("truncated", count))

    async def reset(self) -> None:
        """Break open connections, and new ones once they are accepted; TCP only."""
        await self._switch(Mode("reset"))

    async def refuse(self) -> None:
        """Nobody listens, and open connections break."""
        await self._switch(Mode("refuse"))

    async def slow(self, bytes_per_second: float) -> None:
        """Let answers trickle; TCP only."""
        await self._switch(Mode("slow", bytes_per_second))

    async def duplicate(self) -> None:
        """Send every answer twice, as a network may; UDP only."""
        await self._switch(Mode("duplicate"))

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.stop()

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _switch(self, mode: Mode) -> None:
        if mode.name in (DATAGRAMS_ONLY, STREAMS_ONLY)[self._udp]:
            raise ValueError(f"{mode.name} has no meaning here")
        before, self._wire.mode = self._wire.mode, mode
        before.over.set()
        if mode.name == "refuse":
            self._close()
        elif self._running:
            await self.start()
        if mode.name in BROKEN:
            for link in list(self._links):
                link.reset()

    async def _open(self) -> None:
        if self._udp:
            self._door = Datagrams(self._wire, self.listen, self._spawn)
            self.listen = self._door.address
        else:
            self._door = await asyncio.start_server(self._accept, *self.listen)
            self.listen = self._door.sockets[0].getsockname()[:2]

    def _close(self) -> None:
        if self._door is not None:
            self._door.close()
            self._door = None

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self._running:
            writer.transport.abort()
            return
        link = Link(self._wire, (reader, writer))
        self._links.add(link)
        self._spawn(self._carry(link))

    async def _carry(self, link: Link) -> None:
        await link.run()
        await link.close()
        self._links.discard(link)
