"""What became of a value over time: samples and hours of them, summed into buckets. Pure.

A value holds until the next sample, but not for longer than `GAP`: whoever has said nothing
for half an hour is not known any more. Means are weighted by the time for which a value held.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import inf, nan
from operator import mul, sub
from typing import NamedTuple
from zoneinfo import ZoneInfo

from gateway.clock import milliseconds
from gateway.errors import InvalidArguments
from gateway.spans import instant

GAP = 1_800_000
"""Milliseconds for which a value holds at most: two heartbeats of the recorder."""
MOST_BUCKETS = 2000
DAY = 86_400
UTC_ZONE = ZoneInfo("UTC")
_JITTER = 0.01


class Segment(NamedTuple):
    """Successive samples of one series, summed; times in ms UTC, `integral` in value times ms."""

    start: int
    end: int
    first: float
    last: float
    min: float
    max: float
    integral: float
    covered: int
    rise: float
    number: int


@dataclass(frozen=True, slots=True)
class Bucket:
    """One step: `mean` is weighted by time, over the `covered` seconds in which it was known.

    A value that held over from before counts in `min` and `max`, and not in `count`. `rise`
    is by how much a counter went up.
    """

    start: datetime
    min: float
    max: float
    mean: float
    last: float
    count: int
    covered: float
    rise: float


def summed(times: Sequence[int], values: Sequence[float]) -> Segment:
    """Return successive samples as one."""
    first, last = values[0], values[-1]
    if len(times) == 1:
        return Segment(times[0], times[0], first, last, first, first, 0.0, 0, 0.0, 1)
    holds = list(map(sub, times[1:], times))
    if max(holds) > GAP:
        holds = [min(hold, GAP) for hold in holds]
    steps = list(map(sub, values[1:], values))
    rise = last - first if min(steps) >= 0 else sum(map(step, values, values[1:]))
    integral, covered = sum(map(mul, holds, values)), sum(holds)
    least, most = min(values), max(values)
    return Segment(
        times[0], times[-1], first, last, least, most, integral, covered, rise, len(times)
    )


def step(before: float, after: float) -> float:
    """Return by how much a counter rose from one reading to the next.

    One that falls was set back to zero; one that falls by less than a hundredth corrects itself.
    """
    rise = after - before
    return after if rise < -_JITTER * abs(before) else rise


def cut(times: Sequence[int], values: Sequence[float], edges: Sequence[int]) -> Iterator[Segment]:
    """Return the samples summed between the edges, and before them; later ones are left out."""
    at = 0
    while at < len(times):
        number = bisect_right(edges, times[at])
        if number == len(edges):
            return
        following = bisect_left(times, edges[number], at)
        yield summed(times[at:following], values[at:following])
        at = following


class _Pot:
    """A bucket while it is being filled."""

    __slots__ = ("count", "covered", "integral", "last", "max", "min", "rise")

    def __init__(self) -> None:
        self.min, self.max, self.last = inf, -inf, nan
        self.integral, self.covered, self.rise, self.count = 0.0, 0, 0.0, 0

    def add(self, segment: Segment, rise: float) -> None:
        self.min, self.max = min(self.min, segment.min), max(self.max, segment.max)
        self.integral += segment.integral
        self.covered += segment.covered
        self.rise += segment.rise + rise
        self.count += segment.number
        self.last = segment.last

    def hold(self, value: float, held: int) -> None:
        self.min, self.max = min(self.min, value), max(self.max, value)
        self.integral += value * held
        self.covered += held
        self.last = value

    def bucket(self, start: int) -> Bucket:
        mean = self.integral / self.covered if self.covered else self.last
        return Bucket(
            start=datetime.fromtimestamp(start / 1000, UTC),
            min=self.min,
            max=self.max,
            mean=min(max(mean, self.min), self.max),  # rounding may lead a hair beyond them
            last=self.last,
            count=self.count,
            covered=self.covered / 1000,
            rise=self.rise,
        )


def buckets(segments: Iterable[Segment], edges: Sequence[int], until: int) -> list[Bucket]:
    """Return what is known between the edges, in order; nothing holds beyond `until`.

    Each segment lies between two edges, or before the first: then it only holds into it.
    """
    pots: dict[int, _Pot] = {}
    before: Segment | None = None
    for segment in segments:
        rise = 0.0
        if before is not None:
            _hold(pots, before, min(segment.start, until), edges)
            rise = step(before.last, segment.first)
        number = bisect_right(edges, segment.start) - 1
        if 0 <= number < len(edges) - 1:
            pots.setdefault(number, _Pot()).add(segment, rise)
        before = segment
    if before is not None:
        _hold(pots, before, until, edges)
    return [pots[number].bucket(edges[number]) for number in sorted(pots)]


def _hold(pots: dict[int, _Pot], segment: Segment, until: int, edges: Sequence[int]) -> None:
    begin, until = max(segment.end, edges[0]), min(until, segment.end + GAP, edges[-1])
    number = bisect_right(edges, begin) - 1
    while begin < until:
        end = min(until, edges[number + 1])
        pots.setdefault(number, _Pot()).hold(segment.last, end - begin)
        begin, number = end, number + 1


def edges(start: datetime, end: datetime, every: float, zone: ZoneInfo = UTC_ZONE) -> list[int]:
    """Return where the buckets from `start` to `end` meet, in ms UTC; days are the zone's own.

    Raises InvalidArguments where there would be more than 2,000.
    """
    if every <= 0 or end <= start:
        raise InvalidArguments("every and the time from start to end are more than nothing")
    number = (end - start).total_seconds() / every
    if number > MOST_BUCKETS:
        raise InvalidArguments(
            f"That makes {number:.0f} steps; at most {MOST_BUCKETS} are told",
            hint="Send a longer every, or a shorter time.",
            field="every",
        )
    found = [milliseconds(start)]
    last = milliseconds(end)
    while True:
        following = milliseconds(_after(start, every, len(found), zone))
        if following >= last:
            return [*found, last]
        found.append(following)


def _after(start: datetime, every: float, number: int, zone: ZoneInfo) -> datetime:
    if every % DAY:
        return start + timedelta(seconds=every * number)
    local = start.astimezone(zone).replace(tzinfo=None)
    return instant(local + timedelta(seconds=every * number), zone)
