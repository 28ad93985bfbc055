"""Locks of doors."""

from collections.abc import Sequence
from typing import Any

from gateway.capability import Capability, Nothing, Risk, Step, action
from gateway.quantities import Units
from gateway.schema import Model


class LockState(Model):
    """Whether a door is locked. What the lock cannot tell is absent."""

    locked: bool | None = None
    jammed: bool | None = None
    """the bolt is stuck, so that neither can be relied on"""


class Lock(Capability):
    """A door lock. Matter Door Lock 0x0101."""

    name = "lock"
    State = LockState

    @action(idempotent=True, reversible=True, risk=Risk.COMFORT, settle=8.0)
    async def lock_door(self, change: Nothing) -> None:
        """Lock doors."""

    @action(idempotent=True, reversible=True, risk=Risk.SECURITY, settle=8.0, exact=True)
    async def unlock_door(self, change: Nothing) -> None:
        """Unlock one door. Asks a person first."""

    @classmethod
    def wanted(cls, action: str, change: Model, before: Model | None) -> dict[str, Any]:
        return {"locked": action == "lock_door"}

    @classmethod
    def sentence(cls, state: Any, units: Units = "metric") -> str:
        if state.jammed:
            return "jammed"
        return {True: "locked", False: "unlocked", None: "unknown"}[state.locked]

    @classmethod
    def recreate(cls, state: Any) -> Sequence[Step]:
        if state.locked is None:
            return ()
        return (Step("lock_door" if state.locked else "unlock_door", {}),)
