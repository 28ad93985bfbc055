"""Apple Health's exports of every age are read, and their mistakes do not matter."""

from datetime import UTC, datetime

import pytest

from gateway.errors import InvalidArguments
from tests.workouts.files import apple, apple_workout, gpx, heartbeat, workouts, zipped

STATISTICS = (
    '<MetadataEntry key="HKIndoorWorkout" value="1"/>'
    '<MetadataEntry key="HKElevationAscended" value="1250 cm"/>'
    '<WorkoutStatistics type="HKQuantityTypeIdentifierDistanceWalkingRunning" sum="3" unit="mi"/>'
    '<WorkoutStatistics type="HKQuantityTypeIdentifierActiveEnergyBurned" sum="1000" unit="kJ"/>'
    '<WorkoutActivity uuid="1"><WorkoutStatistics '
    'type="HKQuantityTypeIdentifierDistanceWalkingRunning" sum="9" unit="km"/></WorkoutActivity>'
)
BROKEN_DTD = "<!ATTLIST Vision\n type CDATA #REQUIRED\n<!ELEMENT Eye EMPTY>"


def test_a_workout_of_a_new_export_is_read() -> None:
    (run,) = workouts(apple(apple_workout(STATISTICS)))
    assert (run.activity, run.indoor, run.source) == ("run", True, "apple-health")
    assert run.start == datetime(2026, 11, 1, 7, tzinfo=UTC)
    assert run.totals.duration == 28.5 * 60
    assert run.totals.distance == pytest.approx(3 * 1609.344)
    assert run.totals.energy == pytest.approx(239.0, abs=0.1)
    assert run.totals.ascent == 12.5


def test_a_workout_of_an_old_export_is_read() -> None:
    told = {
        "workoutActivityType": "HKWorkoutActivityTypeCycling",
        "totalDistance": "12.5",
        "totalDistanceUnit": "km",
        "totalEnergyBurned": "300",
        "totalEnergyBurnedUnit": "Cal",
    }
    (ride,) = workouts(apple(apple_workout(**told), dtd=""))
    assert (ride.activity, ride.totals.distance, ride.totals.energy) == ("ride", 12_500, 300)
    assert ride.indoor is None


def test_heart_rates_are_found_wherever_they_stand() -> None:
    data = apple(
        heartbeat("08:10:00", 120),
        heartbeat("07:59:59", 60),
        apple_workout(),
        heartbeat("08:05:00", 100.4),
        heartbeat("08:05:00", 101),
        heartbeat("08:20:00", "NaN"),
        heartbeat("8 o'clock", 80),
        heartbeat("08:30:01", 70),
    )
    (run,) = workouts(data)
    assert [one.heart_rate for one in run.samples] == [100, 120]
    assert run.samples[0].at == datetime(2026, 11, 1, 7, 5, tzinfo=UTC).timestamp()
    assert (run.totals.mean_heart_rate, run.totals.max_heart_rate) == (110, 120)


def test_a_broken_dtd_and_control_characters_do_not_matter() -> None:
    data = apple(apple_workout(sourceName="Anna\x0bs"), dtd=BROKEN_DTD)
    assert len(workouts(data)) == 1


def test_entities_are_refused_in_an_export_too() -> None:
    bomb = '<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
    for dtd in (bomb, '<!ENTITY x SYSTEM "file:///etc/passwd">', '<!ENTITY % p "x">'):
        with pytest.raises(InvalidArguments, match="declares entities, which are refused"):
            workouts(apple(apple_workout(sourceName="&b;"), dtd=dtd))


def test_a_document_type_behind_another_is_refused() -> None:
    hidden = b'<!-- <!DOCTYPE HealthData [ ]> --><!DOCTYPE HealthData [<!ENTITY a "a">]>'
    with pytest.raises(InvalidArguments, match=r"“run.file” (declares|is no)"):
        workouts(hidden + b"<HealthData>&a;</HealthData>")


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        ({"endDate": "2026-11-01 07:30:00 +0100"}, "ends before it starts"),
        ({"startDate": "2019-11-01 07:30:00 +0100"}, "lasts longer"),
        ({"startDate": "1918-11-01 07:30:00 +0100"}, "which cannot be"),
        ({"duration": "NaN"}, "says nan for a total"),
        ({"durationUnit": "fortnight"}, "counts in “fortnight”"),
        ({"startDate": ""}, "for a workout's start"),
    ],
)
def test_one_workout_that_makes_no_sense_is_skipped_and_told(
    told: dict[str, str], sentence: str
) -> None:
    skipped: list[str] = []
    found = workouts(apple(apple_workout(**told), apple_workout()), skipped=skipped)
    assert len(found) == 1
    (reason,) = skipped
    assert sentence in reason
    assert "(line 7)" in reason


def test_of_a_zip_only_the_export_is_read() -> None:
    data = zipped(
        ("apple_health_export/workout-routes/route.gpx", gpx()),
        ("apple_health_export/Exportación.xml", apple(apple_workout())),
        ("apple_health_export/export_cda.xml", b"<?xml version='1.0'?><ClinicalDocument/>"),
    )
    (run,) = workouts(data)
    assert run.source == "apple-health"


def test_an_export_that_is_cut_off_yields_nothing() -> None:
    with pytest.raises(InvalidArguments, match="is cut off at line"):
        workouts(apple(apple_workout())[:-15])
