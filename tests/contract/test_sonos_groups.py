"""How Sonos players sound together, and what each of them then shows."""

import asyncio
import sys
from pathlib import Path

import pytest

from simulators.faults import FaultProxy
from tests.contract.sonos import BATH, HALL, KITCHEN, LIVING
from tests.contract.test_sonos import call, commands, served

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="needs several addresses on loopback"
)
OFFLINE_WITHIN = 30.0


async def test_what_is_played_on_a_member_is_played_by_its_group(tmp_path: Path) -> None:
    async with served(tmp_path) as (case, running):
        results = await call(running, "play_music", targets=HALL, what="Night Trains")
        assert results[HALL]["outcome"] == "done"
        assert results[HALL]["also"] == ["Bath"]
        assert case.heard("Hall") == case.heard("Bath") == "Sleeper"
        assert commands(case["Hall"]) == []
        await running.until(lambda: running.shows(BATH, "media", {"title": "Sleeper"}))


async def test_players_are_put_in_sync(tmp_path: Path) -> None:
    async with served(tmp_path) as (case, running):
        results = await call(
            running,
            "play_music",
            targets=[KITCHEN, LIVING],
            what="Radio Meridian",
            together=True,
            volume=15,
        )
        assert {result["outcome"] for result in results.values()} == {"done"}
        kitchen, living = case["Kitchen"], case["Living Room"]
        assert set(kitchen.members) == {kitchen, living}
        assert case.heard("Living Room") == "Radio Meridian"
        assert (kitchen.volume, living.volume) == (15, 15)
        assert running.shows(KITCHEN, "media", {"group": [LIVING]})
        assert running.shows(LIVING, "media", {"group": [KITCHEN], "source": "Radio Meridian"})


async def test_what_plays_already_is_what_goes_on_together(tmp_path: Path) -> None:
    async with served(tmp_path) as (case, running):
        results = await call(running, "play_music", targets=[KITCHEN, HALL], together=True)
        assert {result["outcome"] for result in results.values()} == {"done"}
        assert results[KITCHEN]["also"] == ["Bath"]
        assert case["Kitchen"].coordinator is case["Bath"]
        assert case.heard("Kitchen") == "Low Water"


async def test_a_player_that_does_not_answer_silences_no_other(tmp_path: Path) -> None:
    async with served(tmp_path, proxied=True, poll=10) as (case, running):
        await case.wire(FaultProxy.silent)
        results = await call(
            running, "play_music", targets=[LIVING, KITCHEN], what="Night Trains", together=True
        )
        assert results[LIVING]["outcome"] == "done"
        assert results[KITCHEN]["outcome"] in ("failed", "unverified")
        assert case.heard("Living Room") == "Sleeper"


async def test_two_who_tell_one_group_leave_one_truth(tmp_path: Path) -> None:
    async with served(tmp_path) as (case, running):
        told = {BATH: "Night Trains", HALL: "Harbour Songs"}
        await asyncio.gather(
            *(call(running, "play_music", targets=id, what=what) for id, what in told.items())
        )
        titles = {track.title for track in case["Bath"].queue}
        assert titles in ({"Sleeper", "Platform Nine"}, {"Low Water", "Lantern & Rope", "Gulls"})
        heard = case.heard("Bath")
        assert heard in titles
        shown = {"playing": True, "title": heard}
        await running.until(lambda: all(running.shows(id, "media", shown) for id in told))


async def test_a_group_whose_leader_is_away_says_so(tmp_path: Path) -> None:
    async with served(tmp_path) as (case, running):
        await case["Bath"].unplug()
        await running.until(lambda: running.offline() == {BATH}, OFFLINE_WITHIN)
        await running.until(lambda: running.shows(HALL, "media", {"playing": False}))
        results = await call(running, "play_music", targets=HALL)
        assert results[HALL]["outcome"] == "failed"
        assert results[HALL]["error"]["detail"] == "Hall follows a player that does not answer"
        case.house.miss(case["Bath"])
        await running.until(lambda: running.shows(HALL, "media", {"group": []}))
        assert (await call(running, "play_music", targets=HALL))[HALL]["outcome"] == "done"
