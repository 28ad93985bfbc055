"""Thermostats of Homematic and of Homematic IP.

The keys are those of eQ-3's documents of data points ("HomeMatic-Script, Teil 4", "HmIP Device
Documentation").
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from adapters.homematic_channel import Channel, Offer
from gateway.capabilities.climate import Climate, ClimateChange, ClimateState
from gateway.limits import Limit

OFF, FULLY_OPEN, STEP = 4.5, 30.5, 0.5
"""Targets that are no temperatures, and how fine the others are."""
USUAL = 20.0
"""What a thermostat is set to by hand when it is new."""


class HomematicClimate(Offer, Climate):
    """A thermostat of the older kind, which is given its mode by a key for each."""

    reads: ClassVar[tuple[str, ...]] = (
        "SET_TEMPERATURE",
        "ACTUAL_TEMPERATURE",
        "CONTROL_MODE",
        "VALVE_STATE",
        "ACTUAL_HUMIDITY",
    )
    target: ClassVar[str] = "SET_TEMPERATURE"
    mode: ClassVar[str] = "CONTROL_MODE"
    modes: ClassVar[Mapping[float | None, Any]] = {0: "auto", 1: "heat"}
    presets: ClassVar[Mapping[float | None, str]] = {2: "party", 3: "boost"}
    _last = USUAL

    @classmethod
    def fits(cls, channel: Channel) -> bool:
        return cls.target in channel.described

    def limits(self) -> dict[str, Limit]:
        own = self.channel.described[self.target]
        lowest = max(float(own["MIN"]), OFF + STEP)
        highest = min(float(own["MAX"]), FULLY_OPEN - STEP)
        return {
            "temperature": Limit(min=lowest, max=highest, step=STEP),
            "mode": Limit(enum=["off", "heat", "auto"]),
            "preset": Limit(enum=["boost"]),
            **dict.fromkeys(("low", "high", "fan"), Limit(absent=True)),
        }

    def read(self) -> None:
        channel = self.channel
        target, mode = channel.number(self.target), channel.number(self.mode)
        off = target is not None and target <= OFF
        shown = target if target is not None and OFF < target < FULLY_OPEN else None
        self._last = shown or self._last
        self.report(
            ClimateState(
                temperature=channel.number("ACTUAL_TEMPERATURE"),
                target_temperature=shown,
                mode="off" if off else self.modes.get(mode),
                preset=self._preset(target, mode),
                humidity=channel.percent("ACTUAL_HUMIDITY", "HUMIDITY", whole=100),
                valve=self._valve(),
            )
        )

    def _preset(self, target: float | None, mode: float | None) -> str | None:
        if target is not None and target >= FULLY_OPEN:
            return "fully open"
        return self.presets.get(mode)

    def _valve(self) -> float | None:
        return self.channel.percent("VALVE_STATE", whole=100)

    async def set_thermostat(self, change: ClimateChange) -> None:
        target = change.temperature
        if change.mode == "off":
            await self.channel.write(MANU_MODE=OFF)
        elif change.mode == "heat":
            await self.channel.write(MANU_MODE=self._last if target is None else target)
        else:
            if change.mode == "auto":
                await self.channel.write(AUTO_MODE=True)
            if target is not None:
                await self.channel.write(SET_TEMPERATURE=target)
        if change.preset is not None:
            await self.channel.write(BOOST_MODE=True)


class HomematicIpClimate(HomematicClimate):
    """A thermostat of Homematic IP, which takes all in one telegram."""

    reads: ClassVar[tuple[str, ...]] = (
        "SET_POINT_TEMPERATURE",
        "ACTUAL_TEMPERATURE",
        "SET_POINT_MODE",
        "BOOST_MODE",
        "LEVEL",
        "HUMIDITY",
    )
    target = "SET_POINT_TEMPERATURE"
    mode = "SET_POINT_MODE"
    presets: ClassVar[Mapping[float | None, str]] = {2: "party"}

    def _preset(self, target: float | None, mode: float | None) -> str | None:
        return "boost" if self.channel.truth("BOOST_MODE") else super()._preset(target, mode)

    def _valve(self) -> float | None:
        return self.channel.percent("LEVEL")

    async def set_thermostat(self, change: ClimateChange) -> None:
        values: dict[str, Any] = {}
        target = OFF if change.mode == "off" else change.temperature
        if change.mode is not None:
            values["CONTROL_MODE"] = 0 if change.mode == "auto" else 1
            target = self._last if target is None and change.mode == "heat" else target
        if target is not None:
            values["SET_POINT_TEMPERATURE"] = target
        if change.preset is not None:
            values["BOOST_MODE"] = True
        elif change.mode is not None and self.channel.truth("BOOST_MODE"):
            values["BOOST_MODE"] = False  # otherwise the mode would wait until boosting ends
        await self.channel.write(**values)
