"""Shades, blinds, curtains and awnings."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from gateway.capabilities.moving import Moving
from gateway.capability import Risk, Step, action
from gateway.quantities import Percent, Units
from gateway.schema import Model


class CoverState(Model):
    """Where a cover is. 0 is closed and 100 open, the other way round than Matter's lift."""

    open: Percent | None = None
    """%: 0 closed, 100 open"""
    target_open: Percent | None = None
    """where it is going or was last told to go"""
    moving: Literal["opening", "closing", "no"] | None = None


class CoverChange(Model):
    """Where a cover is to go."""

    open: Annotated[float, Field(ge=0, le=100)] | None = None
    """%: 0 closed, 100 open"""
    stop: Literal[True] | None = None

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        if len(self.model_fields_set) != 1:
            raise ValueError("send either open (0-100) or stop: true")
        return self


class Cover(Moving):
    """A shade, a blind, a curtain or an awning. Matter Window Covering 0x0102."""

    name = "cover"
    State = CoverState

    @action(idempotent=True, reversible=True, risk=Risk.SAFETY, settle=5.0)
    async def set_shades(self, change: CoverChange) -> None:
        """Shades, blinds, curtains, awnings: open, close, stop, halfway. Not the garage."""

    @classmethod
    def wanted(cls, action: str, change: Model, before: Model | None) -> dict[str, Any]:
        assert isinstance(change, CoverChange)
        return {"moving": "no"} if change.stop else {"target_open": change.open}

    @classmethod
    def sentence(cls, state: Any, units: Units = "metric") -> str:
        if state.moving in ("opening", "closing"):
            return str(state.moving)
        if state.open is None:
            return "unknown"
        return {0: "closed", 100: "open"}.get(state.open, f"{state.open:.0f} % open")

    @classmethod
    def recreate(cls, state: Any) -> Sequence[Step]:
        return () if state.open is None else (Step("set_shades", {"open": state.open}),)
