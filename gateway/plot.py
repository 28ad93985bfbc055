"""The past as a picture: a line for each device, with the band between its least and most.

matplotlib comes with the extra `plot`. It keeps its settings for the whole process, so one
picture is drawn at a time; its `pyplot`, which keeps figures too, is never used.
"""

import io
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import nan
from typing import Any, Literal
from zoneinfo import ZoneInfo

from gateway.errors import GatewayError
from gateway.history_units import measure
from gateway.quantities import Units
from gateway.series import Bucket
from gateway.text import clean

Format = Literal["svg", "png"]

COLORS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#000000")
"""Told apart by the colour-blind too (Okabe and Ito, "Color Universal Design", 2008)."""
DASHES = ("-", "--", "-.", ":")
MOST_CURVES = 12
SIZE = (9.0, 4.5)
DPI = 120
_GAP = 1.5
_drawing = threading.Lock()


class CannotPlot(GatewayError):
    """The library that draws is not installed."""

    code, status, title = "cannot_plot", 501, "Pictures need an extra"


@dataclass(frozen=True, slots=True)
class Curve:
    """One device's past, as `History.series` tells it in steps of `every` seconds."""

    name: str
    prop: str
    buckets: Sequence[Bucket]
    every: float


def plot(curves: Sequence[Curve], format: Format, zone: ZoneInfo, units: Units) -> bytes:
    """Return a picture of at most 12 curves of one property, in the home's time and units.

    Raises CannotPlot where matplotlib is not installed.
    """
    try:
        import matplotlib
        from matplotlib.figure import Figure
    except ModuleNotFoundError as error:
        raise CannotPlot(
            "Pictures need matplotlib, which is not installed",
            hint="Run pip install 'homeport[plot]' and start homeport again.",
        ) from error
    settings: dict[Any, Any] = {
        "text.parse_math": False,  # a name may have dollars in it
        "svg.fonttype": "none",  # text stays text, for screen readers and agents
        "svg.hashsalt": "homeport",
        "font.size": 11,
    }
    with _drawing, matplotlib.rc_context(settings):
        figure = Figure(figsize=SIZE, dpi=DPI, facecolor="white", layout="constrained")
        title = _draw(figure.add_subplot(), list(curves[:MOST_CURVES]), zone, units)
        return _saved(figure, format, title)


def _draw(axes: Any, curves: list[Curve], zone: ZoneInfo, units: Units) -> str:
    prop = curves[0].prop if curves else ""
    known = measure(prop)
    unit = known.shown_unit(units)
    what = prop.partition(".")[2].replace("_", " ") or "history"
    names = [clean(curve.name, 40) for curve in curves]
    title = f"{names[0]}: {what}" if len(names) == 1 else what.capitalize()
    axes.xaxis_date(tz=zone)
    lines = [_line(axes, curve, number, units) for number, curve in enumerate(curves)]
    axes.set_title(_drawable(title))
    step = f" in each {_length(curves[0].every)}" if curves and known.counts else ""
    axes.set_ylabel(f"{what}{step}, {unit}" if unit else f"{what}{step}")
    axes.set_xlabel(f"time ({zone.key})")
    axes.grid(color="#dddddd")
    axes.spines[["top", "right"]].set_visible(False)
    _dates(axes, zone)
    if not any(curve.buckets for curve in curves):
        axes.text(0.5, 0.5, "nothing was recorded", transform=axes.transAxes, ha="center")
    if len(lines) > 1:
        axes.legend(lines, [_label(name) for name in names], fontsize=10)
    return title


def _line(axes: Any, curve: Curve, number: int, units: Units) -> Any:
    color, dash = COLORS[number % len(COLORS)], DASHES[number // len(COLORS) % len(DASHES)]
    known = measure(curve.prop)
    times, buckets = _with_gaps(curve)
    if known.counts:
        rises = [bucket.rise if bucket else nan for bucket in buckets]
        axes.fill_between(times, rises, step="post", color=color, alpha=0.2, linewidth=0)
        return axes.plot(times, rises, drawstyle="steps-post", color=color, linestyle=dash)[0]
    means, least, most = (
        [known.shown(getattr(bucket, name), units) if bucket else nan for bucket in buckets]
        for name in ("mean", "min", "max")
    )
    axes.fill_between(times, least, most, color=color, alpha=0.2, linewidth=0)
    mark = "." if len(curve.buckets) < 40 else ""
    return axes.plot(times, means, color=color, linestyle=dash, marker=mark, linewidth=1.8)[0]


def _with_gaps(curve: Curve) -> tuple[list[datetime], list[Bucket | None]]:
    """Return the buckets with a hole wherever one is missing, so that no line crosses it."""
    every, steps = timedelta(seconds=curve.every), measure(curve.prop).counts
    found: list[tuple[datetime, Bucket | None]] = []
    following: Sequence[Bucket | None] = [*curve.buckets[1:], None]
    for bucket, after in zip(curve.buckets, following, strict=False):
        end = bucket.start + every
        found.append((bucket.start, bucket))
        if after is None or after.start - bucket.start > every * _GAP:
            found += [(end, bucket), (end, None)] if steps else [(end, None)]
    return [moment for moment, _ in found], [bucket for _, bucket in found]


def _dates(axes: Any, zone: ZoneInfo) -> None:
    from matplotlib import dates

    made: Any = dates  # its classes have no types
    locator = made.AutoDateLocator(tz=zone)
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(made.ConciseDateFormatter(locator, tz=zone))


def _length(seconds: float) -> str:
    hours = seconds / 3600
    if hours >= 24:
        return f"{hours / 24:g} d"
    return f"{hours:g} h" if hours >= 1 else f"{seconds / 60:g} min"


def _label(name: str) -> str:
    """Return a name that matplotlib shows: it hides those that begin with a line."""
    drawable = _drawable(name)
    return f" {drawable}" if drawable.startswith("_") else drawable


def _drawable(text: str) -> str:
    """Return the text with a box for what the font has no letter for."""
    from matplotlib.font_manager import findfont, get_font

    letters = get_font(findfont("DejaVu Sans")).get_charmap()
    return "".join(letter if ord(letter) in letters else "□" for letter in text)


def _saved(figure: Any, format: Format, title: str) -> bytes:
    saved = io.BytesIO()
    about = {"Title": title} | ({"Date": None} if format == "svg" else {})
    figure.savefig(saved, format=format, metadata=about)
    return saved.getvalue()
