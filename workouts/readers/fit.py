"""Garmin's FIT activity files, decoded by fitdecode; whatever it would warn of is an error here."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, BinaryIO

from gateway.errors import NeedsSetup
from workouts.readers.source import Source
from workouts.readers.track import MOST_SAMPLES, Track, filled
from workouts.rows import LONGEST
from workouts.workout import Activity, Sample, Totals, Workout

if TYPE_CHECKING:
    from fitdecode.records import FitDataMessage

FORMAT = "fit"
SIGNATURE = b".FIT"
"""at byte 8 of the header"""
SPORTS: dict[str, Activity] = {
    "running": "run",
    "walking": "walk",
    "hiking": "walk",
    "cycling": "ride",
    "e_biking": "ride",
}
INDOORS = frozenset(
    {
        "treadmill",
        "indoor_running",
        "indoor_walking",
        "indoor_cycling",
        "indoor_rowing",
        "spin",
        "elliptical",
        "stair_climbing",
    }
)
MOST_SESSIONS = 100
KILOMETRES_PER_HOUR = 3.6
"""in a metre a second"""
BROKEN = (
    struct.error,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    AssertionError,
    ArithmeticError,
)
"""What fitdecode lets out beside its own errors where a file makes no sense."""


@dataclass(slots=True)
class _Activity:
    """What was read of one FIT file; a stream may hold several."""

    source: Source
    kind: str | None = None
    title: str | None = None
    records: list[Sample] = field(default_factory=list)
    sessions: list[dict[str, Any]] = field(default_factory=list)
    outside: bool = False

    def take(self, message: "FitDataMessage") -> None:
        match message.name:
            case "record":
                self._record(message)
            case "session":
                if len(self.sessions) >= MOST_SESSIONS:
                    raise self.source.bad(f"has more than {MOST_SESSIONS} sessions")
                self.sessions.append({one.name: _one(one.value) for one in message.fields})
            case "file_id":
                self.kind = str(_one(message.get_value("type", fallback=None)))
            case "sport":
                name = message.get_value("name", fallback=None)
                self.title = name if isinstance(name, str) else None

    def _record(self, message: "FitDataMessage") -> None:
        said = {one.name: _one(one.value) for one in message.fields if one.value is not None}
        at = said.get("timestamp")
        if not isinstance(at, datetime):
            return
        if len(self.records) >= MOST_SAMPLES:
            raise self.source.bad(f"has more than {MOST_SAMPLES} records")
        moment = self.source.moment(at, "a record's time").timestamp()
        if self.records and moment < self.records[-1].at:
            raise self.source.backwards(moment)
        self.outside |= "position_lat" in said
        speed = self._amount(said, "enhanced_speed", "speed")
        beats = said.get("heart_rate")
        self.records.append(
            Sample(
                at=moment,
                speed=None if speed is None else speed * KILOMETRES_PER_HOUR,
                incline=self._number(said, "grade"),
                distance=self._amount(said, "distance"),
                energy=self._amount(said, "calories"),
                heart_rate=None if beats is None else self.source.heart_rate(beats),
                altitude=self._number(said, "enhanced_altitude", "altitude"),
            )
        )

    def _number(self, said: dict[str, Any], *names: str) -> float | None:
        name = next((name for name in names if said.get(name) is not None), None)
        return None if name is None else self.source.number(said[name], name)

    def _amount(self, said: dict[str, Any], *names: str) -> float | None:
        value = self._number(said, *names)
        return None if value is None else self.source.amount(value, names[-1])

    def workouts(self) -> Iterator[Workout]:
        """Yield the sessions of the file, or the whole of it where it tells of none."""
        if self.kind != "activity":
            raise self.source.bad(f"is a FIT file of the kind {self.kind}, not an activity")
        sessions = [one for one in self.sessions if isinstance(one.get("start_time"), datetime)]
        for session in sessions:
            yield self._session(session)
        if not sessions and self.records:
            yield self._session({})

    def _session(self, said: dict[str, Any]) -> Workout:
        track, start, end = self._part(said)
        told = Totals(
            duration=self._amount(said, "total_timer_time") or (end - start).total_seconds(),
            distance=self._amount(said, "total_distance"),
            energy=self._amount(said, "total_calories"),
            ascent=self._amount(said, "total_ascent"),
            mean_heart_rate=self._amount(said, "avg_heart_rate"),
            max_heart_rate=self._amount(said, "max_heart_rate"),
        )
        inside = said.get("sub_sport") in INDOORS
        return self.source.workout(
            FORMAT,
            start,
            end,
            SPORTS.get(str(said.get("sport")), "other"),
            filled(told, track.samples),
            samples=track.samples,
            indoor=True if inside else (False if self.outside else None),
            title=self.title,
        )

    def _part(self, said: dict[str, Any]) -> tuple[Track, datetime, datetime]:
        """Return the samples of a session, counted from its start, and its times."""
        track = Track(self.source)
        if not said:
            for sample in self.records:
                track.add(sample)
            return track, track.start, track.end
        start = self.source.moment(said["start_time"], "a session's start")
        elapsed = self._amount(said, "total_elapsed_time", "total_timer_time")
        if elapsed is not None and elapsed <= LONGEST.total_seconds():
            end = start + timedelta(seconds=elapsed)
        elif elapsed is None and isinstance(said.get("timestamp"), datetime):
            end = self.source.moment(said["timestamp"], "a session's end")
        else:
            raise self.source.bad("has a session without an end")
        covered, energy = 0.0, 0.0
        for sample in self.records:
            if sample.at < start.timestamp():
                covered, energy = sample.distance or covered, sample.energy or energy
            elif sample.at <= end.timestamp():
                track.add(_counted_from(sample, covered, energy))
        return track, start, end


def read(file: BinaryIO, source: Source) -> Iterator[Workout]:
    """Yield the sessions of a FIT file once its checksum was right; raise InvalidArguments."""
    try:
        import fitdecode
    except ImportError as error:
        raise NeedsSetup(
            "FIT files are read by fitdecode, which is not installed",
            hint="pip install 'homeport[workouts]'",
        ) from error
    frames = fitdecode.FitReader(
        file,
        check_crc=fitdecode.CrcCheck.RAISE,
        error_handling=fitdecode.ErrorHandling.RAISE,
    )
    current = _Activity(source)
    for frame in _sound(iter(frames), source):
        if frame.frame_type == fitdecode.FIT_FRAME_DATA:
            current.take(frame)
        elif frame.frame_type == fitdecode.FIT_FRAME_CRC:
            yield from current.workouts()
            current = _Activity(source)


def _sound(frames: Iterator[Any], source: Source) -> Iterator[Any]:
    """Yield frames; raise InvalidArguments where fitdecode cannot go on."""
    from fitdecode.exceptions import FitCRCError, FitEOFError, FitError

    while True:
        try:
            frame = next(frames, None)
        except FitEOFError as error:
            raise source.bad("is cut off") from error
        except FitCRCError as error:
            raise source.bad("is damaged: its checksum does not match") from error
        except FitError as error:
            raise source.bad(f"is no sound FIT file: {error}") from error
        except BROKEN as error:
            raise source.bad(f"is no sound FIT file ({type(error).__name__})") from error
        if frame is None:
            return
        yield frame


def _one(value: Any) -> Any:
    """Return the first of an array's values that is known."""
    if not isinstance(value, tuple):
        return value
    return next((one for one in value if one is not None), None)


def _counted_from(sample: Sample, covered: float, energy: float) -> Sample:
    if not covered and not energy:
        return sample
    distance = None if sample.distance is None else max(0.0, sample.distance - covered)
    spent = None if sample.energy is None else max(0.0, sample.energy - energy)
    return replace(sample, distance=distance, energy=spent)
