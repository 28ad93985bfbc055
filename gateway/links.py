"""Links: one supervised task for each place on the network that an adapter serves.

A sighting starts a link or wakes one that waits. What fails is marked offline once, logged once
and tried again; one broken adapter or device neither delays nor hides another.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from gateway.adapter import Adapter, Sighting
from gateway.boundary import answered, at_once
from gateway.device import Device
from gateway.entry import Entry
from gateway.errors import GatewayError, NeedsSetup, Unreachable
from gateway.registry import Registry

log = logging.getLogger("homeport.links")

FIRST_RETRY = 1.0
LONGEST_RETRY = 10.0
SETUP_RETRY = 60.0
CONNECT_WITHIN = 30.0
LASTING = ("configured", "known")

AnyAdapter = Adapter[Any]


class _Place:
    """One place, its task, and the devices that it has announced."""

    def __init__(self, registry: Registry, adapter: AnyAdapter, at: Sighting) -> None:
        self.registry = registry
        self.adapter = adapter
        self.at = at
        self.latest = at
        """What is served next: a device may answer at another port than it was known by."""
        self.lasting = _lasts(at)
        self.heard = asyncio.Event()
        self.announced = asyncio.Event()
        self.devices: dict[str, Entry] = {}
        self.quiet = False

    @property
    def name(self) -> str:
        return f"{self.adapter.name} at {self.at.address}"

    def sighted(self, sighting: Sighting) -> None:
        """Take note that the place was heard again."""
        self.latest = sighting
        self.lasting = self.lasting or _lasts(sighting)
        self.heard.set()

    def announce(self, device: Device) -> None:
        entry = self.registry.announce(device, self.adapter.name, self.at.address, self.at.port)
        self.devices[device.id] = entry
        self.announced.set()
        if self.quiet and not device.needs:
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
            empty = "range" in self.at.facts and not self.devices
            level = logging.INFO if empty else logging.WARNING
            log.log(level, "%s: %s", self.name, error.detail)

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
        self._closed = False

    def heard(self, sighting: Sighting) -> None:
        """Take a sighting in: the adapters that claim it serve its place."""
        if self._closed:
            return
        claiming = [adapter for adapter in self._adapters.values() if _claims(adapter, sighting)]
        for adapter in claiming:
            self._serve(adapter, sighting)
        if not claiming:
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
        self._closed = True
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for adapter in self._adapters.values():
            try:
                await answered(adapter.aclose(), f"closing {adapter.name}", 10)
            except GatewayError as error:
                log.warning("%s", error.detail)

    def _serve(self, adapter: AnyAdapter, sighting: Sighting) -> None:
        where = at_once(lambda: adapter.place(sighting), f"{adapter.name}.place", sighting.address)
        key = (adapter.name, where)
        place = self._places.get(key)
        if place is not None:
            place.sighted(sighting)
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
                if error is None and not place.announced.is_set():
                    self._unclaimed(place.at)
                    return
                if place.announced.is_set():
                    delay = FIRST_RETRY
                place.lose(error or Unreachable(f"{place.at.address} serves no more"))
                await _pause(place, _wait(place, error, delay))
                place.at = place.latest
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


def _lasts(at: Sighting) -> bool:
    """Whether a place is worth trying again by itself: most addresses of a range are empty."""
    return at.source in LASTING and "range" not in at.facts


def _wait(place: _Place, error: GatewayError | None, delay: float) -> float | None:
    """Return how long to wait before the next attempt; None until it is heard again."""
    if not place.devices and not place.lasting:
        return None
    return SETUP_RETRY if isinstance(error, NeedsSetup) else delay


async def _pause(place: _Place, seconds: float | None) -> None:
    """Wait, but not longer than until the place is heard again."""
    try:
        async with asyncio.timeout(seconds):
            await place.heard.wait()
    except TimeoutError:
        return
    await asyncio.sleep(FIRST_RETRY / 4)


def _claims(adapter: AnyAdapter, sighting: Sighting) -> bool:
    if not _asked_for(adapter, sighting):
        return False
    return at_once(lambda: adapter.claims(sighting), f"{adapter.name}.claims", False)


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
