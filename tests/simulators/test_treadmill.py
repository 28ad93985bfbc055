"""The simulated treadmill on the LAN, met by raw bytes over DIRCON."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator

import pytest

from simulators.treadmill_dircon import Treadmill
from tests.simulators.dircon_client import CONTROL, DATA, STATUS, TRAINING, dircon, uuid

ADDRESS = "127.0.78.11"
RATE = 20

pytestmark = [
    pytest.mark.timeout(30),
    pytest.mark.skipif(sys.platform != "linux", reason="needs several addresses on loopback"),
]


@pytest.fixture
async def treadmill() -> AsyncIterator[Treadmill]:
    async with Treadmill(ADDRESS, rate=RATE) as running:
        yield running


async def test_it_lists_its_service_and_characteristics(treadmill: Treadmill) -> None:
    async with dircon(ADDRESS) as client:
        assert await client.request(1) == (0, uuid(0x1826))
        result, listed = await client.request(2, uuid(0x1826))
        assert (result, listed[:16]) == (0, uuid(0x1826))
        uses = {listed[at : at + 16]: listed[at + 16] for at in range(16, len(listed), 17)}
        numbers = (0x2ACC, 0x2ACD, 0x2AD3, 0x2AD4, 0x2AD5, 0x2AD9, 0x2ADA)
        assert uses == dict(zip(map(uuid, numbers), (1, 4, 5, 1, 1, 6, 4), strict=True))


async def test_some_do_not_say_that_their_control_point_notifies() -> None:
    async with (
        Treadmill(ADDRESS, rate=RATE, quirks={"write-only"}),
        dircon(ADDRESS) as client,
    ):
        _, listed = await client.request(2, uuid(0x1826))
        assert listed[listed.index(uuid(CONTROL)) + 16] == 2
        assert await client.order("00") == "800001"


async def test_it_says_what_it_can(treadmill: Treadmill) -> None:
    async with dircon(ADDRESS) as client:
        assert (await client.read(0x2ACC)).hex() == "0c16000003000000"
        assert (await client.read(0x2AD4)).hex() == "500040060a00"
        assert (await client.read(0x2AD5)).hex() == "000078000500"
        assert (await client.read(TRAINING)).hex() == "0001"
        treadmill.belt.start()
        assert (await client.read(TRAINING)).hex() == "000d"


@pytest.mark.parametrize(
    ("kind", "body", "result"),
    [
        (0, b"", 1),
        (9, b"", 1),
        (2, uuid(0x1818), 3),
        (3, uuid(0x2AFF), 4),
        (4, uuid(0x2AFF) + b"\0", 4),
        (5, uuid(0x2AFF) + b"\1", 4),
        (3, uuid(DATA), 5),
        (4, uuid(0x2ACC) + b"\0", 5),
        (5, uuid(0x2ACC) + b"\1", 5),
        (4, uuid(CONTROL), 6),
        (3, b"short", 2),
        (5, uuid(DATA), 2),
    ],
)
async def test_what_it_cannot_do_has_a_result_of_its_own(
    treadmill: Treadmill, kind: int, body: bytes, result: int
) -> None:
    async with dircon(ADDRESS) as client:
        assert await client.request(kind, body) == (result, b"")
        assert await client.request(1) == (0, uuid(0x1826))


async def test_requests_may_come_in_pieces_or_together(treadmill: Treadmill) -> None:
    request = bytes([1, 3, 7, 0, 0, 16]) + uuid(0x2AD4)
    async with dircon(ADDRESS) as client:
        for byte in request + request:
            client.send(bytes([byte]))
            await asyncio.sleep(0)
        client.send(request + request)
        answers = {await client.message() for _ in range(4)}
        assert answers == {
            bytes([1, 3, 7, 0, 0, 22]) + uuid(0x2AD4) + bytes.fromhex("500040060a00")
        }


async def test_it_hangs_up_on_a_version_it_does_not_know(treadmill: Treadmill) -> None:
    async with dircon(ADDRESS) as client:
        client.send(bytes([2, 1, 1, 0, 0, 0]))
        await client.until_closed()


async def test_it_obeys_only_who_has_asked_for_control(treadmill: Treadmill) -> None:
    treadmill.belt.start(3.0)
    async with dircon(ADDRESS) as client:
        orders = [
            "029001",
            "00",
            "029001",
            "027017",
            "0200",
            "07",
            "030f00",
            "03e803",
            "09",
            "0803",
        ]
        told = [await client.order(order) for order in orders]
        assert told == [
            *("800205", "800001", "800201", "800203", "800203"),
            *("800704", "800301", "800303", "800902", "800803"),
        ]
        assert (treadmill.belt.target, treadmill.belt.incline) == (4.0, 1.5)
        assert await client.order("0801") == "800801"
        assert not treadmill.belt.running
        assert [value.hex() for value in treadmill.belt.written] == [*orders, "0801"]


async def test_stop_pause_start_and_reset_are_told_apart(treadmill: Treadmill) -> None:
    belt = treadmill.belt
    async with dircon(ADDRESS) as client:
        assert await client.order("00") == "800001"
        assert await client.order("02f401") == "800201"
        assert (belt.target, belt.speed) == (0.0, 0.0)
        assert await client.order("07") == "800701"
        assert (belt.state, belt.target) == ("running", 5.0)
        assert await client.order("0802") == "800801"
        assert belt.state == "paused"
        assert await client.order("07") == "800701"
        assert await client.order("01") == "800101"
        assert belt.elapsed < 2
        assert not belt.running
        assert await client.order("07") == "800705"


async def test_nobody_starts_it_from_afar_while_its_key_is_out(treadmill: Treadmill) -> None:
    async with dircon(ADDRESS) as client:
        treadmill.belt.safety_key()
        assert await client.next(STATUS) == b"\x03"
        assert await client.order("00") == "800001"
        assert await client.order("07") == "800704"
        assert await client.order("029001") == "800204"
        treadmill.belt.start()
        assert await client.next(STATUS) == b"\x04"
        assert await client.order("029001") == "800201"


async def test_a_change_is_told_to_all_but_the_client_who_made_it(treadmill: Treadmill) -> None:
    treadmill.belt.start(3.0)
    async with dircon(ADDRESS) as client, dircon(ADDRESS) as other:
        await client.order("00")
        for order, told in (("02f401", "05f401"), ("030f00", "060f00"), ("0802", "0202")):
            await client.order(order)
            assert (await other.next(STATUS)).hex() == told
        treadmill.belt.start()
        assert [value.hex() for value in (await client.next(STATUS), await other.next(STATUS))] == [
            "04",
            "04",
        ]
        assert client.values(STATUS) == [b"\x04"]


async def test_what_is_done_at_the_console_is_told_to_everybody(treadmill: Treadmill) -> None:
    belt = treadmill.belt
    async with dircon(ADDRESS) as client:
        await client.subscribe(TRAINING)
        belt.start(3.0)
        belt.set_speed(4.0)
        belt.touch()
        belt.set_incline(2.0)
        belt.pause()
        belt.stop()
        belt.touch()
        belt.safety_key()
        while b"\x03" not in client.values(STATUS):
            await client.next(STATUS)
        told = [value.hex() for value in client.values(STATUS)]
        assert told == ["04", "059001", "059001", "061400", "0202", "0201", "061400", "03"]
        trainings = [value.hex() for value in client.values(TRAINING)]
        assert trainings == ["000d", "000d", "0001", "0001"]


async def test_control_is_one_client_s_and_ends_with_its_link(treadmill: Treadmill) -> None:
    treadmill.belt.start(3.0)
    async with dircon(ADDRESS) as client:
        await client.order("00")
        async with dircon(ADDRESS) as other:
            assert await other.order("00") == "800001"
            assert await client.next(STATUS) == b"\xff"
            assert await client.order("029001") == "800205"
            treadmill.machine.revoke_control()
            assert await other.next(STATUS) == b"\xff"
            assert await other.order("0801") == "800805"
            await client.order("00")
    assert treadmill.belt.running
    async with dircon(ADDRESS) as later:
        assert await later.order("0801") == "800805"


async def test_a_record_comes_every_second_of_the_belt(treadmill: Treadmill) -> None:
    treadmill.belt.start(4.0)
    async with dircon(ADDRESS) as client:
        await client.subscribe(DATA)
        elapsed = [int.from_bytes((await client.next(DATA))[-2:], "little") for _ in range(30)]
        assert elapsed == sorted(elapsed)
        assert elapsed[-1] - elapsed[0] >= 28
        assert await client.request(5, uuid(DATA) + b"\0") == (0, uuid(DATA))
        before = len(client.values(DATA))
        treadmill.belt.touch()
        await client.next(STATUS)
        assert len(client.values(DATA)) == before


async def test_a_lost_link_can_be_made_again(treadmill: Treadmill) -> None:
    treadmill.belt.start(3.0)
    async with dircon(ADDRESS) as client:
        await treadmill.drop_clients()
        await client.until_closed()
        assert treadmill.machine.clients == []
    async with dircon(ADDRESS) as again:
        assert await again.order("00") == "800001"
    assert treadmill.belt.running


async def test_an_unplugged_one_refuses_and_comes_back_as_it_was(treadmill: Treadmill) -> None:
    treadmill.belt.start(3.0)
    await treadmill.unplug()
    await treadmill.unplug()
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection(ADDRESS, treadmill.port)
    await treadmill.plug_in()
    async with dircon(ADDRESS) as client:
        assert (await client.read(TRAINING)).hex() == "000d"


async def test_nothing_is_left_of_a_stopped_one() -> None:
    before = asyncio.all_tasks()
    treadmill = Treadmill(ADDRESS, rate=RATE)
    await treadmill.start()
    async with dircon(ADDRESS) as client:
        await client.subscribe(DATA)
        await treadmill.stop()
        await treadmill.stop()
        await client.until_closed()
    assert asyncio.all_tasks() == before
