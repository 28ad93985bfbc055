"""What each simulated Kasa model says of itself: identity, clock, meter, cloud and schedule.

The fields are those of captures published in the issues of softScheck/tplink-smartplug (HS110,
KP200) and the data files of plasticrake/tplink-smarthome-simulator (HS110, HS220, HS300, LB130). A
device is set up, not bound to a cloud account, without schedules, and its clock runs in UTC.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any, TypeAlias

UTC_INDEX = 38
VOLTAGE = 230.0

Reply: TypeAlias = dict[str, Any]


class Relay:
    """A contact that is open or closed, and for how long it has been closed."""

    _closed_at: float | None = None

    @property
    def on(self) -> bool:
        """Whether current flows; setting it is pressing the device's own button."""
        return self._closed_at is not None

    @on.setter
    def on(self, on: bool) -> None:
        if on != self.on:
            self._closed_at = time.monotonic() if on else None

    @property
    def on_seconds(self) -> int:
        """Whole seconds since it was switched on, 0 while off."""
        return 0 if self._closed_at is None else int(time.monotonic() - self._closed_at)


class MeteredRelay(Relay):
    """A relay with a meter: `watts` is the load's draw while on, the kWh stay as they are set."""

    watts = 0.0
    today_kwh = 0.3
    month_kwh = 4.2
    total_kwh = 55.1

    @property
    def drawn_watts(self) -> float:
        """What flows now."""
        return self.watts if self.on else 0.0


class Socket(MeteredRelay):
    """One socket of a strip."""

    def __init__(self, id: str, alias: str) -> None:
        self.id = id
        self.alias = alias

    def about(self) -> Reply:
        """What the strip's sysinfo says of it."""
        return {
            "id": self.id,
            "alias": self.alias,
            "state": int(self.on),
            "on_time": self.on_seconds,
            "next_action": {"type": -1},
        }


PLUG = {
    "sw_ver": "1.5.6 Build 191125 Rel.083657",
    "hw_ver": "2.0",
    "type": "IOT.SMARTPLUGSWITCH",
    "dev_name": "Smart Wi-Fi Plug With Energy Monitoring",
    "icon_hash": "",
    "active_mode": "none",
    "feature": "TIM:ENE",
    "next_action": {"type": -1},
    "ntc_state": 0,
    "status": "configured",
}

STRIP = {
    "sw_ver": "1.0.12 Build 200428 Rel.091258",
    "hw_ver": "1.0",
    "mic_type": "IOT.SMARTPLUGSWITCH",
    "feature": "TIM:ENE",
    "status": "configured",
}

DIMMER = {
    "sw_ver": "1.5.11 Build 200214 Rel.152651",
    "hw_ver": "1.0",
    "mic_type": "IOT.SMARTPLUGSWITCH",
    "dev_name": "Smart Wi-Fi Dimmer",
    "icon_hash": "",
    "active_mode": "none",
    "feature": "TIM",
    "next_action": {"type": -1},
    "ntc_state": 0,
    "status": "configured",
    "preferred_state": [
        {"index": index, "brightness": brightness}
        for index, brightness in enumerate((100, 75, 50, 25))
    ],
}

LAMP = {
    "sw_ver": "1.8.11 Build 191113 Rel.105336",
    "hw_ver": "1.0",
    "mic_type": "IOT.SMARTBULB",
    "dev_state": "normal",
    "active_mode": "none",
    "disco_ver": "1.0",
    "heapsize": 290000,
    "is_factory": False,
    "is_dimmable": 1,
    "ctrl_protocols": {"name": "Linkie", "version": "1.0"},
    "preferred_state": [
        {"index": index, "hue": 0, "saturation": 0, "color_temp": 2700, "brightness": brightness}
        for index, brightness in enumerate((100, 75, 25, 1))
    ],
}

DIMMER_PARAMETERS = {
    "minThreshold": 0,
    "fadeOnTime": 1000,
    "fadeOffTime": 1000,
    "gentleOnTime": 3000,
    "gentleOffTime": 10000,
    "rampRate": 30,
    "bulb_type": 1,
}

BEHAVIOR = {"soft_on": {"mode": "last_status"}, "hard_on": {"mode": "last_status"}}
BUTTONS = {"long_press": {"mode": "instant_on_off"}, "double_click": {"mode": "gentle_on_off"}}

LAMP_DETAILS = {
    "lamp_beam_angle": 180,
    "min_voltage": 220,
    "max_voltage": 240,
    "wattage": 10,
    "incandescent_equivalent": 60,
    "max_lumens": 800,
    "color_rendering_index": 80,
}

CLOUD = {
    "username": "",
    "server": "devs.tplinkcloud.com",
    "binded": 0,
    "cld_connection": 0,
    "illegalType": 0,
    "stopConnect": 0,
    "tcspStatus": 0,
    "fwDlPage": "",
    "tcspInfo": "",
    "fwNotifyType": -1,
}


def clock() -> Reply:
    """The device's time."""
    now = datetime.now(UTC)
    return {
        "year": now.year,
        "month": now.month,
        "mday": now.day,
        "hour": now.hour,
        "min": now.minute,
        "sec": now.second,
    }


def reading(relay: MeteredRelay) -> Reply:
    """The meter now, in the integer units of hardware version 2."""
    watts = relay.drawn_watts
    return {
        "voltage_mv": round(VOLTAGE * 1000),
        "current_ma": round(watts / VOLTAGE * 1000),
        "power_mw": round(watts * 1000),
        "total_wh": round(relay.total_kwh * 1000),
    }


def days(wanted: Reply, field: str, amount: int) -> Reply:
    """One day's total, under today, when this month is asked for."""
    # Clients look today up by their own clock, so this follows the host's and not UTC.
    now = datetime.now()
    if (wanted.get("year"), wanted.get("month")) != (now.year, now.month):
        return {"day_list": []}
    return {"day_list": [{"year": now.year, "month": now.month, "day": now.day, field: amount}]}


def months(wanted: Reply, field: str, amount: int) -> Reply:
    """One month's total, under this month, when this year is asked for."""
    now = datetime.now()
    if wanted.get("year") != now.year:
        return {"month_list": []}
    return {"month_list": [{"year": now.year, "month": now.month, field: amount}]}
