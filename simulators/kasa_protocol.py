"""The older TP-Link Kasa protocol, as a device speaks it; `kasa` has the devices.

JSON under an autokey XOR that starts at 171: on TCP behind a four-byte big-endian length, on UDP
bare (softScheck, "Reverse Engineering the TP-Link HS110", and its command list,
github.com/softScheck/tplink-smartplug). Error replies and `context.child_ids` follow the notes in
plasticrake/tplink-smarthome-simulator.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias, Unpack

from simulators import kasa_models as models
from simulators.kasa_models import Relay, Reply
from simulators.kasa_wire import Appliance, Command, Identity, digest

XOR_START = 171
LONGEST_REQUEST = 64 * 1024
LENGTH = struct.Struct(">I")

MODULE_NOT_SUPPORTED = (-1, "module not support")
METHOD_NOT_SUPPORTED = (-2, "member not support")
INVALID_ARGUMENT = (-3, "invalid argument")
NO_SUCH_ENTRY = (-14, "entry not exist")

Handler: TypeAlias = Callable[[Reply, Sequence[Any]], Reply | None]
Modules: TypeAlias = dict[str, dict[str, Handler]]


class Refusal(Exception):
    """A device's own error reply: its code and its words."""

    def __init__(self, error: tuple[int, str]) -> None:
        super().__init__(error[1])
        self.reply: Reply = {"err_code": error[0], "err_msg": error[1]}


def encrypt(plain: bytes) -> bytes:
    """Plain bytes to the wire's; each byte's key is the one that was sent before it."""
    key, cipher = XOR_START, bytearray()
    for byte in plain:
        key ^= byte
        cipher.append(key)
    return bytes(cipher)


def decrypt(cipher: bytes) -> bytes:
    """The wire's bytes to plain ones."""
    keys = bytes([XOR_START]) + cipher
    return bytes(key ^ byte for key, byte in zip(keys, cipher, strict=False))


def read_json(text: bytes) -> Any:
    """The value that `text` holds; ValueError for everything that is no JSON."""
    try:
        return json.loads(text)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def whole_number(given: Reply, name: str, lowest: int, highest: int) -> int:
    """The named argument; Refusal when it is missing, not whole or out of range."""
    value = given.get(name)
    if type(value) is not int or not lowest <= value <= highest:
        raise Refusal(INVALID_ARGUMENT)
    return value


def always(reply: Reply) -> Handler:
    """A method that says the same whatever it is asked."""
    return lambda given, relays: dict(reply)


class KasaDevice(Appliance):
    """A device that answers JSON requests, module by module."""

    unknown_module = MODULE_NOT_SUPPORTED
    unknown_method = METHOD_NOT_SUPPORTED

    def __init__(
        self,
        address: str,
        broadcast: str | None = None,
        *,
        port: int = 9999,
        **identity: Unpack[Identity],
    ) -> None:
        super().__init__(address, broadcast, port=port, probe_port=port, **identity)
        self.led = True
        self.modules = self._modules()

    def about(self) -> Reply:
        """The sysinfo: what the model says of itself and what this device is doing."""
        raise NotImplementedError

    def choose(self, context: object) -> Sequence[Any]:
        """The parts that a request's `context` names; a device without parts ignores it."""
        return [self]

    def answer(self, request: object) -> Reply:
        """The reply to one request, in the request's order; ValueError when it is no object."""
        if not isinstance(request, dict):
            raise ValueError("a request is an object of modules")
        context = request.get("context")
        asked = {module: methods for module, methods in request.items() if module != "context"}
        return {module: self._ask(module, methods, context) for module, methods in asked.items()}

    def answer_bare(self, request: object) -> Reply:
        """The reply to a request that came by UDP."""
        return self.answer(request)

    def answer_probe(self, datagram: bytes) -> bytes | None:
        return encrypt(json.dumps(self.answer_bare(read_json(decrypt(datagram)))).encode())

    def converse(self, received: bytearray) -> bytes:
        replies = bytearray()
        while len(received) >= LENGTH.size:
            (length,) = LENGTH.unpack_from(received)
            if length > LONGEST_REQUEST:
                raise ValueError("a request this long is none")
            if len(received) < LENGTH.size + length:
                break
            request = read_json(decrypt(bytes(received[LENGTH.size : LENGTH.size + length])))
            del received[: LENGTH.size + length]
            reply = encrypt(json.dumps(self.answer(request)).encode())
            replies += LENGTH.pack(len(reply)) + reply
        return bytes(replies)

    def _ask(self, module: str, methods: object, context: object) -> Reply:
        if not isinstance(methods, dict):
            return Refusal(self.unknown_module).reply
        replies = {}
        for method, arguments in methods.items():
            given = arguments if isinstance(arguments, dict) else {}
            if not method.startswith("get_"):
                self.received.append(Command(f"{module}.{method}", given, child_ids(context)))
            replies[method] = self._call(module, method, given, context)
        return replies if module in self.modules else Refusal(self.unknown_module).reply

    def _call(self, module: str, method: str, given: Reply, context: object) -> Reply:
        handler = self.modules.get(module, {}).get(method)
        if handler is None:
            return Refusal(self.unknown_method).reply
        try:
            result = handler(given, self.choose(context))
        except Refusal as refusal:
            return refusal.reply
        return {**(result or {}), "err_code": 0}

    def _modules(self) -> Modules:
        rules: dict[str, Handler] = {"get_rules": always({"rule_list": [], "enable": 0})}
        return {
            "system": {
                "get_sysinfo": lambda given, relays: self.about(),
                "set_dev_alias": self._rename,
                "set_relay_state": self._switch,
                "set_led_off": self._set_led,
                "reboot": always({}),
            },
            "time": {
                "get_time": lambda given, relays: models.clock(),
                "get_timezone": always({"index": models.UTC_INDEX}),
            },
            "cnCloud": {"get_info": always(models.CLOUD)},
            "schedule": {
                **rules,
                "get_next_action": always({"type": -1}),
                "get_daystat": lambda given, relays: models.days(given, "time", 60),
                "get_monthstat": lambda given, relays: models.months(given, "time", 900),
            },
            "anti_theft": rules,
            "count_down": rules,
        }

    def _identity(self) -> Reply:
        seed = digest(self.model, 32)
        return {
            "alias": self.alias,
            "deviceId": self.device_id,
            "model": self.model,
            "hwId": seed,
            "oemId": seed[::-1],
            "rssi": -50,
            "latitude_i": 0,
            "longitude_i": 0,
            "updating": 0,
        }

    def _rename(self, given: Reply, relays: Sequence[Any]) -> None:
        alias = given.get("alias")
        if not isinstance(alias, str) or not alias:
            raise Refusal(INVALID_ARGUMENT)
        for relay in relays[:1]:
            relay.alias = alias

    def _switch(self, given: Reply, relays: Sequence[Relay]) -> None:
        on = whole_number(given, "state", 0, 1) == 1
        for relay in relays:
            relay.on = on

    def _set_led(self, given: Reply, relays: Sequence[Any]) -> None:
        self.led = whole_number(given, "off", 0, 1) == 0


def child_ids(context: object) -> tuple[str, ...]:
    """The child ids in a request's `context`, whatever else it holds."""
    ids = context.get("child_ids") if isinstance(context, dict) else None
    return tuple(entry for entry in ids if isinstance(entry, str)) if isinstance(ids, list) else ()
