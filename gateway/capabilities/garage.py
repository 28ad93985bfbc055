"""Garage doors and gates."""

from collections.abc import Sequence
from typing import Any, Literal

from gateway.capabilities.moving import Moving
from gateway.capability import Nothing, Risk, Step, action
from gateway.quantities import Units
from gateway.schema import Model


class GarageState(Model):
    """Where a garage door is. What it cannot tell is absent."""

    open: bool | None = None
    """false only when it is closed all the way"""
    target_open: bool | None = None
    """where it is going or was last told to go"""
    moving: Literal["opening", "closing", "no"] | None = None
    obstructed: bool | None = None
    """something stood in its way"""


class Garage(Moving):
    """A garage door or a gate. Matter Closure Control 0x0104."""

    name = "garage"
    State = GarageState

    @action(idempotent=True, reversible=True, risk=Risk.SAFETY, settle=5.0)
    async def close_garage(self, change: Nothing) -> None:
        """Close garage doors and gates."""

    @action(idempotent=True, reversible=True, risk=Risk.SECURITY, settle=5.0, exact=True)
    async def open_garage(self, change: Nothing) -> None:
        """Open one garage door or gate. Asks a person first."""

    @classmethod
    def wanted(cls, action: str, change: Model, before: Model | None) -> dict[str, Any]:
        return {"target_open": action == "open_garage"}

    @classmethod
    def sentence(cls, state: Any, units: Units = "metric") -> str:
        if state.moving in ("opening", "closing"):
            return str(state.moving)
        said = {True: "open", False: "closed", None: "unknown"}[state.open]
        return f"{said}, obstructed" if state.obstructed else said

    @classmethod
    def recreate(cls, state: Any) -> Sequence[Step]:
        if state.open is None:
            return ()
        return (Step("open_garage" if state.open else "close_garage", {}),)
