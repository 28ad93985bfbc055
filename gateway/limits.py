"""What values are in force: hard limits, the device's own, the owner's, the grant's.

The hard limits stand below every surface and nothing lifts them. Their sources: rooms are
heated to 5-35 °C, the range of Homematic's and most makers' thermostats; below 5 °C pipes
freeze, above 35 °C a room is dangerous to infants and the old. No control of a spa may be set
above 40 °C (UL 1563; CPSC release 79-071 warns of heat stroke from 41 °C on), and no pool has a
reason to be. A number that is a temperature may be either: the strictest of both holds.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, floor, isfinite
from types import MappingProxyType
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

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
    read_only: bool | None = None


class LimitSettings(BaseModel):
    """How warm the owner lets water become, in °C; at most what the hard limits allow."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    spa: float = Field(38.0, ge=5, le=40)
    pool: float = Field(40.0, ge=5, le=40)


Limits = Mapping[str, Limit]

ROOM, WATER = Limit(min=5, max=35), Limit(min=5, max=40)
HARD: Mapping[str, Limits] = {
    "climate": {"temperature": ROOM, "low": ROOM, "high": ROOM},
    "water": {"temperature": WATER},
}
TEMPERATURES = {"°c": ROOM, "c": ROOM, "celsius": ROOM}
TEMPERATURES |= dict.fromkeys(("°f", "f", "fahrenheit"), Limit(min=41, max=95))
TEMPERATURES |= dict.fromkeys(("k", "kelvin"), Limit(min=278.15, max=308.15))
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


def hard(kind: str, seen: Mapping[str, Any]) -> Limits:
    """Return what nothing lifts; `seen` is what the device shows, which tells a number's unit."""
    if kind == "number":
        found = TEMPERATURES.get(str(seen.get("unit", "")).strip().casefold())
        return {"value": found} if found else {}
    return HARD.get(kind, {})


def owners(kind: str, seen: Mapping[str, Any], settings: LimitSettings) -> Limits:
    """Return what the owner's settings add; water of which nothing is known is taken for a spa."""
    if kind != "water":
        return {}
    return {"temperature": Limit(max=settings.pool if seen.get("body") == "pool" else settings.spa)}


def check(
    kind: str,
    values: Mapping[str, Any],
    bounds: Iterable[Bound],
    name: str,
    seen: Mapping[str, Any] = MappingProxyType({}),
) -> Checked:
    """Return `values` rounded to the steps; raise OutOfLimits that names which limit bit.

    A value outside a range is refused, never clamped; rounding never leaves a range. The hard
    limits are among the bounds whoever calls; `seen` is what the device shows.
    """
    kept, every = dict(values), (Bound("homeport's hard limit", hard(kind, seen)), *bounds)
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
    if limit.read_only:
        hint = "Only the owner lets it be set, where its adapter has a setting `writable`."
        raise _refusal(f"{name} is read-only", field, limit, whose, hint)
    if limit.absent:
        raise _refusal(f"{name} has no {field}", field, limit, whose)
    if limit.enum is not None and value not in limit.enum:
        hint = did_you_mean(str(value), limit.enum) or f"It knows {', '.join(limit.enum)}."
        raise _refusal(f"{name} has no {field} {value!r}", field, limit, whose, hint)
    if _is_number(value) and not (isfinite(value) and _within(value, limit.min, limit.max)):
        outside = f"{field} {value:g} is outside its limits, {_range(limit.min, limit.max)}"
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
