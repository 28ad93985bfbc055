"""Treadmills by Bluetooth: bumble is the belt, its host and the real bleak are the clients."""

import asyncio
import logging
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

pytest.importorskip("bumble")
pytest.importorskip("bleak")

from adapters.treadmill import TreadmillAdapter, TreadmillSettings
from adapters.treadmill_bleak import BleakRadio
from adapters.treadmill_bluetooth import Radio, Radios
from adapters.treadmill_bumble import BumbleRadio
from adapters.treadmill_ftms import FEATURE, REQUEST_CONTROL, STATUS, STOP
from adapters.treadmill_machine import Habits, Machine
from gateway.adapter import Network, Sighting
from gateway.capabilities.treadmill import StopTreadmill, TreadmillState
from gateway.errors import DeviceRefused, Unreachable
from simulators import treadmill_ftms as simulated
from simulators.treadmill_bluetooth import RadioTreadmill
from tests.contract.running import census
from tests.contract.treadmill import running_belt
from tests.contract.treadmill_bleak import backend_on
from tests.contract.treadmill_house import Served, serving
from tests.simulators.radio_client import host_on

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="needs several addresses on loopback"
)
ADDRESS, MAC = "127.0.76.46", "F0:00:00:00:76:46"
BELT = "treadmill-f00000007646"
NETWORK = Network("127.0.0.1", "127.255.255.255")


@asynccontextmanager
async def belt(*, split: bool = False) -> AsyncIterator[RadioTreadmill]:
    machine = simulated.Machine(running_belt(), split=split)
    async with RadioTreadmill(ADDRESS, name="Attic belt", mac=MAC, machine=machine) as running:
        yield running


@asynccontextmanager
async def served(tmp_path: Path, there: RadioTreadmill) -> AsyncIterator[Served]:
    settings = TreadmillSettings(bluetooth=False, bumble=[there.radio], poll=0.5)
    async with serving(TreadmillAdapter(settings, NETWORK), tmp_path) as house:
        yield house


@asynccontextmanager
async def radio(kind: str, there: RadioTreadmill) -> AsyncIterator[Radio]:
    if kind == "bumble":
        own = BumbleRadio(there.radio)
        try:
            yield own
        finally:
            await own.aclose()
    else:
        async with host_on(there.radio) as host:
            yield BleakRadio(backend_on(host))


async def test_a_treadmill_is_found_by_radio_and_served(tmp_path: Path) -> None:
    async with belt() as there, served(tmp_path, there) as house:
        await house.until(lambda: house.online(BELT))
        entry = house.entry(BELT)
        assert (entry.name, entry.address) == ("Attic belt", MAC)
        assert entry.connections == ["mac:f00000007646"]
        await house.until(lambda: house.state(BELT).distance == int(there.belt.distance))
        result = await house.tell("stop_treadmill", BELT)
        assert result["outcome"] == "done"
        assert there.belt.written == [REQUEST_CONTROL, STOP]


async def test_a_link_that_is_lost_by_radio_comes_back_by_itself(tmp_path: Path) -> None:
    async with belt() as there, served(tmp_path, there) as house:
        await house.until(lambda: house.online(BELT))
        await there.unplug()
        await house.until(lambda: not house.online(BELT))
        await there.plug_in()
        await house.until(lambda: house.online(BELT), 20)
        assert (await house.tell("slow_treadmill", BELT))["outcome"] == "done"
        assert there.belt.speed <= 4.8


async def test_a_radio_leaves_nothing_behind(tmp_path: Path) -> None:
    before = census()
    async with belt() as there, served(tmp_path, there) as house:
        await house.until(lambda: house.online(BELT))
    assert census() == before


@pytest.mark.parametrize("kind", ["bumble", "bleak"])
async def test_a_belt_is_told_and_tells_by_either_library(kind: str) -> None:
    async with belt(split=True) as there, radio(kind, there) as own:
        gatt = await own.connect(MAC)
        machine = Machine(gatt, Habits(), 300)
        try:
            await machine.open(await gatt.characteristics())
            assert isinstance(machine.state, TreadmillState)
            assert machine.state.speed == 8.0
            await machine.slow_treadmill()
            await machine.stop_treadmill(StopTreadmill())
            assert [one[0] for one in there.belt.written] == [0, 2, 8]
            with pytest.raises(DeviceRefused):
                await gatt.read(0x2A29)
            with pytest.raises(DeviceRefused):
                await gatt.write(STATUS, b"\x00")
            assert await gatt.read(FEATURE)
        finally:
            await machine.aclose()


@pytest.mark.parametrize("kind", ["bumble", "bleak"])
async def test_a_link_that_is_lost_is_noticed_at_once(kind: str) -> None:
    async with belt() as there, radio(kind, there) as own:
        gatt = await own.connect(MAC)
        await gatt.characteristics()
        await there.drop_clients()
        async with asyncio.timeout(5):
            await gatt.gone.wait()
        with pytest.raises(Unreachable):
            await gatt.read(FEATURE)
        await gatt.aclose()


async def test_a_belt_that_is_not_there_is_unreachable() -> None:
    async with belt() as there, radio("bumble", there) as own:
        await there.unplug()
        with pytest.raises(Unreachable):
            await own.connect("F0:00:00:00:76:99")


async def test_a_machine_without_bluetooth_is_one_line_for_the_curious(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG, "homeport")
    radios = Radios([BumbleRadio("tcp-client:127.0.76.49:9001")])
    heard: list[Sighting] = []
    for _ in range(3):
        await radios.search(heard.append)
    await radios.aclose()
    assert heard == []
    assert [record.levelno for record in caplog.records] == [logging.DEBUG]
