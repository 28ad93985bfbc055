"""The codec gives back what it was given, whatever it was, and is small where that is regular."""

import math
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.chunks import HOUR, decode, encode

TIMES = st.lists(st.integers(0, HOUR - 1), min_size=1, max_size=80).map(sorted)
ANY = st.floats(allow_nan=False, allow_infinity=False)
DECIMAL = st.integers(-(10**9), 10**9).map(lambda whole: whole / 1000)


@settings(max_examples=300)
@given(TIMES, st.data())
def test_any_times_and_any_finite_numbers_come_back(times: list[int], data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from([ANY, DECIMAL, st.just(1.0), st.sampled_from([0.0, 1.0])]))
    values = data.draw(st.lists(kind, min_size=len(times), max_size=len(times)))
    assert decode(encode(times, values)) == (times, values)


def test_a_thousand_times_in_one_millisecond_come_back() -> None:
    times, values = [5] * 1000, [float(number) for number in range(1000)]
    assert decode(encode(times, values)) == (times, values)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_no_finite_number_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="finite"):
        encode([0, 1], [1.0, value])


@pytest.mark.parametrize("times", [[], [1, 0], [-1], [HOUR], [1, 2, 3]])
def test_what_is_no_hour_is_refused(times: list[int]) -> None:
    with pytest.raises(ValueError, match="times"):
        encode(times, [1.0] * min(len(times), 2))


def test_regular_times_cost_nothing_and_tenths_less_than_a_byte() -> None:
    times = list(range(0, HOUR, 10_000))
    flat = encode(times, [20.5] * len(times))
    assert len(flat) < 30
    noisy = [20 + number * 7 % 5 / 10 for number in range(len(times))]
    assert len(encode(times, [round(value, 1) for value in noisy])) < len(times)


def test_a_damaged_chunk_is_a_value_error() -> None:
    chunk = encode(list(range(100)), [number / 7 for number in range(100)])
    for damaged in (b"", chunk[:10], chunk[:-9], chunk[:30] + b"\xff\xff" + chunk[32:]):
        with pytest.raises(ValueError, match="damaged"):
            decode(damaged)


def test_what_comes_back_is_in_order() -> None:
    times, _ = decode(encode([0, 7, 7, 90_000], [1.0, 2.0, 3.0, 4.0]))
    assert all(before <= after for before, after in pairwise(times))
