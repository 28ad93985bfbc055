"""get_history: what was measured, in steps, in the home's units."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any

from pydantic import Field

from gateway.budget import BUDGET, fitting
from gateway.call import Call
from gateway.durations import duration
from gateway.durations import said as said_duration
from gateway.entry import Entry
from gateway.errors import InvalidArguments, nearest
from gateway.history import History
from gateway.history_units import Measure, meant, measure
from gateway.home import Home
from gateway.plot import Curve
from gateway.quantities import Units
from gateway.schema import Model
from gateway.series import DAY, Bucket
from gateway.spans import span
from gateway.targets import resolve
from gateway.text import Untrusted, clean, quoted
from gateway.tool import Targets, Tool

MOST_POINTS = 48
POINT_BYTES = 110
SERIES_BYTES = 240
MOST_SERIES = BUDGET // SERIES_BYTES
LEAST_STEP = 10.0
MOST_DRAWN = 600
_MINUTES = (1, 2, 5, 10, 15, 20, 30, 60, 120, 180, 240, 360, 720)
STEPS = tuple(60.0 * one for one in _MINUTES) + tuple(DAY * one for one in (1.0, 2, 7, 14, 28, 91))
LONGEST = timedelta(days=4000)


class Past(Model):
    """Of what, and from when to when."""

    targets: Targets
    property: Annotated[str, Field(max_length=60, description="temperature, energy")]
    start: Annotated[str | None, Field(description="-7d, monday or ISO")] = None
    end: str | None = None
    every: Annotated[str | None, Field(description="5m, 1d")] = None


class Point(Model):
    """One step. Steps of which nothing is known are left out."""

    start: str
    mean: float
    """weighted by time"""
    min: float
    max: float
    total: float | None = None
    """by how much a meter rose"""


class Track(Model):
    """One device's past."""

    device: str
    name: Untrusted
    property: str
    unit: str | None = None
    min: float | None = None
    max: float | None = None
    mean: float | None = None
    last: float | None = None
    total: float | None = None
    """by how much a meter rose in all"""
    points: list[Point] = Field(default_factory=list)


class PastAnswer(Model):
    """What was measured."""

    summary: str
    every: str | None = None
    """how long a step is; absent where there are no points"""
    series: list[Track]


async def get_history(call: Call, asked: Past) -> PastAnswer:
    """Find the devices that have the property, and tell what is known of each."""
    home = call.home
    start, end = span(
        asked.start, asked.end, home.clock, timedelta(days=1), home.settings.week_start
    )
    if end - start > LONGEST:
        raise InvalidArguments("At most eleven years are told", field="start")
    entries = resolve(asked.targets, home.index, home.registry, call.grant.sees, None).entries
    chosen = choose(home.history, entries, asked.property)
    wanted = duration(asked.every, "every") if asked.every else None
    told = chosen[:MOST_SERIES]
    every = step(end - start, wanted, len(told))
    tracks = [await _track(home, *one, start, end, every) for one in told]
    series = fitting(tracks)
    return PastAnswer(
        summary=summary(home, series, len(chosen), (start, end), coarser(wanted, every)),
        every=said_duration(every) if every else None,
        series=series,
    )


async def curve_of(
    home: Home,
    entry: Entry,
    word: str,
    start: str | None = None,
    end: str | None = None,
    every: str | None = None,
) -> Curve:
    """Return one device's past for a picture, in fine steps unless told otherwise."""
    since, until = span(start, end, home.clock, timedelta(days=1), home.settings.week_start)
    ((_, prop),) = choose(home.history, [entry], word)
    fine = max(LEAST_STEP, (until - since).total_seconds() / MOST_DRAWN)
    step = max(fine, duration(every, "every")) if every else fine
    found = await home.history.series(entry.id, prop, since, until, step, home.clock.zone)
    return Curve(entry.name, prop, found, step)


def choose(history: History, entries: Sequence[Entry], word: str) -> list[tuple[Entry, str]]:
    """Return which property of each device is meant; devices without it are left out.

    Raises InvalidArguments, which names the nearest that these devices have, where none has it.
    """
    known = {entry.id: _known(history, entry) for entry in entries}
    chosen = [(entry, meant(word, known[entry.id])) for entry in entries]
    found = [(entry, prop) for entry, prop in chosen if prop is not None]
    if not found:
        have = sorted(set().union(*known.values()))
        close = nearest(word, have) or have[:8]
        names = quoted([entry.name for entry in entries])
        raise InvalidArguments(
            f"{names} has no past of {clean(word, 40)!r}",
            hint=f"It has {', '.join(close)}." if close else "Nothing was recorded of it yet.",
            field="property",
            choices=close,
        )
    return found


def _known(history: History, entry: Entry) -> set[str]:
    seen = {
        f"{kind}.{field}"
        for kind, observed in entry.observed.items()
        for field, value in observed.values.items()
        if isinstance(value, int | float)
    }
    return seen.union(history.properties(entry.id))


def step(stretch: timedelta, wanted: float | None, series: int) -> float | None:
    """Return the seconds of a step such that the answer fits; None where no points would."""
    room = (BUDGET // max(1, series) - SERIES_BYTES) // POINT_BYTES
    if room < 2:
        return None
    seconds = stretch.total_seconds()
    if wanted is not None:
        if wanted < LEAST_STEP:
            raise InvalidArguments("every is at least 10 s", field="every")
        if seconds / wanted <= room:
            return wanted
    most = min(room, MOST_POINTS) if wanted is None else room
    return next((one for one in STEPS if seconds / one <= most), seconds)


def coarser(wanted: float | None, every: float | None) -> str | None:
    """Return the sentence for steps other than those asked for."""
    if wanted is None or wanted == every:
        return None
    asked = f"steps of {said_duration(wanted)} do not fit into an answer"
    return f"{asked}: these are of {said_duration(every)}" if every else asked


async def _track(
    home: Home, entry: Entry, prop: str, start: datetime, end: datetime, every: float | None
) -> Track:
    found = await home.history.series(
        entry.id,
        prop,
        start,
        end,
        every or (end - start).total_seconds(),
        home.clock.zone,
    )
    units, known = home.settings.units, measure(prop)
    return Track(
        device=entry.id,
        name=entry.name,
        property=prop,
        unit=known.shown_unit(units),
        **(whole(found, known, units) if found else {}),
        points=[_point(home, bucket, known) for bucket in found] if every else [],
    )


def whole(found: Sequence[Bucket], known: Measure, units: Units) -> dict[str, Any]:
    """Return the buckets as one: min, max, mean, last, and a counter's total."""
    covered = sum(bucket.covered for bucket in found)
    weighed = sum(bucket.mean * bucket.covered for bucket in found)
    values = {
        "min": min(bucket.min for bucket in found),
        "max": max(bucket.max for bucket in found),
        "mean": weighed / covered if covered else found[-1].mean,
        "last": found[-1].last,
    }
    told = {name: known.shown(value, units) for name, value in values.items()}
    if known.counts:
        told["total"] = round(sum(bucket.rise for bucket in found), 3)
    return told


def _point(home: Home, bucket: Bucket, known: Measure) -> Point:
    units = home.settings.units
    return Point(
        start=home.clock.local(bucket.start),
        mean=known.shown(bucket.mean, units),
        min=known.shown(bucket.min, units),
        max=known.shown(bucket.max, units),
        total=round(bucket.rise, 3) if known.counts else None,
    )


def summary(
    home: Home,
    series: Sequence[Track],
    number: int,
    stretch: tuple[datetime, datetime],
    remark: str | None,
) -> str:
    """Return the sentence that a person is told."""
    since, until = (home.clock.said(moment) for moment in stretch)
    said = "; ".join(sentence(track) for track in series[:3])
    more = f"; and {number - 3} more devices" if number > 3 else ""
    left = number - len(series)
    rest = f" {left} of them do not fit into this answer: name fewer." if left else ""
    return f"{since} to {until}: {said}{more}{f' ({remark})' if remark else ''}.{rest}"


def sentence(track: Track) -> str:
    """Return one device's past in a few words."""
    known = measure(track.property)
    name, field = f"“{track.name}”", track.property.partition(".")[2].replace("_", " ")
    unit = f" {track.unit}" if track.unit else ""
    if track.mean is None or track.min is None:
        return f"{name}: nothing was recorded of {track.property}"
    if known.yes_no:
        return f"{name}: {field} for {100 * track.mean:.0f} % of the time"
    if track.total is not None:
        return f"{name}: {track.total:g}{unit} more on the meter ({track.property})"
    return (
        f"{name}: {field} {track.min:g} to {track.max:g}{unit}, mean {track.mean:.3g}{unit}, "
        f"last {track.last:g}{unit}"
    )


GET_HISTORY = Tool(
    name="get_history",
    description=(
        "Past values as numbers over time: temperature last night, energy this month. min, mean, "
        "max per step."
    ),
    input=Past,
    output=PastAnswer,
    reads=True,
    idempotent=True,
    handler=get_history,
)
