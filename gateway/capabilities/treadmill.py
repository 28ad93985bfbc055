"""The treadmill. Nothing here, or anywhere, starts a belt or makes it faster or steeper."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from gateway.capability import Capability, Nothing, Risk, action
from gateway.quantities import Sampled, Units
from gateway.schema import Model

SLOWER = 0.6
"""The most that is left of a speed: belts that read km/h as mph run 1.61 times what they are told.
0.6 times that is still no faster than before."""
NEAR = 0.1


class TreadmillState(Model):
    """What a belt is doing. What it cannot tell is absent."""

    running: bool
    speed: Annotated[float, Field(ge=0), Sampled(0.2, "km/h")] | None = None
    """of the belt, km/h"""
    incline: Annotated[float, Sampled(0.5, "%")] | None = None
    """%"""
    distance: Annotated[float, Field(ge=0), Sampled(50, "m")] | None = None
    """of this session, m"""
    elapsed: Annotated[float, Field(ge=0), Sampled(60, "s")] | None = None
    """of this session, s"""
    energy: Annotated[float, Field(ge=0), Sampled(5, "kcal")] | None = None
    """of this session, kcal"""
    heart_rate: Annotated[float, Field(ge=0), Sampled(5, "bpm")] | None = None
    """of whoever is on it, beats a minute"""
    in_use: bool | None = None
    """a heart beats or somebody touched the console in the last minutes; absent while unknown"""
    locked_out: bool | None = None
    """it ran faster after it was told to slow down, and is told nothing but stop any more"""


class StopTreadmill(Model):
    """How to stop it."""

    pause: bool = False
    if_unused: Literal[True] | None = None
    """only where nobody is on it"""


class Treadmill(Capability):
    """A treadmill. Bluetooth's Fitness Machine Service 1.0; not in Matter."""

    name = "treadmill"
    State = TreadmillState

    @action(idempotent=True, reversible=False, risk=Risk.SAFETY, settle=10.0, urgent=True)
    async def stop_treadmill(self, change: StopTreadmill) -> None:
        """Stop or pause a running treadmill. Nothing can start it."""

    @action(
        idempotent=False, reversible=False, risk=Risk.SAFETY, settle=10.0, exact=True, alone=True
    )
    async def slow_treadmill(self, change: Nothing) -> None:
        """Slow a running treadmill to about half. Never raises speed or incline."""

    @classmethod
    def wanted(cls, action: str, change: Model, before: Model | None) -> dict[str, Any]:
        if action == "stop_treadmill":
            return {"running": False}
        if not isinstance(before, TreadmillState) or not before.speed:
            return {}
        return {"speed": round(before.speed * SLOWER, 2)}

    @classmethod
    def shows(cls, state: Model, wanted: Mapping[str, Any]) -> bool:
        assert isinstance(state, TreadmillState)
        rest = {name: value for name, value in wanted.items() if name != "speed"}
        if "speed" in wanted and not (state.speed or 0) <= wanted["speed"] + NEAR:
            return False
        return super().shows(state, rest)

    @classmethod
    def sentence(cls, state: Any, units: Units = "metric") -> str:
        if not state.running:
            return "stopped"
        if state.speed is None:
            return "running"
        said = f"{state.speed / 1.609344:.1f} mph" if units == "us" else f"{state.speed:.1f} km/h"
        return f"running at {said}"
