"""Pools, spas and other bodies of heated water."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from gateway.capability import Capability, Risk, Step, action
from gateway.quantities import Celsius, InCelsius, Sampled, Units, Words, degrees
from gateway.schema import Model

Source = Literal["heater", "solar", "solar_preferred"]


class WaterState(Model):
    """How warm a body of water is and is to be, in °C. What it cannot tell is absent."""

    body: Literal["pool", "spa"]
    temperature: Annotated[float, Sampled(0.2, "°C")] | None = None
    """measured, °C; many controllers know it only while the pump runs"""
    target_temperature: Celsius | None = None
    """°C"""
    heat: bool | None = None
    """whether it is kept at the target temperature"""
    heating: bool | None = None
    """whether the heater burns now"""
    source: Source | None = None
    """what heats it, where there is a choice"""


class WaterChange(Model):
    """What to make of a body of water."""

    temperature: (
        Annotated[float, Field(ge=-100, le=200), InCelsius(), Words("5-40 C / 41-104 F")] | None
    ) = None
    heat: bool | None = None
    source: Source | None = None

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("say what to change: temperature, heat or source")
        if self.heat is False and self.source is not None:
            raise ValueError("heat false excludes a source: send one")
        return self


class Water(Capability):
    """A pool, a spa or a hot tub; not in Matter."""

    name = "water"
    State = WaterState

    @action(idempotent=True, reversible=True, risk=Risk.SAFETY, settle=5.0)
    async def set_pool_or_spa(self, change: WaterChange) -> None:
        """Pool and spa: set water temperature in degrees, heater on or off.
        At most 40 C / 104 F."""

    @classmethod
    def wanted(cls, action: str, change: Model, before: Model | None) -> dict[str, Any]:
        assert isinstance(change, WaterChange)
        asked = change.model_dump(exclude_unset=True)
        if "temperature" in asked:
            asked["target_temperature"] = asked.pop("temperature")
        if "source" in asked:
            asked["heat"] = True
        return asked

    @classmethod
    def sentence(cls, state: Any, units: Units = "metric") -> str:
        said = []
        if state.temperature is not None:
            said.append(degrees(state.temperature, units))
        if state.heat is False:
            said.append("heater off")
        elif state.target_temperature is not None:
            said.append(f"set to {degrees(state.target_temperature, units)}")
        if state.heating:
            said.append("heating")
        return ", ".join(said) or "unknown"

    @classmethod
    def recreate(cls, state: Any) -> Sequence[Step]:
        kept: dict[str, Any] = {} if state.heat is None else {"heat": state.heat}
        if state.heat and state.source is not None:
            kept["source"] = state.source
        if state.target_temperature is not None:
            kept |= {"temperature": state.target_temperature, "unit": "C"}
        return (Step("set_pool_or_spa", kept),) if kept else ()
