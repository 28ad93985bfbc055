"""Heating and cooling of rooms."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from gateway.capability import Capability, Risk, Step, action
from gateway.quantities import (
    Celsius,
    InCelsius,
    Percent,
    Sampled,
    Tolerance,
    Units,
    Words,
    degrees,
)
from gateway.schema import Model
from gateway.text import Untrusted

Mode = Literal["off", "heat", "cool", "auto", "dry", "fan"]
Doing = Literal["off", "idle", "heating", "cooling", "drying", "fan"]


class ClimateState(Model):
    """What a thermostat measures and aims at, in °C. What it cannot tell is absent."""

    temperature: Annotated[float, Sampled(0.2, "°C")] | None = None
    """measured, °C"""
    target_temperature: Celsius | None = None
    """°C; absent while off, and where it keeps between two"""
    target_low: Celsius | None = None
    """°C, below which it heats"""
    target_high: Celsius | None = None
    """°C, above which it cools"""
    mode: Mode | None = None
    doing: Doing | None = None
    """what it does at this moment"""
    preset: Untrusted | None = None
    fan: Untrusted | None = None
    """speed of its fan, in its own words"""
    humidity: Annotated[Percent, Sampled(2, "%")] | None = None
    valve: Annotated[Percent, Sampled(5, "%"), Tolerance(5)] | None = None
    """how far a radiator's valve is open, %"""


Degrees = Annotated[float, Field(ge=-100, le=200), InCelsius(), Words("5-35 C / 41-95 F")]
Named = Annotated[str, Field(min_length=1, max_length=50)]
TARGETS = {"temperature": "target_temperature", "low": "target_low", "high": "target_high"}


class ClimateChange(Model):
    """What to make of a thermostat."""

    temperature: Degrees | None = None
    low: Degrees | None = None
    high: Degrees | None = None
    mode: Mode | None = None
    preset: Named | None = None
    fan: Named | None = None

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("say what to change: temperature, low, high, mode, preset or fan")
        if self.mode == "off" and self.model_fields_set.intersection(TARGETS):
            raise ValueError("mode off excludes a temperature: send one")
        if self.temperature is not None and (self.low is not None or self.high is not None):
            raise ValueError("send either temperature, or low and high to keep it between")
        if self.low is not None and self.high is not None and self.low >= self.high:
            raise ValueError("low must be below high")
        return self


class Climate(Capability):
    """A thermostat or an air conditioner. Matter Thermostat 0x0201."""

    name = "climate"
    State = ClimateState

    @action(idempotent=True, reversible=True, risk=Risk.SAFETY, settle=5.0)
    async def set_thermostat(self, change: ClimateChange) -> None:
        """Heating and cooling of rooms: set temperature in degrees, make warmer, turn heating off.
        Thermostats, air conditioning. Say the unit the person used."""

    @classmethod
    def wanted(cls, action: str, change: Model, before: Model | None) -> dict[str, Any]:
        assert isinstance(change, ClimateChange)
        asked = change.model_dump(exclude_unset=True)
        return {TARGETS.get(name, name): value for name, value in asked.items()}

    @classmethod
    def sentence(cls, state: Any, units: Units = "metric") -> str:
        said = []
        if state.temperature is not None:
            said.append(degrees(state.temperature, units))
        if state.mode == "off":
            said.append("off")
        elif state.target_temperature is not None:
            said.append(f"set to {degrees(state.target_temperature, units)}")
        elif state.target_low is not None and state.target_high is not None:
            low, high = degrees(state.target_low, units), degrees(state.target_high, units)
            said.append(f"kept between {low} and {high}")
        elif state.mode is not None:
            said.append(state.mode)
        return ", ".join(said) or "unknown"

    @classmethod
    def recreate(cls, state: Any) -> Sequence[Step]:
        if state.mode == "off":
            return (Step("set_thermostat", {"mode": "off"}),)
        kept = {} if state.mode is None else {"mode": state.mode}
        held = {name: getattr(state, target) for name, target in TARGETS.items()}
        if held["temperature"] is not None:
            held = {"temperature": held["temperature"]}
        told = {name: value for name, value in held.items() if value is not None}
        if told:
            kept |= {**told, "unit": "C"}
        return (Step("set_thermostat", kept),) if kept else ()
