"""Quiet hours: across midnight, and where the clocks change."""

from datetime import datetime

import pytest

from gateway.quiet import Quiet, Rate
from tests.people.rigs import BERLIN


def until(hours: str, moment: str) -> str | None:
    """Return the end in UTC of the quiet hours that a moment in UTC lies in."""
    now = datetime.fromisoformat(f"{moment}+00:00")
    end = Quiet.parse(hours).until(now, BERLIN)
    return end.strftime("%m-%d %H:%M") if end else None


@pytest.mark.parametrize(
    ("hours", "moment", "end"),
    [
        ("22:00-07:00", "2026-01-02T20:59:59", None),
        ("22:00-07:00", "2026-01-02T21:00", "01-03 06:00"),
        ("22:00-07:00", "2026-01-02T23:30", "01-03 06:00"),
        ("22:00-07:00", "2026-01-03T05:59:59", "01-03 06:00"),
        ("22:00-07:00", "2026-01-03T06:00", None),
        ("13:00-15:00", "2026-01-02T12:30", "01-02 14:00"),
        ("13:00-15:00", "2026-01-02T14:00", None),
        ("00:00-06:00", "2026-01-02T23:00", "01-03 05:00"),
        ("18:00-00:00", "2026-01-02T22:59", "01-02 23:00"),
    ],
)
def test_quiet_hours_begin_and_end_on_the_homes_clock(
    hours: str, moment: str, end: str | None
) -> None:
    assert until(hours, moment) == end


@pytest.mark.parametrize(
    ("hours", "moment", "end"),
    [
        ("22:00-07:00", "2026-03-28T21:30", "03-29 05:00"),
        ("22:00-02:30", "2026-03-29T00:45", "03-29 01:00"),
        ("22:00-02:30", "2026-03-29T01:00", None),
        ("02:30-05:00", "2026-03-29T01:00", "03-29 03:00"),
        ("02:15-02:45", "2026-03-29T01:00", None),
    ],
)
def test_an_hour_that_spring_skips_ends_when_the_next_begins(
    hours: str, moment: str, end: str | None
) -> None:
    assert until(hours, moment) == end


@pytest.mark.parametrize(
    ("hours", "moment", "end"),
    [
        ("22:00-07:00", "2026-10-24T20:30", "10-25 06:00"),
        ("22:00-02:30", "2026-10-25T00:29", "10-25 00:30"),
        ("22:00-02:30", "2026-10-25T00:45", None),
        ("22:00-02:30", "2026-10-25T01:15", None),
        ("02:30-05:00", "2026-10-25T00:30", "10-25 04:00"),
        ("02:30-05:00", "2026-10-25T01:15", "10-25 04:00"),
    ],
)
def test_an_hour_that_autumn_repeats_is_quiet_once(
    hours: str, moment: str, end: str | None
) -> None:
    assert until(hours, moment) == end


@pytest.mark.parametrize("text", ["", "22-07", "24:00-07:00", "22:00", "7:00-8:00", "08:00-08:00"])
def test_what_is_no_stretch_of_hours_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="quiet hours"):
        Quiet.parse(text)


def test_a_rate_lets_one_go_for_each_that_is_an_hour_old() -> None:
    rate = Rate(2)
    rate.count(0)
    rate.count(600)
    assert rate.wait(700) == 2900
    assert rate.wait(3600) == 0
    rate.count(3600)
    assert rate.wait(3601) == 599
