"""A home that one treadmill adapter serves, with a folder to remember things in."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from adapters.treadmill import TreadmillAdapter
from gateway.adapter import Sighting
from gateway.capabilities.treadmill import TreadmillState
from gateway.entry import Entry
from gateway.links import Links
from gateway.session import Session
from tests.incore import House, house

SOON = 0.02


class Served:
    """The home, its links, and the owner's session."""

    def __init__(self, opened: House, links: Links, session: Session) -> None:
        self.registry, self.links, self.session = opened.home.registry, links, session

    async def until(self, condition: Callable[[], bool], within: float = 10.0) -> None:
        """Return as soon as it is so; fail where it is not so within that time."""
        async with asyncio.timeout(within):
            while not condition():
                await asyncio.sleep(SOON)

    def online(self, id: str) -> bool:
        entry = self.registry.get(id)
        return entry is not None and entry.online

    def entry(self, id: str) -> Entry:
        entry = self.registry.get(id)
        assert entry is not None
        return entry

    def state(self, id: str) -> TreadmillState:
        state = self.entry(id).observed["treadmill"].state
        assert isinstance(state, TreadmillState)
        return state

    async def tell(self, tool: str, device: str, **arguments: Any) -> dict[str, Any]:
        """Give an order through the door; return what became of it."""
        answer = await self.session.call(tool, {"targets": device, **arguments})
        (result,) = answer["results"]
        return dict(result)


@asynccontextmanager
async def serving(
    adapter: TreadmillAdapter, folder: Path, *sightings: Sighting
) -> AsyncIterator[Served]:
    """Serve what the adapter finds by its own search, and what is told; known places too."""
    adapter.folder = folder / "treadmill"
    await asyncio.to_thread((folder / "home").mkdir, exist_ok=True)
    async with house(folder / "home") as opened:
        links = Links(opened.home.registry, [adapter])
        searching = asyncio.create_task(_search(adapter, links))
        links.recall()
        for sighting in sightings:
            links.heard(sighting)
        try:
            yield Served(opened, links, await opened.session())
        finally:
            searching.cancel()
            await asyncio.gather(searching, return_exceptions=True)
            await links.aclose()


async def _search(adapter: TreadmillAdapter, links: Links) -> None:
    while True:
        await adapter.search(links.heard)
        await asyncio.sleep(SOON)
