"""A workout as a file that other programs read: FIT (Garmin's), or CSV."""

import csv
import io
from collections.abc import Sequence

from gateway.clock import HomeClock, moment
from gateway.errors import NeedsSetup
from workouts.workout import Sample, Workout

SECOND = 1000
STRING_SIZE = 50
COLUMNS = (
    ("speed", "speed_km_h"),
    ("incline", "incline_percent"),
    ("distance", "distance_m"),
    ("energy", "energy_kcal"),
    ("heart_rate", "heart_rate_bpm"),
    ("altitude", "altitude_m"),
)
"""Of a sample, and their headings."""


def as_csv(workout: Workout, samples: Sequence[Sample], clock: HomeClock) -> bytes:
    """Return a line for each sample, after one of headings with units; what is unknown is empty.

    Times are ISO 8601 with the home's offset; `elapsed_s` counts from the workout's start.
    """
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\r\n")  # RFC 4180
    table.writerow(("time", "elapsed_s", *(heading for _, heading in COLUMNS)))
    began = workout.start.timestamp()
    for one in samples:
        values = (getattr(one, name) for name, _ in COLUMNS)
        table.writerow((_iso(one.at, clock), _short(one.at - began), *map(_short, values)))
    return text.getvalue().encode()


def as_fit(workout: Workout, samples: Sequence[Sample]) -> bytes:
    """Return a FIT activity with one session, whose totals are the workout's.

    FIT counts in whole seconds, kilocalories, metres of ascent and beats, and in centimetres.
    """
    try:
        from fit_tool.fit_file_builder import FitFileBuilder

        from workouts.fit_messages import closing, opening, record
    except ImportError as error:
        raise NeedsSetup(
            "FIT files are written by fit-tool, which is not installed",
            hint="pip install 'homeport[workouts]'",
        ) from error
    builder = FitFileBuilder(auto_define=True, min_string_size=STRING_SIZE)
    builder.add_all(opening(workout))
    builder.add_all([record(one) for one in samples])
    builder.add_all(closing(workout))
    return bytes(builder.build().to_bytes())


def _iso(at: float, clock: HomeClock) -> str:
    return clock.exact(moment(round(at * SECOND)))


def _short(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}".rstrip("0").rstrip(".")
