"""What workouts come to: by day, week and month, in zones, and the best of them. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Literal, TypeVar
from zoneinfo import ZoneInfo

from gateway.quantities import Units
from gateway.spans import WeekStart
from workouts.workout import Sample, Workout

Some = TypeVar("Some", bound=Workout)
Step = Literal["day", "week", "month"]

ZONES = (50, 60, 70, 80, 90, 100)
"""% of the maximum at which the five zones meet, as Garmin's manuals have them."""
HOLDS = 60.0
"""Seconds for which a heart rate counts at most: wrists measure seldom."""
FEATS = {"fastest_1_km": 1000.0, "fastest_5_km": 5000.0, "fastest_10_km": 10_000.0}
MILE = 1609.344

_FIRST_OF_WEEK = {"monday": 0, "saturday": 5, "sunday": 6}


@dataclass(frozen=True, slots=True)
class Sum:
    """Several workouts as one; what none of them knows is None. Seconds, m, kcal."""

    count: int = 0
    duration: float = 0.0
    distance: float | None = None
    energy: float | None = None
    paced: float = 0.0
    """seconds of those whose distance is known"""

    def add(self, workout: Workout) -> "Sum":
        """Return the sum with one more."""
        totals = workout.totals
        return Sum(
            self.count + 1,
            self.duration + totals.duration,
            _plus(self.distance, totals.distance),
            _plus(self.energy, totals.energy),
            self.paced + (totals.duration if totals.distance is not None else 0.0),
        )


def summed(workouts: Iterable[Workout]) -> Sum:
    """Return the sum of all."""
    whole = Sum()
    for workout in workouts:
        whole = whole.add(workout)
    return whole


def grouped(
    workouts: Iterable[Workout], step: Step, zone: ZoneInfo, week_start: WeekStart
) -> dict[date, Sum]:
    """Return sums by the first day of each day, week or month of the home, the newest first.

    A workout belongs to the day on which it began.
    """
    sums: dict[date, Sum] = {}
    for workout in workouts:
        first = first_day(workout.start.astimezone(zone).date(), step, week_start)
        sums[first] = sums.get(first, Sum()).add(workout)
    return dict(sorted(sums.items(), reverse=True))


def first_day(day: date, step: Step, week_start: WeekStart) -> date:
    """Return the first day of the day, week or month that `day` lies in."""
    if step == "month":
        return day.replace(day=1)
    if step == "week":
        return day - timedelta(days=(day.weekday() - _FIRST_OF_WEEK[week_start]) % 7)
    return day


def pace(distance: float | None, seconds: float, units: Units) -> str | None:
    """Return the time that a km or mile took, as 5:30; None where nothing was covered."""
    if not distance or seconds <= 0:
        return None
    whole = round(seconds / distance * (MILE if units == "us" else 1000.0))
    return clock(whole) if whole < 100 * 3600 else None


def clock(seconds: float) -> str:
    """Return a time as runners say it: 5:30, 1:02:03."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def zones(samples: Sequence[Sample], maximum: float) -> list[float]:
    """Return the seconds in each of the five zones of % of the maximum heart rate.

    What is below the first counts in none of them; what is above the last in the last.
    """
    found = [0.0] * (len(ZONES) - 1)
    beating = [one for one in samples if one.heart_rate]
    for one, following in pairwise(beating):
        assert one.heart_rate is not None
        share = 100 * one.heart_rate / maximum
        zone = sum(share >= edge for edge in ZONES[:-1]) - 1
        if zone >= 0:
            found[zone] += min(HOLDS, following.at - one.at)
    return found


def feats(samples: Sequence[Sample]) -> dict[str, float]:
    """Return the best of one workout: seconds for 1, 5 and 10 km, and the steepest incline."""
    ran = list(_covered(samples))
    times = {name: fastest(ran, length) for name, length in FEATS.items()}
    inclines = [one.incline for one in samples if one.incline is not None and one.speed]
    times["steepest"] = max(inclines, default=None)
    return {name: value for name, value in times.items() if value is not None}


def fastest(ran: Sequence[tuple[float, float]], length: float) -> float | None:
    """Return the least seconds in which `length` m were covered, or None.

    `ran` are times and distances in order; between two of them the speed is even.
    """
    if not ran or ran[-1][1] - ran[0][1] < length:
        return None
    back = [(-at, -distance) for at, distance in reversed(ran)]
    return min((*_windows(ran, length), *_windows(back, length)), default=None)


def _windows(ran: Sequence[tuple[float, float]], length: float) -> Iterator[float]:
    """Yield how long each stretch of `length` took that ends at a sample."""
    first = 0
    for at, distance in ran:
        begin = distance - length
        if begin < ran[0][1]:
            continue
        while ran[first + 1][1] <= begin:
            first += 1
        (since, low), (until, high) = ran[first], ran[first + 1]
        yield at - (since + (until - since) * (begin - low) / (high - low))


def _covered(samples: Iterable[Sample]) -> Iterator[tuple[float, float]]:
    """Yield times and distances; a distance that falls is no measurement."""
    last = -1.0
    for one in samples:
        if one.distance is not None and one.distance >= last:
            last = one.distance
            yield one.at, last


def resampled(samples: Sequence[Sample], name: str, edges: Sequence[float]) -> list[float | None]:
    """Return the mean of what was measured between each two edges; None where nothing was."""
    pots: list[list[float]] = [[] for _ in edges[1:]]
    place = 0
    for one in samples:
        while place < len(pots) - 1 and one.at >= edges[place + 1]:
            place += 1
        if (value := getattr(one, name)) is not None and one.at >= edges[0]:
            pots[place].append(value)
    return [sum(pot) / len(pot) if pot else None for pot in pots]


def longest(workouts: Iterable[Some]) -> Some | None:
    """Return the workout that took longest."""
    return max(workouts, key=lambda one: one.totals.duration, default=None)


def farthest(workouts: Iterable[Some]) -> Some | None:
    """Return the workout that led farthest."""
    far = [one for one in workouts if one.totals.distance]
    return max(far, key=lambda one: one.totals.distance or 0.0, default=None)


def ends(start: datetime, end: datetime, steps: int) -> list[float]:
    """Return where `steps` even steps from start to end meet, in seconds since 1970."""
    first, last = start.timestamp(), end.timestamp()
    return [first + (last - first) * number / steps for number in range(steps + 1)]


def _plus(one: float | None, other: float | None) -> float | None:
    return one if other is None else (one or 0.0) + other
