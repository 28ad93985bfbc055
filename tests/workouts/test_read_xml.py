"""TCX and GPX files are read as they were meant, and refused where they are not sound."""

from collections.abc import Callable
from datetime import timedelta

import gpxpy
import pytest

from gateway.errors import InvalidArguments
from tests.workouts.files import START, gpx, said, tcx, workouts

Make = Callable[..., bytes]
BOTH = pytest.mark.parametrize("make", [tcx, gpx])


def test_the_laps_of_an_activity_add_up() -> None:
    (run,) = workouts(tcx())
    assert (run.activity, run.source, run.title) == ("run", "tcx", "Before breakfast")
    assert (run.start, run.end) == (START, START + timedelta(seconds=300))
    totals = run.totals
    assert (totals.duration, totals.distance, totals.energy) == (300, 750, 42)
    assert (totals.ascent, totals.mean_heart_rate, totals.max_heart_rate) == (40, 105, 140)
    assert run.samples[2].speed == pytest.approx(9.0)
    assert run.samples[2].distance == 150


def test_a_track_is_measured_along_its_points_as_another_library_measures_it() -> None:
    (run,) = workouts(gpx())
    peer = gpxpy.parse(gpx().decode())
    assert run.totals.distance == pytest.approx(peer.length_2d(), rel=0.003)
    assert (run.activity, run.source, run.title) == ("run", "gpx", "To the north")
    assert (run.totals.duration, run.totals.ascent) == (540, 45)
    assert run.totals.mean_heart_rate == 120
    assert run.indoor is False


def test_what_another_library_writes_is_read() -> None:
    written = gpxpy.gpx.GPX()
    track = gpxpy.gpx.GPXTrack(name="Ride", description=None)
    track.type = "cycling"  # type: ignore[assignment]
    for part in range(2):
        segment = gpxpy.gpx.GPXTrackSegment()
        for count in range(5):
            at = START + timedelta(minutes=count + 60 * part)
            segment.points.append(gpxpy.gpx.GPXTrackPoint(50 + count / 100, 8 + part, time=at))
        track.segments.append(segment)
    written.tracks.append(track)
    for version in ("1.0", "1.1"):
        (ride,) = workouts(written.to_xml(version).encode())
        assert ride.totals.distance == pytest.approx(written.length_2d(), rel=0.003)
        assert ride.totals.duration == 2 * 240  # not the hour between the segments


def test_a_plan_is_no_workout() -> None:
    skipped: list[str] = []
    plan = gpx(points='<trkpt lat="50" lon="8"/><trkpt lat="51" lon="8"/>')
    assert workouts(plan, skipped=skipped) == []
    assert skipped == ["“run.file” has a track without times: a plan"]


def test_utf_16_is_read_too() -> None:
    wide = gpx().decode().replace("UTF-8", "UTF-16").encode("utf-16")
    assert len(workouts(wide)) == 1


@BOTH
def test_a_file_that_is_cut_off_is_an_error(make: Make) -> None:
    with pytest.raises(InvalidArguments, match="is cut off at line"):
        workouts(make()[:-40])


@BOTH
def test_no_document_type_is_let_in(make: Make) -> None:
    for before in ("<!DOCTYPE gpx>", '<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">'):
        with pytest.raises(InvalidArguments, match=r"(declares|is no file of workouts)"):
            workouts(make(before=before))


def point(time: str = "2026-11-01T07:00:00Z", **told: str) -> str:
    told = {"lat": "50", "lon": "8", "ele": "1"} | told
    return (
        f'<trkpt lat="{told["lat"]}" lon="{told["lon"]}"><ele>{told["ele"]}</ele>'
        f"<time>{time}</time></trkpt>"
    )


@pytest.mark.parametrize(
    ("points", "sentence"),
    [
        (point(lat="NaN"), "says nan for a latitude"),
        (point(lon="nowhere"), "says “nowhere” for a longitude"),
        (point(lat="91"), "which is nowhere"),
        (point(ele="1e999"), "says inf for an altitude"),
        (point(time="yesterday"), "says “yesterday” for a time"),
        (point(time="0001-01-01T00:00:00+23:00"), "for a time"),
        (point(time="2999-01-01T00:00:00Z"), "2999-01-01 for a time, which cannot be"),
        (point(time="1971-01-01T00:00:00Z"), "1971-01-01 for a time, which cannot be"),
        (point() + point(time=said(START - timedelta(1))), "runs backwards in time"),
        (point() + point(time=said(START + timedelta(9))), "lasts longer than 3 days"),
        (point(ele="<c>" * 70 + "</c>" * 70), "nested too deep"),
        (point(ele="1" * 70_000), "a text that is too long"),
        (f"<trkpt lat='{'5' * 5_000_000}' lon='8'/>", "(too long|says)"),
    ],
)
def test_what_cannot_be_is_refused_with_a_sentence(points: str, sentence: str) -> None:
    with pytest.raises(InvalidArguments, match=sentence):
        workouts(gpx(points=points))


@pytest.mark.parametrize(
    ("field", "value"),
    [("DistanceMeters", "-5"), ("Time", ""), ("AltitudeMeters", "inf"), ("Time", "2026-13-01")],
)
def test_what_a_trackpoint_cannot_say_is_refused_or_left_out(field: str, value: str) -> None:
    points = f"<Trackpoint><Time>2026-11-01T07:00:00Z</Time><{field}>{value}</{field}></Trackpoint>"
    if not value:
        assert workouts(tcx(points=points))[0].samples == []
        return
    with pytest.raises(InvalidArguments, match=r"“run\.file” says"):
        workouts(tcx(points=points))
