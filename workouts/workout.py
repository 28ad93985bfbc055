"""A workout and its samples, as every reader makes them and the book keeps them."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

Activity = Literal["walk", "run", "ride", "other"]


@dataclass(frozen=True, slots=True)
class Sample:
    """What was measured at one moment. Distance and energy count from the workout's start."""

    at: float
    """seconds since 1970, UTC"""
    speed: float | None = None
    """km/h"""
    incline: float | None = None
    """%"""
    distance: float | None = None
    """m"""
    energy: float | None = None
    """kcal"""
    heart_rate: float | None = None
    """beats a minute"""
    altitude: float | None = None
    """m"""


@dataclass(frozen=True, slots=True)
class Totals:
    """What a workout came to; what is not known is None."""

    duration: float
    """seconds in motion; of a file that does not tell, from start to end"""
    distance: float | None = None
    """m"""
    energy: float | None = None
    """kcal"""
    ascent: float | None = None
    """m"""
    mean_heart_rate: float | None = None
    max_heart_rate: float | None = None


@dataclass(frozen=True, slots=True)
class Workout:
    """One session of one person. Times are UTC."""

    id: str
    start: datetime
    end: datetime
    activity: Activity
    totals: Totals
    source: str
    """where it came from: a device's id, or a file's format (fit, tcx, gpx, apple-health)"""
    indoor: bool | None = None
    person: str | None = None
    title: str | None = None
    """untrusted: what the device or file calls it"""
    finished: bool = True
    """false while it is being recorded"""
    samples: list[Sample] = field(default_factory=list)
