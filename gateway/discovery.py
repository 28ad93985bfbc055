"""Discovery: what is on the network, told as sightings. It claims nothing and remembers little.

Every way of searching keeps its own time: at once, again after 1 s and 3 s because packets get
lost, then at every interval. What goes wrong in one of them stops none of the others.
"""

import asyncio
import itertools
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Protocol

from zeroconf.asyncio import AsyncZeroconf

from gateway.adapter import Adapter, Network, Sighting
from gateway.boundary import answered, at_once
from gateway.broadcast import Broadcast
from gateway.configured import Configured
from gateway.errors import GatewayError
from gateway.mdns import RESOLVERS, Mdns
from gateway.problems import Problems
from gateway.ssdp import Ssdp

INTERVAL = 8.0
AT_FIRST = (1.0, 2.0)
CLOSE_WITHIN = 10.0
MOST_WAITING = 4096
MOST_ADDRESSES, MOST_PER_ADDRESS = 4096, 100

Told = Callable[[Sighting], None]


class Search(Protocol):
    """One way of searching."""

    name: str

    async def search(self, turn: int) -> None:
        """Ask once more; open what is not open. Turns count from 0."""

    async def aclose(self) -> None:
        """Close what is open; the next search opens it again."""


class Discovery:
    """Searches networks for what adapters listen for, and tells `heard` of all that answers.

    `gone` is told of goodbyes, which are hints: what said one may answer all the same. Adapters'
    configured hosts are told of at every interval. A `zeroconf` that is given stays open.
    """

    def __init__(
        self,
        networks: Sequence[Network],
        adapters: Sequence[Adapter[Any]],
        heard: Told,
        zeroconf: AsyncZeroconf | None = None,
        interval: float = INTERVAL,
        gone: Told = lambda sighting: None,
    ) -> None:
        self._interval = interval
        self._problems = Problems()
        self._fresh = _Fresh(interval * 0.75)
        self._waiting: asyncio.Queue[tuple[Told, Sighting]] = asyncio.Queue(MOST_WAITING)
        self._tell_heard, self._tell_gone = heard, gone
        interfaces = [one.interface for one in networks]
        if not interfaces:
            self._problems.failed("search", "this machine has no private IPv4 address")
        types = [kind for adapter in adapters for kind in adapter.mdns]
        targets = [target for adapter in adapters for target in adapter.ssdp]
        probes = [probe for adapter in adapters for probe in adapter.probes]
        report, leave, problems = self._report, self._leave, self._problems
        self._mdns = Mdns(interfaces, types, report, leave, problems, zeroconf)
        self._searches: list[Search] = [
            Configured(adapters, report, problems),
            self._mdns,
            Ssdp(networks, targets, report, leave, problems),
            Broadcast(networks, probes, report, problems),
            *(_Own(adapter, report) for adapter in adapters if _searches(adapter)),
        ]

    async def run(self) -> None:
        """Search until cancelled, then close everything."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._tell())
                for _ in range(RESOLVERS):
                    group.create_task(self._mdns.resolve())
                for search in self._searches:
                    group.create_task(self._keep(search))
        finally:
            closing = (
                answered(search.aclose(), f"closing {search.name}", CLOSE_WITHIN)
                for search in self._searches
            )
            await asyncio.gather(*closing, return_exceptions=True)

    def problems(self) -> list[str]:
        """Return why something may not be heard at present, a sentence each."""
        return self._problems.list()

    async def _keep(self, search: Search) -> None:
        pauses = itertools.chain(AT_FIRST, itertools.repeat(self._interval))
        for turn, pause in enumerate(pauses):
            try:
                await answered(search.search(turn), search.name, None)
            except GatewayError as error:
                self._problems.failed(search.name, error.detail)
            else:
                self._problems.works(search.name)
            await asyncio.sleep(min(pause, self._interval))

    def _report(self, sighting: Sighting) -> None:
        if self._waiting.full():
            self._problems.failed("sightings", "too many at once; some have to be said again")
        elif self._fresh.is_new(sighting, asyncio.get_running_loop().time()):
            self._waiting.put_nowait((self._tell_heard, sighting))

    def _leave(self, sighting: Sighting) -> None:
        self._fresh.forget(sighting.address)
        if not self._waiting.full():
            self._waiting.put_nowait((self._tell_gone, sighting))

    async def _tell(self) -> None:
        """Hand sightings on, one by one, so that neither a flood nor an error delays others."""
        while True:
            tell, sighting = await self._waiting.get()
            at_once(partial(tell, sighting), f"a sighting of {sighting.address}", None)
            if self._waiting.empty():
                self._problems.works("sightings")
            await asyncio.sleep(0)


class _Own:
    """What an adapter searches by itself; it closes that when it closes."""

    def __init__(self, adapter: Adapter[Any], report: Told) -> None:
        self.name = f"{adapter.name}'s own search"
        self._adapter, self._report = adapter, report

    async def search(self, turn: int) -> None:
        await self._adapter.search(self._report)

    async def aclose(self) -> None:
        return


def _searches(adapter: Adapter[Any]) -> bool:
    return type(adapter).search is not Adapter.search


class _Fresh:
    """Which sightings are new within a window; of one address only so many are."""

    def __init__(self, window: float) -> None:
        self._window = window
        self._since = 0.0
        self._seen: dict[str, set[int]] = {}

    def is_new(self, sighting: Sighting, now: float) -> bool:
        if now - self._since >= self._window:
            self._since = now
            self._seen.clear()
        if sighting.address not in self._seen and len(self._seen) >= MOST_ADDRESSES:
            return False
        said = self._seen.setdefault(sighting.address, set())
        facts = frozenset(sighting.facts.items())
        key = hash((sighting.source, sighting.port, sighting.what, facts))
        if key in said or len(said) >= MOST_PER_ADDRESS:
            return False
        said.add(key)
        return True

    def forget(self, address: str) -> None:
        self._seen.pop(address, None)
