"""Numbers and choices of which homeport knows no meaning: read-only until the owner says so."""

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import Field

from gateway.capability import Capability, Risk, Step, action
from gateway.quantities import Sampled, Units
from gateway.schema import Model
from gateway.text import Untrusted


class NumberState(Model):
    """A number of the device's own meaning."""

    value: Annotated[float, Sampled(0, "")] | None = None
    unit: Untrusted | None = None


class NumberChange(Model):
    """What to make of it."""

    value: Annotated[float, Field(allow_inf_nan=False)]
    """in its own unit, such as 0-100"""


class Number(Capability):
    """A number that a device shows or takes, of its maker's meaning; not in Matter."""

    name = "number"
    State = NumberState

    @action(idempotent=True, reversible=True, risk=Risk.SAFETY)
    async def set_number(self, change: NumberChange) -> None:
        """Set a device's own number that the owner has made writable."""

    @classmethod
    def sentence(cls, state: Any, units: Units = "metric") -> str:
        if state.value is None:
            return "unknown"
        return f"{state.value:g} {state.unit}" if state.unit else f"{state.value:g}"

    @classmethod
    def recreate(cls, state: Any) -> Sequence[Step]:
        return () if state.value is None else (Step("set_number", {"value": state.value}),)


class SelectState(Model):
    """What is chosen."""

    option: Untrusted | None = None


class SelectChange(Model):
    """What to choose."""

    option: Annotated[str, Field(min_length=1, max_length=80)]


class Select(Capability):
    """One of several words that a device shows or takes. Matter Mode Select 0x0050."""

    name = "select"
    State = SelectState

    @action(idempotent=True, reversible=True, risk=Risk.SAFETY)
    async def set_option(self, change: SelectChange) -> None:
        """Pick one of a device's own options that the owner has made writable."""

    @classmethod
    def sentence(cls, state: Any, units: Units = "metric") -> str:
        return str(state.option) if state.option else "unknown"

    @classmethod
    def recreate(cls, state: Any) -> Sequence[Step]:
        return () if state.option is None else (Step("set_option", {"option": state.option}),)
