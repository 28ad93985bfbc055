"""Temperatures are °C inside; a caller's °F are converted once, here."""

from collections.abc import Mapping
from typing import Any

from gateway.errors import InvalidArguments
from gateway.limits import HARD, looks_like_fahrenheit
from gateway.quantities import Units, to_celsius
from gateway.tool import Tool, temperature_fields


def in_celsius(tool: Tool, arguments: Mapping[str, Any], home: Units) -> Mapping[str, Any]:
    """Return the arguments with temperatures in °C.

    Without `unit` the home's counts. A number that makes sense only in the other unit is
    refused, never converted silently.
    """
    assert tool.action is not None
    fields = [name for name in temperature_fields(tool.action.change) if name in arguments]
    if not fields:
        return arguments
    unit = arguments.get("unit")
    fahrenheit = unit == "F" or (unit is None and home == "us")
    converted = dict(arguments)
    for name in fields:
        if fahrenheit:
            converted[name] = to_celsius(arguments[name])
        _suspect(tool, name, arguments[name], converted[name], unit)
    return converted


def _suspect(tool: Tool, name: str, given: float, celsius: float, unit: str | None) -> None:
    assert tool.action is not None
    limit = HARD.get(tool.action.kind, {}).get(name)
    if limit is None or limit.min is None or limit.max is None:
        return
    if celsius == given and looks_like_fahrenheit(given, limit):
        raise InvalidArguments(
            f"{name} {given:g} looks like Fahrenheit: send unit F",
            hint=f"In °C it may be {limit.min:g} to {limit.max:g}.",
            field="unit",
        )
    if celsius != given and unit is None and limit.min <= given <= limit.max:
        raise InvalidArguments(
            f"{name} {given:g} looks like Celsius, and this home uses Fahrenheit: send unit C",
            field="unit",
        )
