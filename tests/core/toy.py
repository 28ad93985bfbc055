"""An adapter that serves what a test puts at an address, and the means to wait for it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import ClassVar

from gateway.adapter import Adapter, AdapterSettings, Link, Network, Probe, Sighting
from gateway.device import Device
from gateway.links import Links
from tests.core.rigs import until
from tests.incore import House, house

WHAT = "_toy._tcp.local."
LAN = Network("192.0.2.1", "192.0.2.255")


class Place:
    """What stands at one address: it announces its devices, and stays until it is ended."""

    def __init__(self, *devices: Device) -> None:
        self.devices = list(devices)
        self.visits: list[float] = []
        self.link: Link | None = None
        self.inside = 0
        self._endings: asyncio.Queue[BaseException | None] = asyncio.Queue()

    async def visited(self, times: int) -> None:
        """Wait until it has been visited so often."""
        await until(lambda: len(self.visits) == times)

    def end(self, error: BaseException | None = None) -> None:
        """Let the present visit, or the next, raise `error` or return."""
        self._endings.put_nowait(error)

    async def visit(self, link: Link) -> None:
        self.visits.append(asyncio.get_running_loop().time())
        self.link = link
        self.inside += 1
        try:
            for device in self.devices:
                link.announce(device)
            error = await self._endings.get()
            if error is not None:
                raise error
        finally:
            self.inside -= 1


class Toy(Adapter[AdapterSettings]):
    """Serves the places of a test."""

    name = "toy"
    settings_type = AdapterSettings
    library = "none"
    mdns: ClassVar[tuple[str, ...]] = (WHAT,)
    ssdp = ("urn:toy:1",)
    probes = (Probe("toy-probe", 9999, lambda: b"?"),)

    def __init__(self) -> None:
        super().__init__(AdapterSettings(), LAN)
        self.places: dict[str, Place] = {}
        self.served: list[Sighting] = []
        self.closed = 0
        self.closes: BaseException | None = None

    async def serve(self, at: Sighting, link: Link) -> None:
        self.served.append(at)
        await self.places[at.address].visit(link)

    async def aclose(self) -> None:
        self.closed += 1
        if self.closes is not None:
            raise self.closes


class Other(Toy):
    """A second adapter beside the first."""

    name = "other"
    mdns = ("_other._tcp.local.", WHAT)


def heard(address: str = "192.0.2.7", port: int = 80, source: str = "mdns") -> Sighting:
    what = {"mdns": WHAT, "ssdp": "urn:toy:1", "broadcast": "toy-probe"}.get(source, "toy")
    return Sighting(source, address, port, what)  # type: ignore[arg-type]


class Lan:
    """A home, its links, the toy adapters, and what nobody claimed."""

    def __init__(self, home: House, *adapters: Toy) -> None:
        self.home = home
        self.toy = adapters[0]
        self.unclaimed: list[Sighting] = []
        self.links = Links(home.home.registry, adapters, self.unclaimed.append)

    def put(self, *devices: Device, at: str = "192.0.2.7", adapter: Toy | None = None) -> Place:
        """Let these devices stand at an address."""
        place = (adapter or self.toy).places[at] = Place(*devices)
        return place

    def online(self, id: str) -> bool:
        entry = self.home.home.registry.get(id)
        return entry is not None and entry.online


@asynccontextmanager
async def lan(state: Path, *adapters: Toy) -> AsyncIterator[Lan]:
    """Open a home whose LAN is in the test's hands; nothing is left of it afterwards."""
    before = asyncio.all_tasks()
    async with house(state) as home:
        opened = Lan(home, *(adapters or (Toy(),)))
        try:
            yield opened
        finally:
            await opened.links.aclose()
    assert asyncio.all_tasks() == before
