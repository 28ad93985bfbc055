"""Curves in letters show how high, and where nothing is known."""

from datetime import UTC, datetime, timedelta
from typing import Any

from cli.drawing import HEIGHT, bars_of, drawn, sparkline

BEGUN = datetime(2026, 1, 2, tzinfo=UTC)


def points(*values: float | None) -> list[dict[str, Any]]:
    return [
        {"start": (BEGUN + timedelta(minutes=5 * place)).isoformat(), "mean": value}
        for place, value in enumerate(values)
        if value is not None
    ]


def test_a_sparkline_goes_from_the_least_to_the_most() -> None:
    assert sparkline(points(*map(float, range(8)))) == "▁▂▃▄▅▆▇█"
    assert sparkline(points(5.0, 5.0)) == "▁▁"
    assert sparkline([]) == ""
    assert sparkline(points(*map(float, range(80))), most=8) == "▁▂▃▄▅▆▇█"


def test_a_step_of_which_nothing_is_known_is_a_space() -> None:
    assert sparkline(points(0.0, 1.0, None, 0.0)) == "▁█ ▁"
    assert bars_of(points(0.0, 1.0, None, 0.0)) == ["▁", "█", "▁"]


def test_a_meter_is_drawn_by_what_it_rose() -> None:
    first, second = points(100.0, 101.0)
    assert sparkline([first | {"total": 2.0}, second | {"total": 0.0}]) == "█▁"


def test_a_drawing_says_what_is_highest_and_lowest_and_when() -> None:
    rows = drawn(points(20.0, 21.5), most=80)
    assert len(rows) == HEIGHT + 1
    assert rows[0].split() == ["21.5", "█"]
    assert rows[HEIGHT - 1].split()[0] == "20"
    assert rows[-1].strip() == "2026-01-02 00:00 to 2026-01-02 00:05"


def test_a_drawing_is_never_wider_than_its_room() -> None:
    rows = drawn(points(*map(float, range(300))), most=40)
    assert max(len(row) for row in rows) == 50


def test_of_nothing_there_is_no_drawing() -> None:
    assert drawn([], most=80) == ["nothing was recorded"]
