"""Lamps on MQTT: Home Assistant's three schemas, one topic for each thing, JSON, and templates."""

import json
from typing import Any

from adapters import mqtt_color as colors
from adapters.mqtt_discovery import Misconfigured, Options
from adapters.mqtt_entity import Entity, Reading, Send, number, template
from gateway import errors
from gateway.capabilities.light import Light, LightChange, LightState
from gateway.limits import Limit

COLORED = ("hs", "xy", "rgb", "rgbw", "rgbww")
WHITES = ("color_temp", "white", "brightness", "onoff")
WARMEST, COLDEST = 2000, 6500
ABSENT = Limit(absent=True)


class MqttLight(Entity, Light):
    """What the three schemas share: what is known of the lamp, and how that is reported."""

    on: bool | None = None
    level: float | None = None
    color: str | None = None
    kelvin: float | None = None
    color_mode: str | None = None
    dims = colored = tunes = False

    def limits(self, writable: bool) -> dict[str, Limit]:
        whites = _whites(self.options) if self.tunes else ABSENT
        return {
            "brightness": Limit(min=0, max=100) if self.dims else ABSENT,
            "color_temperature": whites,
        } | ({} if self.colored else {"color": ABSENT})

    @property
    def scale(self) -> float:
        """What is full brightness to the lamp."""
        return max(1.0, self.options.number("brightness_scale", 255))

    def read(self) -> None:
        if self.on is None:
            return
        white = self.color_mode in WHITES if self.color_mode else self.kelvin is not None
        self.report(
            LightState(
                on=self.on,
                brightness=self.level if self.dims else None,
                color=None if white else self.color,
                color_temperature=self.kelvin if white or self.color is None else None,
            )
        )

    def take_level(self, text: str) -> None:
        value = number(text)
        if value is not None:
            self.level = round(min(100.0, max(0.0, value * 100 / self.scale)), 1)

    def take_white(self, text: str) -> None:
        """Take a white, in mired or kelvin."""
        value = number(text)
        if value and value > 0:
            kelvin = value if self.options.flag("color_temp_kelvin") else 1e6 / value
            if 1000 <= kelvin <= 20000:
                self.kelvin = round(kelvin)
                self.color = None

    def take_color(self, color: str) -> None:
        self.color, self.kelvin = color, None

    def steps(self, percent: float) -> int:
        """Return a brightness as the lamp counts it; what is on is never 0."""
        return max(1, round(percent * self.scale / 100))

    def whiteness(self, kelvin: float) -> int:
        """Return a white as the lamp counts it."""
        return round(kelvin if self.options.flag("color_temp_kelvin") else 1e6 / kelvin)


def _whites(options: Options) -> Limit:
    low = options.number("min_kelvin", 0) or _kelvin(options, "max_mireds", WARMEST)
    high = options.number("max_kelvin", 0) or _kelvin(options, "min_mireds", COLDEST)
    return Limit(min=round(low), max=round(high), step=1) if low < high else ABSENT


def _kelvin(options: Options, name: str, default: float) -> float:
    mired = options.number(name, 0)
    return 1e6 / mired if 50 <= mired <= 1000 else default


class TopicLight(MqttLight):
    """The default schema: a topic for each thing that a lamp does."""

    def listen_up(self) -> None:
        options = self.options
        self.payloads = options.text("payload_on", "ON"), options.text("payload_off", "OFF")
        self.dims = "brightness_command_topic" in options
        self.tunes = "color_temp_command_topic" in options
        self.spaces = [one for one in ("hs", "xy", "rgb") if f"{one}_command_topic" in options]
        self.colored = bool(self.spaces)
        self.listen("state_topic", "state_value_template", "value_template", take=self._take_state)
        self.listen("brightness_state_topic", "brightness_value_template", take=self.take_level)
        self.listen("color_temp_state_topic", "color_temp_value_template", take=self.take_white)
        self.listen("color_mode_state_topic", "color_mode_value_template", take=self._take_mode)
        self.listen("hs_state_topic", "hs_value_template", take=self._take_hs)
        self.listen("xy_state_topic", "xy_value_template", take=self._take_xy)
        self.listen("rgb_state_topic", "rgb_value_template", take=self._take_rgb)

    def _take_state(self, text: str) -> None:
        if text in self.payloads:
            self.on = text == self.payloads[0]

    def _take_mode(self, text: str) -> None:
        self.color_mode = text

    def _take_hs(self, text: str) -> None:
        if (found := _numbers(text, 2)) is not None:
            self.take_color(colors.from_hs(*found))

    def _take_xy(self, text: str) -> None:
        if (found := _numbers(text, 2)) is not None:
            self.take_color(colors.from_xy(*found))

    def _take_rgb(self, text: str) -> None:
        if (found := _numbers(text, 3)) is not None:
            self.take_color(colors.from_rgb(found))

    async def set_light(self, change: LightChange) -> None:
        on, off = self.payloads
        if change.lit is False:
            await self.order(self.send("command_topic", off))
            return
        styles = self._styles(change)
        switched = self.send("command_topic", on)
        match self.options.text("on_command_type", "last"):
            case "first":
                await self.order(switched, styles)
            case "brightness" if self.dims:
                bright = [] if change.brightness else self._dimmed(self.level or 100)
                await self.order(bright, styles)
            case _:
                await self.order(styles, switched)

    def _styles(self, change: LightChange) -> list[Send]:
        sends = self._colored(change.color) if change.color else []
        if change.color_temperature is not None:
            white = self.whiteness(change.color_temperature)
            sends += self.send("color_temp_command_topic", white, "color_temp_command_template")
        return sends + (self._dimmed(change.brightness) if change.brightness else [])

    def _dimmed(self, percent: float) -> list[Send]:
        level = self.steps(percent)
        return self.send("brightness_command_topic", level, "brightness_command_template")

    def _colored(self, color: str) -> list[Send]:
        (space, *_) = self.spaces or ("",)
        names = {"hs": ("hue", "sat"), "xy": ("x", "y"), "rgb": ("red", "green", "blue")}
        shades = {"hs": colors.to_hs, "xy": colors.to_xy, "rgb": colors.to_rgb}
        if space not in names:
            raise errors.DeviceRefused("it shows no colours")
        values = shades[space](color)
        payload = ",".join(f"{value:g}" for value in values)
        named = dict(zip(names[space], values, strict=True))
        return self.send(f"{space}_command_topic", payload, f"{space}_command_template", **named)


class JsonLight(MqttLight):
    """The JSON schema, which Zigbee2MQTT and ESPHome speak."""

    def listen_up(self) -> None:
        options = self.options
        modes = options.words("supported_color_modes")
        legacy = [one for one in ("color_temp", *COLORED) if options.flag(one)]
        self.modes = modes or tuple(legacy)
        self.tunes = "color_temp" in self.modes
        self.colored = bool(set(self.modes) & set(COLORED))
        self.dims = options.flag("brightness") or bool(set(self.modes) - {"onoff"})
        self.listen("state_topic", take=lambda text: None)

    def take(self, topic: str, reading: Reading, retained: bool) -> None:
        told = reading.json
        if not isinstance(told, dict):
            return
        if told.get("state") in ("ON", "OFF"):
            self.on = told["state"] == "ON"
        mode = told.get("color_mode")
        self.color_mode = mode if isinstance(mode, str) else None
        self.take_level(str(told.get("brightness")))
        if isinstance(color := told.get("color"), dict) and self.color_mode not in WHITES:
            self._take_color(color)
        elif self.color_mode not in COLORED:
            self.take_white(str(told.get("color_temp")))

    def _take_color(self, told: dict[str, Any]) -> None:
        ways = (("r", "g", "b"), ("x", "y"), ("h", "s"))
        for keys in ways:
            values = [number(str(told.get(key))) for key in keys]
            known = [value for value in values if value is not None]
            if len(known) == len(keys):
                make = {3: colors.from_rgb}.get(len(keys))
                by_two = colors.from_xy if keys[0] == "x" else colors.from_hs
                self.take_color(make(known) if make else by_two(*known))
                return

    async def set_light(self, change: LightChange) -> None:
        if change.lit is False:
            await self.order(self.send("command_topic", json.dumps({"state": "OFF"})))
            return
        told: dict[str, Any] = {"state": "ON"}
        if change.brightness:
            told["brightness"] = self.steps(change.brightness)
        if change.color:
            told["color"] = self._color(change.color)
        if change.color_temperature is not None:
            told["color_temp"] = self.whiteness(change.color_temperature)
        await self.order(self.send("command_topic", json.dumps(told)))

    def _color(self, color: str) -> dict[str, Any]:
        if "hs" in self.modes:
            return dict(zip("hs", colors.to_hs(color), strict=True))
        if "xy" in self.modes and not {"rgb", "rgbw", "rgbww"} & set(self.modes):
            return dict(zip("xy", colors.to_xy(color), strict=True))
        whites = {"rgbw": "w", "rgbww": "cw"}
        unlit = next((whites[one] for one in self.modes if one in whites), "")
        return dict(zip("rgb", colors.to_rgb(color), strict=True)) | dict.fromkeys(unlit, 0)


class TemplateLight(MqttLight):
    """The template schema: the device's own words, made and read by templates."""

    def listen_up(self) -> None:
        options = self.options
        self.dims = "brightness_template" in options
        self.tunes = "color_temp_template" in options
        self.colored = all(f"{one}_template" in options for one in ("red", "green", "blue"))
        self._channels: dict[str, float] = {}
        for name in ("command_on_template", "command_off_template"):
            if template(options.template(name), name) is None:
                raise Misconfigured(f"{name} is missing")
        self.listen("state_topic", "state_template", take=self._take_state)
        for option, taken in (
            ("brightness_template", self.take_level),
            ("color_temp_template", self.take_white),
        ):
            if option in options:
                self.listen("state_topic", option, take=taken)
        for one in ("red", "green", "blue") if self.colored else ():
            self.listen("state_topic", f"{one}_template", take=self._channel(one))

    def _take_state(self, text: str) -> None:
        if text in ("on", "off"):
            self.on = text == "on"

    def _channel(self, name: str) -> Any:
        def take(text: str) -> None:
            value = number(text)
            if value is not None:
                self._channels[name] = value
            if len(self._channels) == 3:
                parts = [self._channels[one] for one in ("red", "green", "blue")]
                self.take_color(colors.from_rgb(parts))

        return take

    async def set_light(self, change: LightChange) -> None:
        if change.lit is False:
            off = self.send("command_topic", "off", "command_off_template", state="off")
            await self.order(off)
            return
        told: dict[str, Any] = {"state": "on"}
        if change.brightness:
            told["brightness"] = self.steps(change.brightness)
        if change.color_temperature is not None:
            told["color_temp"] = self.whiteness(change.color_temperature)
        if change.color:
            told |= dict(zip(("red", "green", "blue"), colors.to_rgb(change.color), strict=True))
            told |= dict(zip(("hue", "sat"), colors.to_hs(change.color), strict=True))
        await self.order(self.send("command_topic", "on", "command_on_template", **told))


SCHEMAS = {"default": TopicLight, "json": JsonLight, "template": TemplateLight}


def _numbers(text: str, count: int) -> list[float] | None:
    found = [number(one.strip("() ")) for one in text.split(",", count)]
    known = [one for one in found if one is not None]
    return known if len(known) == len(found) == count else None
