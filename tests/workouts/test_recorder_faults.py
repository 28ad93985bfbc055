"""Sessions stay whole and are told once, whatever the radio, the disk, the clock and we do."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.capabilities.treadmill import TreadmillState
from gateway.errors import StoreFailed
from tests.workouts.gym import START, Gym, exact, gym, only
from workouts.recorder import Recorder


async def test_what_is_missed_while_the_radio_is_away_is_covered_by_the_counters(
    hall: Gym,
) -> None:
    belt = hall.belt()
    belt.speed = 9.0
    for away in (300, 500):
        await hall.run(200)
        belt.heard = False
        await hall.run(away)
        belt.heard = True
    await hall.run(200)
    belt.speed = 0.0
    await hall.run(125)
    exact(await only(hall), belt)
    assert len(hall.told) == 1


async def test_a_link_that_stays_away_ends_the_session_and_the_rest_is_the_next(
    hall: Gym,
) -> None:
    belt = hall.belt()
    belt.speed = 9.0
    await hall.run(200)
    belt.heard = False
    await hall.run(601)
    assert (await only(hall)).finished
    belt.heard = True
    await hall.run(100)
    belt.speed = 0.0
    await hall.run(125)
    first, second = await hall.all()
    assert first.totals.duration == 200 and second.totals.duration == 701
    assert second.start == first.end
    assert (first.totals.distance or 0) + (second.totals.distance or 0) == pytest.approx(
        belt.distance
    )


async def test_a_session_goes_on_after_a_restart_where_the_counters_do(hall: Gym) -> None:
    belt = hall.belt()
    belt.speed = 9.0
    await hall.run(300)
    await hall.restart(away=90)
    await hall.run(300)
    belt.speed = 0.0
    await hall.run(125)
    kept = await only(hall)
    exact(kept, belt)
    assert kept.totals.duration == 690 and len(hall.told) == 1
    times = [one.at for one in await hall.store.samples(kept.id)]
    assert len(times) == 601 and times == sorted(times)


async def test_a_session_ends_with_what_there_is_where_the_machine_counts_anew(hall: Gym) -> None:
    belt = hall.belt()
    belt.speed = 9.0
    await hall.run(300)
    belt.reset()
    await hall.restart()
    await hall.run(100)
    first, second = await hall.all()
    assert first.finished and first.totals.duration == 300
    assert not second.finished and second.totals.duration == 100


async def test_a_session_nobody_comes_back_to_is_finished_after_a_restart(hall: Gym) -> None:
    belt = hall.belt()
    belt.speed = 9.0
    await hall.run(300)
    belt.heard, belt.speed = False, 0.0
    await hall.restart(away=3 * 3600)
    await hall.run(1)
    kept = await only(hall)
    assert kept.finished and kept.end == START + timedelta(seconds=300)
    assert kept.totals.duration == 300


async def test_after_a_restart_a_finished_session_is_not_counted_again(hall: Gym) -> None:
    belt = hall.belt()
    belt.speed = 9.0
    await hall.run(300)
    belt.speed = 0.0
    await hall.run(125)
    await hall.restart(away=60)
    belt.speed = 9.0
    await hall.run(100)
    assert [one.totals.duration for one in await hall.all()] == [300, 100]


async def test_samples_keep_their_order_when_the_wall_clock_is_set_back(hall: Gym) -> None:
    belt = hall.belt()
    belt.speed = 9.0
    await hall.run(60)
    hall.clock.present -= timedelta(hours=1)
    await hall.run(60)
    times = [one.at for one in await hall.store.samples((await only(hall)).id)]
    assert len(times) == 120 and times == sorted(times)
    assert times[-1] - times[0] == pytest.approx(119)


async def test_a_disk_that_is_full_for_a_while_loses_nothing(
    hall: Gym, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    belt = hall.belt()
    belt.speed = 9.0
    await hall.run(20)

    async def full(*_: object) -> None:
        raise StoreFailed("the disk is full")

    with monkeypatch.context() as while_full:
        while_full.setattr(hall.store.file, "write", full)
        await hall.run(60)
    await hall.run(20)
    kept = await only(hall)
    assert len(await hall.store.samples(kept.id)) == 100
    assert sum("wait in memory" in one.message for one in caplog.records) == 1


async def test_a_session_that_somebody_removes_meanwhile_stays_removed(hall: Gym) -> None:
    belt = hall.belt()
    belt.speed = 9.0
    await hall.run(60)
    await hall.store.remove((await only(hall)).id)
    belt.speed = 0.0
    await hall.run(130)
    assert await hall.all() == [] and hall.told == []


async def test_it_writes_by_itself_within_two_seconds_and_closes_cleanly(tmp_path: Path) -> None:
    async with gym(tmp_path) as hall:
        hall.abandon()
        recorder = Recorder(hall.house.home, hall.store)
        before = asyncio.all_tasks()
        await recorder.open()
        belt = hall.belt()
        belt.capability.report(TreadmillState(running=True, speed=9.0, distance=1.0, elapsed=1.0))
        async with asyncio.timeout(2):
            while not await hall.all():
                await asyncio.sleep(0)
        hall.clock.seconds = 20.0
        belt.capability.report(TreadmillState(running=True, speed=9.0, distance=50.0, elapsed=20.0))
        await recorder.aclose()
        assert asyncio.all_tasks() == before
        assert (await only(hall)).totals.distance == 50.0
        await hall.listen()
