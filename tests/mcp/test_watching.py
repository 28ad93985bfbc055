"""Which events change which resource, and what becomes of a client that does not read."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import median

import pytest
from mcp import Client
from mcp.shared.subscriptions import ResourceUpdated, ServerEvent

from gateway.device import Device
from gateway.dispatch import Door
from gateway.errors import InvalidArguments, NotFound
from gateway.local import LocalSession
from gateway.policy import OwnerGrant
from mcp_server import watch as watching
from mcp_server.server import HomeServer
from mcp_server.watch import MOST_WATCHED, Untold, Watch
from tests.incore import CoreSwitch, House, lamp
from tests.mcp.listening import HOME, KITCHEN, LAMP, LIVING_ROOM, PLUG, SPEAKER, until
from tests.mcp.serving import all_told, small_house

MANY = 1000
WITHIN = 0.02


class Watching:
    """One watch of a small house, by its owner."""

    def __init__(self, home: House) -> None:
        self.home = home
        self.untold = Untold()
        self.session = LocalSession(Door(home.home), OwnerGrant())
        self.watch = Watch(self.session, self.untold)

    async def happens(self, name: str, device: str | None) -> None:
        await self.home.home.events.append(name, {}, device=device)

    async def told(self) -> set[str]:
        """Return which resources wait to be told, once all that has happened was read."""
        await self.happens("button.pressed", "marker-1")
        found: set[str] = set()
        async with asyncio.timeout(10):
            while (change := await self.untold.next()) != ResourceUpdated(MARKER):
                assert isinstance(change, ResourceUpdated)
                found.add(change.uri)
        return found


MARKER = "homeport://devices/marker-1"


@asynccontextmanager
async def watch_of(state: Path, *uris: str) -> AsyncIterator[Watching]:
    async with small_house(state) as home:
        home.add(lamp("marker-1", "Marker", "nowhere"))
        await all_told(home)
        one = Watching(home)
        assert await one.watch.open([MARKER, *uris]) == [MARKER, *uris]
        try:
            yield one
        finally:
            await one.watch.aclose()


@pytest.mark.parametrize("name", ["state.changed", "state.sampled", "button.pressed"])
async def test_what_a_device_does_changes_it_and_its_area(name: str, tmp_path: Path) -> None:
    async with watch_of(tmp_path, LAMP, PLUG, KITCHEN, LIVING_ROOM, HOME) as one:
        await one.happens(name, "lamp-1")
        assert await one.told() == {LAMP, KITCHEN}


@pytest.mark.parametrize("name", ["device.online", "device.offline", "device.found"])
async def test_who_comes_and_goes_changes_the_home(name: str, tmp_path: Path) -> None:
    async with watch_of(tmp_path, LAMP, PLUG, KITCHEN, LIVING_ROOM, HOME) as one:
        await one.happens(name, "lamp-1")
        assert await one.told() == {LAMP, KITCHEN, HOME}


async def test_what_is_of_no_device_changes_none(tmp_path: Path) -> None:
    async with watch_of(tmp_path, LAMP, KITCHEN, HOME) as one:
        await one.happens("samples.dropped", None)
        assert await one.told() == set()


async def test_a_device_that_is_forgotten_changes_where_it_was(tmp_path: Path) -> None:
    async with watch_of(tmp_path, LAMP, KITCHEN, LIVING_ROOM, HOME) as one:
        await one.happens("state.changed", "lamp-1")
        assert await one.told() == {LAMP, KITCHEN}
        await one.session.forget("lamp-1")
        assert await one.told() == {LAMP, KITCHEN, HOME}


async def test_where_nobody_knows_the_area_any_more_all_are_told(tmp_path: Path) -> None:
    async with watch_of(tmp_path, KITCHEN, LIVING_ROOM) as one:
        await one.session.forget("lamp-1")
        assert await one.told() == {KITCHEN, LIVING_ROOM}


async def test_a_device_that_was_moved_is_told_where_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "AREA_HOLDS", 0.0)
    async with watch_of(tmp_path, KITCHEN, LIVING_ROOM) as one:
        await one.happens("state.changed", "lamp-1")
        assert await one.told() == {KITCHEN}
        await one.session.call("edit_device", {"target": "lamp-1", "area": "Living  Room"})
        await one.happens("state.changed", "lamp-1")
        assert await one.told() == {LIVING_ROOM}


async def test_a_part_comes_and_goes_with_its_parent(tmp_path: Path) -> None:
    strip = Device("strip-1", "Strip", maker="Core", model="In-core")
    socket = Device("strip-1-2", "Desk", maker="Core", model="In-core", part_of="strip-1")
    part, parent = "homeport://devices/strip-1-2", "homeport://devices/strip-1"
    for device in (strip, socket):
        device.offer(CoreSwitch())
    async with watch_of(tmp_path) as one:
        one.home.add(strip, socket)
        await all_told(one.home)
        for uri in (part, parent):
            await one.watch.add(uri)
        await one.told()
        one.home.home.registry.offline(one.home.entry("strip-1"), "gone")
        await one.happens("device.offline", "strip-1")
        assert await one.told() == {part, parent}
        await one.happens("state.changed", "strip-1")
        assert await one.told() == {parent}


async def test_when_events_are_gone_everything_may_have_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with watch_of(tmp_path, LAMP, KITCHEN, HOME) as one:
        one.home.home.events.horizon[False] = one.home.home.events.last + 1
        await one.happens("samples.dropped", None)
        found: set[ServerEvent | None] = {await one.untold.next() for _ in range(4)}
        assert found == {ResourceUpdated(uri) for uri in (LAMP, KITCHEN, HOME, MARKER)}


async def test_a_burst_that_nobody_reads_is_told_once(tmp_path: Path) -> None:
    async with watch_of(tmp_path, LAMP, KITCHEN) as one:
        for _ in range(MANY):
            one.home.home.events.note("state.changed", {}, device="lamp-1")
        await one.happens("button.pressed", "marker-1")
        await until(lambda: one.home.home.events.waiting == 0)
        waiting = [await one.untold.next() for _ in range(3)]
        assert set(waiting) == {ResourceUpdated(uri) for uri in (LAMP, KITCHEN, MARKER)}
        assert await one.told() == set()


async def test_what_happens_while_a_change_is_told_is_told_again() -> None:
    untold, change = Untold(), ResourceUpdated(LAMP)
    untold.add(change)
    assert await untold.next() == change
    untold.add(change)
    untold.end()
    assert await untold.next() == change
    assert await untold.next() is None


async def test_one_client_watches_only_so_many(tmp_path: Path) -> None:
    async with watch_of(tmp_path) as one:
        devices = [lamp(f"many-{number}", f"Many {number}") for number in range(MOST_WATCHED)]
        one.home.add(*devices)
        uris = [f"homeport://devices/{device.id}" for device in devices]
        assert await one.watch.open(uris) == [MARKER, *uris[: MOST_WATCHED - 1]]
        with pytest.raises(InvalidArguments):
            await one.watch.add(uris[-1])
        await one.watch.add(uris[0])
        assert len(one.watch) == MOST_WATCHED


async def test_a_watch_of_nothing_reads_nothing(tmp_path: Path) -> None:
    async with small_house(tmp_path) as home:
        before = asyncio.all_tasks()
        one = Watching(home)
        with pytest.raises(NotFound):
            await one.watch.add("homeport://devices/lamp-9")
        assert asyncio.all_tasks() == before
        for uri in (LAMP, SPEAKER):
            await one.watch.add(uri)
        assert len(asyncio.all_tasks() - before) == 1
        for uri in (LAMP, SPEAKER):
            await one.watch.remove(uri)
        assert asyncio.all_tasks() == before


async def test_a_change_is_told_within_milliseconds(tmp_path: Path) -> None:
    async with asyncio.timeout(30), small_house(tmp_path) as home:
        session = await home.session()
        server = HomeServer(lambda _: session, home.door.on_tools_changed)
        took: list[float] = []
        async with (
            Client(server) as agent,
            agent.listen(resource_subscriptions=[LAMP, KITCHEN]) as stream,
        ):
            heard = aiter(stream)
            for _ in range(50):
                await home.home.events.append("state.changed", {}, device="lamp-1")
                committed = time.perf_counter()
                await anext(heard)
                took.append(time.perf_counter() - committed)
                await anext(heard)
        assert median(took) < WITHIN
