"""FIT files are read as they were meant, and refused where they are not sound."""

import subprocess
import sys
from datetime import timedelta

import pytest
from fit_tool.profile.profile_type import FileType

from gateway.errors import InvalidArguments
from tests.workouts.files import SECONDS, START, fit, workouts


def test_a_treadmill_run_is_read_with_its_totals_and_samples() -> None:
    (run,) = workouts(fit())
    assert (run.activity, run.indoor, run.source) == ("run", True, "fit")
    assert (run.start, run.end) == (START, START + timedelta(seconds=SECONDS))
    assert (run.totals.duration, run.totals.distance, run.totals.energy) == (290, 750, 42)
    assert run.totals.ascent == 20
    assert len(run.samples) == SECONDS
    last = run.samples[-1]
    assert last.speed == pytest.approx(9.0)
    assert (last.distance, last.heart_rate) == (750, 149)


def test_each_session_counts_its_distance_from_its_own_start() -> None:
    first, second = workouts(fit(sessions=2))
    assert second.start == first.end
    assert first.totals.distance == second.totals.distance == 375
    assert second.samples[-1].distance == 375
    assert second.samples[0].distance == pytest.approx(2.5, abs=2.6)


def test_two_files_in_one_stream_are_two_workouts() -> None:
    later = START + timedelta(hours=2)
    assert [one.start for one in workouts(fit() + fit(start=later))] == [START, later]


def test_a_wrong_checksum_is_an_error() -> None:
    damaged = bytearray(fit())
    damaged[len(damaged) // 2] ^= 0x55
    with pytest.raises(InvalidArguments, match=r"“run.file” is (damaged|no sound FIT)"):
        workouts(bytes(damaged))
    footer = fit()[:-2] + b"\0\0"
    with pytest.raises(InvalidArguments, match="checksum does not match"):
        workouts(footer)


@pytest.mark.parametrize("left", [13, 20, 200, -1])
def test_a_file_that_is_cut_off_is_an_error(left: int) -> None:
    with pytest.raises(InvalidArguments, match=r"“run.file” is"):
        workouts(fit()[:left])


def test_what_is_no_activity_is_refused_by_its_kind() -> None:
    with pytest.raises(InvalidArguments, match="of the kind course, not an activity"):
        workouts(fit(kind=FileType.COURSE))


def test_dates_that_cannot_be_are_refused() -> None:
    with pytest.raises(InvalidArguments, match=r"2031-01-01 .* which cannot be"):
        workouts(fit(start=START.replace(year=2031, month=1)))


def test_time_that_runs_backwards_is_refused() -> None:
    with pytest.raises(InvalidArguments, match="runs backwards in time"):
        workouts(fit(start=START + timedelta(seconds=SECONDS), step=-1))


def test_what_reads_and_writes_fit_is_loaded_only_for_that() -> None:
    libraries = "{'fitdecode', 'fit_tool', 'gpxpy', 'tcxreader', 'lxml'}"
    script = (
        "import sys, workouts.book, workouts.folder, workouts.readers; "
        f"print(sorted({libraries} & set(sys.modules)))"
    )
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert told.stdout == "[]\n", told.stderr
