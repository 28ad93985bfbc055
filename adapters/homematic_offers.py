"""What the channels of Homematic devices offer, by their TYPE.

The keys and their meanings are those of eQ-3's documents of data points ("HomeMatic-Script,
Teil 4", "HmIP Device Documentation").
"""

import time
from collections.abc import Iterator, Mapping
from typing import Any, Literal

from adapters.homematic_channel import Channel, Offer
from adapters.homematic_climate import HomematicClimate, HomematicIpClimate
from gateway.capabilities.cover import Cover, CoverChange, CoverState
from gateway.capabilities.energy import Energy, EnergyState
from gateway.capabilities.light import Light, LightChange, LightState
from gateway.capabilities.sensors import (
    ButtonPress,
    ButtonState,
    Contact,
    ContactState,
    Key,
    Measurement,
    MeasurementState,
    Occupancy,
    OccupancyState,
)
from gateway.capabilities.switch import Switch, SwitchChange, SwitchState
from gateway.limits import Limit

Moving = Literal["opening", "closing", "no"]
DIRECTIONS: Mapping[float | None, Moving] = {1: "opening", 2: "closing"}
ACTIVITIES: Mapping[float | None, Moving] = {1: "opening", 2: "closing", 3: "no"}
HELD = 1.0
"""A key that is held says so several times a second."""


class HomematicSwitch(Offer, Switch):
    reads = ("STATE",)

    def read(self) -> None:
        if (on := self.channel.truth("STATE")) is not None:
            self.report(SwitchState(on=on))

    async def set_switch(self, change: SwitchChange) -> None:
        await self.channel.write(STATE=change.on)


class HomematicLight(Offer, Light):
    reads = ("LEVEL",)
    _last = 1.0

    def limits(self) -> dict[str, Limit]:
        absent = Limit(absent=True)
        brightness = Limit(min=0, max=100, step=1)
        return {"brightness": brightness, "color": absent, "color_temperature": absent}

    def read(self) -> None:
        level = self.channel.percent("LEVEL")
        if level is not None:
            self._last = level / 100 or self._last
            self.report(LightState(on=level > 0, brightness=level or None))

    async def set_light(self, change: LightChange) -> None:
        if change.lit is False:
            await self.channel.write(LEVEL=0.0)
        elif change.brightness is not None:
            await self.channel.write(LEVEL=change.brightness / 100)
        elif "OLD_LEVEL" in self.channel.described:
            await self.channel.write(OLD_LEVEL=True)
        else:
            await self.channel.write(LEVEL=self._last)


class HomematicCover(Offer, Cover):
    """Where it was told to go is known while it goes there; at rest it is where it is."""

    reads = ("LEVEL", "WORKING", "DIRECTION", "ACTIVITY_STATE")
    _target: float | None = None

    def read(self) -> None:
        level = self.channel.percent("LEVEL")
        self.report(CoverState(open=level, target_open=self._target, moving=self._moving()))

    def heard(self, key: str) -> None:
        rests = key in ("WORKING", "ACTIVITY_STATE") and self._moving() == "no"
        if rests or (key in ("DIRECTION", "ACTIVITY_STATE") and self._leaves_target()):
            self._target = None
        super().heard(key)

    def _leaves_target(self) -> bool:
        """Whether it moves away from where we sent it: somebody else has sent it elsewhere."""
        level, target = self.channel.percent("LEVEL"), self._target
        if level is None or target is None:
            return False
        away = {"opening": target <= level, "closing": target >= level}
        return away.get(self._moving() or "", False)

    def _moving(self) -> Moving | None:
        if "ACTIVITY_STATE" in self.channel.described:
            return ACTIVITIES.get(self.channel.number("ACTIVITY_STATE"))
        if self.channel.truth("WORKING") is False:
            return "no"
        return DIRECTIONS.get(self.channel.number("DIRECTION"))

    async def set_shades(self, change: CoverChange) -> None:
        if change.open is None:
            await self.channel.write(STOP=True)
            return
        await self.channel.write(LEVEL=change.open / 100)
        self._target = change.open
        self.read()


class HomematicContact(Offer, Contact):
    """A handle says 1 for tilted and 2 for open, which both let the rain in."""

    reads = ("STATE",)

    def read(self) -> None:
        if (opened := self.channel.truth("STATE")) is not None:
            self.report(ContactState(open=opened))


class HomematicOccupancy(Offer, Occupancy):
    reads = ("MOTION", "PRESENCE_DETECTION_STATE")

    def read(self) -> None:
        if (occupied := self.channel.truth(*self.reads)) is not None:
            self.report(OccupancyState(occupied=occupied))


class HomematicMeasurement(Offer, Measurement):
    """Older motion sensors tell brightness on a scale of their own, 0 to 255."""

    temperature = ("TEMPERATURE", "ACTUAL_TEMPERATURE")
    illuminance = ("LUX", "CURRENT_ILLUMINATION", "ILLUMINATION", "BRIGHTNESS")
    reads = (*temperature, *illuminance, "HUMIDITY", "AIR_PRESSURE")

    def read(self) -> None:
        channel = self.channel
        bright = channel.number(*self.illuminance)
        self.report(
            MeasurementState(
                temperature=channel.number(*self.temperature),
                humidity=channel.percent("HUMIDITY", whole=100),
                illuminance=None if bright is None else max(bright, 0.0),
                pressure=channel.number("AIR_PRESSURE"),
            )
        )


class HomematicEnergy(Offer, Energy):
    reads = ("POWER", "ENERGY_COUNTER", "VOLTAGE", "CURRENT")

    def read(self) -> None:
        channel = self.channel
        total, current = channel.number("ENERGY_COUNTER"), channel.number("CURRENT")
        self.report(
            EnergyState(
                power=channel.number("POWER"),
                total=None if total is None else max(total, 0.0) / 1000,
                voltage=channel.number("VOLTAGE"),
                current=None if current is None else current / 1000,
            )
        )


class HomematicButton(Offer, Key):
    """A key only tells when it is pressed; what it told is kept while the central is away."""

    reads = ()
    _held = -HELD

    @classmethod
    def fits(cls, channel: Channel) -> bool:
        return "PRESS_SHORT" in channel.described

    def read(self) -> None:
        self.report(self.channel.pressed.get(self.channel.address, ButtonState()))

    def heard(self, key: str) -> None:
        now = time.monotonic()
        if key == "PRESS_SHORT":
            self._count("short")
        elif key in ("PRESS_LONG", "PRESS_LONG_START", "PRESS_CONT"):
            if now - self._held > HELD:
                self._count("long")
            self._held = now
        elif key == "PRESS_LONG_RELEASE":
            self._held = -HELD

    def _count(self, how: Literal["short", "long"]) -> None:
        before = self.channel.pressed.get(self.channel.address, ButtonState())
        after = ButtonState(last=how, presses=before.presses + 1)
        self.channel.pressed[self.channel.address] = after
        self.read()
        self.pressed(ButtonPress(press=how))


Kinds = tuple[type[Offer], ...]
COVER: Kinds = (HomematicCover,)
MOTION: Kinds = (HomematicOccupancy, HomematicMeasurement)

OFFERS: Mapping[str, Kinds] = {
    "SWITCH": (HomematicSwitch,),
    "SWITCH_TRANSMITTER": (HomematicSwitch,),
    "DIMMER": (HomematicLight,),
    "DIMMER_TRANSMITTER": (HomematicLight,),
    "BLIND": COVER,
    "BLIND_TRANSMITTER": COVER,
    "JALOUSIE": COVER,
    "SHUTTER_TRANSMITTER": COVER,
    "CLIMATECONTROL_RT_TRANSCEIVER": (HomematicClimate,),
    "THERMALCONTROL_TRANSMIT": (HomematicClimate,),
    "HEATING_CLIMATECONTROL_TRANSCEIVER": (HomematicIpClimate,),
    "SHUTTER_CONTACT": (HomematicContact,),
    "ROTARY_HANDLE_SENSOR": (HomematicContact,),
    "ROTARY_HANDLE_TRANSCEIVER": (HomematicContact,),
    "MOTION_DETECTOR": MOTION,
    "MOTIONDETECTOR_TRANSCEIVER": MOTION,
    "PRESENCEDETECTOR_TRANSCEIVER": MOTION,
    "WEATHER": (HomematicMeasurement,),
    "WEATHER_TRANSMIT": (HomematicMeasurement,),
    "CLIMATE_TRANSCEIVER": (HomematicMeasurement,),
    "POWERMETER": (HomematicEnergy,),
    "ENERGIE_METER_TRANSMITTER": (HomematicEnergy,),
    "KEY": (HomematicButton,),
    "KEY_TRANSCEIVER": (HomematicButton,),
}
RECEIVERS: Mapping[str, str] = {
    f"{what}_TRANSMITTER": f"{what}_VIRTUAL_RECEIVER"
    for what in ("SWITCH", "DIMMER", "BLIND", "SHUTTER")
}
"""With Homematic IP one channel tells how the thing stands, and the next one takes orders."""


NO_SWITCH_BESIDE = frozenset(
    {
        "ACCESS_TRANSCEIVER",
        "CLIMATECONTROL_RT_TRANSCEIVER",
        "HEATING_CLIMATECONTROL_TRANSCEIVER",
        "THERMALCONTROL_TRANSMIT",
    }
)
NO_SWITCH = frozenset({"HmIP-WGC"})
"""Relays that open a door or a garage, or heat, are none that may be switched like a lamp. They
show by what stands beside them; the garage's has nothing that tells but its model."""


def offering(model: str, channels: Mapping[int, Any]) -> Iterator[tuple[int, str, str, Kinds]]:
    """Yield number, address, address for orders and what may be offered of the channels that may
    offer something; `channels` are the library's, by their number."""
    beside = {channel.TYPE for channel in channels.values()}
    guarded = model in NO_SWITCH or not NO_SWITCH_BESIDE.isdisjoint(beside)
    for number, channel in sorted(channels.items()):
        told, kinds = channel, OFFERS.get(channel.TYPE, ())
        if channel.TYPE in RECEIVERS:
            told = channels.get(number + 1)
            if getattr(told, "TYPE", None) != RECEIVERS[channel.TYPE]:
                continue
        if kinds and not (guarded and HomematicSwitch in kinds):
            yield number, channel.ADDRESS, told.ADDRESS, kinds
