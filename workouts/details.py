"""What is told of workouts on request: heart-rate zones, bests, and samples of one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from gateway.budget import BUDGET
from gateway.durations import said
from gateway.home import Home
from gateway.quantities import Units
from gateway.text import folded
from workouts.answer import Best, Curves, Zone, unit, way
from workouts.store import Kept, WorkoutStore
from workouts.totals import (
    FEATS,
    MILE,
    ZONES,
    clock,
    ends,
    farthest,
    longest,
    resampled,
    zones,
)
from workouts.workout import Sample

Detail = Literal["zones", "bests", "samples"]
Told = tuple[dict[str, Any], str]

MOST_POINTS = 300
CURVES = ("speed", "incline", "heart_rate", "altitude")
NUMBER_BYTES = 7
MOST_READ = 60
"""Workouts whose samples are read for one answer about zones."""
MOST_RECKONED = 200


@dataclass(frozen=True, slots=True)
class Details:
    """Reads samples; `maxima` are maximum heart rates by person, where the owner has told any."""

    store: WorkoutStore
    maxima: Mapping[str, float]

    async def of(
        self, detail: Detail, home: Home, found: Sequence[Kept], person: str | None
    ) -> Told:
        """Return the fields of the answer, and what is said of them."""
        if detail == "zones":
            return await self._zones(found, person)
        if detail == "bests":
            return await self._bests(home, [one for one in found if one.finished])
        return await self._samples(home, found[0])

    async def _zones(self, found: Sequence[Kept], person: str | None) -> Told:
        maximum, why = await self._maximum(person)
        beating = [one for one in found if one.totals.max_heart_rate or one.count]
        if not maximum or not beating:
            return {}, "No heart rate was measured."
        spent = [0.0] * (len(ZONES) - 1)
        for one in beating[:MOST_READ]:
            told = zones(await self.store.samples(one.id), maximum)
            spent = [before + more for before, more in zip(spent, told, strict=True)]
        shown = [
            Zone(
                zone=number,
                low=round(ZONES[number - 1] / 100 * maximum),
                high=round(ZONES[number] / 100 * maximum),
                minutes=round(seconds / 60, 1),
            )
            for number, seconds in enumerate(spent, start=1)
        ]
        left = len(beating) - MOST_READ
        rest = f" Only the latest {MOST_READ} are counted." if left > 0 else ""
        most = max(shown, key=lambda one: one.minutes)
        words = f"Most in zone {most.zone}, {most.minutes:g} min, of a maximum of {maximum:.0f}"
        return {"zones": shown, "max_heart_rate": round(maximum)}, f"{words} ({why}).{rest}"

    async def _maximum(self, person: str | None) -> tuple[float | None, str]:
        known = {folded(name): most for name, most in self.maxima.items()}
        if person is not None and folded(person) in known:
            return known[folded(person)], "as set"
        return await self.store.highest(person), "the highest ever measured"

    async def _bests(self, home: Home, found: Sequence[Kept]) -> Told:
        reckoned = await self.store.feats(found, MOST_RECKONED)
        shown = [*_whole(home, found), *_fastest(home, found, reckoned)]
        left = len(found) - len(reckoned)
        rest = f" {left} older ones are not reckoned yet: ask again." if left > 0 else ""
        said_ = ", ".join(f"{one.best.replace('_', ' ')} {one.value}" for one in shown)
        return {"bests": shown}, f"{said_[:1].upper()}{said_[1:]}.{rest}" if shown else rest.strip()

    async def _samples(self, home: Home, kept: Kept) -> Told:
        found = await self.store.samples(kept.id)
        if not found:
            return {}, "It has no samples."
        curves, every = _curves(kept, found, home.settings.units)
        return {"samples": curves}, f"A point for every {said(round(every, 1))}."


def _whole(home: Home, found: Sequence[Kept]) -> list[Best]:
    """Return the longest and the farthest."""
    units, shown = home.settings.units, []
    long, far = longest(found), farthest(found)
    if long is not None:
        shown.append(_best(home, "longest", said(round(long.totals.duration)), long))
    if far is not None:
        value = f"{way(far.totals.distance, units):g} {unit(units)}"
        shown.append(_best(home, "farthest", value, far))
    return shown


def _fastest(
    home: Home, found: Sequence[Kept], reckoned: Mapping[str, Mapping[str, float]]
) -> list[Best]:
    """Return the fastest 1, 5 and 10 km, and the steepest."""
    shown = []
    for name in (*FEATS, "steepest"):
        sign = -1 if name == "steepest" else 1
        able = [one for one in found if name in reckoned.get(one.id, {})]
        if able:
            best = min(able, key=lambda one: sign * reckoned[one.id][name])
            value = reckoned[best.id][name]
            words = f"{value:g} %" if name == "steepest" else clock(value)
            shown.append(_best(home, name, words, best))
    return shown


def _best(home: Home, name: str, value: str, kept: Kept) -> Best:
    return Best(best=name, value=value, id=kept.id, start=home.clock.local(kept.start))


def _curves(kept: Kept, found: Sequence[Sample], units: Units) -> tuple[Curves, float]:
    """Return what was measured in as many steps as fit, and the seconds of a step."""
    names = [name for name in CURVES if any(getattr(one, name) is not None for one in found)]
    room = BUDGET // (NUMBER_BYTES * (len(names) + 1))
    edges = ends(kept.start, kept.end, max(1, min(MOST_POINTS, room, len(found))))
    columns = {name: resampled(found, name, edges) for name in names}
    known = [
        n for n in range(len(edges) - 1) if any(one[n] is not None for one in columns.values())
    ]
    factor = 1000 / MILE if units == "us" else 1.0
    shown = {
        name: [
            round(value * (factor if name == "speed" else 1.0), 1)
            for value in _steady([column[number] for number in known])
        ]
        for name, column in columns.items()
    }
    at = [round(edges[number] - edges[0]) for number in known]
    return Curves(at=at, **shown), (edges[-1] - edges[0]) / (len(edges) - 1)


def _steady(values: Sequence[float | None]) -> list[float]:
    """Return the values with the one before in place of each that is missing."""
    last = next((value for value in values if value is not None), 0.0)
    steady = []
    for value in values:
        last = last if value is None else value
        steady.append(last)
    return steady
