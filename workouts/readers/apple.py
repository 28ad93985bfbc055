"""Apple Health's export.xml, hundreds of megabytes in constant memory.

Its DTD is skipped unread: since iOS 16 it is not well-formed, and values hold control characters
that XML forbids (github.com/jameno/Simple-Apple-Health-XML-to-CSV/pull/3). One workout that makes
no sense in a sound export is skipped and told, because the owner cannot mend it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from gateway.errors import InvalidArguments
from workouts.readers.beats import Beats, moment
from workouts.readers.elements import Guarded
from workouts.readers.source import Source
from workouts.readers.track import filled
from workouts.rows import LONGEST
from workouts.workout import Activity, Totals, Workout

FORMAT = "apple-health"
PIECE = 1 << 18
HEAD = 1 << 18
"""Bytes within which the DTD ends; Apple's has some 8,000."""
MOST_WORKOUTS = 100_000
CONTROL = bytes(32 if code < 32 and chr(code) not in "\t\n\r" else code for code in range(256))
TYPE = "HKWorkoutActivityType"
QUANTITY = "HKQuantityTypeIdentifier"
ACTIVITIES: dict[str, Activity] = {
    "Running": "run",
    "Walking": "walk",
    "Hiking": "walk",
    "Cycling": "ride",
}
METRES = {"m": 1.0, "km": 1000.0, "mi": 1609.344, "ft": 0.3048, "yd": 0.9144, "cm": 0.01}
KILOCALORIES = {"kcal": 1.0, "Cal": 1.0, "kJ": 1 / 4.184, "cal": 0.001}
SECONDS = {"s": 1.0, "sec": 1.0, "min": 60.0, "hr": 3600.0}


@dataclass(slots=True)
class _Found:
    """A workout as the export tells of it, still in words."""

    line: int
    attributes: dict[str, str]
    entries: dict[str, str] = field(default_factory=dict)
    statistics: dict[str, dict[str, str]] = field(default_factory=dict)


class _Export(Guarded):
    """Keeps the workouts, and all heartbeats in five bytes each until it is known whose."""

    def __init__(self, source: Source) -> None:
        super().__init__(source)
        self.workouts: list[_Found] = []
        self.beats = Beats(source)
        self._current: _Found | None = None
        self._deep = 0

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        if name == "Record":
            if attributes.get("type") == "HKQuantityTypeIdentifierHeartRate":
                self.beats.add(attributes.get("startDate", ""), attributes.get("value", ""))
        elif name == "Workout":
            self._current = _Found(self.parser.CurrentLineNumber, attributes)
            self._deep = self.depth
        elif self._current is not None and self.depth == self._deep + 1:
            if name == "WorkoutStatistics":
                kind = attributes.get("type", "").removeprefix(QUANTITY)
                self._current.statistics.setdefault(kind, attributes)
            elif name == "MetadataEntry":
                self._current.entries[attributes.get("key", "")] = attributes.get("value", "")

    def end(self, name: str) -> None:
        if name == "Workout" and self._current is not None:
            if len(self.workouts) >= MOST_WORKOUTS:
                raise self.source.bad(f"has more than {MOST_WORKOUTS} workouts")
            self.workouts.append(self._current)
            self._current = None


def read(file: BinaryIO, source: Source) -> Iterator[Workout]:
    """Yield the workouts of an export, once it was read to its end; raise InvalidArguments."""
    export = _Export(source)
    export.feed(without_dtd(file.read(HEAD), source).translate(CONTROL))
    while piece := file.read(PIECE):
        export.feed(piece.translate(CONTROL))
    export.feed(b"", last=True)
    export.workouts.reverse()
    while export.workouts:
        found = export.workouts.pop()
        try:
            workout = _workout(found, source, export.beats)
        except InvalidArguments as error:
            source.skip(f"{error.detail} (line {found.line})")
            continue
        yield workout


def without_dtd(head: bytes, source: Source) -> bytes:
    """Return how an export begins, its DTD blanked; InvalidArguments for one with entities."""
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise source.bad("is no export of Apple Health: those are UTF-8")
    begins = head.find(b"<!DOCTYPE")
    if begins < 0:
        return head
    ends = _END_OF_DTD.search(head, begins)
    if ends is None:
        raise source.bad("has a document type that does not end")
    dtd = head[begins : ends.end()]
    if b"<!ENTITY" in dtd.upper():
        raise source.bad("declares entities, which are refused")
    return head[:begins] + b"\n" * dtd.count(b"\n") + head[ends.end() :]


_END_OF_DTD = re.compile(rb"\]\s*>")


def _workout(found: _Found, source: Source, beats: Beats) -> Workout:
    said = found.attributes
    start = moment(said.get("startDate", ""), source, "a workout's start")
    end = moment(said.get("endDate", ""), source, "a workout's end")
    if end - start > LONGEST:
        raise source.bad(f"has a workout of {start:%Y-%m-%d} that lasts longer than a workout can")
    samples = beats.within(start, end)
    told = Totals(
        duration=_in(SECONDS, said.get("duration"), said.get("durationUnit", "min"), source)
        or (end - start).total_seconds(),
        distance=_distance(found, source),
        energy=_sum(found, KILOCALORIES, "ActiveEnergyBurned", "totalEnergyBurned", source),
        ascent=_ascent(found, source),
        mean_heart_rate=_beats(found, "average", source),
        max_heart_rate=_beats(found, "maximum", source),
    )
    indoor = found.entries.get("HKIndoorWorkout")
    return source.workout(
        FORMAT,
        start,
        end,
        ACTIVITIES.get(said.get("workoutActivityType", "").removeprefix(TYPE), "other"),
        filled(told, samples),
        samples=samples,
        indoor=None if indoor is None else indoor == "1",
        title=found.entries.get("HKWorkoutBrandName"),
    )


def _distance(found: _Found, source: Source) -> float | None:
    """Return metres: of what is measured on foot, on wheels or in water, the first there is."""
    kinds = [kind for kind in found.statistics if kind.startswith("Distance")]
    return _sum(found, METRES, kinds[0] if kinds else "", "totalDistance", source)


def _sum(
    found: _Found, units: dict[str, float], kind: str, attribute: str, source: Source
) -> float | None:
    """Return a total as exports since iOS 16 tell it, or as the ones before did."""
    if kind in found.statistics:
        told = found.statistics[kind]
        return _in(units, told.get("sum"), told.get("unit", ""), source)
    unit = found.attributes.get(f"{attribute}Unit", "")
    return _in(units, found.attributes.get(attribute), unit, source)


def _in(units: dict[str, float], said: str | None, unit: str, source: Source) -> float | None:
    if said is None:
        return None
    if unit not in units:
        raise source.bad(f"has a workout that counts in “{unit[:20]}”")
    return source.amount(said, "a total") * units[unit]


def _ascent(found: _Found, source: Source) -> float | None:
    said, _, unit = found.entries.get("HKElevationAscended", "").partition(" ")
    return _in(METRES, said, unit, source) if said else None


def _beats(found: _Found, which: str, source: Source) -> float | None:
    said = found.statistics.get("HeartRate", {}).get(which)
    return source.heart_rate(said) if said else None
