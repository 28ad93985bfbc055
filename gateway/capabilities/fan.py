"""Fans, and what else moves air or water: pumps, jets, blowers."""

from collections.abc import Sequence
from typing import Annotated, Any, ClassVar, Self

from pydantic import Field, model_validator

from gateway.capabilities.switch import Switch, SwitchChange
from gateway.capability import Capability, Risk, Step, action
from gateway.quantities import Percent, Units, Words
from gateway.schema import Model


class FanState(Model):
    """Whether and how fast it turns."""

    on: bool
    speed: Percent | None = None
    """%; absent where it has one speed or is off"""


class FanChange(Model):
    """What to make of a fan. Speed 0 means off; speed alone turns it on."""

    on: bool | None = None
    speed: Annotated[float, Field(ge=0, le=100), Words("0-100 %")] | None = None

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("say what to change: on or speed")
        if self.on is False and self.speed:
            raise ValueError("on false excludes a speed: send one")
        if self.on and self.speed == 0:
            raise ValueError("speed 0 is off: send one")
        return self

    @property
    def running(self) -> bool:
        """Whether it is to turn afterwards."""
        return self.speed > 0 if self.speed is not None else bool(self.on)


class Fan(Capability):
    """A fan, a pump, a jet or a blower. Matter Fan Control 0x0202."""

    name = "fan"
    State = FanState
    stands_in: ClassVar[dict[str, str]] = {"set_switch": "set_fan"}

    @action(idempotent=True, reversible=True, risk=Risk.COMFORT, settle=4.0)
    async def set_fan(self, change: FanChange) -> None:
        """Fans, pumps, spa jets, blowers: on, off, speed. Not heat."""

    @classmethod
    def wanted(cls, action: str, change: Model, before: Model | None) -> dict[str, Any]:
        assert isinstance(change, FanChange)
        if change.running and change.speed is not None:
            return {"on": True, "speed": change.speed}
        return {"on": change.running}

    @classmethod
    def sentence(cls, state: Any, units: Units = "metric") -> str:
        if not state.on:
            return "off"
        return "on" if state.speed is None else f"on at {state.speed:.0f} %"

    @classmethod
    def recreate(cls, state: Any) -> Sequence[Step]:
        if state.on and state.speed:
            return (Step("set_fan", {"speed": state.speed}),)
        return (Step("set_fan", {"on": state.on}),)


class FanOnSwitch(Fan):
    """A fan behind a plug: what `use_as: fan` makes of a switch."""

    def __init__(self, switch: Switch) -> None:
        self.switch = switch
        self.pushes = switch.pushes

    async def set_fan(self, change: FanChange) -> None:
        await self.switch.set_switch(SwitchChange(on=change.running))

    async def refresh(self) -> None:
        await self.switch.refresh()
