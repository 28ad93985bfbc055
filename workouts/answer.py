"""What get_workouts answers: models, and workouts as this home says them."""

from collections.abc import Sequence
from typing import Any

from pydantic import Field

from gateway.clock import HomeClock
from gateway.durations import said
from gateway.quantities import Units
from gateway.schema import Model
from gateway.text import Untrusted
from workouts.store import Kept
from workouts.totals import MILE, Sum, pace, summed


class Total(Model):
    """Several workouts as one."""

    count: int
    minutes: float
    distance: float | None = None
    energy: float | None = None
    """kcal"""
    pace: str | None = None
    """minutes and seconds for each km or mile"""


class Group(Total):
    """The workouts of a day, week or month."""

    start: str
    """its first day"""


class Told(Model):
    """One workout."""

    id: str
    start: str
    activity: str
    minutes: float
    distance: float | None = None
    energy: float | None = None
    """kcal"""
    pace: str | None = None
    mean_heart_rate: float | None = None
    max_heart_rate: float | None = None
    person: Untrusted | None = None
    title: Untrusted | None = None
    sources: list[Untrusted] = Field(default_factory=list)
    going_on: bool | None = None


class Zone(Model):
    """The time with a heart rate from `low` until below `high`."""

    zone: int
    low: int
    high: int
    minutes: float


class Best(Model):
    """A personal best."""

    best: str
    value: str
    id: str
    start: str


class Curves(Model):
    """What was measured in even steps; where a value was not, the one before stands."""

    at: list[int]
    """seconds since the start"""
    speed: list[float] | None = None
    incline: list[float] | None = None
    """%"""
    heart_rate: list[float] | None = None
    altitude: list[float] | None = None
    """m"""


class WorkoutsAnswer(Model):
    """What was trained."""

    summary: str
    total: Total | None = None
    distance_unit: str
    """speeds are in this an hour, paces in minutes for one"""
    groups: list[Group] | None = None
    sessions: list[Told] | None = None
    max_heart_rate: int | None = None
    zones: list[Zone] | None = None
    bests: list[Best] | None = None
    samples: Curves | None = None


def unit(units: Units) -> str:
    """Return what this home measures ways in."""
    return "mi" if units == "us" else "km"


def way(metres: float | None, units: Units) -> float | None:
    """Return a distance in km or miles."""
    return None if metres is None else round(metres / (MILE if units == "us" else 1000.0), 2)


def total(found: Sum, units: Units) -> Total:
    """Return a sum as it is told."""
    return Total(**_figures(found, units))


def group(start: str, found: Sum, units: Units) -> Group:
    """Return the sum of a day, week or month as it is told."""
    return Group(start=start, **_figures(found, units))


def told(kept: Kept, clock: HomeClock, units: Units) -> Told:
    """Return a workout as it is told."""
    totals = kept.totals
    return Told(
        id=kept.id,
        start=clock.local(kept.start),
        activity=kept.activity,
        minutes=round(totals.duration / 60, 1),
        distance=way(totals.distance, units),
        energy=_whole(totals.energy),
        pace=pace(totals.distance, totals.duration, units),
        mean_heart_rate=_whole(totals.mean_heart_rate),
        max_heart_rate=_whole(totals.max_heart_rate),
        person=kept.person,
        title=kept.title,
        sources=list(kept.sources),
        going_on=None if kept.finished else True,
    )


def figures(found: Sum, units: Units) -> str:
    """Return a sum in words: 12.4 km in 1 h 20 min (6:27 min/km), 640 kcal."""
    time = said(found.duration if found.duration < 60 else round(found.duration / 60) * 60)
    name, covered = unit(units), way(found.distance, units)
    words = f"{covered:g} {name} in {time}" if covered else time
    if speed := pace(found.distance, found.paced, units):
        words += f" ({speed} min/{name})"
    return words + (f", {found.energy:.0f} kcal" if found.energy else "")


def number(found: Sequence[Kept]) -> str:
    """Return how many of what: 3 runs."""
    kinds = {one.activity for one in found}
    word = kinds.pop() if len(kinds) == 1 else "workout"
    word = "workout" if word == "other" else word
    return f"{len(found)} {word}{'' if len(found) == 1 else 's'}"


def sentence(found: Sequence[Kept], units: Units) -> str:
    """Return workouts in words: 3 runs, 12.4 km in 1 h 20 min (6:27 min/km)."""
    return f"{number(found)}, {figures(summed(found), units)}"


def _figures(found: Sum, units: Units) -> dict[str, Any]:
    return {
        "count": found.count,
        "minutes": round(found.duration / 60, 1),
        "distance": way(found.distance, units),
        "energy": _whole(found.energy),
        "pace": pace(found.distance, found.paced, units),
    }


def _whole(value: float | None) -> float | None:
    return None if value is None else round(value)
