"""The Homematic central, spoken to by the real pyhomematic."""

from __future__ import annotations

import asyncio
import socket
import threading
import xmlrpc.client
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest

from simulators.faults import FaultProxy
from simulators.homematic import HOUSE, Ccu, Patient
from simulators.homematic_radio import Run, follow
from tests.simulators.homematic_client import gateway

ADDRESS = "127.0.73.31"
PORT = 12031


@pytest.fixture
async def ccu() -> AsyncIterator[Ccu]:
    async with Ccu(ADDRESS, PORT, travel=0.1) as running:
        yield running


async def test_every_device_of_the_house_is_found_with_its_type_and_name(ccu: Ccu) -> None:
    async with gateway(ccu) as home:
        devices = await home.devices()
        assert {kind: device.NAME for kind, device in devices.items()} == HOUSE
        assert {kind: type(device).__name__ for kind, device in devices.items()} == {
            "HM-LC-Sw1-Pl": "Switch",
            "HM-LC-Dim1T-Pl": "Dimmer",
            "HM-LC-Bl1-FM": "Blind",
            "HM-CC-RT-DN": "Thermostat",
            "HmIP-eTRV-2": "IPThermostat",
            "HM-Sec-SCo": "ShutterContact",
            "HM-Sec-MDIR-2": "MotionV2",
            "HM-PB-2-WM55": "Remote",
        }


async def test_a_switch_that_is_written_switches_and_says_so(ccu: Ccu) -> None:
    address = f"{ccu.device('HM-LC-Sw1-Pl')}:1"
    async with gateway(ccu) as home:
        switch = (await home.devices())["HM-LC-Sw1-Pl"]
        assert await asyncio.to_thread(switch.CHANNELS[1].setValue, "STATE", True)
        assert await home.heard(address, "STATE") is True
        assert ccu.received == [(address, "STATE", True)]
        assert ccu.value(address, "STATE") is True
        assert await asyncio.to_thread(switch.is_on)


async def test_a_dimmer_goes_back_to_its_last_brightness(ccu: Ccu) -> None:
    address = f"{ccu.device('HM-LC-Dim1T-Pl')}:1"
    async with gateway(ccu) as home:
        channel = (await home.devices())["HM-LC-Dim1T-Pl"].CHANNELS[1]
        heard = []
        for key, value in (("LEVEL", 0.4), ("LEVEL", 0.0), ("OLD_LEVEL", True)):
            await asyncio.to_thread(channel.setValue, key, value)
            heard.append(await home.heard(address, "LEVEL"))
        assert heard == [0.4, 0.0, 0.4]


async def test_a_level_out_of_range_is_clamped_by_the_peer(ccu: Ccu) -> None:
    address = f"{ccu.device('HM-LC-Dim1T-Pl')}:1"
    async with gateway(ccu) as home:
        channel = (await home.devices())["HM-LC-Dim1T-Pl"].CHANNELS[1]
        await asyncio.to_thread(channel.setValue, "LEVEL", 7.0)
        assert await home.heard(address, "LEVEL") == 1.0
        assert ccu.received == [(address, "LEVEL", 7.0)]


async def test_a_blind_says_that_it_goes_and_that_it_has_arrived(ccu: Ccu) -> None:
    address = f"{ccu.device('HM-LC-Bl1-FM')}:1"
    async with gateway(ccu) as home:
        channel = (await home.devices())["HM-LC-Bl1-FM"].CHANNELS[1]
        await asyncio.to_thread(channel.setValue, "LEVEL", 0.8)
        assert await home.heard(address, "LEVEL") == 0.0
        assert await home.heard(address, "WORKING") is True
        assert await home.heard(address, "DIRECTION") == 1
        assert await home.heard(address, "LEVEL") == 0.8
        assert await home.heard(address, "WORKING") is False
        assert await asyncio.to_thread(channel.getValue, "DIRECTION") == 0


async def test_a_blind_that_is_stopped_stays_where_it_is() -> None:
    ccu = Ccu(ADDRESS, PORT, travel=600.0)
    address = f"{ccu.device('HM-LC-Bl1-FM')}:1"
    await ccu.change_by_hand(address, "LEVEL", 0.5)
    async with ccu, gateway(ccu) as home:
        channel = (await home.devices())["HM-LC-Bl1-FM"].CHANNELS[1]
        await asyncio.to_thread(channel.setValue, "LEVEL", 0.0)
        assert await home.heard(address, "DIRECTION") == 2
        await asyncio.to_thread(channel.setValue, "STOP", True)
        assert await home.heard(address, "WORKING") is False
        stopped = ccu.value(address, "LEVEL")
        assert 0.45 < float(stopped) <= 0.5
        assert await asyncio.to_thread(channel.getValue, "LEVEL") == stopped


async def test_a_radiator_takes_a_temperature_and_a_mode(ccu: Ccu) -> None:
    address = f"{ccu.device('HM-CC-RT-DN')}:4"
    async with gateway(ccu) as home:
        radiator = (await home.devices())["HM-CC-RT-DN"]
        await asyncio.to_thread(radiator.set_temperature, 21.5)
        assert await home.heard(address, "SET_TEMPERATURE") == 21.5
        await asyncio.to_thread(radiator.CHANNELS[4].setValue, "MANU_MODE", 19.0)
        assert await home.heard(address, "CONTROL_MODE") == radiator.MANU_MODE
        assert await home.heard(address, "SET_TEMPERATURE") == 19.0
        await asyncio.to_thread(radiator.CHANNELS[4].setValue, "BOOST_MODE", True)
        assert await home.heard(address, "CONTROL_MODE") == radiator.BOOST_MODE
        assert await asyncio.to_thread(lambda: radiator.MODE) == radiator.BOOST_MODE


async def test_a_homematic_ip_radiator_takes_a_temperature_and_a_mode(ccu: Ccu) -> None:
    address = f"{ccu.device('HmIP-eTRV-2')}:1"
    async with gateway(ccu) as home:
        radiator = (await home.devices())["HmIP-eTRV-2"]
        await asyncio.to_thread(radiator.set_temperature, 18.5)
        assert await home.heard(address, "SET_POINT_TEMPERATURE") == 18.5
        await asyncio.to_thread(radiator.CHANNELS[1].setValue, "CONTROL_MODE", 1)
        assert await home.heard(address, "SET_POINT_MODE") == radiator.MANU_MODE
        assert await asyncio.to_thread(radiator.actual_temperature) == 21.2


async def test_what_happens_at_a_device_is_told(ccu: Ccu) -> None:
    window = f"{ccu.device('HM-Sec-SCo')}:1"
    motion = f"{ccu.device('HM-Sec-MDIR-2')}:1"
    async with gateway(ccu) as home:
        await home.devices()
        await ccu.change_by_hand(window, "STATE", True)
        assert await home.heard(window, "STATE") is True
        await ccu.change_by_hand(motion, "MOTION", True)
        assert await home.heard(motion, "MOTION") is True
        await ccu.change_by_hand(f"{window[:-1]}0", "LOWBAT", True)
        assert await home.heard(f"{window[:-1]}0", "LOWBAT") is True
        assert ccu.value(window, "STATE") is True
        assert ccu.received == []


async def test_a_button_press_is_told(ccu: Ccu) -> None:
    button = ccu.device("HM-PB-2-WM55")
    async with gateway(ccu) as home:
        await home.devices()
        await ccu.press(f"{button}:2")
        assert await home.heard(f"{button}:2", "PRESS_SHORT") is True
        await ccu.press(f"{button}:1", long=True)
        assert await home.heard(f"{button}:1", "PRESS_LONG") is True
        assert await home.heard(f"{button}:1", "PRESS_LONG_RELEASE") is True


async def test_a_device_out_of_reach_refuses_what_is_written(ccu: Ccu) -> None:
    device = ccu.device("HM-LC-Sw1-Pl")
    async with gateway(ccu) as home:
        switch = (await home.devices())["HM-LC-Sw1-Pl"]
        await ccu.change_by_hand(f"{device}:0", "UNREACH", True)
        assert await home.heard(f"{device}:0", "UNREACH") is True
        assert not await asyncio.to_thread(switch.CHANNELS[1].setValue, "STATE", True)
        assert switch.UNREACH
        assert ccu.value(f"{device}:1", "STATE") is False


async def test_a_ping_comes_back_as_an_event_of_the_central(ccu: Ccu) -> None:
    async with gateway(ccu) as home:
        await home.devices()
        await asyncio.to_thread(home.connection.ping, home.name)
        assert await home.heard("CENTRAL", "PONG") == f"homeport-{home.name}"


async def test_a_central_that_was_unplugged_refuses_and_returns_as_it_was(ccu: Ccu) -> None:
    address = f"{ccu.device('HM-LC-Sw1-Pl')}:1"
    async with gateway(ccu) as home:
        switch = (await home.devices())["HM-LC-Sw1-Pl"]
        await asyncio.to_thread(switch.CHANNELS[1].setValue, "STATE", True)
        assert await home.heard(address, "STATE") is True
        await ccu.unplug()
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection(ADDRESS, PORT)
        assert not await asyncio.to_thread(switch.CHANNELS[1].setValue, "STATE", False)
        await ccu.plug_in()
        assert await asyncio.to_thread(switch.is_on)
        assert not await asyncio.to_thread(home.proxy.clientServerInitialized, home.name)
        await asyncio.to_thread(home.connection.reconnect)
        await ccu.change_by_hand(address, "STATE", False)
        assert await home.heard(address, "STATE") is False


async def test_a_call_under_way_breaks_off_when_the_mains_goes() -> None:
    ccu = Ccu(ADDRESS, PORT)
    await ccu.start()
    reader, writer = await asyncio.open_connection(ADDRESS, PORT)
    writer.write(b"POST / HTTP/1.1\r\nContent-Length: 100\r\n\r\nhalf")
    await writer.drain()
    await ccu.unplug()
    async with asyncio.timeout(1):
        with suppress(ConnectionError):
            assert await reader.read() == b""
    writer.close()


async def test_nothing_is_left_after_a_stop_and_the_port_is_free_at_once() -> None:
    before = set(threading.enumerate())
    for _ in range(3):
        async with Ccu(ADDRESS, PORT) as ccu:
            _reader, writer = await asyncio.open_connection(ADDRESS, PORT)
            await ccu.stop()
            writer.close()
        left = {thread.name for thread in set(threading.enumerate()) - before}
        assert not {name for name in left if not name.startswith("asyncio")}
    with socket.create_server((ADDRESS, PORT)):
        pass


async def test_a_client_that_does_not_listen_is_dropped_and_holds_nobody_up(ccu: Ccu) -> None:
    window = f"{ccu.device('HM-Sec-SCo')}:1"
    with xmlrpc.client.ServerProxy(f"http://{ADDRESS}:{PORT}", Patient()) as stranger:
        await asyncio.to_thread(stranger.init, "http://127.0.73.99:12099", "gone")
        async with gateway(ccu) as home:
            await home.devices()
            await ccu.change_by_hand(window, "STATE", True)
            assert await home.heard(window, "STATE") is True
            assert not await asyncio.to_thread(stranger.clientServerInitialized, "gone")


async def test_a_caller_that_says_nothing_holds_nobody_up(ccu: Ccu) -> None:
    with socket.create_connection((ADDRESS, PORT)):
        async with gateway(ccu) as home:
            assert len(await home.devices()) == len(HOUSE)


async def test_without_the_login_it_answers_401() -> None:
    async with Ccu(ADDRESS, PORT, login=("owner", "right")) as ccu:
        async with gateway(ccu, username="owner", password="right") as home:
            assert len(await home.devices()) == len(HOUSE)
        async with gateway(ccu, username="owner", password="wrong") as home:
            assert home.thread.failed_inits == [f"homeport-{home.name}"]
            with pytest.raises(xmlrpc.client.ProtocolError, match="401"):
                await asyncio.to_thread(home.proxy.getVersion)


async def test_homematic_ip_can_stand_on_a_port_of_its_own() -> None:
    devices = {"HmIP-eTRV-2": "Bathroom radiator"}
    async with Ccu(ADDRESS, 2010, devices=devices) as ccu, gateway(ccu) as home:
        assert list(await home.devices()) == ["HmIP-eTRV-2"]


@pytest.mark.parametrize("fault", ["garbage", "truncated", "reset", "refuse"])
async def test_a_fault_on_the_wire_fails_a_write_and_the_next_one_works(
    ccu: Ccu, fault: str
) -> None:
    async with FaultProxy(("127.0.73.32", PORT), (ADDRESS, PORT)) as wire:
        async with gateway(ccu, ip="127.0.73.32") as home:
            channel = (await home.devices())["HM-LC-Sw1-Pl"].CHANNELS[1]
            await (wire.truncated(90) if fault == "truncated" else getattr(wire, fault)())
            assert not await asyncio.to_thread(channel.setValue, "STATE", True)
            await wire.pass_through()
            assert await asyncio.to_thread(channel.setValue, "STATE", False)
        assert ccu.received[-1] == (f"{ccu.device('HM-LC-Sw1-Pl')}:1", "STATE", False)


def test_a_type_that_the_peer_lacks_is_refused() -> None:
    with pytest.raises(ValueError, match="HM-Nothing"):
        Ccu(devices={"HM-Nothing": "Ghost"})


@pytest.mark.parametrize(("now", "level"), [(100.0, 0.2), (101.0, 0.3), (106.0, 0.8), (200.0, 0.8)])
def test_a_blind_on_its_way_is_where_the_time_says(now: float, level: float) -> None:
    assert Run(0.2, 0.8, 100.0, 10.0).level(now) == level


def test_a_blind_that_takes_no_time_is_there() -> None:
    assert Run(1.0, 0.0, 0.0, 0.0).level(0.0) == 0.0


def test_a_mode_changes_the_mode_and_nothing_else() -> None:
    assert follow("CLIMATECONTROL_RT_TRANSCEIVER", "AUTO_MODE", True)["CONTROL_MODE"] == 0
    assert follow("SWITCH", "STATE", True) == {}
