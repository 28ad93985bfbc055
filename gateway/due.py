"""The ways in which something comes due: cron in local time, the sun, an interval, once."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

from astral import Observer
from astral.sun import dawn, dusk, sunrise, sunset
from cronsim import CronSim

from gateway import durations
from gateway.spans import WEEKDAYS, instant

Days = frozenset[int]
EVERY_DAY, WORKDAYS, WEEKEND = frozenset(range(7)), frozenset(range(5)), frozenset((5, 6))

_EVENTS: dict[str, Callable[..., datetime]] = {
    "sunset": sunset,
    "sunrise": sunrise,
    "dusk": dusk,
    "dawn": dawn,
}
_GRID = datetime(2000, 1, 3)
_MINUTE, _FARTHEST = timedelta(minutes=1), timedelta(days=50 * 366)


@dataclass(frozen=True, slots=True)
class Cron:
    """Five cron fields in local time: a skipped time comes at the next that exists, a repeated
    one once; where the hour is any, no time of day is named and it runs in real time."""

    expression: str
    zone: ZoneInfo
    words: str | None = None
    repeats: bool = True

    @property
    def text(self) -> str:
        return self.words or self.expression

    def next(self, after: datetime) -> datetime | None:
        # cronsim follows Debian, which skips `*/10 2 * * *` and `0 */2 * * *` in spring and
        # runs them twice in autumn; without a zone it only counts, and the rule is ours.
        local = after.astimezone(self.zone).replace(tzinfo=None)
        counted = CronSim(self.expression, local)
        if len(counted.hours) == 24:
            return self._at_any_hour(counted, after)
        for naive in counted:
            if (due := instant(naive, self.zone)) > after:
                return due
        return None

    def _at_any_hour(self, fields: CronSim, after: datetime) -> datetime | None:
        moment = after.replace(second=0, microsecond=0) + _MINUTE
        while moment - after < _FARTHEST:
            local = moment.astimezone(self.zone)
            if local.month not in fields.months or not fields.match_day(local.date()):
                midnight = datetime.combine(local.date() + timedelta(days=1), time())
                moment = max(moment + _MINUTE, instant(midnight, self.zone))
            elif local.minute in fields.minutes:
                return moment
            else:
                moment += _MINUTE
        return None

    def said(self) -> str:
        if self.words:
            return self.words
        explained = CronSim(self.expression, _GRID).explain()
        return explained[0].lower() + explained[1:]


@dataclass(frozen=True, slots=True)
class Sun:
    """So long before or after a sun event, on some days of the week."""

    event: str
    offset: timedelta
    days: Days
    zone: ZoneInfo
    latitude: float
    longitude: float
    repeats: bool = True

    @property
    def text(self) -> str:
        return self.said()

    def next(self, after: datetime) -> datetime | None:
        # In solar time an evening's sunset never falls on the next date, as it may in the
        # home's zone.
        solar = timezone(timedelta(minutes=round(4 * self.longitude)))
        where = Observer(self.latitude, self.longitude)
        first = (after - self.offset).astimezone(solar).date() - timedelta(days=1)
        for day in range(368):
            try:
                found = _EVENTS[self.event](where, first + timedelta(days=day), tzinfo=solar)
            except ValueError:  # astral's word for a day without it
                continue
            due = (found + self.offset).astimezone(UTC).replace(microsecond=0)
            if due > after and found.astimezone(self.zone).weekday() in self.days:
                return due
        return None

    def said(self) -> str:
        amount = durations.said(abs(self.offset).total_seconds())
        side = "before" if self.offset < timedelta() else "after"
        when = f"{amount} {side} {self.event}" if self.offset else f"at {self.event}"
        return f"{said_days(self.days)} {when}"


@dataclass(frozen=True, slots=True)
class Interval:
    """Every so many seconds of real time, counted from a Monday's midnight."""

    seconds: int
    zone: ZoneInfo
    repeats: bool = True

    @property
    def text(self) -> str:
        return self.said()

    def next(self, after: datetime) -> datetime:
        start, step = instant(_GRID, self.zone), timedelta(seconds=self.seconds)
        return start + ((after - start) // step + 1) * step

    def said(self) -> str:
        return f"every {durations.said(self.seconds)}"


@dataclass(frozen=True, slots=True)
class Once:
    """One moment."""

    at: datetime
    zone: ZoneInfo
    repeats: bool = False

    @property
    def text(self) -> str:
        return self.at.astimezone(self.zone).isoformat()

    def next(self, after: datetime) -> datetime | None:
        return self.at if self.at > after else None

    def said(self) -> str:
        local = self.at.astimezone(self.zone)
        clock = f"{local:%H:%M:%S}" if local.second else f"{local:%H:%M}"
        return f"once, on {WEEKDAYS[local.weekday()]} {local:%Y-%m-%d} at {clock}"


def said_days(days: Days) -> str:
    """Return days of the week (0 is Monday) in words: "every Monday and Friday"."""
    if days in (EVERY_DAY, WORKDAYS):
        return "every day" if days == EVERY_DAY else "every weekday"
    *names, last = (WEEKDAYS[day] for day in sorted(days))
    return f"every {', '.join(names)} and {last}" if names else f"every {last}"
