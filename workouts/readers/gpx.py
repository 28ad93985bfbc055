"""GPX 1.0 and 1.1 tracks (topografix.com/GPX/1/1), as a stream, with Garmin's TrackPointExtension.

Read by hand: gpxpy holds the whole document, and parses it with lxml where that is installed,
which follows entities.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from workouts.readers.elements import Begin, End, elements
from workouts.readers.source import Source
from workouts.readers.track import Track, between, filled
from workouts.workout import Activity, Sample, Totals, Workout

FORMAT = "gpx"
WORDS: tuple[tuple[str, Activity], ...] = (
    ("run", "run"),
    ("jog", "run"),
    ("walk", "walk"),
    ("hik", "walk"),
    ("cycl", "ride"),
    ("bik", "ride"),
    ("rid", "ride"),
)
"""What a track's type begins or ends with, as many programs write it."""
HEART_RATES = ("hr", "heartrate")


@dataclass(slots=True)
class _Way:
    """What was read of one track so far."""

    source: Source
    track: Track
    distance: float = 0.0
    seconds: float = 0.0
    last: tuple[float, float] | None = None
    """the place before, within a segment"""
    began: float | None = None
    """when the segment began"""
    point: dict[str, str] = field(default_factory=dict)
    about: dict[str, str] = field(default_factory=dict)

    def begin(self, one: Begin) -> None:
        if one.name == "trkpt":
            self.point = dict(one.attributes)
        elif one.name == "trkseg":
            self.last = self.began = None

    def end(self, one: End) -> None:
        if one.name == "trkpt":
            self._sample()
        elif one.name == "trkseg":
            if self.began is not None and self.track.samples:
                self.seconds += self.track.samples[-1].at - self.began
        elif "trkpt" in one.inside:
            self.point["hr" if one.name.casefold() in HEART_RATES else one.name] = one.text
        elif one.inside[-1:] == ("trk",):
            self.about[one.name] = one.text

    def _sample(self) -> None:
        place = self._place()
        if self.last is not None:
            self.distance += between(self.last, place)
        self.last = place
        if not self.point.get("time"):
            return
        at = self.source.time(self.point["time"], "a time").timestamp()
        self.began = at if self.began is None else self.began
        beats, high = self.point.get("hr"), self.point.get("ele")
        self.track.add(
            Sample(
                at=at,
                distance=self.distance,
                heart_rate=self.source.heart_rate(beats) if beats else None,
                altitude=self.source.number(high, "an altitude") if high else None,
            )
        )

    def _place(self) -> tuple[float, float]:
        north = self.source.number(self.point.get("lat", ""), "a latitude")
        east = self.source.number(self.point.get("lon", ""), "a longitude")
        if abs(north) > 90 or abs(east) > 360:
            raise self.source.bad(f"has a point at {north:g}, {east:g}, which is nowhere")
        return north, east

    def workout(self) -> Workout | None:
        """Return it all as a workout; None for a plan, which has no times."""
        samples = self.track.samples
        if not samples:
            return None
        whole = (self.track.end - self.track.start).total_seconds()
        told = Totals(duration=self.seconds or whole, distance=self.distance)
        return self.source.workout(
            FORMAT,
            self.track.start,
            self.track.end,
            _activity(self.about.get("type", "")),
            filled(told, samples),
            samples=samples,
            indoor=False,
            title=self.about.get("name"),
        )


def read(file: BinaryIO, source: Source) -> Iterator[Workout]:
    """Yield the tracks of a GPX file that somebody went; raise InvalidArguments."""
    current: _Way | None = None
    for one in elements(file, source):
        if isinstance(one, Begin) and one.name == "trk":
            current = _Way(source, Track(source))
        elif current is None:
            continue
        elif isinstance(one, Begin):
            current.begin(one)
        elif one.name == "trk":
            if done := current.workout():
                yield done
            else:
                source.skip(f"{source.called} has a track without times: a plan")
            current = None
        else:
            current.end(one)


def _activity(type: str) -> Activity:
    said = type.casefold()
    return next((activity for word, activity in WORDS if word in said), "other")
