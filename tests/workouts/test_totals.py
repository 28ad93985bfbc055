"""What workouts come to, as pure sums over them and their samples."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from tests.workouts.gym import START, steady, workout
from workouts.packing import LARGEST, MOST, pack, packs, unpack
from workouts.same import same
from workouts.totals import (
    clock,
    ends,
    farthest,
    fastest,
    feats,
    first_day,
    grouped,
    longest,
    pace,
    resampled,
    summed,
    zones,
)
from workouts.workout import Sample

BERLIN = ZoneInfo("Europe/Berlin")


def test_a_workout_belongs_to_the_day_of_the_home_on_which_it_began() -> None:
    late = workout(datetime(2026, 1, 4, 23, 30, tzinfo=UTC))  # half past midnight in Berlin
    assert list(grouped([late], "day", BERLIN, "monday")) == [date(2026, 1, 5)]
    assert list(grouped([late], "day", ZoneInfo("UTC"), "monday")) == [date(2026, 1, 4)]


@pytest.mark.parametrize(
    ("week_start", "first"),
    [("monday", (2026, 1, 5)), ("sunday", (2026, 1, 4)), ("saturday", (2026, 1, 3))],
)
def test_a_week_begins_as_the_home_says(week_start: str, first: tuple[int, int, int]) -> None:
    assert first_day(date(2026, 1, 9), "week", week_start) == date(*first)  # type: ignore[arg-type]


def test_months_are_summed_the_newest_first_and_unknown_distances_spoil_no_pace() -> None:
    found = [workout(START), workout(START + timedelta(days=40)), workout(START, distance=None)]
    sums = grouped(found, "month", BERLIN, "monday")
    assert [(day, one.count, one.distance) for day, one in sums.items()] == [
        (date(2026, 2, 1), 1, 5000.0),
        (date(2026, 1, 1), 2, 5000.0),
    ]
    whole = summed(found)
    assert whole.duration == 3 * 1800 and whole.paced == 2 * 1800


def test_a_pace_is_minutes_for_a_kilometre_or_a_mile() -> None:
    assert pace(10_000, 3300, "metric") == "5:30"
    assert pace(1609.344, 485.4, "us") == "8:05"
    assert pace(0, 60, "metric") is None and pace(None, 60, "metric") is None
    assert clock(3723) == "1:02:03"


def test_time_in_zones_is_by_percent_of_the_maximum_and_ends_where_nothing_is_heard() -> None:
    at = START.timestamp()
    beats = [(0, 90.0), (10, 110.0), (20, 130.0), (30, 200.0), (40, 210.0), (500, 150.0)]
    samples = [Sample(at=at + second, heart_rate=beat) for second, beat in beats]
    assert zones(samples, 200) == [10.0, 10.0, 0.0, 0.0, 10.0 + 60.0]


def test_the_fastest_kilometre_is_found_between_samples() -> None:
    slow, fast = 100.0, 250.0
    ran = [(0.0, 0.0), (600.0, 1000.0), (600.0 + fast, 2000.0), (600.0 + fast + slow, 2100.0)]
    assert fastest(ran, 1000) == fast
    assert fastest(ran, 2100) == 600 + fast + slow
    assert fastest(ran, 2101) is None and fastest([], 1) is None


@settings(deadline=None)
@given(some.lists(some.floats(0.5, 6.0), min_size=30, max_size=60))
def test_no_window_of_whole_samples_is_faster_than_the_fastest(speeds: list[float]) -> None:
    ran, distance = [(0.0, 0.0)], 0.0
    for second, speed in enumerate(speeds, start=1):
        distance += speed
        ran.append((float(second), distance))
    best = fastest(ran, 10.0)
    assert best is not None
    for at, one in ran:
        for until, other in ran:
            if other - one >= 10.0:
                assert best <= until - at + 1e-9


def test_feats_of_a_run_are_its_fastest_lengths_and_its_steepest_moment() -> None:
    samples = [
        replace(one, incline=3.0 if n == 7 else 1.0)
        for n, one in enumerate(steady(START, 2000, 10.8))
    ]
    found = feats(samples)
    assert found["fastest_1_km"] == pytest.approx(1000 / 3, abs=0.01)
    assert found["fastest_5_km"] == pytest.approx(5000 / 3, abs=0.01)
    assert found["steepest"] == 3.0 and "fastest_10_km" not in found


def test_the_longest_need_not_be_the_farthest() -> None:
    walk, run = workout(minutes=90, distance=7000.0), workout(minutes=50, distance=10_000.0)
    assert longest([walk, run]) is walk and farthest([walk, run]) is run
    assert longest([]) is None and farthest([workout(distance=None)]) is None


def test_samples_are_averaged_between_edges_and_gaps_stay_empty() -> None:
    samples = [one for one in steady(START, 39, 9.0) if not 10 <= one.at - START.timestamp() < 20]
    edges = ends(START, START + timedelta(seconds=40), 4)
    assert resampled(samples, "speed", edges) == [9.0, None, 9.0, 9.0]


Measured = some.none() | some.integers(-(10**9), 10**9).map(lambda whole: whole / 1000)


@settings(deadline=None)
@given(
    some.lists(
        some.builds(
            Sample,
            at=some.integers(0, 10**12).map(lambda whole: whole / 1000),
            speed=Measured,
            incline=Measured,
            distance=Measured,
            energy=Measured,
            heart_rate=Measured,
            altitude=Measured,
        ),
        max_size=40,
    )
)
def test_packed_samples_come_back_as_they_were(samples: list[Sample]) -> None:
    assert unpack(pack(samples)) == samples


def test_a_second_of_a_treadmill_takes_few_bytes() -> None:
    samples = steady(START, 3599, 9.5, incline=1.0, heart_rate=140.0)
    packed = list(packs(samples))
    assert sum(count for _, count, _ in packed) == 3600 and len(packed) == 3600 // MOST
    assert sum(len(blob) for blob, _, _ in packed) < 3 * 3600


@pytest.mark.parametrize("value", [float("nan"), float("inf"), LARGEST])
def test_what_is_no_measurement_is_not_packed(value: float) -> None:
    with pytest.raises(ValueError, match="never measured"):
        pack([Sample(at=0.0, speed=value)])


def test_a_damaged_pack_is_an_error_and_no_guess() -> None:
    whole = pack(steady(START, 10, 9.0))
    for damaged in (whole[:-5], b"", b"x" * 40):
        with pytest.raises(ValueError, match="damaged"):
            unpack(damaged)


RECORDED = workout(source="treadmill-1")


@pytest.mark.parametrize(
    ("other", "is_same"),
    [
        (workout(), True),
        (workout(START + timedelta(minutes=2)), True),
        (workout(START + timedelta(seconds=50), 27.5), True),
        (workout(START + timedelta(minutes=10)), False),
        (workout(minutes=60), False),
        (workout(activity="walk", distance=5100.0), True),
        (workout(activity="walk", distance=5500.0), False),
        (workout(activity="ride", distance=None), False),
        (workout(source="treadmill-2"), False),
        (workout(START + timedelta(hours=1)), False),
    ],
)
def test_two_sources_tell_of_one_workout_by_time_and_kind_or_distance(
    other: object, is_same: bool
) -> None:
    assert same(RECORDED, other) is is_same  # type: ignore[arg-type]
    assert same(other, RECORDED) is is_same  # type: ignore[arg-type]


def test_workouts_of_two_people_are_never_one() -> None:
    anna, ben = workout(person="Anna"), workout(person="Ben", source="tcx")
    assert not same(anna, ben) and same(anna, replace(ben, person="anna"))
