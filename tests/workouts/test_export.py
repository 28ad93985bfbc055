"""What is given out is what was kept: two other libraries read it."""

import csv
import io
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import fitdecode
import pytest
from garmin_fit_sdk import Decoder, Stream

from gateway.clock import HomeClock, SetClock
from gateway.errors import InvalidArguments, NotFound
from tests.workouts.files import NOW, START, workouts
from workouts.book import Book
from workouts.store import WorkoutStore
from workouts.workout import Activity, Sample, Totals, Workout

BERLIN = HomeClock(SetClock(NOW), ZoneInfo("Europe/Berlin"))
LENGTH = 1200
TOTALS = Totals(
    duration=1190.5,
    distance=3333.33,
    energy=240.0,
    ascent=25.0,
    mean_heart_rate=132.0,
    max_heart_rate=161.0,
)


def treadmill(activity: Activity = "run", *, indoor: bool | None = True) -> Workout:
    samples = [
        Sample(
            at=START.timestamp() + count,
            speed=10.0,
            incline=1.5,
            distance=count / LENGTH * 3333.33,
            energy=count / 5,
            heart_rate=100.0 + count % 60,
        )
        for count in range(LENGTH)
    ]
    end = START + timedelta(seconds=LENGTH)
    return Workout(
        "", START, end, activity, TOTALS, "treadmill-1", indoor, "Anna", "Belt", samples=samples
    )


async def given(store: WorkoutStore, workout: Workout, format: str = "fit") -> tuple[str, bytes]:
    kept = await store.add(workout)
    return await Book(store, BERLIN).give_out(kept.id, format)


async def test_fitdecode_reads_the_same_totals(store: WorkoutStore) -> None:
    name, data = await given(store, treadmill())
    assert name == "run-2026-11-01-0800.fit"
    session: dict[str, Any] = {}
    records = 0
    with fitdecode.FitReader(
        data,
        check_crc=fitdecode.CrcCheck.RAISE,
        error_handling=fitdecode.ErrorHandling.RAISE,
    ) as frames:
        for frame in frames:
            if frame.frame_type == fitdecode.FIT_FRAME_DATA:
                records += frame.name == "record"
                if frame.name == "session":
                    session = {one.name: one.value for one in frame.fields}
    assert records == LENGTH
    told(session)
    assert (session["sport"], session["sub_sport"]) == ("running", "treadmill")


async def test_garmins_own_library_reads_the_same_totals(store: WorkoutStore) -> None:
    _, data = await given(store, treadmill())
    assert Decoder(Stream.from_byte_array(bytearray(data))).check_integrity()
    messages, errors = Decoder(Stream.from_byte_array(bytearray(data))).read()
    assert errors == []
    (session,) = messages["session_mesgs"]
    told(session)
    assert (session["sport"], session["sub_sport"]) == ("running", "treadmill")
    last = messages["record_mesgs"][-1]
    assert len(messages["record_mesgs"]) == LENGTH
    assert last["distance"] == pytest.approx((LENGTH - 1) / LENGTH * 3333.33, abs=0.01)
    assert last["timestamp"] == START + timedelta(seconds=LENGTH - 1)
    assert last["enhanced_speed"] == pytest.approx(10 / 3.6, abs=0.001)
    assert messages["activity_mesgs"][0]["num_sessions"] == 1


def told(session: Mapping[str, Any]) -> None:
    assert session["total_timer_time"] == pytest.approx(TOTALS.duration, abs=0.001)
    assert session["total_elapsed_time"] == LENGTH
    assert session["total_distance"] == pytest.approx(TOTALS.distance, abs=0.005)
    assert session["total_calories"] == TOTALS.energy
    assert session["total_ascent"] == TOTALS.ascent
    assert session["avg_heart_rate"] == TOTALS.mean_heart_rate
    assert session["max_heart_rate"] == TOTALS.max_heart_rate
    assert session["start_time"] == START


@pytest.mark.parametrize("activity", ["run", "walk", "ride", "other"])
async def test_what_was_given_out_comes_in_again_as_it_was(
    activity: Activity, store: WorkoutStore
) -> None:
    workout = treadmill(activity, indoor=None)
    _, data = await given(store, workout)
    (again,) = workouts(data)
    assert (again.start, again.end, again.activity) == (workout.start, workout.end, activity)
    assert again.totals == replace(TOTALS, distance=3333.33)
    assert again.title == "Belt"
    assert [one.heart_rate for one in again.samples] == [one.heart_rate for one in workout.samples]


async def test_what_fits_into_no_field_is_left_out(store: WorkoutStore) -> None:
    totals = Totals(duration=60.0, energy=70_000.0, ascent=-1.0)
    samples = [Sample(at=START.timestamp(), speed=400.0, heart_rate=255.0, altitude=20_000.0)]
    workout = replace(treadmill(), totals=totals, samples=samples)
    _, data = await given(store, workout)
    (again,) = workouts(data)
    assert again.samples == [Sample(at=START.timestamp())]
    assert (again.totals.energy, again.totals.ascent) == (None, None)


async def test_a_workout_without_samples_is_given_out_too(store: WorkoutStore) -> None:
    kept = await store.add(replace(treadmill(), samples=[]))
    book = Book(store, BERLIN)
    assert workouts((await book.give_out(kept.id, "fit"))[1])[0].totals.distance == 3333.33
    assert (await book.give_out(kept.id, "csv"))[1].count(b"\r\n") == 1


async def test_a_table_has_units_times_and_empty_cells(store: WorkoutStore) -> None:
    name, data = await given(store, treadmill(), "csv")
    assert name == "run-2026-11-01-0800.csv"
    rows = list(csv.DictReader(io.StringIO(data.decode(), newline="")))
    assert len(rows) == LENGTH
    assert rows[60] == {
        "time": "2026-11-01T08:01:00.000+01:00",
        "elapsed_s": "60",
        "speed_km_h": "10",
        "incline_percent": "1.5",
        "distance_m": "166.666",
        "energy_kcal": "12",
        "heart_rate_bpm": "100",
        "altitude_m": "",
    }
    assert datetime.fromisoformat(rows[60]["time"]).astimezone(UTC) == START + timedelta(minutes=1)


async def test_what_is_not_there_is_not_given_out(store: WorkoutStore) -> None:
    book = Book(store, BERLIN)
    with pytest.raises(NotFound):
        await book.give_out("w1", "fit")
    with pytest.raises(InvalidArguments, match="as fit or csv, not as 'gpx'"):
        await book.give_out("w1", "gpx")


async def test_a_workout_is_given_to_a_person_and_to_nobody(store: WorkoutStore) -> None:
    kept = await store.add(replace(treadmill(), person=None))
    book = Book(store, BERLIN)
    told = await book.assign(kept.id, "Bob")
    assert (told["person"], (await store.get(kept.id)).person) == ("Bob", "Bob")
    assert (await book.assign(kept.id, None))["person"] is None
    with pytest.raises(NotFound):
        await book.assign("w1", "Bob")
