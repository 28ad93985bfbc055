"""Sensors on MQTT: what they measure gathers in one place for each device."""

import asyncio
import re
from collections.abc import Callable, Mapping

from adapters.mqtt_discovery import Config
from adapters.mqtt_entity import Entity, number
from adapters.mqtt_plain import MqttNumber, MqttSelect, is_numeric
from gateway.capabilities.energy import Energy, EnergyState
from gateway.capabilities.generic import SelectState
from gateway.capabilities.sensors import (
    Contact,
    ContactState,
    Leak,
    LeakState,
    Measurement,
    MeasurementState,
    Occupancy,
    OccupancyState,
)
from gateway.quantities import to_celsius

Convert = Callable[[float], float]

SAME: Convert = float


def times(factor: float) -> Convert:
    """Return what multiplies, without noise in the last digits."""
    return lambda value: round(value * factor, 6)


PERCENT: Mapping[str, Convert] = {"%": SAME}
QUANTITIES: Mapping[str, tuple[str, Mapping[str, Convert]]] = {
    "temperature": (
        "temperature",
        {"°c": SAME, "c": SAME, "°f": to_celsius, "f": to_celsius, "k": lambda k: k - 273.15},
    ),
    "humidity": ("humidity", PERCENT),
    "battery": ("battery", PERCENT),
    "illuminance": ("illuminance", {"lx": SAME, "lux": SAME}),
    "carbon_dioxide": ("co2", {"ppm": SAME}),
    "pm25": ("pm25", {"µg/m³": SAME, "μg/m³": SAME, "ug/m3": SAME}),
    "ph": ("ph", {"ph": SAME, "": SAME}),
}
PRESSURES: Mapping[str, Convert] = {
    "hpa": SAME,
    "mbar": SAME,
    "pa": times(0.01),
    "kpa": times(10),
    "bar": times(1000),
    "inhg": times(33.8639),
    "mmhg": times(1.333224),
    "psi": times(68.9476),
}
QUANTITIES = {
    **QUANTITIES,
    "pressure": ("pressure", PRESSURES),
    "atmospheric_pressure": ("pressure", PRESSURES),
}
BY_WORD: tuple[tuple[re.Pattern[str], str, Mapping[str, Convert]], ...] = (
    (re.compile(r"\borp\b|redox", re.I), "orp", {"mv": SAME, "v": times(1000)}),
    (re.compile(r"\bsalt|salinity", re.I), "salt", {"ppm": SAME, "mg/l": SAME, "g/l": times(1000)}),
    (re.compile(r"\bph\b", re.I), "ph", {"ph": SAME, "": SAME}),
)
"""Quantities of pools, which have no class of their own."""
METERS: Mapping[str, tuple[str, Mapping[str, Convert]]] = {
    "power": ("power", {"w": SAME, "kw": times(1000), "mw": times(0.001)}),
    "energy": ("total", {"kwh": SAME, "wh": times(0.001), "mwh": times(1000)}),
    "voltage": ("voltage", {"v": SAME, "mv": times(0.001)}),
    "current": ("current", {"a": SAME, "ma": times(0.001)}),
}
TOO_LARGE, TOO_SMALL = "MW", "mWh"
"""Units of no home, which only their case tells from those of one."""
_TODAY = re.compile(r"today|daily", re.I)
_PAST = re.compile(r"yesterday|month|week|year|peak|max|min\b", re.I)


class Gauge(Entity):
    """One sensor that fills one field of a device's measurements, or of its meter."""

    value: float | None = None

    def listen_up(self) -> None:
        found = gauge(self.config)
        assert found is not None
        self.fills = found
        """The kind, the field, and the way to our unit."""
        self.put: Callable[[str, float | None], None] = lambda field, value: None
        """Where it writes, once that is known."""
        self.listen("state_topic", "value_template", take=self._take)

    def _take(self, text: str) -> None:
        value = number(text)
        self.value = None if value is None else self.fills[2](value)

    def read(self) -> None:
        self.put(self.fills[1], self.value)

    def _expire(self) -> None:
        super()._expire()
        self.value = None
        self.tell()


class Gauges(Measurement):
    """All that a device measures, or one thing more of a kind that it has already."""

    pushes = True

    def __init__(self) -> None:
        self._state = MeasurementState()

    def put(self, field: str, value: float | None) -> None:
        """Take note of one quantity; raise ValidationError where it cannot be."""
        told = self._state.model_dump() | {field: value}
        self._state = MeasurementState.model_validate(told)
        self.report(self._state)


class Meter(Energy):
    """All that a device meters."""

    pushes = True

    def __init__(self) -> None:
        self._state = EnergyState()

    def put(self, field: str, value: float | None) -> None:
        """Take note of one quantity; raise ValidationError where it cannot be."""
        told = self._state.model_dump() | {field: value}
        self._state = EnergyState.model_validate(told)
        self.report(self._state)


class Binary(Entity):
    """What is either on or off; `off_delay` seconds after it was on it is off by itself."""

    on: bool | None = None
    _quiet: asyncio.TimerHandle | None = None

    def listen_up(self) -> None:
        text = self.options.text
        self._words = {text("payload_on", "ON"): True, text("payload_off", "OFF"): False}
        self._delay = min(86400.0, max(0.0, self.options.number("off_delay", 0)))
        self.listen("state_topic", "value_template", take=self._take)

    def _take(self, text: str) -> None:
        self.on = self._words.get(text, self.on)
        self._hush()
        if self.on and self._delay:
            self._quiet = asyncio.get_running_loop().call_later(self._delay, self._calm)

    def _calm(self) -> None:
        self.on = False
        self.tell()

    def _hush(self) -> None:
        if self._quiet is not None:
            self._quiet.cancel()

    def close(self) -> None:
        self._hush()
        super().close()


class MqttContact(Binary, Contact):
    def read(self) -> None:
        if self.on is not None:
            self.report(ContactState(open=self.on))


class MqttOccupancy(Binary, Occupancy):
    def read(self) -> None:
        if self.on is not None:
            self.report(OccupancyState(occupied=self.on))


class MqttLeak(Binary, Leak):
    def read(self) -> None:
        if self.on is not None:
            self.report(LeakState(leaking=self.on))


class Battery(Binary):
    """A sign that a battery runs low: a fact of its device, nothing of its own."""

    def read(self) -> None:
        self.battery_low = self.on


class OnOff(MqttSelect):
    """An on-or-off of which homeport knows no meaning, as a word."""

    def listen_up(self) -> None:
        text = self.options.text
        self._told = {text("payload_on", "ON"): "on", text("payload_off", "OFF"): "off"}
        self._words = {"on": "on", "off": "off"}
        self.listen("state_topic", "value_template", take=self.take_option)

    def take_option(self, text: str) -> None:
        self.option = self._told.get(text, self.option)

    def read(self) -> None:
        self.report(SelectState(option=self.option))


BINARY: Mapping[str, type[Entity] | None] = {
    "door": MqttContact,
    "window": MqttContact,
    "garage_door": MqttContact,
    "opening": MqttContact,
    "motion": MqttOccupancy,
    "occupancy": MqttOccupancy,
    "presence": MqttOccupancy,
    "moisture": MqttLeak,
    "battery": Battery,
    "connectivity": None,
}


def binary_kind(config: Config) -> type[Entity] | None:
    """Return what a binary sensor becomes; None where it is of no use to anybody."""
    return BINARY.get(config.options.text("device_class"), OnOff)


def sensor_kind(config: Config) -> type[Entity]:
    """Return what a sensor becomes: a gauge, a number or a word."""
    if gauge(config) is not None:
        return Gauge
    return MqttNumber if is_numeric(config) else MqttSelect


def gauge(config: Config) -> tuple[str, str, Convert] | None:
    """Return the kind, the field and the way to our unit of a sensor that measures what we name."""
    kind, told = config.options.text("device_class"), config.options.text("unit_of_measurement")
    unit, said = told.strip().casefold(), f"{config.name} {config.key}".replace("_", " ")
    if kind in QUANTITIES:
        field, units = QUANTITIES[kind]
        return ("measurement", field, units[unit]) if unit in units else None
    if kind in METERS and told not in (TOO_LARGE, TOO_SMALL):
        field, units = METERS[kind]
        if kind == "energy":
            field = "today" if _TODAY.search(said) else field
        return None if _PAST.search(said) or unit not in units else ("energy", field, units[unit])
    for pattern, field, units in BY_WORD if not kind else ():
        if pattern.search(said) and unit in units:
            return "measurement", field, units[unit]
    return None
