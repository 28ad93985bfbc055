"""Schedules: what can be said, and when it is due."""

from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import pytest
from astral import Observer
from astral.sun import elevation
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import InvalidArguments
from gateway.schedule import parse
from tests.core.schedules import BERLIN, CHANGES, NOW, OSLO, due, home, utc

ZONES = sorted({zone for zone, _ in CHANGES}, key=str)


@pytest.mark.parametrize(
    ("text", "said", "local"),
    [
        ("22:00", "every day at 22:00", "2026-11-26T22:00+01:00"),
        ("7:30 am", "every day at 07:30", "2026-11-27T07:30+01:00"),
        ("10 pm", "every day at 22:00", "2026-11-26T22:00+01:00"),
        ("12 am", "every day at 00:00", "2026-11-27T00:00+01:00"),
        ("noon", "every day at 12:00", "2026-11-27T12:00+01:00"),
        ("22:00 on weekdays", "every weekday at 22:00", "2026-11-26T22:00+01:00"),
        ("weekdays 7:00", "every weekday at 07:00", "2026-11-27T07:00+01:00"),
        ("monday 7:00", "every Monday at 07:00", "2026-11-30T07:00+01:00"),
        ("Mondays at 7am", "every Monday at 07:00", "2026-11-30T07:00+01:00"),
        (
            "mon,wed,fri 7:00",
            "every Monday, Wednesday and Friday at 07:00",
            "2026-11-27T07:00+01:00",
        ),
        (
            "tues - thurs 7:00",
            "every Tuesday, Wednesday and Thursday at 07:00",
            "2026-12-01T07:00+01:00",
        ),
        ("weekends 9:00", "every Saturday and Sunday at 09:00", "2026-11-28T09:00+01:00"),
        ("every day at 22:00", "every day at 22:00", "2026-11-26T22:00+01:00"),
        ("every monday at 7:00", "every Monday at 07:00", "2026-11-30T07:00+01:00"),
        ("daily at 22:00", "every day at 22:00", "2026-11-26T22:00+01:00"),
        ("every 10m", "every 10 min", "2026-11-26T15:40+01:00"),
        ("every 2 hours", "every 2 h", "2026-11-26T16:00+01:00"),
        ("every hour", "every 1 h", "2026-11-26T16:00+01:00"),
        ("every half an hour", "every 30 min", "2026-11-26T16:00+01:00"),
        ("every minute", "every 1 min", "2026-11-26T15:31+01:00"),
        ("every 90 minutes", "every 1 h 30 min", "2026-11-26T16:30+01:00"),
        ("tomorrow 7:00", "once, on Friday 2026-11-27 at 07:00", "2026-11-27T07:00+01:00"),
        ("today at 22:00", "once, on Thursday 2026-11-26 at 22:00", "2026-11-26T22:00+01:00"),
        (
            "in 20 minutes",
            "once, on Thursday 2026-11-26 at 15:50:10",
            "2026-11-26T15:50:10+01:00",
        ),
        ("2026-12-01T07:00", "once, on Tuesday 2026-12-01 at 07:00", "2026-12-01T07:00+01:00"),
        ("2026-12-01 07:00", "once, on Tuesday 2026-12-01 at 07:00", "2026-12-01T07:00+01:00"),
        ("2026-12-01T07:00Z", "once, on Tuesday 2026-12-01 at 08:00", "2026-12-01T08:00+01:00"),
        ("0 22 * * 1-5", "at 22:00 on Monday through Friday", "2026-11-26T22:00+01:00"),
        ("0 7 1 * *", "at 07:00 on the first day of every month", "2026-12-01T07:00+01:00"),
        ("0 7 * * MON#1", "at 07:00 on the first Monday of the month", "2026-12-07T07:00+01:00"),
    ],
)
def test_a_schedule_is_read_said_due_and_stored(text: str, said: str, local: str) -> None:
    schedule = home(text)
    assert schedule.said() == said
    assert schedule.next(NOW) == datetime.fromisoformat(local)
    assert schedule.repeats is not said.startswith("once")
    assert home(schedule.text, now=None) == schedule
    assert home(schedule.text, now=None).text == schedule.text


@pytest.mark.parametrize(
    ("text", "said", "local"),
    [
        ("sunset", "every day at sunset", "2026-11-26T15:58"),
        ("at sunrise", "every day at sunrise", "2026-11-27T07:47"),
        ("sunset-15m", "every day 15 min before sunset", "2026-11-26T15:43"),
        ("sunset + 1h", "every day 1 h after sunset", "2026-11-26T16:58"),
        ("half an hour before sunset", "every day 30 min before sunset", "2026-11-27T15:27"),
        ("dusk", "every day at dusk", "2026-11-26T16:40"),
        ("dawn", "every day at dawn", "2026-11-27T07:08"),
        ("every day at sunset", "every day at sunset", "2026-11-26T15:58"),
        ("sunset on weekends", "every Saturday and Sunday at sunset", "2026-11-28T15:58"),
        ("tomorrow at sunrise", "once, on Friday 2026-11-27 at 07:4", "2026-11-27T07:47"),
    ],
)
def test_the_sun_is_followed_where_the_home_stands(text: str, said: str, local: str) -> None:
    schedule = home(text)
    assert schedule.said().startswith(said)
    found = schedule.next(NOW)
    expected = datetime.fromisoformat(local).replace(tzinfo=BERLIN)
    assert found is not None and abs(found - expected) < timedelta(minutes=2)
    assert home(schedule.text, now=None) == schedule


@pytest.mark.parametrize(
    "text",
    [
        *("", "soon", "7", "24:00", "22:60", "13 pm", "0 am", "monday", "every day", "weekdays"),
        *("every 30 seconds", "every 2 days", "every other monday 7:00", "every 24 hours"),
        *("7:00 and 19:00", "not on monday 7:00", "sunset-13h", "sunset-", "moonrise"),
        *("1h before sunset+1h", "tomorrow", "today 15:00", "in 0 minutes", "in a while"),
        *("2026-11-20T07:00", "2026-11-27", "9999-12-31T07:00", "0001-01-01T00:00"),
        *("99 * * * *", "* * * *", "0 0 30 2 *", "0 0 * 2 MON#9", "0 7 * * funday", "0 0 0 1 1 *"),
        *("2026-02-30T07:00", "mon-wed-fri 7:00", "22:00 " * 40, "* * * * * *"),
    ],
)
def test_what_is_no_schedule_or_past_is_refused(text: str) -> None:
    with pytest.raises(InvalidArguments) as refused:
        home(text)
    assert refused.value.more["field"] == "at"
    assert refused.value.hint


@pytest.mark.parametrize("where", [(None, None), (52.5, None), (None, 13.4)])
def test_the_sun_needs_to_know_where_the_home_is(where: tuple[float | None, float | None]) -> None:
    with pytest.raises(InvalidArguments) as refused:
        parse("sunset", BERLIN, *where)
    assert refused.value.hint == "set [home] latitude and longitude"
    assert parse("22:00", BERLIN, *where).repeats


def test_what_was_stored_is_rebuilt_though_it_is_past() -> None:
    stored = home("in 20 minutes").text
    later = NOW + timedelta(hours=1)
    assert home(stored, now=None).next(later) is None
    with pytest.raises(InvalidArguments):
        home(stored, now=later)


@pytest.mark.parametrize("text", ["in 20 minutes", "tomorrow 7:00"])
def test_without_a_now_nothing_is_relative_to_it(text: str) -> None:
    with pytest.raises(InvalidArguments):
        home(text, now=None)


@pytest.mark.parametrize(
    ("zone", "latitude", "longitude"),
    [
        (BERLIN, 52.52, 13.405),
        (ZoneInfo("Pacific/Auckland"), -36.85, 174.76),
        (ZoneInfo("Pacific/Honolulu"), 21.3, -157.86),
        (ZoneInfo("Pacific/Kiritimati"), 1.87, -157.4),
        (ZoneInfo("UTC"), 0.0, 180.0),
    ],
)
@pytest.mark.parametrize(
    ("event", "height"), [("sunset", -0.83), ("sunrise", -0.83), ("dusk", -6), ("dawn", -6)]
)
def test_a_sun_event_comes_every_day_when_the_sun_stands_there(
    event: str, height: float, zone: ZoneInfo, latitude: float, longitude: float
) -> None:
    where = Observer(latitude, longitude)
    moments = list(islice(due(parse(event, zone, latitude, longitude), NOW), 366))
    assert moments[-1] - moments[0] < timedelta(days=366)
    for before, after in pairwise(moments):
        assert timedelta(hours=23, minutes=50) < after - before < timedelta(hours=24, minutes=10)
        assert elevation(where, after, with_refraction=False) == pytest.approx(height, abs=0.1)


def test_through_the_polar_night_the_next_sunset_is_the_first_there_is() -> None:
    svalbard = parse("sunset", OSLO, 78.22, 15.65)
    spring = svalbard.next(utc("2026-11-10T12:00"))
    assert spring is not None and utc("2027-02-10T00:00") < spring < utc("2027-02-20T00:00")
    autumn = svalbard.next(utc("2026-05-01T12:00"))
    assert autumn is not None and utc("2026-08-20T00:00") < autumn < utc("2026-08-30T00:00")


def test_where_no_sunset_is_found_within_a_year_there_is_none() -> None:
    assert parse("sunset", OSLO, 90.0, 0.0).next(NOW) is None


_TEXTS = st.sampled_from(
    [
        *("22:00", "2:30 am", "mon,fri 1:30", "weekends 9:00", "every 10m", "every 2 hours"),
        *("every 7m", "every 5 hours", "sunset", "sunrise + 3h", "dusk", "dawn-12h"),
        *("*/20 1-3 * * *", "30 0-23 * * *", "0 2 29 2 *", "45 1 L * *", "dusk on sunday"),
    ]
)
_MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))
_CHANGES = st.builds(
    lambda change, seconds: utc(change) + timedelta(seconds=seconds),
    st.sampled_from([first for _, first in CHANGES]),
    st.floats(0, 4 * 86400),
)


@given(_TEXTS, st.sampled_from(ZONES), _MOMENTS | _CHANGES, st.floats(0, 5 * 86400))
def test_the_next_is_always_later_and_never_goes_back(
    text: str, zone: ZoneInfo, after: datetime, more: float
) -> None:
    schedule = parse(text, zone, 60.0, -130.0)
    first, second = (schedule.next(moment) for moment in (after, after + timedelta(seconds=more)))
    assert first is not None and second is not None
    assert after < first <= second
    assert first.tzinfo is UTC
    if after + timedelta(seconds=more) < first:
        assert first == second, "nothing is due in between"


_PIECES = st.sampled_from(
    [
        *("every", "monday", "mon", "weekdays", "at", "on", "in", "tomorrow", "today", "7:00"),
        *("10m", "sunset", "dusk", "-", "+", "before", "2026-12-01T07:00", "pm", "99", "day"),
        *("*", "*/5", "0", "1-5", "L", "LW", "MON#1", "5L", "1,2,L/2", "*/2", "31", "feb", "2"),
    ]
)
_CRON = st.lists(st.text("0123456789*/,-LW#MON", min_size=1, max_size=6), min_size=5, max_size=5)


@given(
    st.text(max_size=60) | st.lists(_PIECES, max_size=6).map(" ".join) | _CRON.map(" ".join),
    st.sampled_from(ZONES),
)
def test_no_text_gives_anything_but_a_schedule_or_a_refusal(text: str, zone: ZoneInfo) -> None:
    try:
        schedule = home(text, zone)
    except InvalidArguments as refused:
        assert refused.more["field"] == "at"
        return
    assert schedule.said()
    found = schedule.next(NOW)
    assert found is None or found > NOW
    assert home(schedule.text, zone, now=None) == schedule
