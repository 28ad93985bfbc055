"""Lamps."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, Self

import webcolors
from pydantic import AfterValidator, Field, model_validator

from gateway.capabilities.switch import Switch, SwitchChange
from gateway.capability import Capability, Risk, Step, action
from gateway.errors import did_you_mean
from gateway.quantities import Kelvin, Percent, Units
from gateway.schema import Model


def to_hex(color: str) -> str:
    """Return a colour's name or hex form as #rrggbb; raise ValueError with the nearest name."""
    word = color.strip().lower()
    try:
        return str(webcolors.normalize_hex(word) if "#" in word else webcolors.name_to_hex(word))
    except ValueError:
        names = webcolors.names("css3")
        hint = did_you_mean(word, names) or "Give a CSS name such as red, or #rrggbb."
        raise ValueError(f"{color!r} is no colour. {hint}") from None


Color = Annotated[str, Field(min_length=3, max_length=30), AfterValidator(to_hex)]

COLOR_WITHIN = 4
"""Of 255 in each channel: what a hue in whole degrees and a saturation in whole percent lose."""


def at_full(color: str) -> str:
    """Return #rrggbb at full brightness, which is how lamps keep colours."""
    channels = bytes.fromhex(color[1:])
    brightest = max(channels) or 255
    return "#" + bytes(round(channel * 255 / brightest) for channel in channels).hex()


def _like(seen: str | None, asked: str) -> bool:
    if seen is None:
        return False
    pairs = zip(bytes.fromhex(seen[1:]), bytes.fromhex(asked[1:]), strict=True)
    return all(abs(one - other) <= COLOR_WITHIN for one, other in pairs)


class LightState(Model):
    """What a lamp is doing. What it cannot tell is absent."""

    on: bool
    brightness: Percent | None = None
    color: str | None = None
    """#rrggbb, at full brightness; absent while it shows white."""
    color_temperature: Kelvin | None = None
    """Kelvin; absent while it shows a colour."""


class LightChange(Model):
    """What to make of a lamp. What is left out stays; a lamp that is dimmed or coloured is on."""

    on: bool | None = None
    brightness: Annotated[float, Field(ge=0, le=100)] | None = None
    """0-100 %, 0 is off"""
    color: Color | None = None
    """red, #ff8800"""
    color_temperature: Annotated[float, Field(ge=1500, le=9000)] | None = None
    """1500-9000 K, 2700 warm"""

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        asked = self.model_fields_set
        if not asked:
            raise ValueError("say what to change: on, brightness, color or color_temperature")
        if {"color", "color_temperature"} <= asked:
            raise ValueError("color and color_temperature exclude each other: send one")
        if self.color == "#000000":
            raise ValueError("black is no light: send on: false")
        if self.on is False and asked - {"on"} and self.brightness != 0:
            raise ValueError("on: false excludes the rest: send on: false alone")
        return self

    @property
    def lit(self) -> bool | None:
        """Whether the lamp is to be on; None where there is nothing to say."""
        if self.on is False or self.brightness == 0:
            return False
        return True if self.model_fields_set else None


class Light(Capability):
    """A lamp, or several that switch as one.
    Matter On/Off 0x0006, Level Control 0x0008, Color Control 0x0300."""

    name = "light"
    State = LightState
    stands_in: ClassVar[Mapping[str, str]] = {"set_switch": "set_light"}

    @action(idempotent=True, reversible=True, risk=Risk.NONE)
    async def set_light(self, change: LightChange) -> None:
        """Lights and lamps: turn on or off, dim, brightness, colour, warm or cool white.
        What is left out stays."""

    @classmethod
    def wanted(cls, action: str, change: Model, before: Model | None) -> dict[str, Any]:
        assert isinstance(change, LightChange)
        if change.lit is False:
            return {"on": False}
        asked = super().wanted(action, change, before) | {"on": True}
        return asked if change.color is None else asked | {"color": at_full(change.color)}

    @classmethod
    def shows(cls, state: Model, wanted: Mapping[str, Any]) -> bool:
        assert isinstance(state, LightState)
        color, rest = wanted.get("color"), {**wanted}
        rest.pop("color", None)
        return super().shows(state, rest) and (color is None or _like(state.color, color))

    @classmethod
    def sentence(cls, state: Any, units: Units = "metric") -> str:
        if not state.on:
            return "off"
        said = ["on"]
        if state.brightness is not None:
            said.append(f"at {state.brightness:.0f} %")
        if state.color is not None:
            said.append(state.color)
        elif state.color_temperature is not None:
            said.append(f"{state.color_temperature:.0f} K")
        return " ".join(said)

    @classmethod
    def recreate(cls, state: Any) -> Sequence[Step]:
        if not state.on:
            return (Step("set_light", {"on": False}),)
        white = () if state.color is not None else ("color_temperature",)
        fields = ("brightness", "color", *white)
        kept = {name: getattr(state, name) for name in fields if getattr(state, name) is not None}
        return (Step("set_light", {"on": True} | kept),)


class LampOnSwitch(Light):
    """A lamp behind a plug: what `use_as: light` makes of a switch."""

    def __init__(self, switch: Switch) -> None:
        self.switch = switch
        self.pushes = switch.pushes

    async def set_light(self, change: LightChange) -> None:
        if change.lit is not None:
            await self.switch.set_switch(SwitchChange(on=change.lit))

    async def refresh(self) -> None:
        await self.switch.refresh()
