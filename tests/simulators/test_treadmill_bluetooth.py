"""The simulated treadmill on Bluetooth, met by a bumble host on a radio of its own."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("bumble")

from bumble.att import ATT_Error
from bumble.core import UUID, AdvertisingData
from bumble.device import Device
from bumble.hci import Address

from simulators.treadmill_bluetooth import RadioTreadmill
from simulators.treadmill_dircon import Treadmill
from tests.simulators.dircon_client import CONTROL, DATA, STATUS, TRAINING, dircon
from tests.simulators.radio_client import connected, heard, host_on

ADDRESS = "127.0.78.21"
ROOT = Path(__file__).parents[2]
RATE = 20
LINK_LOST = 0x08

pytestmark = [
    pytest.mark.timeout(60),
    pytest.mark.skipif(sys.platform != "linux", reason="needs several addresses on loopback"),
]


@pytest.fixture
async def treadmill() -> AsyncIterator[RadioTreadmill]:
    async with RadioTreadmill(ADDRESS, rate=RATE) as running:
        yield running


@pytest.fixture
async def host(treadmill: RadioTreadmill) -> AsyncIterator[Device]:
    async with host_on(treadmill.radio) as device:
        yield device


async def test_it_advertises_that_it_is_an_available_treadmill(
    treadmill: RadioTreadmill, host: Device
) -> None:
    data = await heard(host, treadmill.mac)
    kinds = AdvertisingData.Type
    assert data.get(kinds.COMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS, raw=True) == b"\x26\x18"
    assert data.get(kinds.SERVICE_DATA_16_BIT_UUID, raw=True) == b"\x26\x18\x01\x01\x00"
    assert data.get(kinds.COMPLETE_LOCAL_NAME, raw=True) == b"TREAD"


async def test_cheap_belts_advertise_the_bare_service() -> None:
    async with (
        RadioTreadmill(ADDRESS, service_data=False) as treadmill,
        host_on(treadmill.radio) as host,
    ):
        data = await heard(host, treadmill.mac)
        assert data.get(AdvertisingData.Type.SERVICE_DATA_16_BIT_UUID) is None
        assert data.get(AdvertisingData.Type.COMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS) == [
            UUID.from_16_bits(0x1826)
        ]


async def test_it_serves_the_fitness_machine_service(
    treadmill: RadioTreadmill, host: Device
) -> None:
    client = await connected(host, treadmill.mac)
    reads, writes, notifies, indicates = 0x02, 0x08, 0x10, 0x20
    assert await client.discover() == {
        0x2ACC: reads,
        0x2ACD: notifies,
        0x2AD3: reads | notifies,
        0x2AD4: reads,
        0x2AD5: reads,
        0x2AD9: writes | indicates,
        0x2ADA: notifies,
    }
    assert (await client.read(0x2ACC)).hex() == "0c16000003000000"
    assert (await client.read(0x2AD4)).hex() == "500040060a00"
    assert (await client.read(0x2AD5)).hex() == "000078000500"


async def test_it_obeys_only_who_has_asked_for_control(
    treadmill: RadioTreadmill, host: Device
) -> None:
    treadmill.belt.start(3.0)
    client = await connected(host, treadmill.mac)
    orders = ["029001", "00", "029001", "027017", "07", "0801"]
    told = [await client.order(order) for order in orders]
    assert told == ["800205", "800001", "800201", "800203", "800704", "800801"]
    assert client.values(STATUS) == []
    assert [value.hex() for value in treadmill.belt.written] == orders
    treadmill.belt.start()
    await client.told(STATUS, "04")


async def test_a_client_whose_indications_are_off_is_refused(
    treadmill: RadioTreadmill, host: Device
) -> None:
    client = await connected(host, treadmill.mac)
    await client.unsubscribe(CONTROL)
    with pytest.raises(ATT_Error) as refused:
        await client.write("00")
    assert refused.value.error_code == 0xFD
    assert treadmill.belt.written == []


async def test_one_procedure_at_a_time(
    treadmill: RadioTreadmill, host: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = await connected(host, treadmill.mac)
    client.hold_confirmations(monkeypatch)
    await client.write("00")
    with pytest.raises(ATT_Error) as refused:
        await client.write("029001")
    assert refused.value.error_code == 0xFE
    monkeypatch.undo()
    client.confirm()
    assert client.values(CONTROL) == [b"\x80\x00\x01"]
    assert await client.order("029001") == "800201"


@pytest.mark.parametrize(("number", "code"), [(0x2ACC, 0x03), (STATUS, 0x03), (CONTROL, 0x0D)])
async def test_what_is_no_order_is_refused(
    treadmill: RadioTreadmill, host: Device, number: int, code: int
) -> None:
    client = await connected(host, treadmill.mac)
    with pytest.raises(ATT_Error) as refused:
        await client.write("", number)
    assert refused.value.error_code == code


async def test_a_record_comes_every_second_of_the_belt(
    treadmill: RadioTreadmill, host: Device
) -> None:
    treadmill.belt.start(4.0)
    client = await connected(host, treadmill.mac)
    await client.subscribe(DATA)
    elapsed = [int.from_bytes((await client.next(DATA))[-2:], "little") for _ in range(20)]
    assert elapsed == sorted(elapsed)
    assert elapsed[-1] - elapsed[0] >= 18


async def test_what_the_mtu_does_not_take_is_cut_until_a_larger_one_is_agreed() -> None:
    async with (
        RadioTreadmill(ADDRESS, rate=RATE, heart_rate=120, quirks={"steps"}) as treadmill,
        host_on(treadmill.radio) as host,
    ):
        client = await connected(host, treadmill.mac)
        await client.subscribe(DATA)
        assert len(await client.next(DATA)) == 20
        await client.agree_mtu(64)
        await client.until(lambda: len(client.values(DATA)[-1]) == 21)


async def test_a_lost_link_is_seen_on_both_sides_and_can_be_made_again(
    treadmill: RadioTreadmill, host: Device
) -> None:
    treadmill.belt.start(4.0)
    client = await connected(host, treadmill.mac)
    await client.order("00")
    await treadmill.drop_clients()
    await client.until(lambda: client.lost is not None)
    assert client.lost == LINK_LOST
    again = await connected(host, treadmill.mac)
    assert await again.order("029001") == "800205"
    assert treadmill.belt.running


async def test_an_unplugged_one_is_gone_from_the_air_and_comes_back_as_it_was(
    treadmill: RadioTreadmill, host: Device
) -> None:
    treadmill.belt.start(4.0)
    client = await connected(host, treadmill.mac)
    await treadmill.unplug()
    await treadmill.unplug()
    await client.until(lambda: client.lost is not None)
    connecting = asyncio.ensure_future(host.connect(Address(treadmill.mac)))
    await treadmill.plug_in()
    await connecting
    assert treadmill.belt.running


async def test_a_client_that_dies_leaves_its_place_to_the_next(treadmill: RadioTreadmill) -> None:
    async with host_on(treadmill.radio) as host:
        client = await connected(host, treadmill.mac)
        assert await client.order("00") == "800001"
    async with host_on(treadmill.radio, "F5:F4:F3:F2:F1:00") as host:
        client = await connected(host, treadmill.mac)
        assert await client.order("029001") == "800205"


async def test_one_belt_may_be_on_bluetooth_and_on_the_lan(
    treadmill: RadioTreadmill, host: Device
) -> None:
    treadmill.belt.start(4.0)
    client = await connected(host, treadmill.mac)
    async with Treadmill(ADDRESS, machine=treadmill.machine), dircon(ADDRESS) as other:
        await other.order("00")
        await other.order("02f401")
        await client.told(STATUS, "05f401")
        assert other.values(STATUS) == []
        await client.order("00")
        assert await other.next(STATUS) == b"\xff"


async def test_nothing_is_left_of_a_stopped_one() -> None:
    before = asyncio.all_tasks()
    treadmill = RadioTreadmill(ADDRESS, rate=RATE)
    await treadmill.start()
    async with host_on(treadmill.radio) as host:
        client = await connected(host, treadmill.mac)
        await client.subscribe(DATA, TRAINING)
        await treadmill.stop()
        await treadmill.stop()
    assert asyncio.all_tasks() == before


@asynccontextmanager
async def process(*words: str) -> AsyncIterator[Any]:
    """A treadmill in a process of its own: what it says first, and how to give it orders."""
    running = await asyncio.create_subprocess_exec(
        *(sys.executable, "-W", "error", "-m", "simulators.treadmill_bluetooth", *words),
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert running.stdin and running.stdout
    stdin, stdout = running.stdin, running.stdout

    async def order(line: str) -> dict[str, Any]:
        stdin.write(f"{line}\n".encode())
        told: dict[str, Any] = json.loads(await stdout.readline())
        return told

    try:
        async with asyncio.timeout(20):
            yield json.loads(await stdout.readline()), order
    finally:
        stdin.close()
        assert await running.wait() == 0


async def test_a_process_of_its_own_is_reached_from_another() -> None:
    async with (
        process(ADDRESS, "9021", "--rate", "20", "--miles") as (first, order),
        host_on(first["radio"]) as host,
    ):
        assert first["radio"] == f"tcp-client:{ADDRESS}:9021"
        await order("start 3")
        client = await connected(host, first["mac"])
        await client.subscribe(DATA)
        await client.order("00")
        await client.order("029001")
        await client.until(
            lambda: client.values(DATA)[-1:] and client.values(DATA)[-1][2:4] == b"\x84\x02"
        )
        told = await order("heart 120")
        assert (told["state"], told["clients"], told["written"]) == ("running", 1, ["00", "029001"])
        assert told["speed"] == pytest.approx(6.437, abs=0.001)
        await order("safety_key")
        await client.told(STATUS, "03")
        await order("drop")
        await client.until(lambda: client.lost is not None)
