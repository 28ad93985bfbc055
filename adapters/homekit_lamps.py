"""Lamps, switches and fans of HomeKit."""

import colorsys
from collections.abc import Sequence
from math import ceil, floor
from typing import ClassVar

from adapters import homekit_words as words
from adapters.homekit_model import Service, fraction
from adapters.homekit_offer import Offer, Speaker
from gateway.capabilities.fan import Fan, FanChange, FanState
from gateway.capabilities.light import Light, LightChange, LightState
from gateway.capabilities.switch import Switch, SwitchChange, SwitchState
from gateway.limits import Limit

MILLION = 1_000_000
MIREDS = (50.0, 1000.0)
"""What is no colour temperature of a lamp beyond: 1000-20000 K."""


class HomeKitLight(Offer, Light):
    """A lamp does not say whether it shows white or a colour: what it told last counts."""

    has = (words.ON,)
    reads = (
        words.ON,
        words.BRIGHTNESS,
        words.HUE,
        words.SATURATION,
        words.COLOR_TEMPERATURE,
    )
    acts = True

    def __init__(self, speaker: Speaker, device: str, services: Sequence[Service]) -> None:
        super().__init__(speaker, device, services)
        self._colored = bool(self.number(words.SATURATION))

    @property
    def _colors(self) -> bool:
        return self.get(words.HUE) is not None and self.get(words.SATURATION) is not None

    def limits(self, writable: bool) -> dict[str, Limit]:
        dims = self.get(words.BRIGHTNESS) is not None
        limits = {"brightness": Limit(min=0, max=100, step=1) if dims else Limit(absent=True)}
        mireds = self.get(words.COLOR_TEMPERATURE)
        if mireds is None:
            limits["color_temperature"] = Limit(absent=True)
        else:
            low, high = max(mireds.low or MIREDS[0], 1), mireds.high or MIREDS[1]
            limits["color_temperature"] = Limit(min=ceil(MILLION / high), max=floor(MILLION / low))
        return limits if self._colors else limits | {"color": Limit(absent=True)}

    def heard(self, changed: frozenset[str]) -> None:
        if words.COLOR_TEMPERATURE in changed:
            self._colored = False
        elif {words.HUE, words.SATURATION} & changed:
            self._colored = True
        self.read()

    def read(self) -> None:
        on = self.truth(words.ON)
        if on is None:
            return
        hue, saturation = self.number(words.HUE), self.number(words.SATURATION)
        colored = self._colors and (self._colored or self.get(words.COLOR_TEMPERATURE) is None)
        shown = colored and hue is not None and bool(saturation)
        self.report(
            LightState(
                on=on,
                brightness=fraction(self.number(words.BRIGHTNESS), None),
                color=to_color(hue or 0.0, saturation or 0.0) if shown else None,
                color_temperature=None if colored else to_kelvin(self._mireds()),
            )
        )

    def _mireds(self) -> float | None:
        return self.number(words.COLOR_TEMPERATURE)

    async def set_light(self, change: LightChange) -> None:
        if not change.lit:
            await self.write({words.ON: 0})
            return
        values: dict[str, float] = {words.ON: 1}
        if change.brightness is not None:
            values[words.BRIGHTNESS] = change.brightness
        if change.color is not None:
            values[words.HUE], values[words.SATURATION] = to_hue(change.color)
            self._colored = True
        if change.color_temperature is not None:
            values[words.COLOR_TEMPERATURE] = MILLION / change.color_temperature
            self._colored = False
        await self.write(values)


class HomeKitOutlet(Offer, Switch):
    has = (words.ON,)
    reads = (words.ON,)
    acts = True

    def read(self) -> None:
        if (on := self.truth(words.ON)) is not None:
            self.report(SwitchState(on=on))

    async def set_switch(self, change: SwitchChange) -> None:
        await self.write({words.ON: float(change.on)})


class HomeKitSwitch(HomeKitOutlet):
    """A switch may stand for anything, a scene or a boiler: only its owner knows."""

    def limits(self, writable: bool) -> dict[str, Limit]:
        return {} if writable else {"on": Limit(read_only=True)}


class HomeKitFan(Offer, Fan):
    """A fan; the newer kind says Active where the older one says On."""

    has = (words.ON, words.ACTIVE)
    reads = (words.ON, words.ACTIVE, words.ROTATION_SPEED)
    acts: ClassVar[bool] = True

    @property
    def _runs(self) -> str:
        return words.ON if self.get(words.ON) is not None else words.ACTIVE

    @property
    def _highest(self) -> float:
        speed = self.get(words.ROTATION_SPEED)
        return (speed.high if speed else None) or 100.0

    def limits(self, writable: bool) -> dict[str, Limit]:
        speed = self.get(words.ROTATION_SPEED)
        if speed is None:
            return {"speed": Limit(absent=True)}
        step = (speed.step or 1.0) / self._highest * 100
        return {"speed": Limit(min=0, max=100, step=round(step, 3))}

    def read(self) -> None:
        on = self.truth(self._runs)
        if on is not None:
            speed = fraction(self.number(words.ROTATION_SPEED), self.get(words.ROTATION_SPEED))
            self.report(FanState(on=on, speed=speed or None if on else None))

    async def set_fan(self, change: FanChange) -> None:
        values = {self._runs: float(change.running)}
        if change.running and change.speed is not None:
            values[words.ROTATION_SPEED] = change.speed / 100 * self._highest
        await self.write(values)


def to_kelvin(mireds: float | None) -> float | None:
    """Return K; None for what is no colour temperature."""
    if mireds is None or not MIREDS[0] <= mireds <= MIREDS[1]:
        return None
    return float(round(MILLION / mireds))


def to_hue(color: str) -> tuple[float, float]:
    """Return the hue in degrees and the saturation in percent of #rrggbb."""
    red, green, blue = (byte / 255 for byte in bytes.fromhex(color[1:]))
    hue, saturation, _ = colorsys.rgb_to_hsv(red, green, blue)
    return round(hue * 360, 1) % 360, round(saturation * 100, 1)


def to_color(hue: float, saturation: float) -> str:
    """Return #rrggbb at full brightness."""
    whole = min(max(saturation, 0.0), 100.0) / 100
    parts = colorsys.hsv_to_rgb((hue % 360) / 360, whole, 1)
    return "#" + bytes(round(255 * part) for part in parts).hex()
