"""A simulated Tapo P110 plug that wants its owner's login: found on UDP 20002, driven over HTTP.

Unverified: `klap_wire` says why. Methods and fields are those that python-kasa 0.12 asks a P110
for. The probe's reply names the HTTP port, so the plug can stand on any, and shows another device
id than the one behind the login; only the MAC is the same in both.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import secrets
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeAlias, Unpack
from urllib.parse import parse_qs

from simulators.kasa_models import VOLTAGE, MeteredRelay
from simulators.kasa_protocol import read_json
from simulators.kasa_wire import Appliance, Command, Identity, digest
from simulators.klap_wire import (
    PROBE_FLAGS,
    SEED_BYTES,
    Forbidden,
    Request,
    Session,
    framed,
    login_of,
    read_probe,
    response,
    take_request,
)

SESSION_COOKIE = re.compile(r"TP_SESSIONID=([0-9A-F]{32})")
SESSION_SECONDS = 86400
MOST_SESSIONS = 8
UNKNOWN_METHOD = -1002
BAD_PARAMETERS = -1008

COMPONENTS = {
    "device": 2,
    "firmware": 2,
    "time": 1,
    "device_local_time": 1,
    "led": 1,
    "cloud_connect": 1,
    "energy_monitoring": 2,
}
LED = {
    "led_rule": "always",
    "led_status": True,
    "night_mode": {"night_mode_type": "sunrise_sunset", "start_time": 1140, "end_time": 420},
}

Answer: TypeAlias = dict[str, Any]


class TapoPlug(MeteredRelay, Appliance):
    """A P110: one relay with an energy meter, behind the login of its owner."""

    kind = "Smart Plug"
    default_model = "P110"
    id_prefix = "8022"

    def __init__(
        self,
        address: str,
        broadcast: str | None = None,
        *,
        port: int = 80,
        probe_port: int = 20002,
        username: str = "owner@example.com",
        password: str = "correct horse",
        **identity: Unpack[Identity],
    ) -> None:
        super().__init__(address, broadcast, port=port, probe_port=probe_port, **identity)
        self._login = login_of(username, password)
        self._owner = hashlib.md5(username.encode()).hexdigest().upper()
        self._sessions: dict[str, Session] = {}
        self._methods: dict[str, Callable[[Answer], Answer | None]] = {
            "component_nego": lambda given: components(),
            "get_device_info": lambda given: self._about(),
            "get_device_time": lambda given: {**clock(), "timestamp": int(time.time())},
            "get_device_usage": lambda given: self._usage(),
            "get_connect_cloud_state": lambda given: {"status": 1},
            "get_led_info": lambda given: dict(LED),
            "get_auto_update_info": lambda given: {"enable": False, "time": 180},
            "get_energy_usage": lambda given: self._energy(),
            "get_current_power": lambda given: {"current_power": round(self.drawn_watts)},
            "get_emeter_data": lambda given: self._reading(),
            "get_emeter_vgain_igain": lambda given: {"igain": 11000, "vgain": 120000},
            "set_device_info": self._change,
        }

    async def unplug(self) -> None:
        await super().unplug()
        self._sessions.clear()

    def answer_probe(self, datagram: bytes) -> bytes | None:
        serial = read_probe(datagram)
        if serial is None:
            return None
        found = json.dumps({"error_code": 0, "result": self._found()}).encode()
        return framed(0, PROBE_FLAGS, serial, found)

    def converse(self, received: bytearray) -> bytes:
        replies = bytearray()
        while (request := take_request(received)) is not None:
            try:
                replies += self._serve(request)
            except Forbidden:
                replies += response("403 Forbidden")
        return bytes(replies)

    def answer(self, request: object) -> Answer:
        """The reply to one opened request, or to each of several; ValueError for no request."""
        if not isinstance(request, dict):
            raise ValueError("a request is an object with a method")
        method, given = request.get("method"), request.get("params")
        if method != "multipleRequest":
            return self._call(method, given)
        several = given.get("requests") if isinstance(given, dict) else None
        if not isinstance(several, list):
            return {"error_code": BAD_PARAMETERS}
        asked = [one for one in several if isinstance(one, dict)]
        answers = [
            {"method": one.get("method"), **self._call(one.get("method"), one.get("params"))}
            for one in asked
        ]
        return {"error_code": 0, "result": {"responses": answers}}

    def _serve(self, request: Request) -> bytes:
        if request.path == "/app/handshake1":
            return self._greet(request.body)
        session = self._session_of(request.cookie)
        if request.path == "/app/handshake2":
            session.trust(request.body)
            return response("200 OK")
        if request.path != "/app/request":
            return response("404 Not Found")
        number = int(parse_qs(request.query).get("seq", [""])[0])
        plain = session.open(number, request.body)
        reply = json.dumps(self.answer(read_json(plain))).encode()
        return response("200 OK", session.seal(number, reply))

    def _greet(self, theirs: bytes) -> bytes:
        if len(theirs) != SEED_BYTES:
            return response("400 Bad Request")
        ours, name = secrets.token_bytes(SEED_BYTES), secrets.token_hex(16).upper()
        while len(self._sessions) >= MOST_SESSIONS:
            del self._sessions[next(iter(self._sessions))]
        session = self._sessions[name] = Session(theirs, ours, self._login)
        cookie = f"TP_SESSIONID={name};TIMEOUT={SESSION_SECONDS}"
        return response("200 OK", ours + session.proof, cookie)

    def _session_of(self, cookie: str) -> Session:
        named = SESSION_COOKIE.search(cookie)
        session = self._sessions.get(named[1]) if named else None
        if session is None:
            raise Forbidden
        return session

    def _call(self, method: object, given: object) -> Answer:
        name, arguments = str(method), given if isinstance(given, dict) else {}
        if not name.startswith(("get_", "component_nego")):
            self.received.append(Command(name, arguments))
        known = self._methods.get(name)
        if known is None:
            return {"error_code": UNKNOWN_METHOD}
        try:
            result = known(arguments)
        except ValueError:
            return {"error_code": BAD_PARAMETERS}
        return {"error_code": 0} if result is None else {"error_code": 0, "result": result}

    def _change(self, given: Answer) -> None:
        on = given.get("device_on", self.on)
        nickname = given.get("nickname", encoded(self.alias))
        if not isinstance(on, bool) or not isinstance(nickname, str):
            raise ValueError("wrong type")
        self.alias = decoded(nickname)
        self.on = on

    def _found(self) -> Answer:
        return {
            "device_id": digest(self.device_id, 32).lower(),
            "owner": self._owner,
            "device_type": "SMART.TAPOPLUG",
            "device_model": f"{self.model}(EU)",
            "ip": self.address,
            "mac": self.mac.replace(":", "-"),
            "is_support_iot_cloud": True,
            "obd_src": "tplink",
            "factory_default": False,
            "mgt_encrypt_schm": {
                "is_support_https": False,
                "encrypt_type": "KLAP",
                "http_port": self.port,
                "lv": 2,
            },
        }

    def _about(self) -> Answer:
        return {
            "device_id": self.device_id,
            "fw_ver": "1.3.1 Build 240621 Rel.162048",
            "hw_ver": "1.0",
            "type": "SMART.TAPOPLUG",
            "model": self.model,
            "mac": self.mac.replace(":", "-"),
            "hw_id": digest(self.model, 32),
            "fw_id": "0" * 32,
            "oem_id": digest(self.model, 32)[::-1],
            "ip": self.address,
            **clock(),
            "ssid": encoded("Elm Street"),
            "rssi": -50,
            "signal_level": 3,
            "lang": "en_US",
            "avatar": "plug",
            "specs": "",
            "nickname": encoded(self.alias),
            "has_set_location_info": False,
            "device_on": self.on,
            "on_time": self.on_seconds,
            "default_states": {"type": "last_states", "state": {}},
            "overheat_status": "normal",
            "power_protection_status": "normal",
            "overcurrent_status": "normal",
            "charging_status": "normal",
        }

    def _usage(self) -> Answer:
        minutes = {"today": self.on_seconds // 60, "past7": 0, "past30": 0}
        energy = {"today": round(self.today_kwh * 1000), "past7": 0, "past30": 0}
        return {"time_usage": minutes, "power_usage": energy, "saved_power": energy}

    def _energy(self) -> Answer:
        return {
            "today_runtime": self.on_seconds // 60,
            "month_runtime": self.on_seconds // 60,
            "today_energy": round(self.today_kwh * 1000),
            "month_energy": round(self.month_kwh * 1000),
            "local_time": f"{datetime.now():%Y-%m-%d %H:%M:%S}",
            "electricity_charge": [0, 0, 0],
            "current_power": round(self.drawn_watts * 1000),
        }

    def _reading(self) -> Answer:
        return {
            "current_ma": round(self.drawn_watts / VOLTAGE * 1000),
            "energy_wh": round(self.total_kwh * 1000),
            "power_mw": round(self.drawn_watts * 1000),
            "voltage_mv": round(VOLTAGE * 1000),
        }


def components() -> Answer:
    """What the firmware is made of, in which version; clients ask for modules by it."""
    parts = [{"id": name, "ver_code": version} for name, version in COMPONENTS.items()]
    return {"component_list": parts}


def clock() -> Answer:
    """The time zone of the plug."""
    return {"region": "UTC", "time_diff": 0}


def encoded(text: str) -> str:
    """Text as the protocol carries it: base64 of UTF-8."""
    return base64.b64encode(text.encode()).decode()


def decoded(text: str) -> str:
    """The text inside; ValueError when it is no base64 of UTF-8."""
    return base64.b64decode(text, validate=True).decode()
