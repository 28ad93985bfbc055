"""What has to hold for a while, also over a restart, and in houses that change."""

from datetime import timedelta
from pathlib import Path

from gateway.clock import SetClock
from tests.alerts.rig import NOON, Scene, contact, scene


async def opened_for(home: Scene, **time: float) -> None:
    home.report("garage", "contact", open=True)
    await home.settle()
    await home.passes(**time)


async def test_it_fires_once_when_it_has_held_so_long(tmp_path: Path) -> None:
    async with scene(tmp_path) as home:
        await home.create(when="garage open 10m")
        await opened_for(home, minutes=9, seconds=59)
        assert await home.number() == 0
        await home.passes(seconds=1)
        (event,) = await home.fired()
        assert event.data["message"] == "“Garage door” has been open for 10 min."
        await home.passes(hours=3)
        assert await home.number() == 1


async def test_an_interruption_begins_it_anew(tmp_path: Path) -> None:
    async with scene(tmp_path) as home:
        await home.create(when="garage open 10m")
        await opened_for(home, minutes=8)
        home.report("garage", "contact", open=False)
        home.report("garage", "contact", open=True)
        await home.passes(minutes=8)
        assert await home.number() == 0
        await home.passes(minutes=2)
        assert await home.number() == 1


async def test_reports_of_the_same_do_not_begin_it_anew(tmp_path: Path) -> None:
    async with scene(tmp_path) as home:
        await home.create(when="garage open 10m")
        await opened_for(home, minutes=6)
        home.report("garage", "contact", open=True)
        await home.passes(minutes=4)
        assert await home.number() == 1


async def test_what_holds_already_fires_after_the_duration(tmp_path: Path) -> None:
    async with scene(tmp_path) as home:
        home.report("garage", "contact", open=True)
        await home.create(when="garage open 10m")
        await home.passes(minutes=10)
        assert await home.number() == 1


async def test_being_away_interrupts_it(tmp_path: Path) -> None:
    async with scene(tmp_path) as home:
        await home.create(when="garage open 10m")
        await opened_for(home, minutes=5)
        home.away("garage")
        await home.settle()
        home.back("garage")
        await home.passes(minutes=5)
        assert await home.number() == 0
        await home.passes(minutes=5)
        assert await home.number() == 1


async def test_a_duration_counts_on_over_a_restart(tmp_path: Path) -> None:
    async with scene(tmp_path) as home:
        await home.create(when="garage open 10m")
        await opened_for(home, minutes=4)
    clock = SetClock(NOON + timedelta(minutes=8))
    async with scene(
        tmp_path, clock=clock, base=[contact("garage", "Garage door", open=True)]
    ) as home:
        assert await home.number() == 0
        await home.passes(minutes=2)
        assert await home.number() == 1


async def test_a_duration_that_ended_during_a_restart_fires_when_it_is_seen(tmp_path: Path) -> None:
    async with scene(tmp_path) as home:
        await home.create(when="garage open 10m")
        await opened_for(home, minutes=4)
    clock = SetClock(NOON + timedelta(hours=2))
    async with scene(tmp_path, clock=clock, base=[]) as home:
        await home.passes(minutes=1)
        assert await home.number() == 0, "nobody knows yet whether it is still open"
        home.house.add(contact("garage", "Garage door", open=True))
        assert await home.number() == 1


async def test_what_ended_during_a_restart_does_not_fire(tmp_path: Path) -> None:
    async with scene(tmp_path) as home:
        await home.create(when="garage open 10m")
        await opened_for(home, minutes=4)
    clock = SetClock(NOON + timedelta(hours=2))
    async with scene(tmp_path, clock=clock, base=[contact("garage", "Garage door")]) as home:
        await home.passes(hours=1)
        assert await home.number() == 0


async def test_a_restart_alone_is_no_edge(tmp_path: Path) -> None:
    async with scene(tmp_path) as home:
        await home.create(when="garage door open")
        await opened_for(home, minutes=1)
        assert await home.number() == 1
    async with scene(tmp_path, base=[contact("garage", "Garage door", open=True)]) as home:
        assert await home.number() == 0


async def test_an_edge_during_a_restart_fires(tmp_path: Path) -> None:
    async with scene(tmp_path) as home:
        await home.create(when="garage door open")
    async with scene(tmp_path, base=[contact("garage", "Garage door", open=True)]) as home:
        assert await home.number() == 1


async def test_what_was_told_is_not_told_again_after_a_restart(tmp_path: Path) -> None:
    async with scene(tmp_path) as home:
        await home.create(when="garage open 10m")
        await opened_for(home, minutes=11)
        assert await home.number() == 1
    clock = SetClock(NOON + timedelta(hours=2))
    async with scene(
        tmp_path, clock=clock, base=[contact("garage", "Garage door", open=True)]
    ) as home:
        await home.passes(hours=1)
        assert await home.number() == 0


async def test_a_device_that_is_forgotten_holds_nothing(tmp_path: Path) -> None:
    async with scene(tmp_path) as home:
        await home.create(when="garage open 10m")
        await opened_for(home, minutes=5)
        await home.home.registry.forget(home.entry("garage"))
        await home.passes(minutes=10)
        assert await home.number() == 0


async def test_offline_for_a_while(tmp_path: Path) -> None:
    async with scene(tmp_path) as home:
        await home.create(when="pool thermometer offline for 5 minutes")
        home.away("pool")
        await home.settle()
        await home.passes(minutes=4)
        assert await home.number() == 0
        await home.passes(minutes=1)
        (event,) = await home.fired()
        assert event.data["message"] == "“Pool thermometer” has been offline for 5 min."
