"""When two records are of one workout, where neither time nor distance is in doubt."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from workouts.same import same
from workouts.workout import Totals, Workout

START = datetime(2026, 11, 1, 7, tzinfo=UTC)
YOGA = Workout(
    "w1", START, START + timedelta(hours=1), "other", Totals(duration=3600), "apple-health"
)


def test_a_workout_of_no_kind_that_comes_twice_is_one() -> None:
    assert same(YOGA, replace(YOGA, id="w2"))


@pytest.mark.parametrize("seconds", [1, 30, 300])
def test_two_workouts_of_no_kind_at_nearly_one_time_are_two(seconds: int) -> None:
    later = replace(YOGA, start=START + timedelta(seconds=seconds))
    assert not same(YOGA, later)
