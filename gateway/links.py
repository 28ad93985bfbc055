"""Links: one supervised task for each place on the network that an adapter serves.

A sighting starts a link or wakes one that waits. What fails is marked offline once, logged once
and tried again; one broken adapter or device neither delays nor hides another.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from gateway.adapter import Adapter, Sighting
from gateway.boundary import answered
from gateway.device import Device
from gateway.entry import Entry
from gateway.errors import GatewayError, NeedsSetup, Unreachable
from gateway.registry import Registry

log = logging.getLogger("homeport.links")

FIRST_RETRY = 1.0
LONGEST_RETRY = 10.0
SETUP_RETRY = 60.0
CONNECT_WITHIN = 30.0

AnyAdapter = Adapter[Any]


class _Place:
    """One place, its task, and the devices that it has announced."""

    def __init__(self, registry: Registry, adapter: AnyAdapter, at: Sighting) -> None:
        self.registry = registry
        self.adapter = adapter
        self.at = at
        self.heard = asyncio.Event()
        self.announced = asyncio.Event()
        self.devices: dict[str, Entry] = {}
        self.quiet = False

    @property
    def name(self) -> str:
        return f"{self.adapter.name} at {self.at.address}"

    def announce(self, device: Device) -> None:
        entry = self.registry.announce(device, self.adapter.name, self.at.address, self.at.port)
        self.devices[device.id] = entry
        self.announced.set()
        if self.quiet:
            self.quiet = False
            log.info("%s answers again", self.name)

    def vanished(self, device_id: str, reason: str) -> None:
        entry = self.devices.get(device_id)
        if entry is not None and self._mine(entry):
            self.registry.offline(entry, reason)

    def lose(self, error: GatewayError) -> None:
        """Mark everything here as offline; say so once."""
        for entry in self.devices.values():
            if self._mine(entry):
                self.registry.offline(entry, error.detail)
        if not self.quiet:
            self.quiet = True
            log.warning("%s: %s", self.name, error.detail)

    def _mine(self, entry: Entry) -> bool:
        return (entry.adapter, entry.address) == (self.adapter.name, self.at.address)


class Links:
    """Which places are served, by which adapter."""

    def __init__(
        self,
        registry: Registry,
        adapters: Iterable[AnyAdapter],
        unclaimed: Callable[[Sighting], None] = lambda sighting: None,
    ) -> None:
        self._registry = registry
        self._adapters: Mapping[str, AnyAdapter] = {one.name: one for one in adapters}
        self._unclaimed = unclaimed
        self._places: dict[tuple[str, str], _Place] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def heard(self, sighting: Sighting) -> None:
        """Take a sighting in: the adapters that claim it serve its place."""
        claimed = False
        for adapter in self._adapters.values():
            if _asked_for(adapter, sighting) and adapter.claims(sighting):
                claimed = True
                self._serve(adapter, sighting)
        if not claimed:
            self._unclaimed(sighting)

    def recall(self) -> None:
        """Serve every place where a known device was last seen."""
        places = {(entry.adapter, entry.address, entry.port) for entry in self._registry}
        for name, address, port in sorted(places):
            self.heard(Sighting("known", address, port, name))

    def serves(self, address: str) -> bool:
        """Say whether some adapter has found devices at an address."""
        return any(
            place.devices for (_, _), place in self._places.items() if place.at.address == address
        )

    async def aclose(self) -> None:
        """End all links, then what the adapters share."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for adapter in self._adapters.values():
            await answered(adapter.aclose(), f"closing {adapter.name}", 10)

    def _serve(self, adapter: AnyAdapter, sighting: Sighting) -> None:
        key = (adapter.name, adapter.place(sighting))
        place = self._places.get(key)
        if place is not None:
            place.heard.set()
            return
        place = self._places[key] = _Place(self._registry, adapter, sighting)
        task = asyncio.create_task(self._keep(key, place), name=place.name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _keep(self, key: tuple[str, str], place: _Place) -> None:
        delay = FIRST_RETRY
        try:
            while True:
                place.heard.clear()
                place.announced.clear()
                error = await _attempt(place)
                if error is None:
                    self._unclaimed(place.at)
                    return
                if place.announced.is_set():
                    delay = FIRST_RETRY
                place.lose(error)
                if not place.devices and place.at.source not in ("configured", "known"):
                    return
                await _pause(place, SETUP_RETRY if isinstance(error, NeedsSetup) else delay)
                delay = min(delay * 2, LONGEST_RETRY)
        finally:
            del self._places[key]


async def _attempt(place: _Place) -> GatewayError | None:
    """Serve until it fails; return why, or None where the place is not the adapter's."""
    serving = asyncio.create_task(place.adapter.serve(place.at, place))
    watching = asyncio.create_task(place.announced.wait())
    try:
        await asyncio.wait(
            (serving, watching), timeout=CONNECT_WITHIN, return_when=asyncio.FIRST_COMPLETED
        )
        if not serving.done() and not watching.done():
            return Unreachable(f"{place.at.address} said nothing for {CONNECT_WITHIN:g} s")
        await answered(serving, place.name, None)
    except GatewayError as error:
        return error
    finally:
        watching.cancel()
        serving.cancel()
        await asyncio.gather(serving, watching, return_exceptions=True)
    return None


async def _pause(place: _Place, seconds: float) -> None:
    """Wait, but not longer than until the place is heard again."""
    try:
        async with asyncio.timeout(seconds):
            await place.heard.wait()
    except TimeoutError:
        return
    await asyncio.sleep(FIRST_RETRY / 4)


def _asked_for(adapter: AnyAdapter, sighting: Sighting) -> bool:
    match sighting.source:
        case "mdns":
            return sighting.what in adapter.mdns
        case "ssdp":
            return sighting.what in adapter.ssdp
        case "broadcast":
            return any(sighting.what == probe.name for probe in adapter.probes)
        case _:
            return sighting.what == adapter.name
