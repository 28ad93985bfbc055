"""Sessions record themselves, whole and once, from what the belts report."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.core.rigs import until
from tests.workouts.gym import START, Gym, exact, gym, only, steady, workout
from workouts.recorder import sole


async def hall(tmp_path: Path) -> AsyncIterator[Gym]:
    async with gym(tmp_path) as opened:
        yield opened


async def test_a_session_begins_and_ends_with_the_belt(hall: Gym) -> None:
    belt = hall.belt()
    await hall.run(60)
    assert await hall.all() == []
    belt.speed, belt.heart_rate = 9.0, 140.0
    await hall.run(600)
    going = await only(hall)
    assert not going.finished and going.totals.distance == pytest.approx(1500)
    belt.speed = 0.0
    await hall.run(119)
    assert not (await only(hall)).finished and hall.told == []
    await hall.run(3)
    kept = await only(hall)
    exact(kept, belt)
    assert kept.finished and kept.activity == "run" and kept.indoor
    assert kept.start == START + timedelta(seconds=60)
    assert kept.end == START + timedelta(seconds=661)
    assert kept.totals.mean_heart_rate == kept.totals.max_heart_rate == 140
    samples = await hall.store.samples(kept.id)
    assert len(samples) == 601 and samples[-1].distance == pytest.approx(1500)
    assert hall.told == [
        (
            "workout.finished",
            {
                "workout": kept.id,
                "activity": "run",
                "duration": 600,
                "distance": 1500,
                "energy": 120,
            },
            "treadmill-1",
        )
    ]


async def test_samples_are_at_most_one_a_second_and_committed_with_the_next_tick(hall: Gym) -> None:
    belt = hall.belt()
    belt.speed = 9.0
    await hall.run(30, every=0.25)
    kept = await only(hall)
    assert 29 <= len(await hall.store.samples(kept.id)) <= 31


async def test_a_walk_is_told_from_a_run_by_its_mean_speed(hall: Gym) -> None:
    belt = hall.belt()
    for speed, activity in ((7.4, "walk"), (7.6, "run")):
        belt.reset()
        belt.speed = speed
        await hall.run(120)
        belt.speed = 0.0
        await hall.run(125)
        assert (await hall.all())[-1].activity == activity


async def test_a_pause_belongs_to_the_session(hall: Gym) -> None:
    belt = hall.belt()
    for speed in (9.0, 0.0, 9.0, 0.0):
        belt.speed = speed
        await hall.run(115)
    await hall.run(10)
    kept = await only(hall)
    exact(kept, belt)
    assert kept.totals.duration == 230
    assert len(await hall.store.samples(kept.id)) == 232


async def test_a_counter_that_was_set_back_begins_a_new_session(hall: Gym) -> None:
    belt = hall.belt()
    belt.speed = 9.0
    await hall.run(300)
    belt.reset()
    await hall.run(200)
    belt.speed = 0.0
    await hall.run(125)
    assert [one.totals.duration for one in await hall.all()] == [300, 200]
    assert len(hall.told) == 2


async def test_a_machine_that_goes_on_counting_after_a_session_is_not_counted_twice(
    hall: Gym,
) -> None:
    belt = hall.belt()
    for _ in range(2):
        belt.speed = 9.0
        await hall.run(300)
        belt.speed = 0.0
        await hall.run(400)
    assert [one.totals.duration for one in await hall.all()] == [300, 300]


async def test_what_the_console_showed_before_we_came_is_not_ours(hall: Gym) -> None:
    belt = hall.belt()
    belt.distance, belt.elapsed = 4000.0, 1500.0
    await hall.run(5)
    belt.speed = 9.0
    await hall.run(100)
    assert (await only(hall)).totals.distance == pytest.approx(250)


async def test_a_session_that_is_met_in_the_middle_is_counted_from_its_begin(hall: Gym) -> None:
    belt = hall.belt()
    belt.speed = 9.0
    belt.move(300)
    await hall.run(100)
    kept = await only(hall)
    exact(kept, belt)
    assert kept.start == START - timedelta(seconds=300)


async def test_two_treadmills_are_two_sessions(hall: Gym) -> None:
    one, other = hall.belt(), hall.belt("treadmill-2")
    one.speed, other.speed = 9.0, 5.0
    await hall.run(300)
    one.speed = 0.0
    await hall.run(200)
    first, second = await hall.all()
    assert {first.source, second.source} == {"treadmill-1", "treadmill-2"}
    finished = {kept.source: kept.finished for kept in (first, second)}
    assert finished == {"treadmill-1": True, "treadmill-2": False}


async def test_a_twin_records_nothing(hall: Gym) -> None:
    belt = hall.belt()
    hall.house.entry(belt.id).twin_of = "treadmill-9"
    belt.speed = 9.0
    await hall.run(60)
    assert await hall.all() == []


async def test_a_machine_without_counters_is_measured_by_speed_and_time(hall: Gym) -> None:
    belt = hall.belt(counts=False)
    belt.speed = 9.0
    await hall.run(600)
    belt.speed = 0.0
    await hall.run(125)
    kept = await only(hall)
    assert kept.totals.distance == pytest.approx(1500, rel=0.005)
    assert kept.totals.duration == pytest.approx(600, rel=0.005)
    assert kept.totals.energy is None


async def test_a_belt_that_was_only_nudged_has_trained_nobody(hall: Gym) -> None:
    belt = hall.belt()
    belt.speed = 3.0
    await hall.run(6)
    belt.speed = 0.0
    await hall.run(125)
    assert await hall.all() == [] and hall.told == []


async def test_a_recorded_session_and_a_watchs_file_of_it_are_one(hall: Gym) -> None:
    belt = hall.belt()
    belt.speed = 9.0
    await hall.run(600)
    samples = steady(START, 600, 9.1, heart_rate=150.0)
    await hall.store.add(workout(START, 10, distance=1510.0, samples=samples, title="Lunch"))
    assert len(await hall.all()) == 2
    belt.speed = 0.0
    await hall.run(125)
    kept = await only(hall)
    assert kept.sources == ("fit", "treadmill-1") and kept.title == "Lunch"
    assert kept.id == hall.told[0][1]["workout"]


async def test_sessions_are_of_the_only_person_and_else_of_nobody(hall: Gym) -> None:
    hall.abandon()
    await hall.listen(person=sole(["Anna"]))
    belt = hall.belt()
    belt.speed = 9.0
    await hall.run(20)
    assert (await only(hall)).person == "Anna"
    assert sole(["Anna", "Ben"]) is None and sole([]) is None


async def test_the_end_of_a_session_is_in_the_log_of_the_home(tmp_path: Path) -> None:
    async with gym(tmp_path) as hall:
        hall.abandon()
        await hall.listen(emit=None)
        belt = hall.belt()
        belt.speed = 9.0
        await hall.run(60)
        belt.speed = 0.0
        await hall.run(125)
        events = hall.house.home.events
        await until(lambda: events.waiting == 0)
        page = await events.page(0, 100, lambda event: event.name == "workout.finished")
        (event,) = page.events
        assert event.device == belt.id and event.data["distance"] == 150
