"""Curves in letters: the points of get_history as bars, one line high or several."""

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise

from gateway.session import Json

BARS = "▁▂▃▄▅▆▇█"
HEIGHT = 8
MARGIN = 9
MOST_COLUMNS = 400


def sparkline(points: Sequence[Json], *, most: int = MOST_COLUMNS) -> str:
    """Return a bar for each step, and a space for each of which nothing is known.

    At most `most` columns are drawn: of more steps those that fall into one column share it.
    """
    levels = _levels(_narrowed(columns(points), most), len(BARS))
    return "".join(" " if level is None else BARS[level] for level in levels)


def bars_of(points: Sequence[Json]) -> list[str]:
    """Return the bar of each point."""
    levels = _levels([_value(point) for point in points], len(BARS))
    return ["" if level is None else BARS[level] for level in levels]


def drawn(points: Sequence[Json], *, most: int) -> list[str]:
    """Return rows of bars with what the highest and the lowest stand for, and from when to when.

    `most` is as in `sparkline`.
    """
    values = _narrowed(columns(points), most)
    known = [value for value in values if value is not None]
    if not known:
        return ["nothing was recorded"]
    levels = _levels(values, HEIGHT * len(BARS))
    rows = ["".join(_bar(level, row) for level in levels) for row in reversed(range(HEIGHT))]
    marks = {0: f"{max(known):g}", HEIGHT - 1: f"{min(known):g}"}
    shown = [f"{marks.get(place, ''):>{MARGIN}} {row}" for place, row in enumerate(rows)]
    first, last = (_said(points[place]["start"]) for place in (0, -1))
    return [*shown, f"{'':{MARGIN}} {first} to {last}"]


def columns(points: Sequence[Json]) -> list[float | None]:
    """Return the value of each step in turn, None for those that are left out."""
    starts = [datetime.fromisoformat(point["start"]) for point in points]
    steps = [(after - before).total_seconds() for before, after in pairwise(starts)]
    step = min(steps, default=1.0) or 1.0
    found: list[float | None] = []
    for point, passed in zip(points, [step, *steps], strict=False):
        missing = min(MOST_COLUMNS, round(passed / step) - 1)
        found += [None] * missing + [_value(point)]
    return found


def _value(point: Json) -> float:
    value: float = point["total"] if "total" in point else point["mean"]
    return value


def _narrowed(values: list[float | None], most: int) -> list[float | None]:
    if len(values) <= most:
        return values
    found: list[float | None] = []
    for column in range(most):
        start, end = (len(values) * place // most for place in (column, column + 1))
        known = [value for value in values[start:end] if value is not None]
        found.append(sum(known) / len(known) if known else None)
    return found


def _levels(values: Sequence[float | None], count: int) -> list[int | None]:
    """Return how high each value stands between the least and the most, 0 to `count` - 1."""
    known = [value for value in values if value is not None]
    if not known:
        return [None] * len(values)
    low, range_ = min(known), (max(known) - min(known)) or 1.0
    return [
        None if value is None else round((value - low) / range_ * (count - 1)) for value in values
    ]


def _bar(level: int | None, row: int) -> str:
    """Return what is seen of a bar in a row; the lowest row is 0."""
    above = -1 if level is None else level - row * len(BARS)
    return " " if above < 0 else BARS[min(above, len(BARS) - 1)]


def _said(start: str) -> str:
    return f"{datetime.fromisoformat(start):%Y-%m-%d %H:%M}"
