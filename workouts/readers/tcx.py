"""Garmin's Training Center XML, version 2 (schema TrainingCenterDatabasev2.xsd), as a stream.

Read by hand: the libraries for it build the whole tree first and make one of several activities.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import BinaryIO

from workouts.readers.elements import Begin, End, elements
from workouts.readers.source import Source
from workouts.readers.track import Track, filled
from workouts.workout import Activity, Sample, Totals, Workout

FORMAT = "tcx"
SPORTS: dict[str, Activity] = {
    "running": "run",
    "walking": "walk",
    "hiking": "walk",
    "biking": "ride",
    "cycling": "ride",
}
IN_KILOMETRES_PER_HOUR = 3.6


@dataclass(slots=True)
class _Lap:
    start: datetime
    seconds: float = 0.0
    distance: float | None = None
    energy: float | None = None
    highest: float | None = None


@dataclass(slots=True)
class _Activity:
    """What was read of one activity so far."""

    source: Source
    sport: str
    track: Track
    laps: list[_Lap] = field(default_factory=list)
    point: dict[str, str] = field(default_factory=dict)
    notes: str | None = None
    outside: bool = False

    def take(self, one: End) -> None:
        parent = one.inside[-1] if one.inside else ""
        if one.name == "Trackpoint":
            self._sample()
        elif "Trackpoint" in one.inside and one.name != "HeartRateBpm":
            self.outside |= one.name == "LatitudeDegrees"
            self.point[parent if one.name == "Value" else one.name] = one.text
        elif self.laps and (parent == "Lap" or one.inside[-2:-1] == ("Lap",)):
            self._total(one, parent)
        elif parent == "Activity" and one.name == "Notes":
            self.notes = one.text

    def _sample(self) -> None:
        source, point = self.source, self.point
        if said := point.get("Time"):
            amounts = {
                field: source.amount(point[name], f"a {field}")
                for name, field in (("DistanceMeters", "distance"), ("Speed", "speed"))
                if point.get(name)
            }
            if "speed" in amounts:
                amounts["speed"] *= IN_KILOMETRES_PER_HOUR
            beats, high = point.get("HeartRateBpm"), point.get("AltitudeMeters")
            self.track.add(
                Sample(
                    at=source.time(said, "a time").timestamp(),
                    heart_rate=source.heart_rate(beats) if beats else None,
                    altitude=source.number(high, "an altitude") if high else None,
                    **amounts,
                )
            )
        point.clear()

    def _total(self, one: End, parent: str) -> None:
        lap, source = self.laps[-1], self.source
        match one.name:
            case "TotalTimeSeconds":
                lap.seconds = source.amount(one.text, "a lap's time")
            case "DistanceMeters":
                lap.distance = source.amount(one.text, "a lap's distance")
            case "Calories":
                lap.energy = source.amount(one.text, "a lap's energy")
            case "Value" if parent == "MaximumHeartRateBpm":
                lap.highest = source.heart_rate(one.text)

    def workout(self) -> Workout:
        """Return it all as a workout; raise InvalidArguments where it has no times."""
        samples = self.track.samples
        if not self.laps and not samples:
            raise self.source.bad("has an activity without laps")
        starts = [lap.start for lap in self.laps] + ([self.track.start] if samples else [])
        ends = [lap.start + timedelta(seconds=lap.seconds) for lap in self.laps]
        ends += [self.track.end] if samples else []
        start, end = min(starts), max(ends)
        seconds = sum(lap.seconds for lap in self.laps)
        told = Totals(
            duration=seconds or (end - start).total_seconds(),
            distance=_sum([lap.distance for lap in self.laps]),
            energy=_sum([lap.energy for lap in self.laps]),
            max_heart_rate=max((lap.highest for lap in self.laps if lap.highest), default=None),
        )
        return self.source.workout(
            FORMAT,
            start,
            end,
            SPORTS.get(self.sport.casefold(), "other"),
            filled(told, samples),
            samples=samples,
            indoor=False if self.outside else None,
            title=self.notes,
        )


def read(file: BinaryIO, source: Source) -> Iterator[Workout]:
    """Yield the activities of a TCX file; raise InvalidArguments."""
    current: _Activity | None = None
    for one in elements(file, source):
        if isinstance(one, Begin):
            if one.name == "Activity":
                current = _Activity(source, one.attributes.get("Sport", ""), Track(source))
            elif one.name == "Lap" and current is not None:
                said = one.attributes.get("StartTime", "")
                current.laps.append(_Lap(source.time(said, "a lap's start")))
        elif current is not None:
            if one.name == "Activity":
                yield current.workout()
                current = None
            else:
                current.take(one)


def _sum(values: list[float | None]) -> float | None:
    told = [value for value in values if value is not None]
    return sum(told) if told else None
