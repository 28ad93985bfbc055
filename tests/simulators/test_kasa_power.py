"""Simulated Kasa devices lose power, come back, stop cleanly, and ask for a login again."""

from __future__ import annotations

import asyncio
import socket
import sys
from typing import Any

import pytest
from kasa import AuthenticationError, Credentials, Device, Discover, KasaException

from simulators.kasa import ColorLamp, Plug
from tests.simulators.kasa_client import BROADCAST, LOGIN, config_of, connected, energy, tapo

pytestmark = [
    pytest.mark.timeout(30),
    pytest.mark.skipif(sys.platform != "linux", reason="needs several addresses on loopback"),
]


@pytest.mark.parametrize("kind", [Plug, ColorLamp])
async def test_an_unplugged_device_is_an_error_and_works_again_when_plugged_in(kind: Any) -> None:
    async with connected(simulated := kind("127.0.71.21")) as device:
        await device.turn_on()
        await simulated.unplug()
        with pytest.raises(KasaException):
            await device.update()
        with pytest.raises(KasaException):
            await Discover.discover_single("127.0.71.21", discovery_timeout=1)
        await simulated.plug_in()
        await device.update()
        assert device.is_on


@pytest.mark.parametrize("kind", [Plug, tapo])
async def test_nothing_is_left_after_a_stop_with_an_open_connection(kind: Any) -> None:
    simulated = kind("127.0.71.21")
    await simulated.start()
    await simulated.start()
    device = await Device.connect(config=config_of(simulated))
    await simulated.stop()
    await simulated.stop()
    await device.disconnect()
    assert asyncio.all_tasks() == {asyncio.current_task()}
    ports = {socket.SOCK_DGRAM: simulated.probe_port, socket.SOCK_STREAM: simulated.port}
    for type_, port in ports.items():
        with socket.socket(socket.AF_INET, type_) as again:
            again.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            again.bind((simulated.address, port))


async def test_an_address_that_is_taken_is_an_error_that_leaves_nothing_open() -> None:
    async with Plug("127.0.71.21", BROADCAST):
        second = Plug("127.0.71.21", BROADCAST)
        with pytest.raises(OSError, match="in use"):
            await second.start()
        assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_a_klap_plug_logs_in_again_after_it_lost_power() -> None:
    async with connected(plug := tapo("127.0.71.21")) as device:
        await plug.unplug()
        with pytest.raises(KasaException):
            await device.turn_on()
        await plug.plug_in()
        await device.turn_on()
        assert plug.on


async def test_a_klap_plug_meters_behind_its_login() -> None:
    async with connected(plug := tapo("127.0.71.21")) as device:
        plug.on, plug.watts = True, 12.5
        await device.update()
        assert device.device_id == plug.device_id
        assert energy(device).current_consumption == 12.5
        assert energy(device).consumption_today == pytest.approx(plug.today_kwh)
        await device.set_alias("Büro")
        assert plug.alias == "Büro"


@pytest.mark.parametrize("login", [Credentials(LOGIN.username, "wrong"), None])
async def test_a_klap_plug_refuses_a_wrong_login(login: Credentials | None) -> None:
    async with tapo("127.0.71.21") as plug:
        with pytest.raises(AuthenticationError):
            await Device.connect(config=config_of(plug, login))
        assert plug.received == []


async def test_a_klap_plug_answers_probes_with_and_without_a_key_but_no_broken_ones() -> None:
    plug = tapo()
    short = Discover.DISCOVERY_QUERY_2
    assert plug.answer_probe(short) is not None
    assert plug.answer_probe(short[:-1] + b"!") is None
    assert plug.answer_probe(short + b"{}") is None
