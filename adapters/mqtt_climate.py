"""Thermostats and water heaters on MQTT, in °C from here on whatever they reckon in."""

from collections.abc import Mapping
from typing import Any, ClassVar

from adapters.mqtt_entity import Entity, Send, number, plain
from gateway import errors
from gateway.capabilities.climate import Climate, ClimateChange, ClimateState, Doing, Mode
from gateway.capabilities.water import Water, WaterChange, WaterState
from gateway.limits import Limit
from gateway.quantities import to_celsius, to_fahrenheit

ABSENT = Limit(absent=True)
OURS: Mapping[str, Mode] = {
    "off": "off",
    "heat": "heat",
    "cool": "cool",
    "auto": "auto",
    "heat_cool": "auto",
    "dry": "dry",
    "fan_only": "fan",
}
DOINGS: Mapping[str, Doing] = {
    "off": "off",
    "idle": "idle",
    "heating": "heating",
    "preheating": "heating",
    "cooling": "cooling",
    "drying": "drying",
    "fan": "fan",
    "defrosting": "idle",
}
HOT = 50.0
"""°C that no thermostat of a room reaches: whoever says such a limit reckons in °F."""


class Degrees(Entity):
    """What has a target temperature: its unit, its range and how fine it is."""

    least: ClassVar[float] = 7.0
    most: ClassVar[float] = 35.0

    @property
    def fahrenheit(self) -> bool:
        """Whether the device reckons in °F; where it does not say, its limits tell."""
        unit = self.options.text("temperature_unit")
        if unit:
            return unit.strip("°").upper().startswith("F")
        return self.options.number("max_temp", 0) > HOT and self.options.number("min_temp", 0) > 30

    def degrees(self, text: str) -> float | None:
        """Return what the device told, in °C."""
        value = number(text)
        if value is None:
            return None
        return to_celsius(value) if self.fahrenheit else round(value, 2)

    def told(self, celsius: float) -> str:
        """Return °C as the device takes them, on a step of its own."""
        value = to_fahrenheit(celsius) if self.fahrenheit else celsius
        step = self.step
        return plain(round(round(value / step) * step, 2))

    @property
    def step(self) -> float:
        """How fine the device is, in its own degrees."""
        fine = self.options.number("precision", 1.0 if self.fahrenheit else 0.1)
        step = self.options.number("temp_step", fine)
        return step if 0.01 <= step <= 10 else 1.0

    def range(self) -> Limit:
        """Return the device's own limit, in °C."""
        low = self._limit("min_temp", self.least)
        high = self._limit("max_temp", self.most)
        step = self.step / 1.8 if self.fahrenheit else self.step
        return Limit(min=low, max=high, step=step) if low < high else Limit(min=low, max=high)

    def _limit(self, name: str, default: float) -> float:
        if name not in self.options:
            return default
        value = self.options.number(name, default)
        return (value - 32) / 1.8 if self.fahrenheit else value


class MqttClimate(Degrees, Climate):
    """A thermostat or an air conditioner."""

    temperature: float | None = None
    target: float | None = None
    low: float | None = None
    high: float | None = None
    humidity: float | None = None
    mode: Mode | None = None
    doing: Doing | None = None
    fan: str | None = None
    preset: str | None = None

    def listen_up(self) -> None:
        modes = self.options.words("modes", tuple(OURS))
        self.modes = {OURS[one]: one for one in modes if one in OURS and one != "heat_cool"}
        if "heat_cool" in modes:
            self.modes.setdefault("auto", "heat_cool")
        default = "value_template"
        self.listen("mode_state_topic", "mode_state_template", default, take=self._take_mode)
        self._degrees("temperature", "target")
        self._degrees("temperature_low", "low")
        self._degrees("temperature_high", "high")
        self.listen(
            "current_temperature_topic",
            "current_temperature_template",
            default,
            take=self._keep("temperature", self.degrees),
        )
        self.listen(
            "current_humidity_topic",
            "current_humidity_template",
            default,
            take=self._keep("humidity", number),
        )
        self.listen("action_topic", "action_template", default, take=self._keep("doing", _doing))
        self.listen(
            "fan_mode_state_topic", "fan_mode_state_template", default, take=self._keep("fan", str)
        )
        self.listen(
            "preset_mode_state_topic",
            "preset_mode_value_template",
            default,
            take=self._keep("preset", _preset),
        )

    def _degrees(self, option: str, name: str) -> None:
        self.listen(
            f"{option}_state_topic",
            f"{option}_state_template",
            "value_template",
            take=self._keep(name, self.degrees),
        )

    def _keep(self, name: str, read: Any) -> Any:
        return lambda text: setattr(self, name, read(text))

    def _take_mode(self, text: str) -> None:
        self.mode = OURS.get(text, self.mode)

    @property
    def ranged(self) -> bool:
        """Whether it keeps between two temperatures at present."""
        both = self.low is not None and self.high is not None
        return both and (self.target is None or self.mode == "auto")

    def read(self) -> None:
        off, ranged = self.mode == "off", self.ranged
        self.report(
            ClimateState(
                temperature=self.temperature,
                target_temperature=None if off or ranged else self.target,
                target_low=self.low if ranged and not off else None,
                target_high=self.high if ranged and not off else None,
                mode=self.mode,
                doing=self.doing,
                fan=self.fan,
                preset=self.preset,
                humidity=self.humidity,
            )
        )

    def limits(self, writable: bool) -> dict[str, Limit]:
        has, within = self.options.__contains__, self.range()
        between = has("temperature_low_command_topic") and has("temperature_high_command_topic")
        fans = self.options.words("fan_modes", ("auto", "low", "medium", "high"))
        presets = self.options.words("preset_modes")
        return {
            "temperature": within if has("temperature_command_topic") else ABSENT,
            "low": within if between else ABSENT,
            "high": within if between else ABSENT,
            "mode": Limit(enum=list(self.modes)) if has("mode_command_topic") else ABSENT,
            "fan": Limit(enum=list(fans)) if has("fan_mode_command_topic") else ABSENT,
            "preset": Limit(enum=["none", *presets])
            if has("preset_mode_command_topic") and presets
            else ABSENT,
        }

    async def set_thermostat(self, change: ClimateChange) -> None:
        mode = change.mode or self._waking(change)
        sends: list[Send] = []
        if mode is not None:
            sends += self.send("mode_command_topic", self.modes[mode], "mode_command_template")
        for option, celsius in (
            ("temperature", change.temperature),
            ("temperature_low", change.low),
            ("temperature_high", change.high),
        ):
            if celsius is not None:
                value = self.told(celsius)
                sends += self.send(f"{option}_command_topic", value, f"{option}_command_template")
        for option, word in (("fan_mode", change.fan), ("preset_mode", change.preset)):
            if word is not None:
                sends += self.send(f"{option}_command_topic", word, f"{option}_command_template")
        await self.order(sends)

    def _waking(self, change: ClimateChange) -> Mode | None:
        """Return the mode that a temperature needs of a thermostat that is off."""
        asked = (change.temperature, change.low, change.high)
        if self.mode != "off" or all(one is None for one in asked):
            return None
        able = [one for one in self.modes if one in ("heat", "cool", "auto")]
        if "heat" in able and "cool" not in able:
            return "heat"
        words = ", ".join(able) or "none"
        raise errors.InvalidArguments(f"it is off: send a mode with the temperature ({words})")


class MqttWater(Degrees, Water):
    """A water heater: of its water nothing is known, so that the strictest limit holds."""

    least, most = 5.0, 60.0
    temperature: float | None = None
    target: float | None = None
    mode: str | None = None

    def listen_up(self) -> None:
        default = "value_template"
        self.listen("mode_state_topic", "mode_state_template", default, take=self._take_mode)
        self.listen(
            "temperature_state_topic", "temperature_state_template", default, take=self._take_target
        )
        self.listen(
            "current_temperature_topic",
            "current_temperature_template",
            default,
            take=self._take_temperature,
        )

    def _take_mode(self, text: str) -> None:
        self.mode = text

    def _take_target(self, text: str) -> None:
        self.target = self.degrees(text)

    def _take_temperature(self, text: str) -> None:
        self.temperature = self.degrees(text)

    def read(self) -> None:
        self.report(
            WaterState(
                body="spa",
                temperature=self.temperature,
                target_temperature=self.target,
                heat=None if self.mode is None else self.mode != "off",
            )
        )

    def limits(self, writable: bool) -> dict[str, Limit]:
        has = self.options.__contains__
        return {
            "temperature": self.range() if has("temperature_command_topic") else ABSENT,
            "heat": Limit() if self._modes else ABSENT,
            "source": ABSENT,
        }

    @property
    def _modes(self) -> list[str]:
        """What turns it on, best first; nothing where it cannot be turned off and on."""
        modes = self.options.words("modes", ("off", "eco"))
        able = "mode_command_topic" in self.options and "off" in modes
        return [one for one in modes if one != "off"] if able else []

    async def set_pool_or_spa(self, change: WaterChange) -> None:
        sends: list[Send] = []
        if change.heat is not None and self._modes:
            mode = self._modes[0] if change.heat else "off"
            sends += self.send("mode_command_topic", mode, "mode_command_template")
        if change.temperature is not None:
            value = self.told(change.temperature)
            sends += self.send("temperature_command_topic", value, "temperature_command_template")
        await self.order(sends)


def _doing(text: str) -> Doing | None:
    return DOINGS.get(text)


def _preset(text: str) -> str | None:
    return None if text.lower() == "none" else text
