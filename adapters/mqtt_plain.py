"""What is plainly on or off, a number, a choice or a press on MQTT.

Of most of these only their makers know what they do: they are shown, and told nothing until the
owner has named them.
"""

import re
from collections.abc import Callable, MutableMapping

from adapters.mqtt_discovery import Config
from adapters.mqtt_entity import Entity, Reading, number
from adapters.mqtt_filters import parsed
from gateway import errors
from gateway.capabilities.generic import (
    Number,
    NumberChange,
    NumberState,
    Select,
    SelectChange,
    SelectState,
)
from gateway.capabilities.sensors import Button, ButtonPress, ButtonState, Press
from gateway.capabilities.switch import Switch, SwitchChange, SwitchState
from gateway.capability import Nothing
from gateway.limits import TEMPERATURES, Limit
from gateway.text import clean

OUTLETS = ("outlet", "switch")
"""The classes of switches that do no more than let current flow."""
HOT = 50.0
ONLY_PEOPLE = {"press_button": Limit(read_only=True)}
_TEMPERATURE = re.compile(r"temp(erature)?\b|set[ _-]?point", re.IGNORECASE)
_LONG = re.compile("long|hold|held", re.IGNORECASE)
_DOUBLE = re.compile("double|twice", re.IGNORECASE)
_OTHER = re.compile("release|triple|quad|many|tripple", re.IGNORECASE)
_PRESS = re.compile(
    r"(?:^|[_ -])(?:short|single|double|long|hold|held|press|pressed|click)+\b", re.I
)


class MqttSwitch(Entity, Switch):
    """A relay or a setting; only an outlet is told anything without the owner's word."""

    on: bool | None = None

    def listen_up(self) -> None:
        text = self.options.text
        self._payloads = text("payload_on", "ON"), text("payload_off", "OFF")
        on, off = self._payloads
        self._states = {text("state_on", on): True, text("state_off", off): False}
        self.listen("state_topic", "value_template", take=self._take_state)

    def _take_state(self, text: str) -> None:
        self.on = self._states.get(text, self.on)

    def read(self) -> None:
        if self.on is not None:
            self.report(SwitchState(on=self.on))

    def limits(self, writable: bool) -> dict[str, Limit]:
        known = self.options.text("device_class") in OUTLETS
        if "command_topic" in self.options and (known or writable):
            return {}
        return {"on": Limit(read_only=True)}

    async def set_switch(self, change: SwitchChange) -> None:
        word = self._payloads[0 if change.on else 1]
        await self.order(self.send("command_topic", word, "command_template"))


class MqttNumber(Entity, Number):
    """A number to be set, or one that a sensor shows."""

    value: float | None = None

    def listen_up(self) -> None:
        self.unit = self._unit()
        self.listen("state_topic", "value_template", take=self._take)

    def _unit(self) -> str | None:
        """Return its unit; a temperature without one gets one, so that the hard limits hold."""
        unit = clean(self.options.text("unit_of_measurement"), 20)
        said = f"{self.config.name} {self.config.key}"
        warm = self.options.text("device_class") == "temperature"
        if not warm and (unit or self.config.component != "number"):
            return unit or None
        if unit.strip().casefold() in TEMPERATURES:
            return unit
        if warm or _TEMPERATURE.search(said):
            return "°C" if self.options.number("max", 100) <= HOT else "°F"
        return unit or None

    def _take(self, text: str) -> None:
        self.value = number(text)

    def read(self) -> None:
        self.report(NumberState(value=self.value, unit=self.unit))

    def limits(self, writable: bool) -> dict[str, Limit]:
        if self.config.component != "number" or "command_topic" not in self.options:
            return {"value": Limit(read_only=True)}
        low, high = self.options.number("min", 1), self.options.number("max", 100)
        step = self.options.number("step", 1)
        ordered = low < high
        return {
            "value": Limit(
                min=low if ordered else None,
                max=high if ordered else None,
                step=step if step > 0 else None,
                read_only=None if writable else True,
            )
        }

    async def set_number(self, change: NumberChange) -> None:
        value: float = int(change.value) if change.value == int(change.value) else change.value
        await self.order(self.send("command_topic", value, "command_template"))


class MqttSelect(Entity, Select):
    """A choice, or words that a sensor shows."""

    option: str | None = None

    def listen_up(self) -> None:
        self._words = {clean(one, 80): one for one in self.options.words("options")}
        self.listen("state_topic", "value_template", take=self.take_option)

    def take_option(self, text: str) -> None:
        """Take what is chosen; a choice that was never offered is none."""
        word = clean(text, 80)
        if not self._words or word in self._words:
            self.option = word

    def read(self) -> None:
        self.report(SelectState(option=self.option))

    def limits(self, writable: bool) -> dict[str, Limit]:
        told = self.config.component == "select" and "command_topic" in self.options and writable
        words = list(self._words) or None
        return {"option": Limit(enum=words, read_only=None if told else True)}

    async def set_option(self, change: SelectChange) -> None:
        word = self._words.get(change.option, change.option)
        await self.order(self.send("command_topic", word, "command_template"))


class MqttButton(Entity, Button):
    """A button that can be pressed from afar, once the owner has named it."""

    def listen_up(self) -> None:
        self.report(ButtonState())

    def limits(self, writable: bool) -> dict[str, Limit]:
        return {} if writable else {"press_button": Limit(read_only=True)}

    async def press_button(self, change: Nothing) -> None:
        word = self.options.text("payload_press", "PRESS")
        await self.order(self.send("command_topic", word, "command_template"))


class Presses(Button):
    """A button that people press: what it tells is an event.

    `before` is what was told, by devices and their keys: it outlives the connection.
    """

    pushes = True

    def remember(self, before: MutableMapping[str, ButtonState], key: str) -> None:
        """Go on counting where an earlier connection stopped."""
        self._before, self._key = before, key
        self.report(before.get(key, ButtonState()))

    def press(self, press: Press) -> None:
        """Tell that it was pressed."""
        presses = self._before.get(self._key, ButtonState()).presses
        self._before[self._key] = ButtonState(last=press, presses=presses + 1)
        self.report(self._before[self._key])
        self.pressed(ButtonPress(press=press))

    async def press_button(self, change: Nothing) -> None:
        raise errors.DeviceRefused("only a person can press this button")


class MqttKey(Entity, Presses):
    """A button or a bell that tells of its presses as events."""

    def listen_up(self) -> None:
        self._types = self.options.words("event_types")
        self.listen("state_topic", "value_template", take=self._take_event)

    def take(self, topic: str, reading: Reading, retained: bool) -> None:
        if not retained:  # what was kept for whoever comes later has happened before
            super().take(topic, reading, retained)

    def _take_event(self, text: str) -> None:
        try:
            told = parsed(text)
        except ValueError:
            return
        kind = told.get("event_type") if isinstance(told, dict) else None
        if isinstance(kind, str) and (not self._types or kind in self._types):
            press = press_of(kind)
            if press is not None:
                self.press(press)

    def limits(self, writable: bool) -> dict[str, Limit]:
        return ONLY_PEOPLE


class MqttTrigger(Entity):
    """One way in which one key of a remote can be pressed; its key is a board of several."""

    def listen_up(self) -> None:
        text = self.options.text
        self._payload = text("payload")
        self._press = press_of(f"{text('type')} {text('subtype')} {self._payload}")
        self.put: Callable[[Press], None] = lambda press: None
        """Where it tells of a press, once that is known."""
        self.listen("topic", "value_template", take=self._take)

    def take(self, topic: str, reading: Reading, retained: bool) -> None:
        if not retained:
            super().take(topic, reading, retained)

    def _take(self, text: str) -> None:
        if self._press is not None and (not self._payload or text == self._payload):
            self.put(self._press)


def key_of(config: Config) -> str:
    """Return which key of a remote a trigger is of."""
    return _PRESS.sub("", config.options.text("subtype")).strip("_ -") or "key"


def press_of(said: str) -> Press | None:
    """Return how something was pressed, by the words for it; None for what is no press."""
    if _OTHER.search(said):
        return None
    if _DOUBLE.search(said):
        return "double"
    return "long" if _LONG.search(said) else "short"


def is_numeric(config: Config) -> bool:
    """Say whether a sensor shows numbers rather than words."""
    return "unit_of_measurement" in config.options or "state_class" in config.options
