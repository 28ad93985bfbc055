"""Durations: what people write, what they are told, and nothing else."""

import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gateway.durations import LONGEST, duration, said
from gateway.errors import InvalidArguments


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("10m", 600),
        ("90 s", 90),
        ("2h30m", 9000),
        ("2 h 30 min", 9000),
        ("10 minutes", 600),
        ("1 Minute", 60),
        ("an hour", 3600),
        ("half an hour", 1800),
        ("half hour", 1800),
        ("a day", 86400),
        ("1d", 86400),
        ("1 week", 604800),
        ("1.5 h", 5400),
        ("2 hours and 30 minutes", 9000),
        ("1 day, 2 hours, 3 minutes and 4 secs", 93784),
        ("  10   MIN ", 600),
        ("\uff11\uff10m", 600),
        ("0s", 0),
        ("400 days", LONGEST),
    ],
)
def test_a_duration_is_read_as_people_write_it(text: str, seconds: float) -> None:
    assert duration(text, "for") == seconds


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "10", "m", "soon", "-5m", "+5m", "5m 2h", "5m5m", "2h30", "10:00", "5 ms"),
        *("nan", "inf m", "1e3 s", "1,5 h", "hour", "5 months", "1y", "\u0662m", "a", "half"),
        *("401d", "999999999 weeks", "1 day " * 50, "10m\n; drop", "anhourminute", "5 manual"),
    ],
)
def test_what_is_no_duration_is_refused_with_examples(text: str) -> None:
    with pytest.raises(InvalidArguments) as refused:
        duration(text, "for")
    assert refused.value.more["field"] == "for"
    assert "2h30m" in (refused.value.hint or "")
    assert len(refused.value.detail) < 100


_PIECES = st.sampled_from(
    ["10", "2.5", "h", "m", "min", " ", "and", ",", "an", "half", "day", "s", "-", "e9", "\ud800"]
)


@given(st.text(max_size=80) | st.lists(_PIECES, max_size=12).map("".join))
@example("9" * 30 + "w")
def test_no_text_gives_anything_but_seconds_or_a_refusal(text: str) -> None:
    try:
        seconds = duration(text, "for")
    except InvalidArguments as refused:
        refused.detail.encode()
    else:
        assert math.isfinite(seconds) and 0 <= seconds <= LONGEST


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (600, "10 min"),
        (0, "0 s"),
        (45, "45 s"),
        (1.5, "1.5 s"),
        (59.9999, "60 s"),
        (60, "1 min"),
        (61.4, "1 min 1 s"),
        (9000, "2 h 30 min"),
        (86400, "1 day"),
        (93784, "1 day 2 h 3 min 4 s"),
        (LONGEST, "400 days"),
    ],
)
def test_a_duration_is_said_exactly(seconds: float, words: str) -> None:
    assert said(seconds) == words


@given(st.integers(0, int(LONGEST)))
def test_what_is_said_is_read_as_the_same(seconds: int) -> None:
    assert duration(said(seconds), "for") == seconds
