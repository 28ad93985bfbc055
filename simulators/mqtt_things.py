"""Devices that tell of themselves on MQTT, as firmware does for Home Assistant's discovery.

The configs have the form that Zigbee2MQTT ("Home Assistant integration"; topics in "MQTT Topics and
Messages"), Tasmota ("Home Assistant", "MQTT") and ESPHome ("MQTT Client Component") document, and
for whole devices Home Assistant's own "MQTT": Device discovery payload. None was captured.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

Config = dict[str, Any]
PREFIX = "homeassistant"


def ignore(topic: str, payload: str, *, retain: bool = True) -> None:
    """Say nothing: what a thing without power does."""


class Thing:
    """One device: what it tells of itself, its state by topics, and what it does when told."""

    def __init__(self, id: str, name: str, base: str) -> None:
        self.id, self.name, self.base = id, name, base
        self.say: Callable[..., None] = ignore

    @property
    def about(self) -> Config:
        """Who it is."""
        return {"identifiers": [self.id], "name": self.name}

    def configs(self) -> dict[str, Config]:
        """Its discovery payloads, by what stands between the prefix and `config`."""
        raise NotImplementedError

    def states(self) -> dict[str, str]:
        """Its state, by topics."""
        raise NotImplementedError

    def orders(self) -> list[str]:
        """The topics on which it takes orders."""
        return [f"{self.base}/set"]

    def obey(self, topic: str, payload: str) -> None:
        """Do what it is told."""

    def by_hand(self, **values: Any) -> None:
        """Change something at the device itself."""
        for name, value in values.items():
            setattr(self, name, value)
        self.tell()

    def tell(self) -> None:
        """Publish its state."""
        for topic, payload in self.states().items():
            self.say(topic, payload)


class ZigbeeThing(Thing):
    """What Zigbee2MQTT tells of: one JSON state for all that a device does."""

    model, maker = "", "Aqara"

    def __init__(self, ieee: str, name: str, slug: str) -> None:
        super().__init__(f"zigbee2mqtt_{ieee}", name, f"zigbee2mqtt/{slug}")
        self.ieee = ieee

    def state(self) -> Config:
        """What it is doing, as the JSON state."""
        raise NotImplementedError

    def entities(self) -> dict[str, Config]:
        """Its entities, by component and object."""
        raise NotImplementedError

    def configs(self) -> dict[str, Config]:
        availability = [
            {"topic": "zigbee2mqtt/bridge/state", "value_template": "{{ value_json.state }}"},
            {"topic": f"{self.base}/availability", "value_template": "{{ value_json.state }}"},
        ]
        shared = {
            "availability": availability,
            "availability_mode": "all",
            "device": self.about | {"manufacturer": self.maker, "model": self.model},
            "origin": {"name": "Zigbee2MQTT", "sw": "2.1.0"},
            "state_topic": self.base,
        }
        found = {}
        for place, own in self.entities().items():
            component, _, object = place.partition("/")
            unique = {"unique_id": f"{self.ieee}_{object}_zigbee2mqtt"}
            found[f"{component}/{self.ieee}/{object}"] = shared | unique | own
        return found

    def states(self) -> dict[str, str]:
        there = json.dumps({"state": "online"})
        return {f"{self.base}/availability": there, self.base: json.dumps(self.state())}


class Lamp(ZigbeeThing):
    """A lamp with whites and colours, by the JSON schema."""

    model, maker = "LED1924G9", "IKEA"
    on, brightness, color_temp = False, 254, 370
    color: dict[str, float] | None = None

    def entities(self) -> dict[str, Config]:
        return {
            "light/light": {
                "name": None,
                "schema": "json",
                "brightness": True,
                "brightness_scale": 254,
                "supported_color_modes": ["xy", "color_temp"],
                "min_mireds": 153,
                "max_mireds": 454,
                "command_topic": f"{self.base}/set",
            },
            "sensor/linkquality": {
                "name": "Linkquality",
                "enabled_by_default": False,
                "entity_category": "diagnostic",
                "unit_of_measurement": "lqi",
                "value_template": "{{ value_json.linkquality }}",
            },
        }

    def state(self) -> Config:
        state: Config = {"state": "ON" if self.on else "OFF", "brightness": self.brightness}
        if self.color is None:
            return state | {"color_mode": "color_temp", "color_temp": self.color_temp}
        return state | {"color_mode": "xy", "color": self.color}

    def obey(self, topic: str, payload: str) -> None:
        told = json.loads(payload)
        self.on = told.get("state", "ON") == "ON"
        self.brightness = told.get("brightness", self.brightness)
        if "color" in told:
            self.color = told["color"]
        if "color_temp" in told:
            self.color, self.color_temp = None, told["color_temp"]
        self.tell()


class Shade(ZigbeeThing):
    """A roller shade that takes `travel` seconds from end to end."""

    model, maker = "E1757", "IKEA"
    position, travel = 100, 0.5
    _moving: asyncio.TimerHandle | None = None

    def entities(self) -> dict[str, Config]:
        return {
            "cover/cover": {
                "name": None,
                "command_topic": f"{self.base}/set",
                "set_position_topic": f"{self.base}/set",
                "set_position_template": '{ "position": {{ position }} }',
                "position_topic": self.base,
                "position_template": "{{ value_json.position }}",
                "value_template": "{{ value_json.state }}",
                "state_open": "OPEN",
                "state_closed": "CLOSE",
                "state_opening": "OPENING",
                "state_closing": "CLOSING",
                "state_stopped": "STOP",
            },
            "sensor/battery": {
                "device_class": "battery",
                "entity_category": "diagnostic",
                "unit_of_measurement": "%",
                "value_template": "{{ value_json.battery }}",
            },
        }

    way = ""

    def state(self) -> Config:
        word = self.way or ("OPEN" if self.position else "CLOSE")
        return {"position": self.position, "state": word, "battery": 87}

    def obey(self, topic: str, payload: str) -> None:
        if payload == "STOP":
            self._arrive(round(self.position))
            return
        goal = {"OPEN": 100, "CLOSE": 0}.get(payload)
        self.go(int(json.loads(payload)["position"]) if goal is None else goal)

    def go(self, goal: int) -> None:
        """Start towards a position."""
        self.halt()
        self.way = "OPENING" if goal > self.position else "CLOSING"
        self.tell()
        far = abs(goal - self.position) / 100
        loop = asyncio.get_running_loop()
        self._moving = loop.call_later(far * self.travel, self._arrive, goal)

    def halt(self) -> None:
        """Stand still, without a word."""
        if self._moving is not None:
            self._moving.cancel()

    def _arrive(self, position: int) -> None:
        self.halt()
        self.position, self.way = position, ""
        self.tell()


class DoorLock(ZigbeeThing):
    """A door lock."""

    model, maker = "YRD226", "Yale"
    locked = False

    def entities(self) -> dict[str, Config]:
        return {
            "lock/lock": {
                "name": None,
                "command_topic": f"{self.base}/set",
                "value_template": "{{ value_json.state }}",
                "state_locked": "LOCK",
                "state_unlocked": "UNLOCK",
            }
        }

    def state(self) -> Config:
        return {"state": "LOCK" if self.locked else "UNLOCK"}

    def obey(self, topic: str, payload: str) -> None:
        self.by_hand(locked=payload == "LOCK")
