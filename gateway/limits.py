"""What values are in force: hard limits, the device's own, the owner's, the grant's.

The hard limits stand below every surface and nothing lifts them. Their sources: rooms are
heated to 5-35 °C, the range of Homematic's and most makers' thermostats; below 5 °C pipes
freeze, above 35 °C a room is dangerous to infants and the old.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from gateway.errors import GatewayError, OutOfLimits, did_you_mean
from gateway.quantities import to_fahrenheit
from gateway.schema import Model


class Limit(Model):
    """What one field may be on one device: absent, a range with a step, or one of some words."""

    absent: bool | None = None
    min: float | None = None
    max: float | None = None
    step: float | None = None
    enum: list[str] | None = None


Limits = Mapping[str, Limit]

HARD: Mapping[str, Limits] = {
    "climate": {"temperature": Limit(min=5, max=35)},
}


@dataclass(frozen=True, slots=True)
class Bound:
    """Limits, and whose they are: the words a refusal uses."""

    whose: str
    limits: Limits


@dataclass(frozen=True, slots=True)
class Checked:
    """The values that may be sent, and whether rounding to a step changed one."""

    values: dict[str, Any]
    adjusted: bool


def check(kind: str, values: Mapping[str, Any], bounds: Iterable[Bound], name: str) -> Checked:
    """Return `values` rounded to the steps; raise OutOfLimits that names which limit bit.

    A value outside a range is refused, never clamped.
    """
    kept, adjusted = dict(values), False
    for bound in (Bound("homeport's hard limit", HARD.get(kind, {})), *bounds):
        for field, limit in bound.limits.items():
            if kept.get(field) is None:
                continue
            fitted = _fit(field, kept[field], limit, bound.whose, name)
            adjusted = adjusted or fitted != kept[field]
            kept[field] = fitted
    return Checked(kept, adjusted)


def _fit(field: str, value: Any, limit: Limit, whose: str, name: str) -> Any:
    if limit.absent:
        raise _refusal(f"{name} has no {field}", field, limit, whose)
    if limit.enum is not None and value not in limit.enum:
        hint = did_you_mean(str(value), limit.enum) or f"It knows {', '.join(limit.enum)}."
        raise _refusal(f"{name} has no {field} {value!r}", field, limit, whose, hint)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    low, high = limit.min, limit.max
    if (low is not None and value < low) or (high is not None and value > high):
        raise _refusal(f"{field} {value:g} is outside {_range(low, high)}", field, limit, whose)
    if not limit.step:
        return value
    start = low or 0.0
    return round(start + round((value - start) / limit.step) * limit.step, 6)


def _range(low: float | None, high: float | None) -> str:
    if low is None:
        return f"at most {high:g}"
    return f"at least {low:g}" if high is None else f"{low:g} to {high:g}"


def _refusal(
    sentence: str, field: str, limit: Limit, whose: str, hint: str | None = None
) -> GatewayError:
    return OutOfLimits(
        f"{sentence} ({whose})",
        hint=hint,
        field=field,
        limits={field: limit.model_dump(exclude_none=True)},
    )


def looks_like_fahrenheit(celsius: float, field: Limit) -> bool:
    """Say whether a temperature makes sense only as °F within this limit."""
    if field.max is None or field.min is None or celsius <= field.max:
        return False
    return to_fahrenheit(field.min) <= celsius <= to_fahrenheit(field.max)
