"""A figure, and the bar that it has to meet."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value. `most` and `least` are its bar; neither means it is only reported."""

    what: str
    value: float
    unit: str = ""
    most: float | None = None
    least: float | None = None
    note: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the bar is met; None where there is none."""
        if self.most is not None:
            return self.value <= self.most
        return self.value >= self.least if self.least is not None else None

    @property
    def value_text(self) -> str:
        shown = f"{self.value:.3g}" if abs(self.value) < 100 else f"{self.value:.0f}"
        return f"{shown} {self.unit}".strip() + (f"  ({self.note})" if self.note else "")

    @property
    def bar_text(self) -> str:
        if self.most is not None:
            return f"≤ {self.most:g} {self.unit}".strip()
        return f"≥ {self.least:g} {self.unit}".strip() if self.least is not None else ""

    def shown(self) -> dict[str, Any]:
        """Return the figure for programs."""
        return {
            "what": self.what,
            "value": self.value,
            "unit": self.unit,
            "bar": self.bar_text,
            "met": self.met,
            "note": self.note,
        }


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value below which that share of the values lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def median(values: Sequence[float]) -> float:
    """Return the median."""
    return statistics.median(values)
