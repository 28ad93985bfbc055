"""Plugs, relays and whatever else is merely on or off."""

from collections.abc import Sequence
from typing import Any

from gateway.capability import Capability, Risk, Step, action
from gateway.quantities import Units
from gateway.schema import Model


class SwitchState(Model):
    """Whether current flows."""

    on: bool


class SwitchChange(Model):
    """What to make of it."""

    on: bool


class Switch(Capability):
    """A plug, a socket or a relay. Matter On/Off 0x0006."""

    name = "switch"
    State = SwitchState

    @action(idempotent=True, reversible=True, risk=Risk.COMFORT)
    async def set_switch(self, change: SwitchChange) -> None:
        """Turn on or off plugs, outlets, appliances, TVs, or anything with a switch.
        Not locks, garages, heat."""

    @classmethod
    def sentence(cls, state: Any, units: Units = "metric") -> str:
        return "on" if state.on else "off"

    @classmethod
    def recreate(cls, state: Any) -> Sequence[Step]:
        return (Step("set_switch", {"on": state.on}),)
