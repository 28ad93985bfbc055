"""Samples of one workout as they come, in the order of time, and what they add up to."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from math import asin, cos, radians, sin, sqrt

from workouts.readers.source import Source
from workouts.workout import Sample, Totals

MOST_SAMPLES = 400_000
"""In one workout: four days and a half at one a second."""
RISE = 3.0
"""m that altitude has to change before it counts: less is a barometer's or a satellite's noise."""
EARTH = 6_371_008.8
"""m, mean radius (IUGG)"""


@dataclass(slots=True)
class Track:
    """The samples of one workout."""

    source: Source
    samples: list[Sample] = field(default_factory=list)

    def add(self, sample: Sample) -> None:
        """Take the next sample; a second one of the same moment is left out.

        Raises InvalidArguments where time runs backwards, or there are too many.
        """
        last = self.samples[-1].at if self.samples else sample.at - 1
        if sample.at < last:
            raise self.source.backwards(sample.at)
        if len(self.samples) >= MOST_SAMPLES:
            raise self.source.bad(f"has more than {MOST_SAMPLES} samples in one workout")
        if sample.at > last:
            self.samples.append(sample)

    @property
    def start(self) -> datetime:
        return _time(self.samples[0].at)

    @property
    def end(self) -> datetime:
        return _time(self.samples[-1].at)


def filled(told: Totals, samples: list[Sample]) -> Totals:
    """Return what a file tells in sum, and where it is silent what its samples add up to."""
    beats = known(samples, lambda one: one.heart_rate)
    return Totals(
        duration=told.duration,
        distance=_or_last(told.distance, known(samples, lambda one: one.distance)),
        energy=_or_last(told.energy, known(samples, lambda one: one.energy)),
        ascent=climbed(known(samples, lambda one: one.altitude))
        if told.ascent is None
        else told.ascent,
        mean_heart_rate=told.mean_heart_rate or (sum(beats) / len(beats) if beats else None),
        max_heart_rate=told.max_heart_rate or max(beats, default=None),
    )


def known(samples: Iterable[Sample], value: Callable[[Sample], float | None]) -> list[float]:
    """Return the values that are known."""
    return [said for one in samples if (said := value(one)) is not None]


def climbed(altitudes: list[float]) -> float | None:
    """Return the metres uphill, changes of less than 3 m left out; None without altitudes."""
    if len(altitudes) < 2:
        return None
    total, reached = 0.0, altitudes[0]
    for altitude in altitudes:
        if abs(altitude - reached) >= RISE:
            total += max(0.0, altitude - reached)
            reached = altitude
    return total


def between(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Return the metres between two places in degrees (haversine, on a sphere)."""
    (north, east), (north_2, east_2) = ((radians(n), radians(e)) for n, e in (one, other))
    half = sin((north_2 - north) / 2) ** 2
    half += cos(north) * cos(north_2) * sin((east_2 - east) / 2) ** 2
    return 2 * EARTH * asin(min(1.0, sqrt(half)))


def length(places: Iterable[tuple[float, float]]) -> float:
    """Return the metres along places."""
    return sum(between(one, other) for one, other in pairwise(places))


def _or_last(told: float | None, values: list[float]) -> float | None:
    return told if told is not None else (values[-1] if values else None)


def _time(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)
