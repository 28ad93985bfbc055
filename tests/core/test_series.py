"""Buckets tell what a patient person would have worked out by hand."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.clock import milliseconds
from gateway.errors import InvalidArguments
from gateway.series import GAP, Bucket, buckets, cut, edges, step, summed

BEGIN = datetime(2026, 1, 5, tzinfo=UTC)
SECOND = 1000
MINUTE = 60 * SECOND


def told(samples: list[tuple[int, float]], borders: list[int], until: int) -> list[Bucket]:
    times, values = [at for at, _ in samples], [value for _, value in samples]
    return buckets(cut(times, values, borders), borders, until)


def by_hand(samples: list[tuple[int, float]], begin: int, end: int) -> tuple[float, int]:
    """Return the sum of value times seconds and the seconds known, a second at a time."""
    total, known = 0.0, 0
    for moment in range(begin, end, SECOND):
        past = [(at, value) for at, value in samples if at <= moment]
        if past and moment - past[-1][0] < GAP:
            total, known = total + past[-1][1], known + 1
    return total, known


SAMPLES = st.dictionaries(st.integers(0, 7200), st.integers(-50, 50), min_size=1, max_size=12)


@settings(max_examples=60, deadline=None)
@given(SAMPLES, st.sampled_from([600, 1700, 3600]))
def test_means_are_weighted_by_time_as_by_hand(found: dict[int, int], every: int) -> None:
    samples = [(at * SECOND, float(value)) for at, value in sorted(found.items())]
    borders = [*range(1200 * SECOND, 7200 * SECOND, every * SECOND), 7200 * SECOND]
    answer = {milliseconds(bucket.start): bucket for bucket in told(samples, borders, borders[-1])}
    for begin, end in pairwise(borders):
        total, known = by_hand(samples, begin, end)
        if not known:
            assert begin not in answer
            continue
        bucket = answer[begin]
        assert bucket.covered == pytest.approx(known)
        assert bucket.mean == pytest.approx(total / known)
        assert bucket.min <= bucket.mean <= bucket.max
        assert bucket.count == sum(begin <= at < end for at, _ in samples)


@settings(max_examples=60, deadline=None)
@given(SAMPLES)
def test_hours_summed_whole_tell_the_same_as_their_samples(found: dict[int, int]) -> None:
    times = sorted(at * SECOND for at in found)
    values = [float(found[at // SECOND]) for at in times]
    borders = [0, 4 * 3600 * SECOND]
    one = buckets([summed(times, values)], borders, borders[1])
    apart = [summed([at], [value]) for at, value in zip(times, values, strict=True)]
    (whole,), (single,) = one, buckets(apart, borders, borders[1])
    assert whole.mean == pytest.approx(single.mean)
    assert (whole.min, whole.max, whole.last) == (single.min, single.max, single.last)
    assert whole.rise == pytest.approx(single.rise)


def test_a_value_holds_until_the_next_and_at_most_half_an_hour() -> None:
    borders = list(range(0, 121 * MINUTE, 10 * MINUTE))
    found = told([(0, 20.0), (85 * MINUTE, 30.0)], borders, borders[-1])
    assert [milliseconds(bucket.start) // MINUTE for bucket in found] == [
        0,
        10,
        20,
        80,
        90,
        100,
        110,
    ]
    assert [bucket.count for bucket in found] == [1, 0, 0, 1, 0, 0, 0]
    assert found[1].min == found[1].max == found[1].last == 20.0


def test_what_held_before_the_start_counts() -> None:
    (bucket,) = told([(0, 10.0), (20 * MINUTE, 30.0)], [10 * MINUTE, 30 * MINUTE], 30 * MINUTE)
    assert (bucket.min, bucket.mean, bucket.max, bucket.count) == (10.0, 20.0, 30.0, 1)


def test_nothing_holds_into_the_future() -> None:
    (bucket,) = told([(0, 10.0)], [0, 60 * MINUTE], 5 * MINUTE)
    assert bucket.covered == 300


def test_a_counter_rises_over_a_reset_and_through_small_corrections() -> None:
    readings = [10.0, 12.5, 12.4, 13.0, 0.5, 2.0]
    samples = [(number * MINUTE, value) for number, value in enumerate(readings)]
    (bucket,) = told(samples, [0, 60 * MINUTE], 60 * MINUTE)
    assert bucket.rise == pytest.approx(3.0 + 0.5 + 1.5)
    assert step(5.0, 0.0) == 0.0


def test_a_rise_between_two_buckets_is_in_the_later_and_counted_once() -> None:
    samples = [(0, 1.0), (9 * MINUTE, 2.0), (11 * MINUTE, 4.0), (19 * MINUTE, 5.0)]
    found = told(samples, [0, 10 * MINUTE, 20 * MINUTE], 20 * MINUTE)
    assert [bucket.rise for bucket in found] == [1.0, 3.0]


def test_days_are_the_homes_own_also_where_they_have_23_hours() -> None:
    zone = ZoneInfo("Europe/Berlin")
    start, end = datetime(2026, 3, 28, tzinfo=zone), datetime(2026, 3, 31, tzinfo=zone)
    found = edges(start.astimezone(UTC), end.astimezone(UTC), 86_400, zone)
    hours = [(after - before) / 3_600_000 for before, after in pairwise(found)]
    assert hours == [24, 23, 24]


def test_the_last_step_may_be_shorter_and_too_many_are_refused() -> None:
    found = edges(BEGIN, BEGIN + timedelta(minutes=25), 600)
    assert [(at - found[0]) // MINUTE for at in found] == [0, 10, 20, 25]
    assert len(edges(BEGIN, BEGIN + timedelta(seconds=2000), 1)) == 2001
    with pytest.raises(InvalidArguments, match="at most 2000"):
        edges(BEGIN, BEGIN + timedelta(seconds=2001), 1)
    with pytest.raises(InvalidArguments):
        edges(BEGIN, BEGIN, 60)
