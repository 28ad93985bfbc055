"""Devices on MQTT that have a connection of their own: Tasmota's, ESPHome's and a pool's bridge.

The documents are those that `mqtt_things` names. Their configs are short, as such firmware is.
"""

from __future__ import annotations

import asyncio
import json

from simulators.mqtt_things import Config, Thing


class Node(Thing):
    """A device whose bridge is itself: its will says that it is away."""

    online, offline = "online", "offline"
    maker = model = ""

    @property
    def status(self) -> str:
        """Where it says whether it is there."""
        return f"{self.base}/status"

    @property
    def shared(self) -> Config:
        """What all its configs begin with."""
        return {
            "~": self.base,
            "avty_t": self.status.replace(self.base, "~"),
            "pl_avail": self.online,
            "pl_not_avail": self.offline,
            "dev": {"ids": [self.id], "name": self.name, "mf": self.maker, "mdl": self.model},
        }


class MeteredPlug(Node):
    """A plug with Tasmota, which meters."""

    maker, model = "Gosund", "SP111"
    online, offline = "Online", "Offline"
    on, watts, total = False, 0.0, 12.345

    @property
    def status(self) -> str:
        return f"{self.base}/LWT"

    def configs(self) -> dict[str, Config]:
        meter = (
            ("Power", "power", "W"),
            ("Total", "energy", "kWh"),
            ("Voltage", "voltage", "V"),
            ("Current", "current", "A"),
        )
        relay = {
            "name": None,
            "dev_cla": "outlet",
            "stat_t": "~/STATE",
            "val_tpl": "{{value_json.POWER}}",
            "cmd_t": "~/cmnd/POWER",
            "uniq_id": f"{self.id}_RL_1",
        }
        found = {f"switch/{self.id}_RL_1": self.shared | relay}
        for name, kind, unit in meter:
            sensor = {
                "name": f"ENERGY {name}",
                "dev_cla": kind,
                "unit_of_meas": unit,
                "stat_t": "~/SENSOR",
                "val_tpl": f"{{{{value_json['ENERGY']['{name}']}}}}",
                "uniq_id": f"{self.id}_ENERGY_{name}",
            }
            found[f"sensor/{self.id}_ENERGY_{name}"] = self.shared | sensor
        return found

    def states(self) -> dict[str, str]:
        volts = 230.0
        energy = {
            "Power": self.watts,
            "Total": self.total,
            "Voltage": volts,
            "Current": round(self.watts / volts, 3),
        }
        return {
            f"{self.base}/STATE": json.dumps({"POWER": "ON" if self.on else "OFF"}),
            f"{self.base}/SENSOR": json.dumps({"ENERGY": energy}),
        }

    def orders(self) -> list[str]:
        return [f"{self.base}/cmnd/POWER"]

    def obey(self, topic: str, payload: str) -> None:
        self.by_hand(on=payload == "ON")


class Thermostat(Node):
    """A radiator's thermostat with ESPHome."""

    maker, model = "Espressif", "esp32"
    mode, target, temperature, preset = "heat", 21.0, 20.4, "none"

    def configs(self) -> dict[str, Config]:
        topics = {
            "mode_cmd_t": "~/mode/command",
            "mode_stat_t": "~/mode/state",
            "temp_cmd_t": "~/target/command",
            "temp_stat_t": "~/target/state",
            "pr_mode_cmd_t": "~/preset/command",
            "pr_mode_stat_t": "~/preset/state",
            "curr_temp_t": "~/current/state",
            "act_t": "~/action/state",
        }
        own = {
            "name": None,
            "modes": ["off", "heat", "auto"],
            "pr_modes": ["eco", "boost"],
            "min_temp": 5,
            "max_temp": 30,
            "temp_step": 0.5,
            "temp_unit": "C",
            "uniq_id": f"{self.id}_climate",
        }
        return {f"climate/{self.id}/climate": self.shared | topics | own}

    def states(self) -> dict[str, str]:
        action = "heating" if self.temperature < self.target else "idle"
        return {
            f"{self.base}/mode/state": self.mode,
            f"{self.base}/target/state": f"{self.target:.1f}",
            f"{self.base}/preset/state": self.preset,
            f"{self.base}/current/state": f"{self.temperature:.1f}",
            f"{self.base}/action/state": "off" if self.mode == "off" else action,
        }

    def orders(self) -> list[str]:
        return [f"{self.base}/{one}/command" for one in ("mode", "target", "preset")]

    def obey(self, topic: str, payload: str) -> None:
        name = topic.split("/")[-2]
        self.by_hand(**{name: float(payload) if name == "target" else payload})


class CeilingFan(Node):
    """A fan with four speeds and ESPHome."""

    maker, model = "Espressif", "esp8266"
    on, speed = False, 1

    def configs(self) -> dict[str, Config]:
        own = {
            "name": None,
            "cmd_t": "~/command",
            "stat_t": "~/state",
            "pct_cmd_t": "~/speed/command",
            "pct_stat_t": "~/speed/state",
            "spd_rng_min": 1,
            "spd_rng_max": 4,
            "uniq_id": f"{self.id}_fan",
        }
        return {f"fan/{self.id}/fan": self.shared | own}

    def states(self) -> dict[str, str]:
        return {
            f"{self.base}/state": "ON" if self.on else "OFF",
            f"{self.base}/speed/state": str(self.speed),
        }

    def orders(self) -> list[str]:
        return [f"{self.base}/command", f"{self.base}/speed/command"]

    def obey(self, topic: str, payload: str) -> None:
        if topic.endswith("speed/command"):
            self.by_hand(speed=int(payload))
        else:
            self.by_hand(on=payload == "ON")


class GarageDoor(Node):
    """A garage door with ESPHome, which takes `travel` seconds."""

    maker, model = "Espressif", "esp32"
    state, travel = "open", 0.5
    _moving: asyncio.TimerHandle | None = None

    def configs(self) -> dict[str, Config]:
        own = {
            "name": None,
            "dev_cla": "garage",
            "cmd_t": "~/command",
            "stat_t": "~/state",
            "uniq_id": f"{self.id}_cover",
        }
        return {f"cover/{self.id}/cover": self.shared | own}

    def states(self) -> dict[str, str]:
        return {f"{self.base}/state": self.state}

    def orders(self) -> list[str]:
        return [f"{self.base}/command"]

    def obey(self, topic: str, payload: str) -> None:
        moving = {"OPEN": ("opening", "open"), "CLOSE": ("closing", "closed")}.get(payload)
        self.halt()
        if moving is not None:
            self.by_hand(state=moving[0])
            loop = asyncio.get_running_loop()
            self._moving = loop.call_later(self.travel, lambda: self.by_hand(state=moving[1]))

    def halt(self) -> None:
        """Stand still, without a word."""
        if self._moving is not None:
            self._moving.cancel()


class PoolBridge(Node):
    """A pool controller behind a bridge that tells of it as one device."""

    maker, model = "njsPC", "IntelliCenter"
    pool_setpoint, spa_setpoint, mode, pump, cleaned = 84, 99, "heater", False, 0
    pool_temperature, ph, orp = 80.6, 7.42, 690

    def configs(self) -> dict[str, Config]:
        parts: dict[str, Config] = {
            "pool_temperature": _sensor("pool_temperature", "Water temperature", "°F")
            | {"dev_cla": "temperature"},
            "ph": _sensor("ph", "pH") | {"stat_cla": "measurement"},
            "orp": _sensor("orp", "ORP", "mV"),
            "pool_setpoint": _setpoint("pool", "Pool setpoint"),
            "spa_setpoint": _setpoint("spa", "Spa setpoint"),
            "mode": {
                "p": "select",
                "name": "Heat mode",
                "options": ["off", "heater", "solar"],
                "cmd_t": "~/mode/set",
                "val_tpl": "{{ value_json.mode }}",
            },
            "pump": {
                "p": "switch",
                "name": "Pump",
                "cmd_t": "~/pump/set",
                "val_tpl": "{{ 'ON' if value_json.pump else 'OFF' }}",
            },
            "clean": {"p": "button", "name": "Clean cell", "cmd_t": "~/cleaned/set"},
        }
        for key, one in parts.items():
            one["uniq_id"] = f"{self.id}_{key}"
        origin = {"o": {"name": "pool2mqtt", "sw": "1.4"}}
        return {f"device/{self.id}": self.shared | origin | {"cmps": parts, "stat_t": "~/state"}}

    def states(self) -> dict[str, str]:
        told = ("pool_temperature", "pool_setpoint", "spa_setpoint", "mode", "pump", "ph", "orp")
        return {f"{self.base}/state": json.dumps({name: getattr(self, name) for name in told})}

    def orders(self) -> list[str]:
        names = ("pool_setpoint", "spa_setpoint", "mode", "pump", "cleaned")
        return [f"{self.base}/{one}/set" for one in names]

    def obey(self, topic: str, payload: str) -> None:
        name = topic.split("/")[-2]
        known = {"mode": payload, "pump": payload == "ON", "cleaned": self.cleaned + 1}
        self.by_hand(**{name: known[name] if name in known else int(payload)})


def _sensor(key: str, name: str, unit: str | None = None) -> Config:
    told = {"p": "sensor", "name": name, "val_tpl": f"{{{{ value_json.{key} }}}}"}
    return told if unit is None else told | {"unit_of_meas": unit}


def _setpoint(body: str, name: str) -> Config:
    return {
        "p": "number",
        "name": name,
        "min": 40,
        "max": 104,
        "step": 1,
        "unit_of_meas": "°F",
        "cmd_t": f"~/{body}_setpoint/set",
        "val_tpl": f"{{{{ value_json.{body}_setpoint }}}}",
    }
