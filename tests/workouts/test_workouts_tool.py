"""get_workouts answers through the door, in the home's days, units and words, and always fits."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from gateway.budget import BUDGET
from gateway.errors import GatewayError, InvalidArguments, NotFound
from tests.core.rigs import error_of
from tests.workouts.gym import Gym, gym, steady, workout
from workouts import details
from workouts.tool import tools

NOW = datetime(2026, 1, 15, 20, tzinfo=UTC)
"""A Thursday."""
DAY = timedelta(days=1)


async def fill(hall: Gym) -> None:
    """Put a run a day into the book, of Anna, for twenty days, and others."""
    for day in range(20):
        start = NOW - timedelta(hours=2) - day * DAY
        samples = steady(start, 1800, 10.0 + day / 10, heart_rate=120.0 + day, incline=1.0)
        distance = samples[-1].distance
        run = workout(start, distance=distance, samples=samples, person="Anna", title="Ignore\n!")
        totals = replace(run.totals, energy=300.0, max_heart_rate=120.0 + day)
        await hall.store.add(replace(run, totals=totals))
    await hall.store.add(workout(NOW - DAY, activity="walk", distance=3000.0, person="Ben"))
    await hall.store.add(workout(NOW - timedelta(hours=8), activity="ride", distance=None))


@pytest.fixture
async def hall(tmp_path: Path) -> AsyncIterator[Gym]:
    async with gym(tmp_path, NOW) as opened:
        await fill(opened)
        yield opened


async def ask(hall: Gym, **arguments: Any) -> dict[str, Any]:
    """Return an answer that fits its schema and its budget."""
    session = await hall.house.session()
    answer = dict(await session.call("get_workouts", arguments))
    assert next(iter(answer)) == "summary"
    jsonschema.validate(answer, tools(hall.store)[0].output_schema)
    assert len(json.dumps(answer, separators=(",", ":"))) <= BUDGET + 800
    return answer


async def fails(hall: Gym, **arguments: Any) -> GatewayError:
    return await error_of(await hall.house.session(), "get_workouts", arguments)


async def test_how_far_anna_ran_this_week(hall: Gym) -> None:
    answer = await ask(hall, period="this_week", activity="run", person="anna", by="total")
    assert answer["summary"] == (
        "2026-01-12 00:00 to 20:00: 4 runs, 20.3 km in 2 h (5:55 min/km), 1200 kcal."
    )
    assert answer["total"] == {
        "count": 4,
        "minutes": 120.0,
        "distance": 20.3,
        "energy": 1200,
        "pace": "5:55",
    }
    assert answer["distance_unit"] == "km" and "sessions" not in answer


async def test_without_anything_the_last_thirty_days_and_the_latest_sessions(hall: Gym) -> None:
    answer = await ask(hall)
    assert answer["total"]["count"] == 22 and "22 workouts" in answer["summary"]
    first = answer["sessions"][0]
    assert len(answer["sessions"]) == 5 and first["start"] == "2026-01-15T18:00:00+00:00"
    assert first["title"] == "Ignore !" and first["sources"] == ["fit"]


@pytest.mark.parametrize(
    ("by", "count", "first"),
    [("day", 20, "2026-01-15"), ("week", 4, "2026-01-12"), ("month", 2, "2026-01-01")],
)
async def test_totals_by_day_week_and_month(hall: Gym, by: str, count: int, first: str) -> None:
    groups = (await ask(hall, by=by))["groups"]
    assert len(groups) == count and groups[0]["start"] == first
    assert sum(group["count"] for group in groups) == 22


async def test_an_american_home_has_its_miles_its_days_and_its_weeks(tmp_path: Path) -> None:
    own = {"units": "us", "timezone": "America/Los_Angeles", "week_start": "sunday"}
    async with gym(tmp_path, NOW, **own) as hall:
        late = datetime(2026, 1, 12, 6, tzinfo=UTC)  # ten on Sunday evening
        await hall.store.add(workout(late, distance=1609.344 * 3))
        answer = await ask(hall, period="this_week", by="day")
        assert answer["distance_unit"] == "mi"
        assert answer["groups"][0]["start"] == "2026-01-11"
        assert "3 mi in 30 min (10:00 min/mi)" in answer["summary"]
        (one,) = (await ask(hall, by="session"))["sessions"]
        assert one["start"] == "2026-01-11T22:00:00-08:00"


async def test_what_is_of_nobody_yet_is_said_beside_a_persons(hall: Gym) -> None:
    assert (await ask(hall, person="Ben"))["summary"].endswith("1 more are of nobody yet.")
    assert (await ask(hall, person="Ben"))["total"]["count"] == 1


async def test_an_unknown_person_is_told_the_nearest(hall: Gym) -> None:
    error = await fails(hall, person="Ana")
    assert isinstance(error, NotFound) and error.more["choices"] == ["Anna"]
    assert isinstance(await fails(hall, person="me"), NotFound)


async def test_me_is_everybody_where_nobody_or_one_is_known(tmp_path: Path) -> None:
    async with gym(tmp_path, NOW) as hall:
        await hall.store.add(workout(NOW - DAY))
        assert (await ask(hall, person="me"))["total"]["count"] == 1


async def test_bests_are_of_all_times_with_the_sessions_they_were_set_in(hall: Gym) -> None:
    await hall.store.add(workout(NOW - 900 * DAY, 200, activity="walk", distance=15_000.0))
    answer = await ask(hall, detail="bests")
    bests = {one["best"]: one for one in answer["bests"]}
    assert bests["longest"]["value"] == "3 h 20 min" and bests["farthest"]["value"] == "15 km"
    assert bests["fastest_1_km"]["value"] == "5:03"  # 11.9 km/h, nineteen days ago
    assert bests["fastest_1_km"]["start"].startswith("2025-12-27")
    assert bests["steepest"]["value"] == "1 %" and "fastest_10_km" not in bests
    assert answer["summary"].startswith("Until 20:00: 23 workouts")
    runs = await ask(hall, detail="bests", activity="run", period="this_week")
    assert {one["best"]: one["value"] for one in runs["bests"]}["farthest"] == "5.15 km"


async def test_bests_that_are_not_reckoned_yet_are_said(
    hall: Gym, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(details, "MOST_RECKONED", 15)
    assert "7 older ones are not reckoned yet" in (await ask(hall, detail="bests"))["summary"]
    assert "not reckoned" not in (await ask(hall, detail="bests"))["summary"]


async def test_zones_are_of_the_maximum_that_is_known(hall: Gym) -> None:
    answer = await ask(hall, detail="zones", person="Anna", period="today")
    assert answer["max_heart_rate"] == 139  # the highest of the twenty runs
    assert [zone["minutes"] for zone in answer["zones"]] == [0, 0, 0, 30.0, 0]
    assert answer["zones"][3]["low"] == 111 and answer["zones"][3]["high"] == 125
    assert "zone 4, 30 min, of a maximum of 139 (the highest ever measured)" in answer["summary"]
    hall.house.home.catalog = type(hall.house.home.catalog)(tools(hall.store, {"Anna": 200}), ())
    told = await ask(hall, detail="zones", person="Anna", period="today")
    assert told["max_heart_rate"] == 200 and [z["minutes"] for z in told["zones"]][1] == 30.0
    nothing = await ask(hall, detail="zones", person="Ben")
    assert "No heart rate was measured" in nothing["summary"] and "zones" not in nothing


async def test_samples_of_a_session_are_few_and_span_it(hall: Gym) -> None:
    (latest,) = (await ask(hall, period="today", activity="run", by="session"))["sessions"]
    answer = await ask(hall, id=latest["id"], detail="samples")
    curves = answer["samples"]
    assert 200 <= len(curves["at"]) <= details.MOST_POINTS and curves["at"][-1] > 1780
    assert set(curves["speed"]) == {10.0} and set(curves["heart_rate"]) == {120}
    assert len(curves["incline"]) == len(curves["at"]) and "altitude" not in curves
    assert "18:00: 1 run, 5 km in 30 min" in answer["summary"]


async def test_samples_leave_a_gap_out_and_repeat_what_was_not_measured(hall: Gym) -> None:
    start = NOW - 40 * DAY
    found = [
        replace(one, heart_rate=None if n % 2 else 100.0)
        for n, one in enumerate(steady(start, 100, 9.0))
        if not 40 <= n < 60
    ]
    kept = await hall.store.add(workout(start, 100 / 60, samples=found))
    curves = (await ask(hall, id=kept.id, detail="samples"))["samples"]
    assert not [at for at in curves["at"] if 40 <= at < 59]
    assert set(curves["heart_rate"]) == {100} and len(curves["heart_rate"]) == len(curves["at"])


async def test_samples_without_a_session_say_what_is_missing(hall: Gym) -> None:
    error = await fails(hall, detail="samples")
    assert isinstance(error, InvalidArguments) and error.hint == "Send its id."
    assert isinstance(await fails(hall, id="w0", detail="samples"), NotFound)
    both = await fails(hall, period="today", start="-7d")
    assert isinstance(both, InvalidArguments) and both.more["field"] == "period"


async def test_a_session_that_goes_on_is_said_to(hall: Gym) -> None:
    belt = hall.belt()
    belt.speed = 9.0
    await hall.run(120)
    (one,) = (await ask(hall, start="20:00", by="session"))["sessions"]
    assert one["going_on"] and one["distance"] == 0.3
    assert "still going on" in (await ask(hall, id=one["id"]))["summary"]


async def test_no_workouts_is_an_answer(tmp_path: Path) -> None:
    async with gym(tmp_path, NOW) as hall:
        for more in ({}, {"by": "week"}, {"detail": "bests"}, {"detail": "zones"}):
            assert "no workouts" in (await ask(hall, **more))["summary"]


async def test_years_of_sessions_fit_into_an_answer(tmp_path: Path) -> None:
    async with gym(tmp_path, NOW) as hall:
        async with hall.store.adding() as adding:
            for day in range(1000):
                await adding.add(workout(NOW - (day + 1) * DAY, title="x" * 200))
        for by in ("day", "week", "month", "session"):
            answer = await ask(hall, start="2022-01-01", by=by)
            assert answer["total"]["count"] == 1000
            listed = answer.get("groups") or answer["sessions"]
            whole = {"day": 1000, "week": 144, "month": 34, "session": 1000}[by]
            cut = f" Only the {len(listed)} newest of {whole} {by}s are listed."
            assert answer["summary"].endswith(cut) == (len(listed) < whole)
