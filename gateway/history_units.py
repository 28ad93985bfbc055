"""What the past of a property is measured in, and how this home says it. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import get_args, get_type_hints

from gateway.capabilities import KINDS
from gateway.quantities import Celsius, Kelvin, Percent, Units
from gateway.text import folded

COUNTERS = ("energy.total", "energy.today")
"""What only goes up, until it is set back: how much it rose is worth telling."""
_FIRST = ("energy.total", "energy.today", "energy.power")
"""What a kind's own name means where a device has several of its fields."""
_UNITS = ((Percent, "%"), (Celsius, "°C"), (Kelvin, "K"))


@dataclass(frozen=True, slots=True)
class Measure:
    """A property's unit as stored; `counts` where it only rises, `yes_no` where it is 0 or 1."""

    unit: str | None = None
    counts: bool = False
    yes_no: bool = False

    def shown_unit(self, units: Units) -> str | None:
        """Return the unit in which this home says it."""
        return "°F" if self.unit == "°C" and units == "us" else self.unit

    def shown(self, value: float, units: Units) -> float:
        """Return the value in that unit, with no more digits than anybody wants."""
        converted = value * 1.8 + 32 if self.shown_unit(units) != self.unit else value
        return round(converted, 2 if abs(converted) >= 10 else 3)


@cache
def measure(prop: str) -> Measure:
    """Return what is known of "kind.field"; nothing for what no kind declares any more."""
    name, _, field = prop.partition(".")
    kind = KINDS.get(name)
    if kind is None or field not in kind.State.model_fields:
        return Measure()
    hint = get_type_hints(kind.State, include_extras=True)[field]
    options = [hint, *get_args(hint)]
    if field in kind.sampled:
        return Measure(kind.sampled[field].unit, counts=prop in COUNTERS)
    unit = next((unit for marked, unit in _UNITS if marked in options), None)
    return Measure(unit, yes_no=bool in options)


def meant(word: str, known: Iterable[str]) -> str | None:
    """Return which of the known properties a caller means: "kind.field", a field, or a kind."""
    asked = folded(word).replace(" ", "_")
    order = list(KINDS)
    ordered = sorted(known, key=lambda prop: (*_rank(prop, order), prop))
    if asked in ordered:
        return asked
    fields = [prop for prop in ordered if prop.partition(".")[2] == asked]
    kinds = [prop for prop in ordered if prop.partition(".")[0] == asked]
    return next(iter([*fields, *kinds]), None)


def _rank(prop: str, order: list[str]) -> tuple[int, int]:
    kind = prop.partition(".")[0]
    return (
        order.index(kind) if kind in order else len(order),
        _FIRST.index(prop) if prop in _FIRST else len(_FIRST),
    )
