"""Schedules where clocks change: a skipped time comes at the next, a repeated one once."""

from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import pytest
from cronsim import CronSim

from tests.core.schedules import (
    BERLIN,
    CHANGES,
    HAVANA,
    KOLKATA,
    LORD_HOWE,
    NEW_YORK,
    due,
    home,
    utc,
)


def dues(text: str, zone: ZoneInfo, after: str, count: int) -> list[str]:
    found = islice(due(home(text, zone), utc(after)), count)
    return [moment.strftime("%d %H:%M") for moment in found]


@pytest.mark.parametrize(
    ("zone", "text", "after", "expected"),
    [
        (BERLIN, "2:30 am", "2026-03-27T20:00", ["28 01:30", "29 01:00", "30 00:30"]),
        (BERLIN, "2:30 am", "2026-10-24T00:30", ["25 00:30", "26 01:30", "27 01:30"]),
        (BERLIN, "sunday 2:30", "2026-03-23T00:00", ["29 01:00", "05 00:30"]),
        (BERLIN, "0,30 2 * * *", "2026-03-29T00:00", ["29 01:00", "30 00:00"]),
        (BERLIN, "30 2,3 * * *", "2026-03-29T00:00", ["29 01:00", "29 01:30"]),
        (BERLIN, "*/20 2 * * *", "2026-03-29T00:00", ["29 01:00", "30 00:00"]),
        (BERLIN, "*/20 2 * * *", "2026-10-25T00:00", ["25 00:20", "25 00:40", "26 01:00"]),
        (BERLIN, "every 2 hours", "2026-03-28T23:30", ["29 01:00", "29 02:00"]),
        (BERLIN, "every 2 hours", "2026-10-24T22:30", ["25 00:00", "25 03:00"]),
        (BERLIN, "every hour", "2026-03-29T00:00", ["29 01:00", "29 02:00"]),
        (BERLIN, "every hour", "2026-10-25T00:00", ["25 01:00", "25 02:00"]),
        (BERLIN, "30 0-23 * * *", "2026-10-25T00:00", ["25 00:30", "25 01:30", "25 02:30"]),
        (NEW_YORK, "2:30 am", "2026-03-07T12:00", ["08 07:00", "09 06:30"]),
        (NEW_YORK, "1:30 am", "2026-10-31T12:00", ["01 05:30", "02 06:30"]),
        (NEW_YORK, "sunday 1:30", "2026-11-01T05:45", ["08 06:30"]),
        (KOLKATA, "2:30 am", "2026-03-28T12:00", ["28 21:00", "29 21:00"]),
        (KOLKATA, "every hour", "2026-10-25T00:00", ["25 00:30", "25 01:30"]),
        (HAVANA, "midnight", "2026-03-07T12:00", ["08 05:00", "09 04:00"]),
        (LORD_HOWE, "2:10 am", "2026-10-02T20:00", ["03 15:30", "04 15:10"]),
    ],
)
def test_a_skipped_time_comes_at_the_next_and_a_repeated_one_once(
    zone: ZoneInfo, text: str, after: str, expected: list[str]
) -> None:
    assert dues(text, zone, after, len(expected)) == expected


def test_within_the_repeated_hour_what_was_due_in_the_first_is_not_due_again() -> None:
    second_time = utc("2026-10-25T01:10")
    assert home("2:30 am").next(second_time) == utc("2026-10-26T01:30")


def test_tomorrow_at_a_skipped_time_is_the_next_that_exists() -> None:
    schedule = home("tomorrow 2:30", now=utc("2026-03-28T12:00"))
    assert schedule.text == "2026-03-29T03:00:00+02:00"


@pytest.mark.parametrize(("zone", "first"), CHANGES)
@pytest.mark.parametrize(
    "expression",
    ["*/7 * * * *", "30 * * * *", "15,45 0-23 * * sun", "*/10 2 * * *", "5 */2 * * *",
     "0 0 * * *", "59 0-5 * * sat,sun", "* 1 * * *"],
)  # fmt: skip
def test_every_minute_of_the_change_agrees_with_the_rule(
    zone: ZoneInfo, first: str, expression: str
) -> None:
    start, stop = utc(first), utc(first) + timedelta(days=3)
    minutes = [start + timedelta(minutes=count) for count in range(1, 3 * 24 * 60)]
    matching = CronSim(expression, datetime(2026, 1, 1))

    def matches(local: datetime) -> bool:
        fields = local.minute in matching.minutes and local.hour in matching.hours
        return fields and matching.match_day(local.date())

    local = [minute.astimezone(zone) for minute in minutes]
    if len(matching.hours) == 24:
        expected = {m for m, at in zip(minutes, local, strict=True) if matches(at)}
    else:
        expected = {m for m, at in zip(minutes, local, strict=True) if matches(at) and not at.fold}
        for before, after in pairwise(local):
            naive = before.replace(tzinfo=None) + timedelta(minutes=1)
            while naive < after.replace(tzinfo=None):
                expected |= {after.astimezone(UTC)} if matches(naive) else set()
                naive += timedelta(minutes=1)

    found = []
    for moment in due(home(expression, zone), start):
        if moment >= stop:
            break
        found.append(moment)
    assert found == sorted(expected)
