"""Reads the history on a connection of its own, beside the writer, in one snapshot."""

import sqlite3
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from gateway.chunks import HOUR, decode
from gateway.history_file import in_order
from gateway.history_schema import BATCHES, Key
from gateway.series import Segment, cut

_HOURS = """
WITH RECURSIVE hours(number) AS (
    VALUES (:first) UNION ALL SELECT number + 1 FROM hours WHERE number < :last
)
SELECT hour, upto, start, "end", first, last, min, max, integral, covered, rise, count, samples
FROM hours CROSS JOIN chunk ON hour = number AND series = :series
"""
"""An hour at a time: they lie by hour first, so that the oldest are forgotten in one piece."""

_LOOSE = f"""{BATCHES}
SELECT at, value FROM batches CROSS JOIN hot ON hour = :hour AND batch = number AND series = :series
"""


@dataclass(slots=True)
class Hour:
    """What is kept of one hour: packed, its sum and its bytes, and not packed yet."""

    whole: Segment | None = None
    samples: bytes = b""
    times: list[int] = field(default_factory=list)
    values: list[float] = field(default_factory=list)


def read(path: Path, key: Key, start: int, end: int) -> dict[int, Hour]:
    """Return the hours that touch `start` to `end` (ms UTC), by number.

    Raises sqlite3.Error.
    """
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, isolation_level=None)) as db:
        db.execute("BEGIN")
        found = db.execute(
            "SELECT id FROM series WHERE device = ? AND property = ?", key
        ).fetchone()
        if found is None:
            return {}
        return _hours(db, found[0], start // HOUR, (end - 1) // HOUR)


def _hours(db: sqlite3.Connection, series: int, first: int, last: int) -> dict[int, Hour]:
    hours: dict[int, Hour] = {}
    upto: dict[int, int] = {}
    low, high = db.execute(
        "SELECT (SELECT min(hour) FROM chunk), (SELECT max(hour) FROM chunk)"
    ).fetchone()
    if low is not None and max(first, low) <= min(last, high):
        asked = {"first": max(first, low), "last": min(last, high), "series": series}
        for hour, number, begin, finish, *sums, samples in db.execute(_HOURS, asked):
            base = hour * HOUR
            hours[hour] = Hour(Segment(base + begin, base + finish, *sums), samples)
            upto[hour] = number
    for hour in _loose_hours(db, first, last):
        asked = {"hour": hour, "after": upto.get(hour, -1), "series": series}
        rows = db.execute(_LOOSE, asked).fetchall()
        if rows:
            one = hours.setdefault(hour, Hour())
            one.times = [hour * HOUR + at for at, _ in rows]
            one.values = [value for _, value in rows]
    return hours


def _loose_hours(db: sqlite3.Connection, first: int, last: int) -> Iterator[int]:
    hour = first - 1
    while True:
        (hour,) = db.execute(
            "SELECT min(hour) FROM hot WHERE hour > ? AND hour <= ?", (hour, last)
        ).fetchone()
        if hour is None:
            return
        yield hour


def with_waiting(hours: dict[int, Hour], waiting: Iterable[tuple[int, float]]) -> None:
    """Add the samples that were not written yet when they were asked for."""
    for at, value in waiting:
        one = hours.setdefault(at // HOUR, Hour())
        one.times.append(at)
        one.values.append(value)


def segments(
    hours: dict[int, Hour], start: int, end: int, edges: Sequence[int]
) -> Iterator[Segment]:
    """Return what happened from `start` to `end`, summed between the edges.

    An hour that lies between two edges is not even unpacked.
    """
    for hour in sorted(hours):
        one = hours[hour]
        if one.whole is not None and not one.times and _fits(one.whole, end, edges):
            yield one.whole
            continue
        times, values = _samples(hour, one)
        low, high = bisect_right(times, start - 1), bisect_right(times, end - 1)
        yield from cut(times[low:high], values[low:high], edges)


def _fits(whole: Segment, end: int, edges: Sequence[int]) -> bool:
    return whole.end < end and bisect_right(edges, whole.start) == bisect_right(edges, whole.end)


def _samples(hour: int, one: Hour) -> tuple[list[int], list[float]]:
    if one.whole is None:
        return in_order(one.times, one.values)
    try:
        packed, values = decode(one.samples)
    except ValueError:
        return in_order(one.times, one.values)
    times = [hour * HOUR + at for at in packed]
    return in_order(times + one.times, values + one.values)
