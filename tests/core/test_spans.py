"""Stretches of the past, in the words people use, in the home's days and weeks."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.clock import HomeClock, SetClock
from gateway.errors import InvalidArguments
from gateway.spans import WeekStart, instant, span

BERLIN = ZoneInfo("Europe/Berlin")
NEW_YORK = ZoneInfo("America/New_York")
DAY = timedelta(days=1)
THURSDAY = datetime(2026, 11, 26, 14, 30, tzinfo=UTC)


def at(text: str, zone: ZoneInfo = BERLIN) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


def clock(now: datetime = THURSDAY, zone: ZoneInfo = BERLIN) -> HomeClock:
    return HomeClock(SetClock(now), zone)


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        ("-7d", at("2026-11-19T15:30")),
        ("7d", at("2026-11-19T15:30")),
        ("-90m", at("2026-11-26T14:00")),
        ("2 hours ago", at("2026-11-26T13:30")),
        ("today", at("2026-11-26")),
        ("yesterday 22:00", at("2026-11-25T22:00")),
        ("monday", at("2026-11-23")),
        ("Monday at 7 am", at("2026-11-23T07:00")),
        ("friday", at("2026-11-20")),
        ("thursday", at("2026-11-26")),
        ("last thursday", at("2026-11-19")),
        ("this week", at("2026-11-23")),
        ("this month", at("2026-11-01")),
        ("this year", at("2026-01-01")),
        ("2026-11-20", at("2026-11-20")),
        ("2026-11-20T07:30", at("2026-11-20T07:30")),
        ("2026-11-20 07:30", at("2026-11-20T07:30")),
        ("2026-11-20T07:30:15Z", at("2026-11-20T08:30:15")),
        ("2026-11-20T07:30-05:00", at("2026-11-20T13:30")),
        ("14:30", at("2026-11-26T14:30")),
        ("2:30 pm", at("2026-11-26T14:30")),
    ],
)
def test_a_start_alone_lasts_until_now(start: str, expected: datetime) -> None:
    assert span(start, None, clock(), DAY) == (expected, THURSDAY)


@pytest.mark.parametrize(
    ("start", "since", "until"),
    [
        ("yesterday", "2026-11-25", "2026-11-26"),
        ("last night", "2026-11-25T18:00", "2026-11-26T06:00"),
        ("last week", "2026-11-16", "2026-11-23"),
        ("Last Month", "2026-10-01", "2026-11-01"),
        ("last year", "2025-01-01", "2026-01-01"),
    ],
)
def test_a_stretch_that_is_over_is_meant_whole(start: str, since: str, until: str) -> None:
    assert span(start, None, clock(), DAY) == (at(since), at(until))


def test_before_dawn_last_night_lasts_until_now() -> None:
    now = at("2026-11-26T02:00")
    assert span("last night", None, clock(now), DAY) == (at("2026-11-25T18:00"), now)


@pytest.mark.parametrize(
    ("start", "end", "since", "until"),
    [
        ("monday", "tuesday", "2026-11-23", "2026-11-25"),
        ("2026-11-20", "2026-11-20", "2026-11-20", "2026-11-21"),
        ("-7d", "now", "2026-11-19T15:30", "2026-11-26T15:30"),
        ("today", "today", "2026-11-26", "2026-11-27"),
        ("-2d", "-1d", "2026-11-24T15:30", "2026-11-25T15:30"),
        ("last month", "last month", "2026-10-01", "2026-11-01"),
        (None, "yesterday", "2026-11-25", "2026-11-26"),
        (None, None, "2026-11-25T15:30", "2026-11-26T15:30"),
    ],
)
def test_a_day_ends_when_the_next_begins(
    start: str | None, end: str | None, since: str, until: str
) -> None:
    assert span(start, end, clock(), DAY) == (at(since), at(until))


@pytest.mark.parametrize(
    ("week_start", "first"),
    [("monday", "2026-11-23"), ("sunday", "2026-11-22"), ("saturday", "2026-11-21")],
)
def test_a_week_begins_as_this_home_counts(week_start: WeekStart, first: str) -> None:
    assert span("this week", None, clock(), DAY, week_start)[0] == at(first)
    last = span("last week", None, clock(), DAY, week_start)
    assert last == (at(first) - timedelta(days=7), at(first))


@pytest.mark.parametrize(
    ("start", "end", "field"),
    [
        ("tomorrow", None, "start"),
        ("", None, "start"),
        ("22:00", None, "start"),
        ("25:00", None, "start"),
        ("14", None, "start"),
        ("2026-02-30", None, "start"),
        ("2026-13-01T00:00", None, "start"),
        ("0001-01-01T00:00", None, "start"),
        ("9999-12-31", None, "start"),
        ("401d", None, "start"),
        ("last blue moon", None, "start"),
        ("--7d", None, "start"),
        ("monday " * 40, None, "start"),
        ("-1d", "-2d", "end"),
        ("now", "now", "end"),
        ("-1d", "soon", "end"),
        (None, "+1d", "end"),
    ],
)
def test_nonsense_is_refused_with_examples(start: str | None, end: str | None, field: str) -> None:
    with pytest.raises(InvalidArguments) as refused:
        span(start, end, clock(), DAY)
    assert refused.value.more["field"] == field
    assert "last night" in (refused.value.hint or "")


def test_a_day_of_the_change_is_23_or_25_hours_long() -> None:
    spring, autumn = (
        span(day, day, clock(), DAY)[1] - span(day, day, clock(), DAY)[0]
        for day in ("2026-03-29", "2026-10-25")
    )
    assert (spring, autumn) == (timedelta(hours=23), timedelta(hours=25))


@pytest.mark.parametrize(
    ("zone", "local", "utc"),
    [
        (BERLIN, "2026-03-29T01:59", "2026-03-29T00:59"),
        (BERLIN, "2026-03-29T02:00", "2026-03-29T01:00"),
        (BERLIN, "2026-03-29T02:30:15", "2026-03-29T01:00"),
        (BERLIN, "2026-03-29T03:00", "2026-03-29T01:00"),
        (BERLIN, "2026-10-25T02:30", "2026-10-25T00:30"),
        (NEW_YORK, "2026-03-08T02:30", "2026-03-08T07:00"),
        (NEW_YORK, "2026-11-01T01:30", "2026-11-01T05:30"),
        (ZoneInfo("Australia/Lord_Howe"), "2026-10-04T02:10", "2026-10-03T15:30"),
        (ZoneInfo("America/Havana"), "2026-03-08T00:00", "2026-03-08T05:00"),
        (ZoneInfo("Pacific/Apia"), "2011-12-30T12:00", "2011-12-30T10:00"),
    ],
)
def test_a_skipped_time_is_the_next_that_exists_and_a_repeated_one_the_first(
    zone: ZoneInfo, local: str, utc: str
) -> None:
    expected = datetime.fromisoformat(utc).replace(tzinfo=UTC)
    assert instant(datetime.fromisoformat(local), zone) == expected


_WORDS = st.sampled_from(
    ["last", "this", "week", "month", "night", "monday", "-7d", "now", "at", "14:30", "ago", "am"]
)
_TEXT = st.text(max_size=30) | st.lists(_WORDS, max_size=4).map(" ".join) | st.dates().map(str)


@given(
    st.none() | _TEXT,
    st.none() | _TEXT | st.datetimes().map(str),
    st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1)),
    st.sampled_from([BERLIN, NEW_YORK, ZoneInfo("UTC"), ZoneInfo("Pacific/Apia")]),
)
def test_no_text_gives_anything_but_a_span_or_a_refusal(
    start: str | None, end: str | None, now: datetime, zone: ZoneInfo
) -> None:
    try:
        since, until = span(start, end, clock(now.replace(tzinfo=UTC), zone), DAY)
    except InvalidArguments as refused:
        assert refused.more["field"] in ("start", "end")
    else:
        assert since < until
        assert since.tzinfo is UTC and until.tzinfo is UTC
