"""Stretches of the past as people name them, and the home's local time behind the names."""

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from gateway.clock import HomeClock
from gateway.durations import duration
from gateway.errors import InvalidArguments
from gateway.text import clean, folded

WeekStart = Literal["monday", "sunday", "saturday"]
Stretch = tuple[datetime, datetime]

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
LONGEST_PHRASE = 100
NIGHT = (time(18), time(6))
EXAMPLES = (
    'Examples: "-7d", "-90m", "today", "yesterday", "monday", "last night", "this week", '
    '"2026-11-20", "2026-11-20T07:30", "14:30".'
)

_DAY = timedelta(days=1)
_YEARS = range(1970, 2201)
_FIRST_OF_WEEK = {"monday": 0, "saturday": 5, "sunday": 6}
_CLOCK = re.compile(r"([0-9]{1,2})(?::([0-9]{2}))? ?(?:([ap])\.?m\.?)?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DAY_AND_TIME = re.compile(r"(?P<day>[a-z]{3,9}(?: [a-z]{3,9})?)(?: at)? (?P<time>[0-9].*)")


def span(
    start: str | None,
    end: str | None,
    clock: HomeClock,
    default: timedelta,
    week_start: WeekStart = "monday",
) -> Stretch:
    """Return from when (inclusive) to when (exclusive), in UTC, with start < end.

    Without an end it is now, or, where `start` names a stretch that is over ("yesterday",
    "last month"), the end of that stretch; without a start it is `default` before the end.
    Nonsense is InvalidArguments for "start" or "end", with examples.
    """
    past = _Past(clock, week_start)
    until = _read(end, past, "end")[1] if end is not None else past.now
    if start is None:
        return until - default, until
    since, finish = _read(start, past, "start")
    if end is None and _is_over(start):
        until = min(finish, past.now)
    if since >= until:
        raise _backwards(since, until, clock, end is None)
    return since, until


def instant(local: datetime, zone: ZoneInfo) -> datetime:
    """Return the naive `local` time in UTC: the first of a repeated one, and for a skipped one
    the next that exists."""
    moment = local.replace(tzinfo=zone, fold=0).astimezone(UTC)
    while moment.astimezone(zone).replace(tzinfo=None) != local:
        local = local.replace(second=0, microsecond=0) + timedelta(minutes=1)
        moment = local.replace(tzinfo=zone, fold=0).astimezone(UTC)
    return moment


def clock_time(phrase: str) -> time | None:
    """Return the time of day in a folded phrase ("22:00", "7:30 am", "noon"), or None."""
    if phrase in ("noon", "midnight"):
        return time(12 if phrase == "noon" else 0)
    found = _CLOCK.fullmatch(phrase)
    if not found or not (found[2] or found[3]):
        return None
    hour, minute = int(found[1]), int(found[2] or 0)
    if found[3]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if found[3] == "p" else 0)
    return time(hour, minute) if hour < 24 and minute < 60 else None


def weekday(word: str) -> int | None:
    """Return 0 (Monday) to 6 for a folded "monday", "mondays" or "mon", or None."""
    stem = word.removesuffix("s").removesuffix("day")
    for number, name in enumerate(WEEKDAYS):
        if stem in (name[:3].casefold(), name[:4].casefold(), name[:-3].casefold()):
            return number
    return None


def iso_moment(phrase: str, zone: ZoneInfo) -> datetime | None:
    """Return an ISO date-time in UTC (the home's zone where it has no offset), or None."""
    if not _DATE.match(phrase) or len(phrase) <= len("2026-11-20"):
        return None
    try:
        moment = datetime.fromisoformat(phrase.upper())
    except ValueError:
        return None
    if moment.year not in _YEARS:
        return None
    return moment.astimezone(UTC) if moment.tzinfo else instant(moment, zone)


class _Past:
    """The days and weeks around now, as the home counts them."""

    def __init__(self, clock: HomeClock, week_start: WeekStart) -> None:
        self.now = clock.now()
        self.zone = clock.zone
        self.today = self.now.astimezone(clock.zone).date()
        self._first = _FIRST_OF_WEEK[week_start]

    def at(self, day: date, moment: time = time()) -> datetime:
        return instant(datetime.combine(day, moment), self.zone)

    def days(self, first: date, following: date) -> Stretch:
        return self.at(first), self.at(following)

    def day(self, phrase: str) -> date | None:
        """Return the day that a word or a date means, never one after today by its name."""
        if phrase in ("today", "yesterday"):
            return self.today if phrase == "today" else self.today - _DAY
        if _DATE.fullmatch(phrase):
            return _date(phrase)
        number = weekday(phrase.removeprefix("last "))
        if number is None:
            return None
        back = (self.today.weekday() - number) % 7
        return self.today - timedelta(days=back or (7 if phrase.startswith("last ") else 0))

    def period(self, phrase: str) -> Stretch | None:
        """Return "last night", and this or last week, month or year."""
        if phrase == "last night":
            return self.at(self.today - _DAY, NIGHT[0]), self.at(self.today, NIGHT[1])
        which, _, unit = phrase.partition(" ")
        if which not in ("this", "last") or unit not in ("week", "month", "year"):
            return None
        first = self._first_of(unit, self.today)
        if which == "last":
            return self.days(self._first_of(unit, first - _DAY), first)
        return self.days(first, self._first_of(unit, first + timedelta(days=_LONGEST[unit])))

    def _first_of(self, unit: str, day: date) -> date:
        if unit == "week":
            return day - timedelta(days=(day.weekday() - self._first) % 7)
        return day.replace(day=1) if unit == "month" else day.replace(month=1, day=1)


_LONGEST = {"week": 7, "month": 31, "year": 366}


def _read(text: str, past: _Past, field: str) -> Stretch:
    phrase = folded(text) if len(text) <= LONGEST_PHRASE else ""
    found = past.period(phrase) or _named_day(phrase, past)
    if found:
        return found
    moment = past.now if phrase == "now" else _moment(phrase, past) or _ago(phrase, past, field)
    if moment is None:
        raise InvalidArguments(
            f"{field} {clean(text, 40)!r} is no time", hint=EXAMPLES, field=field
        )
    return moment, moment


def _named_day(phrase: str, past: _Past) -> Stretch | None:
    day = past.day(phrase)
    return past.days(day, day + _DAY) if day else None


def _moment(phrase: str, past: _Past) -> datetime | None:
    if (exact := iso_moment(phrase, past.zone)) or not phrase:
        return exact
    found = _DAY_AND_TIME.fullmatch(phrase)
    day = past.day(found["day"]) if found else past.today
    moment = clock_time(found["time"] if found else phrase)
    return past.at(day, moment) if day and moment is not None else None


def _ago(phrase: str, past: _Past, field: str) -> datetime | None:
    amount = phrase.removeprefix("-").removesuffix(" ago").strip()
    try:
        return past.now - timedelta(seconds=duration(amount, field))
    except InvalidArguments:
        return None


def _is_over(start: str) -> bool:
    phrase = folded(start)
    unit = phrase.removeprefix("last ")
    return phrase == "yesterday" or (phrase != unit and unit in ("night", *_LONGEST))


def _date(phrase: str) -> date | None:
    try:
        day = date.fromisoformat(phrase)
    except ValueError:
        return None
    return day if day.year in _YEARS else None


def _backwards(
    since: datetime, until: datetime, clock: HomeClock, open_end: bool
) -> InvalidArguments:
    start = clock.local(since)
    if open_end:
        detail = f"start {start} is still to come"
    else:
        detail = f"end {clock.local(until)} is not after start {start}"
    return InvalidArguments(detail, hint=EXAMPLES, field="start" if open_end else "end")
