"""Time: stored in UTC, said in the home's zone, and owned by the test."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from gateway.clock import HomeClock, SetClock, SystemClock

BERLIN = ZoneInfo("Europe/Berlin")


def at(year: int, month: int, day: int, *time: int) -> datetime:
    hour, minute, second, microsecond = (*time, 0, 0, 0, 0)[:4]
    return datetime(year, month, day, hour, minute, second, microsecond, UTC)


@pytest.mark.parametrize(
    ("moment", "local"),
    [
        (at(2026, 1, 2, 12), "2026-01-02T13:00:00+01:00"),
        (at(2026, 7, 2, 12, 30, 1, 999999), "2026-07-02T14:30:01+02:00"),
        (at(2026, 3, 29, 0, 59), "2026-03-29T01:59:00+01:00"),
        (at(2026, 3, 29, 1, 0), "2026-03-29T03:00:00+02:00"),
        (at(2026, 10, 25, 0, 30), "2026-10-25T02:30:00+02:00"),
        (at(2026, 10, 25, 1, 30), "2026-10-25T02:30:00+01:00"),
    ],
)
def test_a_moment_is_told_with_the_homes_offset(moment: datetime, local: str) -> None:
    clock = HomeClock(SetClock(), BERLIN)
    assert clock.local(moment) == local
    assert datetime.fromisoformat(local) == moment.replace(microsecond=0)


def test_today_is_said_by_the_hour_and_other_days_with_their_date() -> None:
    clock = HomeClock(SetClock(at(2026, 1, 2, 22, 30)), BERLIN)
    assert clock.said(at(2026, 1, 2, 13, 2)) == "14:02"
    assert clock.said(at(2026, 1, 1, 22, 59)) == "2026-01-01 23:59"
    assert clock.said(at(2026, 1, 1, 23, 1)) == "00:01", "it is the second of January there"


def test_the_machines_clock_is_in_utc_and_never_goes_back() -> None:
    clock = SystemClock()
    assert clock.now().tzinfo is UTC
    first = clock.monotonic()
    assert clock.monotonic() >= first


def test_a_set_clock_stands_still() -> None:
    clock = SetClock(at(2026, 5, 1), 7.0)
    assert clock.now() == clock.now() == at(2026, 5, 1)
    assert clock.monotonic() == 7.0
