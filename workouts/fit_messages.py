"""A workout as the messages of a FIT activity file (Garmin FIT SDK, activity file type 4).

Imported only where one is written: fit-tool is loaded here.
"""

from datetime import datetime
from typing import Any

from fit_tool.profile.messages.activity_message import ActivityMessage
from fit_tool.profile.messages.event_message import EventMessage
from fit_tool.profile.messages.file_id_message import FileIdMessage
from fit_tool.profile.messages.lap_message import LapMessage
from fit_tool.profile.messages.record_message import RecordMessage
from fit_tool.profile.messages.session_message import SessionMessage
from fit_tool.profile.messages.sport_message import SportMessage
from fit_tool.profile.profile_type import (
    Event,
    EventType,
    FileType,
    LapTrigger,
    Manufacturer,
    Sport,
    SubSport,
)

from workouts.workout import Sample, Workout

SECOND = 1000
"""fit-tool's times are milliseconds; FIT's are seconds, so each is cut to one."""
METRES_PER_SECOND = 1 / 3.6
"""in a km/h"""
LONGEST_TITLE = 40
SPORTS = {
    "run": Sport.RUNNING,
    "walk": Sport.WALKING,
    "ride": Sport.CYCLING,
    "other": Sport.GENERIC,
}
INDOORS = {
    "run": SubSport.TREADMILL,
    "walk": SubSport.TREADMILL,
    "ride": SubSport.INDOOR_CYCLING,
}
HIGHEST = {
    "speed": 65.0,
    "distance": 4e7,
    "calories": 65_000,
    "heart_rate": 250,
    "altitude": 12_000,
    "grade": 320,
    "total_distance": 4e7,
    "total_calories": 65_000,
    "total_ascent": 65_000,
    "avg_heart_rate": 250,
    "max_heart_rate": 250,
}
"""What fits into FIT's fields; what does not is left out, never cut to fit."""
BELOW_ZERO = {"altitude": -500.0, "grade": -320.0}


def opening(workout: Workout) -> list[Any]:
    """Return what comes before the samples."""
    began = _time(workout.start)
    file = FileIdMessage()
    file.type = FileType.ACTIVITY
    file.manufacturer = Manufacturer.DEVELOPMENT.value
    file.product = 0
    file.serial_number = 1
    file.time_created = began
    sport = SportMessage()
    sport.sport, sport.sub_sport = SPORTS[workout.activity], _sub_sport(workout)
    if workout.title:
        sport.sport_name = workout.title[:LONGEST_TITLE]
    return [file, sport, _timer(EventType.START, began)]


def record(sample: Sample) -> Any:
    """Return a sample."""
    message = RecordMessage()
    message.timestamp = int(sample.at) * SECOND
    speed = sample.speed
    _set(
        message,
        speed=None if speed is None else speed * METRES_PER_SECOND,
        distance=sample.distance,
        calories=_whole(sample.energy),
        heart_rate=_whole(sample.heart_rate),
        altitude=sample.altitude,
        grade=sample.incline,
    )
    return message


def closing(workout: Workout) -> list[Any]:
    """Return what comes after the samples: one lap, one session, both of the whole."""
    ended = _time(workout.end)
    lap, session = LapMessage(), SessionMessage()
    for message in (lap, session):
        _sum(message, workout)
    lap.lap_trigger = LapTrigger.SESSION_END
    session.first_lap_index, session.num_laps = 0, 1
    activity = ActivityMessage()
    activity.timestamp = ended
    activity.num_sessions = 1
    activity.total_timer_time = workout.totals.duration
    return [_timer(EventType.STOP_ALL, ended), lap, session, activity]


def _sum(message: Any, workout: Workout) -> None:
    totals = workout.totals
    message.message_index = 0
    message.timestamp, message.start_time = _time(workout.end), _time(workout.start)
    message.sport, message.sub_sport = SPORTS[workout.activity], _sub_sport(workout)
    message.total_elapsed_time = (workout.end - workout.start).total_seconds()
    message.total_timer_time = totals.duration
    _set(
        message,
        total_distance=totals.distance,
        total_calories=_whole(totals.energy),
        total_ascent=_whole(totals.ascent),
        avg_heart_rate=_whole(totals.mean_heart_rate),
        max_heart_rate=_whole(totals.max_heart_rate),
    )


def _set(message: Any, **values: float | None) -> None:
    for name, value in values.items():
        lowest = BELOW_ZERO.get(name, 0.0)
        if value is not None and lowest <= value <= HIGHEST[name]:
            setattr(message, name, value)


def _timer(type: EventType, at: int) -> Any:
    message = EventMessage()
    message.timestamp = at
    message.event, message.event_type = Event.TIMER, type
    return message


def _sub_sport(workout: Workout) -> SubSport:
    inside = INDOORS.get(workout.activity) if workout.indoor else None
    return inside or SubSport.GENERIC


def _time(moment: datetime) -> int:
    return int(moment.timestamp()) * SECOND


def _whole(value: float | None) -> int | None:
    return None if value is None else round(value)
