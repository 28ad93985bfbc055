"""What a Gecko spa offers: its water, pumps, blower and light, and what it does by itself."""

import math
from typing import Any

from adapters.gecko_spa import Connection
from gateway.capabilities.fan import Fan, FanChange, FanState
from gateway.capabilities.generic import Select, SelectChange, SelectState
from gateway.capabilities.light import Light, LightChange, LightState
from gateway.capabilities.water import Water, WaterChange, WaterState
from gateway.capability import Capability
from gateway.errors import DeviceRefused, InvalidArguments
from gateway.limits import Limit
from gateway.quantities import to_celsius, to_fahrenheit

ABSENT = Limit(absent=True)
NEAR = 0.2
"""°C above the lowest target, at which it counts as off."""
SPEEDS = {"OFF": "OFF", "LO": "LOW", "HI": "HIGH", "ON": "ON"}
"""How what is wanted of a pump shows in what it does."""


class Offer(Capability):
    """What the capabilities below share: they show what the memory of one spa holds."""

    pushes = True

    def __init__(self, spa: Connection) -> None:
        self.spa = spa

    def now(self) -> Any:
        """Return the state, by what the spa has told last."""
        raise NotImplementedError

    def limits(self) -> dict[str, Limit]:
        """Return what the device says of its own limits."""
        return {}

    def read(self) -> None:
        """Report the state if it is another."""
        if (now := self.now()) != self.state:
            self.report(now)

    async def refresh(self) -> None:
        await self.spa.look()
        self.report(self.now())


class GeckoWater(Offer, Water):
    """The water. Its heater has no switch: at the lowest target that there is it counts as off."""

    def now(self) -> WaterState:
        value = self.spa.value
        target, (low, _) = self._celsius(value("SetpointG")), self._range()
        heating, unknown = value("Heating"), value("TempNotValid") is True
        return WaterState(
            body="spa",
            temperature=None if unknown else self._celsius(value("DisplayedTempG")),
            target_temperature=target,
            heat=None if target is None else target > low + NEAR,
            heating=None if heating is None else heating in (True, "Heating"),
        )

    def limits(self) -> dict[str, Limit]:
        step = 0.5 if self._in_celsius else 5 / 9
        low, high = self._range()
        return {
            "temperature": Limit(min=low, max=high, step=step),
            "source": ABSENT,
        }

    async def set_pool_or_spa(self, change: WaterChange) -> None:
        celsius, (low, _) = change.temperature, self._range()
        if change.heat is False:
            if celsius is not None:
                raise InvalidArguments("a Gecko spa is off at its lowest target: send one of both")
            celsius = low
        elif celsius is None:
            # Which target it had before may be more than the owner lets it have now.
            raise InvalidArguments("a Gecko spa is turned on by a temperature: send one")
        # The keypad's own degrees; where it changed them meanwhile, never more than was asked for.
        told = celsius if self._in_celsius else math.floor(to_fahrenheit(celsius))
        await self.spa.set("SetpointG", told)

    def _range(self) -> tuple[float, float]:
        """Return the pack's own limits, or where it has none those of all Gecko spas, in °C."""
        heater = self.spa.facade.water_heater
        own = self.spa.value("MinSetpointG"), self.spa.value("MaxSetpointG")
        every = heater.min_temp, heater.max_temp
        low, high = own if None not in own and own[0] < own[1] else every
        if self._in_celsius:
            return round(low, 2), round(high, 2)
        return (low - 32) / 1.8, (high - 32) / 1.8

    def _celsius(self, degrees: float | None) -> float | None:
        if degrees is None:
            return None
        return round(degrees, 2) if self._in_celsius else to_celsius(degrees)

    @property
    def _in_celsius(self) -> bool:
        return bool(self.spa.value("TempUnits") == "C")


class GeckoPump(Offer, Fan):
    """A pump, by what is wanted of it: off and one or two speeds."""

    def __init__(self, spa: Connection, key: str, demand: str, options: list[str]) -> None:
        super().__init__(spa)
        self.key, self.demand, self.options = key, demand, options

    @property
    def fastest(self) -> int:
        return len(self.options) - 1

    def now(self) -> FanState:
        does = self.spa.value(self.key)
        shown = [SPEEDS.get(option, option) for option in self.options]
        step = shown.index(does) if does in shown else self.fastest
        speeds = self.fastest > 1 and step > 0
        return FanState(on=step > 0, speed=100 * step / self.fastest if speeds else None)

    def limits(self) -> dict[str, Limit]:
        if self.fastest < 2:
            return {"speed": ABSENT}
        return {"speed": Limit(min=0, max=100, step=100 / self.fastest)}

    async def set_fan(self, change: FanChange) -> None:
        step = self.fastest if change.running else 0
        if change.running and change.speed is not None:
            step = max(1, round(change.speed * self.fastest / 100))
        await self.spa.set(self.demand, self.options[step])


class GeckoBlower(Offer, Fan):
    """A blower, by its key."""

    def __init__(self, spa: Connection, key: str, number: int) -> None:
        super().__init__(spa)
        self.key, self.number = key, number

    def now(self) -> FanState:
        return FanState(on=self.spa.value(self.key) != "OFF")

    def limits(self) -> dict[str, Limit]:
        return {"speed": ABSENT}

    async def set_fan(self, change: FanChange) -> None:
        await self.spa.press(self.number, self.key, "ON" if change.running else "OFF")


class GeckoLight(Offer, Light):
    """The light in the tub."""

    def __init__(self, spa: Connection, demand: str, options: list[str]) -> None:
        super().__init__(spa)
        self.demand, self.options = demand, options

    def now(self) -> LightState:
        return LightState(on=self.spa.value(self.demand) != "OFF")

    def limits(self) -> dict[str, Limit]:
        return {"brightness": ABSENT, "color": ABSENT, "color_temperature": ABSENT}

    async def set_light(self, change: LightChange) -> None:
        await self.spa.set(self.demand, self.options[-1 if change.lit else 0])


class GeckoFact(Offer, Select):
    """Something that the spa does by itself and that is only shown: `words` by what is true."""

    def __init__(self, spa: Connection, words: dict[str, str], otherwise: str) -> None:
        super().__init__(spa)
        self.words, self.otherwise = words, otherwise

    def now(self) -> SelectState:
        true = [word for tag, word in self.words.items() if self.spa.value(tag) is True]
        return SelectState(option=true[0] if true else self.otherwise)

    def limits(self) -> dict[str, Limit]:
        known = [*self.words.values(), self.otherwise]
        return {"option": Limit(enum=known, read_only=True)}

    async def set_option(self, change: SelectChange) -> None:
        raise DeviceRefused("the spa decides this by itself")
