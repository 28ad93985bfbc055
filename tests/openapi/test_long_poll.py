"""GET /v1/events: pages of the log, and waiting for the next."""

import asyncio
import time
from pathlib import Path

import pytest

from gateway.capabilities.light import LightState
from gateway.retention import Kept, prune
from tests.openapi.streams import WITHIN, Live, living

NOTHING = {False: Kept(days=0, megabytes=1), True: Kept(days=0, megabytes=1)}


async def waiting(live: Live, count: int) -> None:
    """Wait until so many requests have come in."""
    async with asyncio.timeout(WITHIN):
        while live.app.requests < count:
            await asyncio.sleep(0)


async def test_who_waits_has_the_next_event_at_once(tmp_path: Path) -> None:
    async with living(tmp_path) as live:
        asked = asyncio.create_task(live.page(wait=60))
        await waiting(live, 1)
        begun = time.perf_counter()
        live.press()
        page = await asked
        assert time.perf_counter() - begun < 1
        assert [event["name"] for event in page["events"]] == ["button.pressed"]
        assert (page["cursor"], page["truncated"]) == (live.cursor, False)
        assert page["events"][0]["cursor"] == page["cursor"]


async def test_who_waits_in_vain_goes_on_behind_what_was_not_wanted(tmp_path: Path) -> None:
    async with living(tmp_path) as live:
        before = live.cursor
        asked = asyncio.create_task(live.page(after=before, names="button.pressed", wait=0.3))
        await waiting(live, 1)
        live.home.capability("lamp-1", "light").report(LightState(on=True))
        page = await asked
        assert (page["events"], page["truncated"]) == ([], False)
        assert page["cursor"] == live.cursor != before


async def test_pages_follow_each_other_without_loss_or_repetition(tmp_path: Path) -> None:
    async with living(tmp_path) as live:
        cursor = live.cursor
        made = await live.pressed(7)
        found = []
        for count in (3, 3, 1, 0):
            page = await live.page(after=cursor, limit=3)
            assert len(page["events"]) == count
            found += page["events"]
            cursor = page["cursor"]
        assert [event["cursor"] for event in found] == [event.cursor for event in made]
        newest = await live.page(limit=2)
        assert [event["seq"] for event in newest["events"]] == [made[-2].seq, made[-1].seq]


@pytest.mark.parametrize("wait", [0, 60])
async def test_a_cursor_older_than_what_is_kept_says_so_at_once(wait: int, tmp_path: Path) -> None:
    async with living(tmp_path) as live:
        old = live.cursor
        await live.pressed(3)
        events = live.home.home.events
        before = events.clock.now()
        async with asyncio.timeout(WITHIN):
            while events.clock.now().timestamp() - before.timestamp() < 0.002:
                await asyncio.sleep(0)
        await prune(events, NOTHING)
        page = await live.page(after=old, wait=wait)
        assert (page["truncated"], page["cursor"]) == (True, live.cursor)
        again = await live.page(after=page["cursor"])
        assert (again["events"], again["truncated"]) == ([], False)
        async with live.reading(after=old) as stream:
            told = await anext(stream)
            assert (told.event, told.data, told.id) == ("truncated", "{}", old)


async def test_a_cursor_of_another_home_begins_at_the_beginning_and_says_so(
    tmp_path: Path,
) -> None:
    async with living(tmp_path) as live:
        page = await live.page(after="h0123456789.5", limit=1)
        assert (page["truncated"], page["events"][0]["seq"]) == (True, 1)
        ahead = await live.page(after=f"{live.home.home.events.home}.999999", limit=1)
        assert (ahead["truncated"], ahead["events"][0]["seq"]) == (True, 1)
        async with live.reading(after="h0123456789.5") as stream:
            assert (await anext(stream)).event == "truncated"
            assert (await anext(stream)).id.endswith(".1")


async def test_two_hundred_wait_at_once_and_all_are_told(tmp_path: Path) -> None:
    async with living(tmp_path) as live:
        before = live.cursor
        asked = [asyncio.create_task(live.page(after=before, wait=60)) for _ in range(200)]
        await waiting(live, 200)
        (event,) = await live.pressed(1)
        async with asyncio.timeout(WITHIN):
            pages = await asyncio.gather(*asked)
        assert [page["events"][0]["cursor"] for page in pages] == [event.cursor] * 200


async def test_who_waits_is_let_go_when_homeport_stops(tmp_path: Path) -> None:
    async with living(tmp_path) as live:
        asked = asyncio.create_task(live.page(wait=60))
        await waiting(live, 1)
        before = live.cursor
        live.home.home.events.stop()
        async with asyncio.timeout(WITHIN / 2):
            assert (await asked)["cursor"] == before
