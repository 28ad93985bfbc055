"""Simulated TP-Link Kasa devices of the older kind: plug, strip, dimmer, white and colour lamp.

`kasa_protocol` names the documents that their protocol follows, `kasa_wire` says which addresses
they can have. Transitions apply at once. A strip's child ids are shortened in a UDP reply, as noted
in plasticrake/tplink-smarthome-simulator. Unverified on hardware: a colour lamp keeps its hue while
it shows white, and a dimmer that is off stays off when its brightness is set.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Unpack

from simulators import kasa_models as models
from simulators.kasa_models import MeteredRelay, Relay, Reply, Socket
from simulators.kasa_protocol import (
    INVALID_ARGUMENT,
    NO_SUCH_ENTRY,
    Handler,
    KasaDevice,
    Modules,
    Refusal,
    always,
    child_ids,
    whole_number,
)
from simulators.kasa_wire import Identity

INVALID_LIGHT = (-10000, "Invalid input argument")
WARMEST, COLDEST = 2500, 9000


def meter(*, voltage: bool) -> dict[str, Handler]:
    """The methods of an energy meter; of a strip they read the first socket that is meant."""

    def read(given: Reply, relays: Sequence[MeteredRelay]) -> Reply:
        full = models.reading(first(relays))
        return full if voltage else {key: full[key] for key in ("power_mw", "total_wh")}

    def read_days(given: Reply, relays: Sequence[MeteredRelay]) -> Reply:
        return models.days(given, "energy_wh", round(first(relays).today_kwh * 1000))

    def read_months(given: Reply, relays: Sequence[MeteredRelay]) -> Reply:
        return models.months(given, "energy_wh", round(first(relays).month_kwh * 1000))

    return {"get_realtime": read, "get_daystat": read_days, "get_monthstat": read_months}


def first(relays: Sequence[MeteredRelay]) -> MeteredRelay:
    """The relay that a reading is of; Refusal when the request named none."""
    if not relays:
        raise Refusal(INVALID_ARGUMENT)
    return relays[0]


class Plug(MeteredRelay, KasaDevice):
    """An HS110: one relay with an energy meter."""

    kind = "Smart Plug"
    default_model = "HS110(EU)"

    def about(self) -> Reply:
        return {
            **models.PLUG,
            **self._identity(),
            "mac": self.mac,
            "relay_state": int(self.on),
            "on_time": self.on_seconds,
            "led_off": int(not self.led),
        }

    def _modules(self) -> Modules:
        return {**super()._modules(), "emeter": meter(voltage=True)}


class Strip(KasaDevice):
    """An HS300 with three sockets, or, not metered, a KP303."""

    kind = "Power Strip"

    def __init__(
        self,
        address: str,
        broadcast: str | None = None,
        *,
        port: int = 9999,
        sockets: Sequence[str] = ("Plug 1", "Plug 2", "Plug 3"),
        metered: bool = True,
        **identity: Unpack[Identity],
    ) -> None:
        """`sockets` are the aliases of its sockets."""
        self.default_model = "HS300(US)" if metered else "KP303(UK)"
        self.metered = metered
        super().__init__(address, broadcast, port=port, **identity)
        self.sockets = [
            Socket(f"{self.device_id}{number:02}", alias) for number, alias in enumerate(sockets)
        ]

    @property
    def on(self) -> bool:
        """Whether any of its sockets is on."""
        return any(socket.on for socket in self.sockets)

    def about(self) -> Reply:
        return {
            **models.STRIP,
            **self._identity(),
            "mac": self.mac,
            "feature": "TIM:ENE" if self.metered else "TIM",
            "led_off": int(not self.led),
            "child_num": len(self.sockets),
            "children": [socket.about() for socket in self.sockets],
        }

    def choose(self, context: object) -> Sequence[Any]:
        if not isinstance(context, dict) or "child_ids" not in context:
            return self.sockets
        wanted = child_ids(context)
        if not isinstance(context["child_ids"], list) or len(wanted) != len(context["child_ids"]):
            raise Refusal(INVALID_ARGUMENT)
        by_id = {socket.id: socket for socket in self.sockets}
        if not by_id.keys() >= set(wanted):
            raise Refusal(NO_SUCH_ENTRY)
        return [by_id[id] for id in wanted]

    def answer_bare(self, request: object) -> Reply:
        reply = self.answer(request)
        for child in reply.get("system", {}).get("get_sysinfo", {}).get("children", []):
            child["id"] = child["id"][-2:]
        return reply

    def _modules(self) -> Modules:
        modules = super()._modules()
        return {**modules, "emeter": meter(voltage=True)} if self.metered else modules

    def _rename(self, given: Reply, relays: Sequence[Any]) -> None:
        # Without a context the name is meant for the strip and not for its first socket.
        super()._rename(given, [self] if relays is self.sockets else relays)


class Dimmer(Relay, KasaDevice):
    """An HS220: a wall switch that dims."""

    kind = "Smart Dimmer"
    default_model = "HS220(US)"
    brightness = 50

    def about(self) -> Reply:
        return {
            **models.DIMMER,
            **self._identity(),
            "mac": self.mac,
            "relay_state": int(self.on),
            "brightness": self.brightness,
            "on_time": self.on_seconds,
            "led_off": int(not self.led),
        }

    def _modules(self) -> Modules:
        return {
            **super()._modules(),
            "smartlife.iot.dimmer": {
                "get_dimmer_parameters": always(models.DIMMER_PARAMETERS),
                "get_default_behavior": always({**models.BEHAVIOR, **models.BUTTONS}),
                "set_switch_state": self._switch,
                "set_brightness": self._dim,
                "set_dimmer_transition": self._fade,
            },
        }

    def _dim(self, given: Reply, relays: Sequence[Any]) -> None:
        self.brightness = whole_number(given, "brightness", 1, 100)

    def _fade(self, given: Reply, relays: Sequence[Any]) -> None:
        brightness = whole_number(given, "brightness", 0, 100)
        self.on = brightness > 0
        self.brightness = brightness or self.brightness


class Lamp(MeteredRelay, KasaDevice):
    """A KL110: a white lamp that dims; `watts` is its draw at full brightness."""

    kind = "Smart Bulb"
    default_model = "KL110(EU)"
    description = "Smart Wi-Fi LED Bulb with Dimmable Light"
    id_prefix = "8012"
    unknown_module = (-2001, "Module not support")
    unknown_method = (-2000, "Method not support")
    color = False

    watts = 10.0
    brightness = 100
    hue = 0
    saturation = 0
    color_temperature = 2700

    @property
    def drawn_watts(self) -> float:
        """What flows now."""
        return self.watts * self.brightness / 100 if self.on else 0.0

    def about(self) -> Reply:
        return {
            **models.LAMP,
            **self._identity(),
            "mic_mac": self.mac.replace(":", ""),
            "description": self.description,
            "is_color": int(self.color),
            "is_variable_color_temp": int(self.color),
            "light_state": self._light_state(),
        }

    def _light_state(self) -> Reply:
        shown = {
            "mode": "normal",
            "hue": self.hue,
            "saturation": self.saturation,
            "color_temp": self.color_temperature,
            "brightness": self.brightness,
        }
        return {"on_off": 1, **shown} if self.on else {"on_off": 0, "dft_on_state": shown}

    def _modules(self) -> Modules:
        plug = super()._modules()
        common = "smartlife.iot.common"
        return {
            "system": {"get_sysinfo": plug["system"]["get_sysinfo"]},
            f"{common}.system": {key: plug["system"][key] for key in ("set_dev_alias", "reboot")},
            f"{common}.timesetting": plug["time"],
            f"{common}.cloud": plug["cnCloud"],
            f"{common}.schedule": plug["schedule"],
            f"{common}.anti_theft": plug["anti_theft"],
            f"{common}.emeter": meter(voltage=False),
            "smartlife.iot.smartbulb.lightingservice": {
                "get_light_state": lambda given, relays: self._light_state(),
                "get_light_details": always(models.LAMP_DETAILS),
                "get_default_behavior": always(models.BEHAVIOR),
                "transition_light_state": self._transition,
            },
        }

    def _transition(self, given: Reply, relays: Sequence[Any]) -> Reply:
        change = self._checked(given)
        for name, value in change.items():
            setattr(self, name, value)
        return self._light_state()

    def _checked(self, given: Reply) -> dict[str, int]:
        """The wanted attributes; Refusal, and nothing is changed, when one is out of range."""
        try:
            change = {
                name: whole_number(given, field, lowest, highest)
                for field, (name, lowest, highest) in self._fields().items()
                if field in given
            }
        except Refusal as error:
            raise Refusal(INVALID_LIGHT) from error
        return change

    def _fields(self) -> dict[str, tuple[str, int, int]]:
        return {"on_off": ("on", 0, 1), "brightness": ("brightness", 0, 100)}


class ColorLamp(Lamp):
    """A KL130: white of 2500 to 9000 K, or colour while its colour temperature is 0."""

    default_model = "KL130(EU)"
    description = "Smart Wi-Fi LED Bulb with Color Changing"
    color = True

    def _fields(self) -> dict[str, tuple[str, int, int]]:
        return {
            **super()._fields(),
            "hue": ("hue", 0, 360),
            "saturation": ("saturation", 0, 100),
            "color_temp": ("color_temperature", 0, COLDEST),
        }

    def _checked(self, given: Reply) -> dict[str, int]:
        change = super()._checked(given)
        if 0 < change.get("color_temperature", 0) < WARMEST:
            raise Refusal(INVALID_LIGHT)
        return change
