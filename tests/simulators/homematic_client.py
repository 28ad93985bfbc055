"""pyhomematic as a gateway holds it, for tests of the Homematic central."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from typing import Any, Self

from pyhomematic import HMConnection

from simulators.homematic import Ccu, Patient

REMOTES = count()


class Quiet:
    """What pyhomematic must find under CENTRAL, or it refuses the event."""

    def event(self, interface_id: str, key: str, value: Any) -> None:
        pass


class Gateway:
    """pyhomematic held as a gateway would hold it: bounded calls, callbacks onto the loop."""

    def __init__(self, ccu: Ccu, **remote: Any) -> None:
        self.name = f"ccu{next(REMOTES)}"
        self.news: asyncio.Queue[tuple[str, str, Any]] = asyncio.Queue()
        self._devices_came = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        at = {"ip": ccu.address, "port": ccu.port, "resolvenames": "metadata", **remote}
        self.connection = HMConnection(
            interface_id="homeport",
            local="127.0.0.1",
            remotes={self.name: at},
            eventcallback=self._event,
            systemcallback=self._system,
        )
        self.thread = self.connection._server
        self.thread.daemon = True
        (self.proxy,) = self.thread.proxies.values()
        self.proxy._ServerProxy__transport = Patient()
        self.connection.devices_all[self.name]["CENTRAL"] = Quiet()

    async def start(self) -> Self:
        await asyncio.to_thread(self.connection.start)
        return self

    async def stop(self) -> None:
        await asyncio.to_thread(self.connection.stop)
        await asyncio.to_thread(self.thread.join)

    async def devices(self) -> dict[str, Any]:
        """The devices by type, once the central has sent them."""
        async with asyncio.timeout(5):
            await self._devices_came.wait()
        return {device.TYPE: device for device in self.connection.devices[self.name].values()}

    async def heard(self, address: str, key: str) -> Any:
        """The value of the next event for that key; others before it are passed over."""
        async with asyncio.timeout(5):
            while True:
                heard = await self.news.get()
                if heard[:2] == (address, key):
                    return heard[2]

    def _event(self, interface_id: str, address: str, value_key: str, value: Any) -> None:
        self._loop.call_soon_threadsafe(self.news.put_nowait, (address, value_key, value))

    def _system(self, source: str, *details: Any) -> None:
        if source == "newDevices":
            self._loop.call_soon_threadsafe(self._devices_came.set)


@asynccontextmanager
async def gateway(ccu: Ccu, **remote: Any) -> AsyncIterator[Gateway]:
    connected = await Gateway(ccu, **remote).start()
    try:
        yield connected
    finally:
        await connected.stop()
