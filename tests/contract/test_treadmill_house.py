"""Treadmills in a home: who they are, one at a time, and what is remembered of them."""

import asyncio
import stat
import sys
from pathlib import Path
from typing import Any

import pytest

from adapters.treadmill import TreadmillAdapter, TreadmillSettings
from adapters.treadmill_ftms import PAUSE, REQUEST_CONTROL, STOP
from adapters.treadmill_link import PORT, Dircon
from gateway.adapter import Network, Sighting
from gateway.errors import Unreachable
from simulators.faults import FaultProxy
from simulators.treadmill_dircon import Line, Treadmill, long
from simulators.treadmill_ftms import DATA, SERVICE, TRAINING
from tests.contract.treadmill import (
    GYM,
    GYM_ADDRESS,
    PROXY,
    heard,
    running_belt,
    treadmill,
)
from tests.contract.treadmill_house import serving

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="needs several addresses on loopback"
)
NETWORK = Network("127.0.0.1", "127.255.255.255")


def adapter(**settings: Any) -> TreadmillAdapter:
    return TreadmillAdapter(TreadmillSettings(bluetooth=False, poll=0.5, **settings), NETWORK)


def gym(**quirks: Any) -> Treadmill:
    return treadmill("Gym belt", GYM_ADDRESS, GYM, running_belt(), **quirks)


async def test_two_who_stop_a_belt_at_once_stop_it_once(tmp_path: Path) -> None:
    async with gym() as belt, serving(adapter(), tmp_path, heard(belt, GYM_ADDRESS)) as house:
        await house.until(lambda: house.online(GYM))
        results = await asyncio.gather(*(house.tell("stop_treadmill", GYM) for _ in range(3)))
        assert {result["outcome"] for result in results} <= {"already", "done"}
        assert belt.belt.written[:2] == [REQUEST_CONTROL, STOP]
        assert set(belt.belt.written) == {REQUEST_CONTROL, STOP}


async def test_an_order_that_was_given_up_leaves_the_belt_usable(tmp_path: Path) -> None:
    proxy = FaultProxy((PROXY, PORT), (GYM_ADDRESS, PORT))
    async with gym() as belt, proxy, serving(adapter(), tmp_path, heard(belt, PROXY)) as house:
        await house.until(lambda: house.online(GYM))
        await proxy.delay(0.5)
        telling = asyncio.create_task(house.tell("slow_treadmill", GYM))
        await house.until(lambda: belt.belt.written == [REQUEST_CONTROL])
        telling.cancel()
        await asyncio.gather(telling, return_exceptions=True)
        await proxy.pass_through()
        assert (await house.tell("stop_treadmill", GYM))["outcome"] == "done"
        assert belt.belt.written[-1] == STOP


async def test_what_is_not_said_again_is_remembered(tmp_path: Path) -> None:
    async with gym() as belt:
        async with serving(adapter(), tmp_path, heard(belt, GYM_ADDRESS)) as house:
            await house.until(lambda: house.online(GYM))
            assert house.entry(GYM).name == "Gym belt"
        async with serving(adapter(), tmp_path) as house:
            await house.until(lambda: house.online(GYM))
            assert house.entry(GYM).name == "Gym belt"
            assert [entry.id for entry in house.registry] == [GYM]
    kept = tmp_path / "treadmill" / "treadmills.json"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert stat.S_IMODE(kept.parent.stat().st_mode) == 0o700


async def test_a_lock_out_outlives_the_connection_and_the_process(tmp_path: Path) -> None:
    async with gym() as belt:
        async with serving(adapter(), tmp_path, heard(belt, GYM_ADDRESS)) as house:
            await house.until(lambda: house.online(GYM))
            slowing = asyncio.create_task(house.tell("slow_treadmill", GYM))
            await house.until(lambda: len(belt.belt.written) == 2)
            belt.belt.set_speed(12.0)
            await house.until(lambda: house.state(GYM).locked_out is True)
            await house.until(lambda: belt.belt.written[-1] == STOP)
            belt.belt.start(8.0)
            slowing.cancel()
            await asyncio.gather(slowing, return_exceptions=True)
        async with serving(adapter(), tmp_path, heard(belt, GYM_ADDRESS)) as house:
            await house.until(lambda: house.online(GYM))
            told = list(belt.belt.written)
            assert (await house.tell("slow_treadmill", GYM))["outcome"] == "refused"
            assert house.state(GYM).locked_out
            assert belt.belt.written == told


async def test_unreadable_memory_is_begun_anew(tmp_path: Path) -> None:
    folder = tmp_path / "treadmill"
    folder.mkdir()
    (folder / "treadmills.json").write_text('{"places": 3')
    async with gym() as belt, serving(adapter(), tmp_path, heard(belt, GYM_ADDRESS)) as house:
        await house.until(lambda: house.online(GYM))


async def test_one_that_never_says_who_it_is_goes_by_its_place(tmp_path: Path) -> None:
    at = Sighting("configured", GYM_ADDRESS, PORT, "treadmill")
    async with gym(), serving(adapter(), tmp_path, at) as house:
        place = f"treadmill-{GYM_ADDRESS.replace('.', '-')}-{PORT}"
        await house.until(lambda: house.online(place))


async def test_a_configured_one_is_known_by_what_mdns_tells_of_it(tmp_path: Path) -> None:
    at = Sighting("configured", GYM_ADDRESS, PORT, "treadmill")
    async with gym() as belt, serving(adapter(), tmp_path, at) as house:
        house.links.heard(heard(belt, GYM_ADDRESS))
        await house.until(lambda: house.online(GYM))
        assert len(list(house.registry)) == 1


async def test_a_machine_that_is_heard_by_radio_too_is_served_once() -> None:
    ours = adapter()
    mac = {"mac-address": "02:00:00:00:76:41", "name": "Gym"}
    radio = Sighting("radio", "02:00:00:00:76:41", 0, "treadmill", mac)
    belt = gym()
    assert ours.place(heard(belt, GYM_ADDRESS)) == GYM_ADDRESS
    assert ours.place(radio) == GYM_ADDRESS
    assert adapter().place(radio) == "02:00:00:00:76:41"


async def test_a_second_way_to_a_machine_waits_for_the_first_to_end(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    proxy = FaultProxy((PROXY, PORT), (GYM_ADDRESS, PORT))
    async with gym() as belt, proxy, serving(adapter(), tmp_path) as house:
        house.links.heard(heard(belt, GYM_ADDRESS))
        await house.until(lambda: house.online(GYM))
        house.links.heard(Sighting("configured", PROXY, PORT, "treadmill"))
        house.links.heard(heard(belt, PROXY))
        await house.until(lambda: "connected already" in caplog.text)
        assert house.entry(GYM).address == GYM_ADDRESS
        assert house.online(GYM)


class Bicycle(Treadmill):
    """Speaks of no belt."""

    asked = 0

    def came(self, line: Line) -> None:
        self.asked += 1
        super().came(line)


async def test_what_has_no_belt_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = tuple(set((0x2ACC, TRAINING)) - {DATA})
    monkeypatch.setattr("simulators.treadmill_dircon.CHARACTERISTICS", numbers)
    ours = adapter()
    async with Bicycle(GYM_ADDRESS) as bicycle, serving(ours, tmp_path) as house:
        told = heard(bicycle, GYM_ADDRESS)
        house.links.heard(told)
        await house.until(lambda: bicycle.asked == 1 and not ours.claims(told))
        assert ours.claims(Sighting("configured", GYM_ADDRESS, PORT, "treadmill"))
        assert not list(house.registry)


async def test_a_host_that_does_not_say_that_it_notifies_is_controlled(tmp_path: Path) -> None:
    async with (
        gym(quirks=["write-only"]) as belt,
        serving(adapter(), tmp_path, heard(belt, GYM_ADDRESS)) as house,
    ):
        await house.until(lambda: house.online(GYM))
        assert (await house.tell("stop_treadmill", GYM, pause=True))["outcome"] == "done"
        assert belt.belt.written == [REQUEST_CONTROL, PAUSE]


@pytest.mark.parametrize(
    "answer",
    [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\x01\x01\x01\x00\xff\xff", b"\x01" * 4, b""],
    ids=["another protocol", "too long", "too short", "nothing"],
)
async def test_nonsense_over_tcp_ends_in_a_typed_error(answer: bytes) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(6)
        writer.write(answer)
        await reader.read()
        writer.close()

    server = await asyncio.start_server(talk, GYM_ADDRESS, PORT)
    async with server:
        line = await Dircon.connect(GYM_ADDRESS, PORT)
        with pytest.raises(Unreachable):
            await line.characteristics()
        await line.aclose()
        with pytest.raises(Unreachable):
            await line.read(SERVICE)


def test_uuids_are_written_in_order() -> None:
    assert long(0x2ACD).hex() == "00002acd00001000800000805f9b34fb"
