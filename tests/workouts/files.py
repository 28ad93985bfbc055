"""Files of workouts, as devices and programs write them, made here; and how they are read."""

import io
import zipfile
from datetime import UTC, datetime, timedelta
from typing import Any

from fit_tool.fit_file_builder import FitFileBuilder
from fit_tool.profile.messages.file_id_message import FileIdMessage
from fit_tool.profile.messages.record_message import RecordMessage
from fit_tool.profile.messages.session_message import SessionMessage
from fit_tool.profile.profile_type import FileType, Manufacturer, Sport, SubSport

from workouts.readers import read
from workouts.workout import Workout

NOW = datetime(2026, 11, 20, tzinfo=UTC)
START = datetime(2026, 11, 1, 7, tzinfo=UTC)
SECONDS = 300


def workouts(
    data: bytes, name: str = "run.file", skipped: list[str] | None = None
) -> list[Workout]:
    """Return what is read of a file."""
    reasons: list[str] = [] if skipped is None else skipped
    return list(read(io.BytesIO(data), name, now=NOW, skip=reasons.append))


def fit(
    *,
    start: datetime = START,
    kind: FileType = FileType.ACTIVITY,
    sessions: int = 1,
    records: int = SECONDS,
    step: int = 1,
) -> bytes:
    """Return a treadmill run of five minutes, in one session or several."""
    builder = FitFileBuilder(auto_define=True, min_string_size=50)
    file = FileIdMessage()
    file.type, file.manufacturer = kind, Manufacturer.DEVELOPMENT.value
    file.product, file.serial_number, file.time_created = 0, 0x1234, _ms(start)
    builder.add(file)
    for count in range(records):
        record = RecordMessage()
        record.timestamp = _ms(start + timedelta(seconds=count * step))
        record.speed, record.distance = 2.5, 2.5 * (count + 1)
        record.heart_rate, record.altitude = 90 + count // 5 % 60, 100.0 + count // 60 * 5
        builder.add(record)
    length = records / sessions
    for count in range(sessions):
        began = start + timedelta(seconds=count * length)
        builder.add(_session(began, length))
    return bytes(builder.build().to_bytes())


def _session(began: datetime, length: float) -> SessionMessage:
    session = SessionMessage()
    session.start_time = _ms(began)
    session.timestamp = _ms(began + timedelta(seconds=length))
    session.sport, session.sub_sport = Sport.RUNNING, SubSport.TREADMILL
    session.total_elapsed_time, session.total_timer_time = length, max(length - 10, 1)
    session.total_distance, session.total_calories = 2.5 * length, 42
    return session


def _ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def tcx(*, points: str | None = None, sport: str = "Running", before: str = "") -> bytes:
    """Return an activity of two laps."""
    if points is None:
        points = "".join(
            f"<Trackpoint><Time>{said(START + timedelta(seconds=30 * count))}</Time>"
            f"<AltitudeMeters>{100 + count * 4}</AltitudeMeters>"
            f"<DistanceMeters>{75 * count}</DistanceMeters>"
            f"<HeartRateBpm><Value>{100 + count}</Value></HeartRateBpm>"
            "<Extensions><x:TPX xmlns:x='http://www.garmin.com/xmlschemas/ActivityExtension/v2'>"
            "<x:Speed>2.5</x:Speed></x:TPX></Extensions></Trackpoint>"
            for count in range(11)
        )
    return f"""<?xml version="1.0" encoding="UTF-8"?>{before}
<TrainingCenterDatabase xmlns="http://www.garmin.com/xmlschemas/TrainingCenterDatabase/v2">
 <Activities><Activity Sport="{sport}"><Id>{said(START)}</Id>
  <Lap StartTime="{said(START)}"><TotalTimeSeconds>150</TotalTimeSeconds>
   <DistanceMeters>375</DistanceMeters><Calories>20</Calories>
   <MaximumHeartRateBpm><Value>140</Value></MaximumHeartRateBpm>
   <Track>{points}</Track></Lap>
  <Lap StartTime="{said(START + timedelta(seconds=150))}"><TotalTimeSeconds>150</TotalTimeSeconds>
   <DistanceMeters>375</DistanceMeters><Calories>22</Calories></Lap>
  <Notes>Before breakfast</Notes>
 </Activity></Activities>
</TrainingCenterDatabase>""".encode()


def gpx(*, points: str | None = None, type: str = "running", before: str = "") -> bytes:
    """Return a way of ten points to the north, some 111 m each, a minute each."""
    if points is None:
        points = "".join(
            f'<trkpt lat="{50 + count / 1000:.3f}" lon="8.0"><ele>{100 + 5 * count}</ele>'
            f"<time>{said(START + timedelta(minutes=count))}</time>"
            '<extensions><g:TrackPointExtension xmlns:g="urn:g"><g:hr>120</g:hr>'
            "</g:TrackPointExtension></extensions></trkpt>"
            for count in range(10)
        )
    return f"""<?xml version="1.0" encoding="UTF-8"?>{before}
<gpx version="1.1" creator="test" xmlns="http://www.topografix.com/GPX/1/1">
 <trk><name>To the north</name><type>{type}</type><trkseg>{points}</trkseg></trk>
</gpx>""".encode()


def apple(*bodies: str, dtd: str = "<!ELEMENT HealthData ANY>") -> bytes:
    """Return an export of Apple Health that holds elements."""
    doctype = f"<!DOCTYPE HealthData [\n{dtd}\n]>\n" if dtd else ""
    inside = "\n".join(bodies)
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n{doctype}<HealthData locale="en_DE">\n'
        f'<ExportDate value="2026-11-10 08:00:00 +0100"/>\n{inside}\n</HealthData>\n'
    ).encode()


def apple_workout(inside: str = "", **attributes: Any) -> str:
    """Return a run of half an hour from eight o'clock in Berlin."""
    told = {
        "workoutActivityType": "HKWorkoutActivityTypeRunning",
        "duration": "28.5",
        "durationUnit": "min",
        "startDate": "2026-11-01 08:00:00 +0100",
        "endDate": "2026-11-01 08:30:00 +0100",
        "sourceName": "Watch",
    } | attributes
    words = " ".join(f'{name}="{value}"' for name, value in told.items())
    return f"<Workout {words}>{inside}</Workout>"


def heartbeat(time: str, value: object) -> str:
    """Return a heart rate at a time of that morning."""
    return (
        '<Record type="HKQuantityTypeIdentifierHeartRate" unit="count/min" '
        f'startDate="2026-11-01 {time} +0100" endDate="2026-11-01 {time} +0100" value="{value}"/>'
    )


def zipped(*members: tuple[str, bytes], packed: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return a zip file."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", packed) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return data.getvalue()


def said(moment: datetime) -> str:
    """Return a time as files say it."""
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
