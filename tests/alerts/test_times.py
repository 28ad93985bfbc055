"""What is due at a time: by the home's clock, over daylight saving and restarts."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway.clock import SetClock
from gateway.errors import InvalidArguments
from tests.alerts.rig import NOON, scene


def berlin(text: str) -> dict[str, Any]:
    return {"timezone": "Europe/Berlin", "clock": SetClock(datetime.fromisoformat(text))}


async def test_it_fires_at_its_time_every_day(tmp_path: Path) -> None:
    async with scene(tmp_path) as home:
        answer = await home.create(at="13:00", notify=["anna"], message="Lunch")
        assert answer.next == "2026-01-02T13:00:00+00:00"
        await home.passes(minutes=59)
        assert await home.number() == 0
        await home.passes(minutes=1)
        (event,) = await home.fired()
        assert (event.data["message"], event.device) == ("Lunch", None)
        assert home.told.messages == ["Lunch"]
        assert home.alerts.list(home.owner)[0]["next"] == "2026-01-03T13:00:00+00:00"


async def test_a_time_may_be_said_as_when(tmp_path: Path) -> None:
    async with scene(tmp_path) as home:
        answer = await home.create(when="remind me in 20 minutes", message="Tea")
        assert answer.next == "2026-01-02T12:20:00+00:00"
        await home.passes(minutes=20)
        assert await home.number() == 1
        assert home.alerts.list(home.owner) == [], "once is over"


@pytest.mark.parametrize(
    ("now", "due"),
    [
        ("2026-03-28T12:00:00+01:00", "2026-03-29T03:00:00+02:00"),
        ("2026-10-24T12:00:00+02:00", "2026-10-25T02:30:00+02:00"),
    ],
)
async def test_daylight_saving_moves_a_skipped_time_and_fires_a_repeated_one_once(
    tmp_path: Path, now: str, due: str
) -> None:
    async with scene(tmp_path, **berlin(now)) as home:
        answer = await home.create(at="02:30")
        assert answer.next == due
        await home.passes(
            seconds=(datetime.fromisoformat(due) - datetime.fromisoformat(now)).seconds
        )
        assert await home.number() == 1
        await home.passes(hours=1)
        assert await home.number() == 1, "the second 02:30 of that night is none"


async def test_at_a_time_it_fires_only_where_it_holds(tmp_path: Path) -> None:
    async with scene(tmp_path) as home:
        await home.create(when="garage door open", at="22:00")
        await home.passes(hours=10)
        assert await home.number() == 0
        home.report("garage", "contact", open=True)
        assert await home.number() == 0, "its becoming true is not waited for"
        await home.passes(hours=24)
        (event,) = await home.fired()
        assert event.device == "garage"


async def test_sunset_needs_to_know_where_the_home_is(tmp_path: Path) -> None:
    async with scene(tmp_path) as home:
        with pytest.raises(InvalidArguments, match="where this home is"):
            await home.create(at="sunset-15m")


async def test_sunset_is_the_suns(tmp_path: Path) -> None:
    async with scene(tmp_path, latitude=52.5, longitude=13.4, timezone="Europe/Berlin") as home:
        answer = await home.create(at="sunset-15m")
        assert answer.next.startswith("2026-01-02T15:4")


@pytest.mark.parametrize(("late", "fired", "missed"), [(4, 1, 0), (6, 0, 1), (600, 0, 1)])
async def test_a_time_that_passed_while_nobody_was_there(
    tmp_path: Path, late: float, fired: int, missed: int
) -> None:
    async with scene(tmp_path) as home:
        await home.create(at="13:00", notify=["anna"], run_scene="Sleepy time", message="Lunch")
    clock = SetClock(NOON + timedelta(hours=1, minutes=late))
    async with scene(tmp_path, clock=clock) as home:
        assert await home.number() == fired
        events = await home.fired("alert.missed")
        assert len(events) == missed
        if missed:
            assert events[0].data["due"] == "2026-01-02T13:00:00+00:00"
            assert home.told.messages == [
                "Missed: Lunch was due at 13:00, while homeport was not running."
            ]
            receipts = await home.home.receipts.list(limit=5, before=None, agent=None)
            assert "run_scene" not in [receipt["tool"] for receipt in receipts]
        assert home.alerts.list(home.owner)[0]["next"] == "2026-01-03T13:00:00+00:00"


async def test_a_single_time_that_was_missed_is_over(tmp_path: Path) -> None:
    async with scene(tmp_path) as home:
        await home.create(at="in 20 minutes")
    async with scene(tmp_path, clock=SetClock(NOON + timedelta(hours=1))) as home:
        assert await home.number("alert.missed") == 1
        assert home.alerts.list(home.owner) == []


async def test_what_comes_often_is_not_missed_for_long(tmp_path: Path) -> None:
    async with scene(tmp_path) as home:
        await home.create(at="every 1m")
    async with scene(tmp_path, clock=SetClock(NOON + timedelta(hours=1))) as home:
        assert await home.number("alert.missed") == 0
        assert await home.number() == 1


async def test_once_is_over_after_the_first_time(tmp_path: Path) -> None:
    async with scene(tmp_path) as home:
        await home.create(when="garage door open", once=True)
        for _ in range(3):
            home.report("garage", "contact", open=True)
            home.report("garage", "contact", open=False)
        assert await home.number() == 1
        assert home.alerts.list(home.owner) == []
    async with scene(tmp_path) as home:
        assert home.alerts.list(home.owner) == []


@pytest.mark.parametrize(
    ("expires", "end"),
    [
        ("7d", NOON + timedelta(days=7)),
        ("2026-01-04", datetime(2026, 1, 5, tzinfo=UTC)),
        ("2026-01-04T08:00", datetime(2026, 1, 4, 8, tzinfo=UTC)),
        ("tomorrow 7:00", datetime(2026, 1, 3, 7, tzinfo=UTC)),
    ],
)
async def test_it_ends_when_it_expires(tmp_path: Path, expires: str, end: datetime) -> None:
    async with scene(tmp_path) as home:
        await home.create(when="garage door open", expires=expires)
        await home.passes(seconds=(end - NOON).total_seconds() - 1)
        assert len(home.alerts.list(home.owner)) == 1
        await home.passes(seconds=1)
        assert home.alerts.list(home.owner) == []


@pytest.mark.parametrize("expires", ["2020-01-01", "never", "every day at 7:00", "0s"])
async def test_an_end_that_makes_no_sense_is_refused(tmp_path: Path, expires: str) -> None:
    async with scene(tmp_path) as home:
        with pytest.raises(InvalidArguments):
            await home.create(when="garage door open", expires=expires)


async def test_what_is_overdue_and_suspended_is_looked_at_seldom(tmp_path: Path) -> None:
    async with scene(tmp_path) as home:
        await home.create(home.owner, at="13:00")
        assert home.alerts.find("a1", home.owner).due is not None
        home.alerts.find("a1", home.owner).suspended = "by the test"
        await home.passes(hours=2)
        assert await home.number() == 0
        assert home.alerts._patience() == 30.0
        assert home.alerts.list(home.owner) == [
            {"id": "a1", "text": "13:00", "agent": "owner", "suspended": "by the test"}
        ]
