"""When a standing order is due: times of day, the sun, intervals, cron, or once."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from cronsim import CronSimError

from gateway.due import (
    EVERY_DAY,
    WEEKEND,
    WORKDAYS,
    Cron,
    Days,
    Interval,
    Once,
    Sun,
    said_days,
)
from gateway.durations import DAY, duration
from gateway.errors import InvalidArguments
from gateway.spans import WEEKDAYS, clock_time, instant, iso_moment, weekday
from gateway.text import clean, folded

FIELD = "at"
LONGEST_PHRASE = 100
EXAMPLES = (
    'Examples: "22:00", "7:30 am on weekdays", "mon,wed,fri 7:00", "sunset-15m", "every 10m", '
    '"tomorrow 7:00", "in 20 minutes", "2026-11-20T07:00", or cron: "0 22 * * 1-5".'
)

_GROUPS = {"day": EVERY_DAY, "daily": EVERY_DAY, "everyday": EVERY_DAY}
_GROUPS |= {"weekday": WORKDAYS, "weekdays": WORKDAYS, "weekend": WEEKEND, "weekends": WEEKEND}
_FILLERS = frozenset(("every", "each", "at", "on", "and", "&"))
_DAY_NAMES = "|".join(name[:3].casefold() + "[a-z]*" for name in WEEKDAYS)
_CRON = re.compile(r"[0-9*][0-9*/,-]* [0-9*][0-9*/,-]* [0-9*l][0-9*/,lw-]*( [0-9a-z*/,#-]+){2}")
_SUN = re.compile(
    r"(?:(?P<before>[0-9a-z. ]+) (?P<side>before|after) )?(?P<event>sunset|sunrise|dusk|dawn)"
    r"(?: ?(?P<sign>[+-]) ?(?P<amount>[0-9a-z. ]+))?"
)
_SHORTEST_INTERVAL, _LONGEST_OFFSET = 60, timedelta(hours=12)


class Schedule(Protocol):
    """When something is due; `parse(schedule.text, …)` gives the same schedule again."""

    @property
    def text(self) -> str:
        """Return the canonical text, which is what is stored."""

    @property
    def repeats(self) -> bool:
        """Return whether it is due more than once."""

    def next(self, after: datetime) -> datetime | None:
        """Return the first due time strictly after `after`, in UTC, or None."""

    def said(self) -> str:
        """Return it for a summary: "every day at 22:00"."""


def parse(
    text: str,
    zone: ZoneInfo,
    latitude: float | None,
    longitude: float | None,
    now: datetime | None = None,
) -> Schedule:
    """Return when `text` is due; what cannot be read, or never comes, is InvalidArguments.

    With `now` a single moment must lie ahead of it; without, as for what was stored, it may be
    past, and "in 20 minutes", "today" and "tomorrow" mean nothing.
    """
    phrase = folded(text) if len(text) <= LONGEST_PHRASE else ""
    reader = _Reader(text, zone, latitude, longitude)
    moment = iso_moment(phrase, zone) or reader.relative(phrase, now)
    if moment is None:
        return reader.repeating(phrase)
    moment = moment.replace(microsecond=0)
    if now is not None and moment <= now:
        raise _invalid(f"{clean(text, 40)!r} is past")
    return Once(moment, zone)


@dataclass(frozen=True, slots=True)
class _Reader:
    said: str
    zone: ZoneInfo
    latitude: float | None
    longitude: float | None

    def relative(self, phrase: str, now: datetime | None) -> datetime | None:
        """Return the moment of "in 20 minutes", "today 22:00" or "tomorrow at sunset"."""
        first, _, rest = phrase.partition(" ")
        if now is None or first not in ("in", "today", "tomorrow"):
            return None
        if first == "in":
            return now + timedelta(seconds=duration(rest, FIELD))
        midnight = datetime.combine(now.astimezone(self.zone), time())
        begin, end = (
            instant(midnight + timedelta(days=days + (first == "tomorrow")), self.zone)
            for days in (0, 1)
        )
        schedule = self._of_days(EVERY_DAY, rest.removeprefix("at "))
        found = schedule.next(max(now, begin - timedelta(microseconds=1)))
        if found is None or found >= end:
            raise _invalid(f"{clean(self.said, 40)!r} does not come any more, or not that day")
        return found

    def repeating(self, phrase: str) -> Schedule:
        if _CRON.fullmatch(phrase):
            return self._cron(phrase)
        amount = phrase.removeprefix("every ")
        if amount != phrase and (seconds := _amount(amount)) is not None:
            return self._interval(seconds)
        days, when = _apart(phrase)
        return self._of_days(days or EVERY_DAY, when)

    def _of_days(self, days: Days, when: str) -> Schedule:
        if sun := _SUN.fullmatch(when):
            return self._sun(sun, days)
        clock = clock_time(when)
        if clock is None:
            raise _invalid(f"{FIELD} {clean(self.said, 40)!r} is no time or schedule")
        listed = "*" if days == EVERY_DAY else ",".join(str((day + 1) % 7) for day in sorted(days))
        words = f"{said_days(days)} at {clock:%H:%M}"
        return Cron(f"{clock.minute} {clock.hour} * * {listed}", self.zone, words)

    def _sun(self, found: re.Match[str], days: Days) -> Schedule:
        if self.latitude is None or self.longitude is None:
            raise InvalidArguments(
                f"homeport does not know where this home is, so not its {found['event']}",
                hint="set [home] latitude and longitude",
                field=FIELD,
            )
        if found["before"] and found["amount"]:
            raise _invalid(f"{FIELD} {clean(self.said, 40)!r} has two offsets")
        amount = found["before"] or found["amount"]
        offset = timedelta(seconds=round(duration(amount, FIELD))) if amount else timedelta()
        if offset > _LONGEST_OFFSET:
            raise _invalid(f"An offset from {found['event']} is at most 12 hours")
        if found["side"] == "before" or found["sign"] == "-":
            offset = -offset
        return Sun(found["event"], offset, days, self.zone, self.latitude, self.longitude)

    def _interval(self, seconds: int) -> Schedule:
        if not _SHORTEST_INTERVAL <= seconds < DAY:
            raise InvalidArguments(
                "An interval is at least 1 minute and less than a day",
                hint='For longer ones name the time: "every day at 9:00", "monday 9:00".',
                field=FIELD,
            )
        interval = Interval(seconds, self.zone)
        minutes, rest = divmod(seconds, 60)
        if not rest and 60 % minutes == 0:
            fields = "0 *" if minutes == 60 else f"*/{minutes} *"
        elif not rest and minutes % 60 == 0 and 1440 % minutes == 0:
            fields = f"0 */{minutes // 60}"
        else:
            return interval
        return Cron(f"{fields} * * *", self.zone, interval.said())

    def _cron(self, expression: str) -> Schedule:
        schedule = Cron(expression, self.zone)
        try:
            comes = schedule.next(datetime(2026, 1, 1, tzinfo=UTC))
        except CronSimError as error:
            raise _invalid(f"The cron expression cannot be read: {error}") from None
        if comes is None:
            raise _invalid("That cron expression never comes")
        return schedule


def _apart(phrase: str) -> tuple[Days, str]:
    """Return the days of the week that a phrase names, and what else it says."""
    ranges = re.sub(rf"\b({_DAY_NAMES}) ?- ?({_DAY_NAMES})\b", r"\1-\2", phrase)
    days: Days = frozenset()
    rest = []
    for word in ranges.replace(",", " ").split():
        named = _days(word)
        days |= named
        if not named and word not in _FILLERS:
            rest.append(word)
    return days, " ".join(rest)


def _days(word: str) -> Days:
    if word in _GROUPS:
        return _GROUPS[word]
    ends = [weekday(name) for name in word.split("-")]
    first, last = ends[0], ends[-1]
    if first is None or last is None or len(ends) > 2:
        return frozenset()
    return frozenset((first + step) % 7 for step in range((last - first) % 7 + 1))


def _amount(phrase: str) -> int | None:
    for amount in (phrase, f"1 {phrase}"):
        try:
            return round(duration(amount, FIELD))
        except InvalidArguments:
            continue
    return None


def _invalid(detail: str) -> InvalidArguments:
    return InvalidArguments(detail, hint=EXAMPLES, field=FIELD)
