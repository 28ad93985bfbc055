"""What values are in force: hard limits, the device's own, the owner's, the grant's.

The hard limits stand below every surface and nothing lifts them. Their sources: rooms are
heated to 5-35 °C, the range of Homematic's and most makers' thermostats; below 5 °C pipes
freeze, above 35 °C a room is dangerous to infants and the old.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, floor
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
_ROUNDING = 1e-6


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

    A value outside a range is refused, never clamped; rounding never leaves a range.
    """
    kept, every = dict(values), (Bound("homeport's hard limit", HARD.get(kind, {})), *bounds)
    for field, value in values.items():
        in_force = [(one.limits[field], one.whose) for one in every if field in one.limits]
        if value is None:
            continue
        for limit, whose in in_force:
            _admit(field, value, limit, whose, name)
        if _is_number(value):
            kept[field] = _on_steps(field, value, in_force)
    return Checked(kept, kept != dict(values))


def _admit(field: str, value: Any, limit: Limit, whose: str, name: str) -> None:
    if limit.absent:
        raise _refusal(f"{name} has no {field}", field, limit, whose)
    if limit.enum is not None and value not in limit.enum:
        hint = did_you_mean(str(value), limit.enum) or f"It knows {', '.join(limit.enum)}."
        raise _refusal(f"{name} has no {field} {value!r}", field, limit, whose, hint)
    if _is_number(value) and not _within(value, limit.min, limit.max):
        outside = f"{field} {value:g} is outside {_range(limit.min, limit.max)}"
        raise _refusal(outside, field, limit, whose)


def _on_steps(field: str, value: float, in_force: Sequence[tuple[Limit, str]]) -> float:
    low = max((limit.min for limit, _ in in_force if limit.min is not None), default=None)
    high = min((limit.max for limit, _ in in_force if limit.max is not None), default=None)
    for limit, whose in in_force:
        if not limit.step:
            continue
        start, steps = limit.min or 0.0, (value - (limit.min or 0.0)) / limit.step
        near = [start + count * limit.step for count in (round(steps), floor(steps), ceil(steps))]
        fitting = [round(one, 6) for one in near if _within(one, low, high)]
        if not fitting:
            nothing = f"no step of {limit.step:g} near {field} {value:g} is {_range(low, high)}"
            raise _refusal(nothing, field, limit, whose)
        value = fitting[0]
    return value


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _within(value: float, low: float | None, high: float | None) -> bool:
    return (low is None or value >= low - _ROUNDING) and (high is None or value <= high + _ROUNDING)


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
