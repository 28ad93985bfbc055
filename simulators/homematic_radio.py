"""What the devices of a simulated Homematic central do.

The descriptions of the devices, the rules for values and most answers are those of pydevccu 0.1.8.
What a thermostat does when it is given a mode, that a blind takes its time, and the error -1 follow
eQ-3's "HomeMatic XML-RPC-Schnittstelle" and the devices' own parameters.
"""

from __future__ import annotations

import contextlib
import io
import math
import threading
import time
import xmlrpc.client
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

# At a terminal, importing pydevccu switches the whole process to debug logging.
with contextlib.redirect_stdout(io.StringIO()):
    from pydevccu.ccu import RPCFunctions

Value: TypeAlias = bool | int | float | str
Event: TypeAlias = tuple[str, str, Value]

READABLE, SENT_AS_EVENT = 1, 4
STILL, UP, DOWN = 0, 1, 2
CAST: dict[str, Callable[[Any], Value]] = {
    "BOOL": bool,
    "FLOAT": float,
    "INTEGER": int,
    "ENUM": int,
    "STRING": str,
}
AT_FIRST: dict[str, dict[str, Value]] = {
    "CLIMATECONTROL_RT_TRANSCEIVER": {"ACTUAL_TEMPERATURE": 20.4, "BATTERY_STATE": 2.9},
    "HEATING_CLIMATECONTROL_TRANSCEIVER": {
        "ACTUAL_TEMPERATURE": 21.2,
        "SET_POINT_TEMPERATURE": 21.0,
    },
    "MOTION_DETECTOR": {"BRIGHTNESS": 120},
}


def follow(kind: str, key: str, value: Value) -> dict[str, Value]:
    """What else a channel of this kind changes by itself when `key` is written."""
    match kind, key:
        case "CLIMATECONTROL_RT_TRANSCEIVER", "AUTO_MODE":
            return {"CONTROL_MODE": 0, "BOOST_STATE": 0}
        case "CLIMATECONTROL_RT_TRANSCEIVER", "MANU_MODE":
            return {"CONTROL_MODE": 1, "BOOST_STATE": 0, "SET_TEMPERATURE": value}
        case "CLIMATECONTROL_RT_TRANSCEIVER", "BOOST_MODE":
            return {"CONTROL_MODE": 3, "BOOST_STATE": 5}
        case "CLIMATECONTROL_RT_TRANSCEIVER", "COMFORT_MODE":
            return {"SET_TEMPERATURE": 21.0}
        case "CLIMATECONTROL_RT_TRANSCEIVER", "LOWERING_MODE":
            return {"SET_TEMPERATURE": 17.0}
        case "HEATING_CLIMATECONTROL_TRANSCEIVER", "CONTROL_MODE":
            return {"SET_POINT_MODE": value}
    return {}


@dataclass(frozen=True)
class Run:
    """A blind's way from `origin` to `target`; `travel` is the seconds from closed to open."""

    origin: float
    target: float
    began: float
    travel: float

    @property
    def seconds(self) -> float:
        """How long the whole way takes."""
        return abs(self.target - self.origin) * self.travel

    def level(self, now: float) -> float:
        """Where the blind is, 0 closed to 1 open."""
        if now >= self.began + self.seconds:
            return self.target
        way = math.copysign((now - self.began) / self.travel, self.target - self.origin)
        return round(self.origin + way, 3)


class Radio:
    """The devices and what clients wrote to them; `tell` is handed what they report."""

    def __init__(
        self, devices: Mapping[str, str], travel: float, tell: Callable[[list[Event]], None]
    ) -> None:
        self.peer = RPCFunctions(list(devices), False, False)
        unknown = set(devices) - set(self.peer.supported_devices)
        if unknown:
            raise ValueError(f"pydevccu has no {', '.join(sorted(unknown))}")
        self.peer._fireEvent = self._written
        self.received: list[Event] = []
        self._names = {self.peer.supported_devices[kind]: name for kind, name in devices.items()}
        self._kinds = {device["ADDRESS"]: device["TYPE"] for device in self.peer.devices}
        self._lock = threading.RLock()
        self._tell = tell
        self._travel = travel
        self._runs: dict[str, Run] = {}
        self._timers: dict[str, threading.Timer] = {}
        self._brightness: dict[str, Value] = {}
        for address in self._kinds:
            self._begin(address)

    def settle(self) -> None:
        """Let every blind that is on its way have arrived."""
        with self._lock:
            timers = list(self._timers.values())
            self._timers.clear()
            for address, run in self._runs.items():
                self._rest(address, run.target)
        for timer in timers:
            timer.cancel()
            timer.join()

    def value(self, address: str, key: str) -> Value:
        """What the device itself knows; KeyError for a device or key there is not."""
        with self._lock:
            if key == "LEVEL" and address in self._runs:
                return self._runs[address].level(time.monotonic())
            found: Value = self.peer.paramsets[address]["VALUES"][key]
            return found

    def change(self, address: str, key: str, value: Value) -> None:
        """Something happens at the device itself, and it says so."""
        with self._lock:
            if address in self._runs and key == "LEVEL":
                self._rest(address, float(value))
            else:
                self._report(address, {key: value})

    def press(self, address: str, long: bool) -> None:
        """A finger on a button; KeyError for a channel that is none."""
        keys = ("PRESS_LONG", "PRESS_CONT", "PRESS_LONG_RELEASE") if long else ("PRESS_SHORT",)
        with self._lock:
            self._report(address, dict.fromkeys(keys, True))

    def answer(self, method: str, params: tuple[Any, ...]) -> Any:
        """Answer a client's call: ours, or else the peer's."""
        ours: dict[str, Callable[..., Any]] = {
            "getValue": self._get_value,
            "setValue": self._set_value,
            "putParamset": self._put_paramset,
            "getMetadata": self._get_metadata,
        }
        answer = ours.get(method) or getattr(self.peer, method, None)
        if answer is None or method.startswith("_"):
            raise xmlrpc.client.Fault(-1, f"{method}: unknown method name")
        with self._lock:
            return answer(*params)

    def _get_value(self, address: str, key: str) -> Any:
        values = self.peer.paramsets.get(address.upper(), {}).get("VALUES", {})
        return values[key] if key in values else self.peer.getValue(address, key)

    def _set_value(self, address: str, key: str, value: Value, *rest: Any) -> Any:
        self.received.append((address.upper(), key, value))
        self._reach(address)
        return self.peer.setValue(address, key, value)

    def _put_paramset(self, address: str, name: str, values: dict[str, Value], *rest: Any) -> Any:
        self.received.extend((address.upper(), key, value) for key, value in values.items())
        self._reach(address)
        return self.peer.putParamset(address, name, values)

    def _get_metadata(self, address: str, key: str) -> Any:
        name = self._names.get(address.upper())
        return name if key == "NAME" and name else self.peer.getMetadata(address, key)

    def _reach(self, address: str) -> None:
        maintenance = f"{address.upper().split(':')[0]}:0"
        if self.peer.paramsets.get(maintenance, {}).get("VALUES", {}).get("UNREACH"):
            raise xmlrpc.client.Fault(-1, "Failure")

    def _described(self, address: str) -> dict[str, Any]:
        values: dict[str, Any] = self.peer.paramset_descriptions.get(address, {}).get("VALUES", {})
        return values

    def _begin(self, address: str) -> None:
        first = AT_FIRST.get(self._kinds[address], {})
        for key, data in self._described(address).items():
            if data["OPERATIONS"] & (READABLE | SENT_AS_EVENT):
                self._store(address, key, first.get(key, data["DEFAULT"]))
        if self._kinds[address] == "BLIND":
            self._runs[address] = Run(0.0, 0.0, 0.0, self._travel)

    def _store(self, address: str, key: str, value: Value) -> None:
        data = self._described(address)[key]
        if data["TYPE"] == "ENUM" and isinstance(value, str):
            value = data["VALUE_LIST"].index(value)
        if data["TYPE"] in CAST:
            values = self.peer.paramsets.setdefault(address, {}).setdefault("VALUES", {})
            values[key] = CAST[data["TYPE"]](value)
        if self._kinds[address] == "DIMMER" and key == "LEVEL" and value:
            self._brightness[address] = value

    def _written(self, _interface: str, address: str, key: str, value: Value) -> None:
        """What a device does once the peer has taken a write."""
        kind = self._kinds[address]
        if kind == "BLIND" and key in ("LEVEL", "STOP"):
            self._run(address, float(value) if key == "LEVEL" else None)
        elif kind == "DIMMER" and key == "OLD_LEVEL":
            self._report(address, {"LEVEL": self._brightness.get(address, 1.0)})
        elif key in self._described(address):
            self._report(address, {key: value, **follow(kind, key, value)})

    def _run(self, address: str, target: float | None) -> None:
        now = time.monotonic()
        level = self._runs[address].level(now)
        run = Run(level, level if target is None else target, now, self._travel)
        if not run.seconds:
            self._rest(address, run.target)
            return
        self._halt(address, run)
        direction = UP if run.target > level else DOWN
        self._report(address, {"LEVEL": level, "WORKING": True, "DIRECTION": direction})
        self._timers[address] = threading.Timer(run.seconds, self._arrive, (address, run))
        self._timers[address].daemon = True
        self._timers[address].start()

    def _arrive(self, address: str, run: Run) -> None:
        with self._lock:
            if self._runs[address] is run:
                self._rest(address, run.target)

    def _rest(self, address: str, level: float) -> None:
        self._halt(address, Run(level, level, 0.0, self._travel))
        self._report(address, {"LEVEL": level, "WORKING": False, "DIRECTION": STILL})

    def _halt(self, address: str, run: Run) -> None:
        self._runs[address] = run
        if address in self._timers:
            self._timers[address].cancel()

    def _report(self, address: str, values: Mapping[str, Value]) -> None:
        described = self._described(address)
        for key, value in values.items():
            self._store(address, key, value)
        self._tell(
            [
                (address, key, value)
                for key, value in values.items()
                if described[key]["OPERATIONS"] & SENT_AS_EVENT
            ]
        )
