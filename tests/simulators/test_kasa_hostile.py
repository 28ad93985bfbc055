"""Whatever arrives, a simulated Kasa device answers or stays silent, and goes on."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import sys
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from kasa import Device

from simulators.kasa import ColorLamp, Dimmer, Strip
from simulators.kasa_protocol import decrypt, encrypt
from simulators.kasa_wire import Appliance
from simulators.klap import TapoPlug
from tests.simulators.kasa_client import config_of, tapo

ADDRESS = "127.0.71.31"

WORDS = some.text("ab\ud800\u2603", max_size=4)
JSON = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats() | WORDS,
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(WORDS, inner, max_size=3),
    max_leaves=8,
)
DEVICES = [Strip(ADDRESS), Dimmer(ADDRESS), ColorLamp(ADDRESS)]
MODULES = {name for device in DEVICES for name in device.modules}
METHODS = {name for device in DEVICES for methods in device.modules.values() for name in methods}
FIELDS = ["state", "brightness", "hue", "color_temp", "on_off", "alias", "off", "year", "month"]
REQUESTS = some.dictionaries(
    some.sampled_from([*sorted(MODULES), "context"]),
    some.dictionaries(
        some.sampled_from([*sorted(METHODS), "child_ids"]),
        some.dictionaries(some.sampled_from(FIELDS), JSON) | JSON,
    )
    | JSON,
)


@given(request_=REQUESTS)
def test_every_request_has_an_answer(request_: dict[str, Any]) -> None:
    for device in DEVICES:
        reply = device.answer(request_)
        assert reply.keys() == request_.keys() - {"context"}
        json.dumps(reply)


@given(method=some.sampled_from(["set_device_info", "multipleRequest", "fly"]), given_=JSON)
def test_every_opened_klap_request_has_an_answer(method: str, given_: Any) -> None:
    plug = TapoPlug(ADDRESS)
    assert "error_code" in plug.answer({"method": method, "params": given_})
    assert "error_code" in plug.answer(
        {"method": "multipleRequest", "params": {"requests": [{"method": method}, given_]}}
    )


@given(plain=some.binary())
def test_what_is_encrypted_can_be_decrypted(plain: bytes) -> None:
    assert decrypt(encrypt(plain)) == plain


def hostile() -> some.SearchStrategy[bytes]:
    framed = some.binary().map(lambda body: len(body).to_bytes(4, "big") + body)
    nested = some.integers(1, 30000).map(lambda depth: encrypt(b"[" * depth))
    posted = some.binary().map(
        lambda body: b"POST /app/handshake1 HTTP/1.1\r\nContent-Length: 16\r\n\r\n" + body
    )
    return some.binary(max_size=200) | framed | nested | posted


@pytest.mark.skipif(sys.platform != "linux", reason="needs several addresses on loopback")
@settings(max_examples=40, deadline=None)
@given(data=hostile())
def test_random_bytes_never_stop_a_device(data: bytes) -> None:
    async def attack_and_use(simulated: Appliance) -> None:
        async with asyncio.timeout(10), simulated:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
                udp.sendto(data, (simulated.address, simulated.probe_port))
            _, writer = await asyncio.open_connection(simulated.address, simulated.port)
            writer.write(data)
            with contextlib.suppress(ConnectionError):
                await writer.drain()
            device = await Device.connect(config=config_of(simulated))
            await device.disconnect()
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

    for simulated in (Strip(ADDRESS), tapo("127.0.71.32")):
        asyncio.run(attack_and_use(simulated))
