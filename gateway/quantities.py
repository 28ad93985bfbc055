"""Quantities in human units, and what the core must know of a field beside its type."""

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field


@dataclass(frozen=True, slots=True)
class Sampled:
    """A field that drifts: logged seldom, and only beyond `deadband` (in `unit`)."""

    deadband: float
    unit: str


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How far a value that is read back may lie from the one asked for."""

    within: float


@dataclass(frozen=True, slots=True)
class InCelsius:
    """A temperature that a caller may give in °F; the edge converts it once."""


@dataclass(frozen=True, slots=True)
class Words:
    """A field's range in words, for agents whose client strips the numbers."""

    text: str


Percent = Annotated[float, Field(ge=0, le=100), Tolerance(1)]
Kelvin = Annotated[float, Field(ge=1000, le=20000), Tolerance(50)]
Celsius = Annotated[float, Field(ge=-100, le=200), Tolerance(0.25)]
Watts = Annotated[float, Sampled(1, "W")]
KilowattHours = Annotated[float, Field(ge=0), Sampled(0.01, "kWh")]


Units = Literal["metric", "us"]


def to_celsius(fahrenheit: float) -> float:
    """Return °C, to a hundredth."""
    return round((fahrenheit - 32) / 1.8, 2)


def to_fahrenheit(celsius: float) -> float:
    """Return °F, to a tenth."""
    return round(celsius * 1.8 + 32, 1)


def degrees(celsius: float, units: Units) -> str:
    """Return a temperature as this home says it."""
    return f"{to_fahrenheit(celsius):.1f} °F" if units == "us" else f"{celsius:.1f} °C"
