"""Reading: from the cache with its age, from the device when fresh, in pages, never as a fact."""

from pathlib import Path
from typing import Any

import pytest

from gateway.capabilities.light import LightState
from gateway.clock import SetClock
from gateway.device import Device
from gateway.errors import UnknownTarget, Unreachable
from gateway.session import Session
from tests.core.misbehaving import AskedLight, lit
from tests.core.rigs import error_of
from tests.incore import House, house, lamp, plug, thermostat


async def read(session: Session, **asked: Any) -> list[dict[str, Any]]:
    return list((await session.call("get_state", asked))["states"])


async def test_a_state_is_told_with_its_age(home: House, clock: SetClock) -> None:
    session = await home.session()
    clock.present = clock.present.replace(minute=5)
    (reading,) = await read(session, targets="lamp-1")
    assert reading == {
        "device": "lamp-1",
        "name": "Desk lamp",
        "kind": "light",
        "state": {"on": False, "brightness": 50},
        "age": 300,
    }
    home.capability("lamp-1", "light").report(LightState(on=True))
    (reading,) = await read(session, targets="lamp-1")
    assert (reading["age"], reading["state"]) == (0, {"on": True})


async def test_a_clock_that_goes_back_makes_no_negative_age(home: House, clock: SetClock) -> None:
    session = await home.session()
    clock.present = clock.present.replace(hour=3)
    (reading,) = await read(session, targets="lamp-1")
    assert reading["age"] == 0


async def test_what_is_offline_is_told_as_last_seen(home: House, owner: Session) -> None:
    home.home.registry.offline(home.entry("lamp-1"), "no answer")
    answer = await owner.call("get_state", {"targets": "lamp-1"})
    assert answer["states"][0]["offline_since"] == "2026-01-02T12:00:00+00:00"
    assert answer["summary"] == "“Desk lamp”: off (offline since 12:00)."


async def test_what_was_never_seen_has_no_state(tmp_path: Path) -> None:
    device = Device("lamp-1", "Lamp", maker="Core", model="X")
    device.offer(AskedLight())
    async with house(tmp_path, device) as home:
        session = await home.session()
        answer = await session.call("get_state", {"targets": "lamp-1"})
        assert answer["states"] == [{"device": "lamp-1", "name": "Lamp", "kind": "light"}]
        assert answer["summary"] == "“Lamp”: not known yet."


async def test_fresh_asks_the_device_itself(tmp_path: Path) -> None:
    light = AskedLight()
    async with house(tmp_path, lit("lamp-1", "Lamp", light)) as home:
        session = await home.session()
        light.really = LightState(on=True, brightness=5)
        (reading,) = await read(session, targets="lamp-1")
        assert reading["state"]["on"] is False and light.asked == 0
        (reading,) = await read(session, targets="lamp-1", fresh=True)
        assert reading["state"] == {"on": True, "brightness": 5} and light.asked == 1


@pytest.mark.parametrize("fault", [Unreachable("asleep"), TypeError("bug"), TimeoutError()])
async def test_what_cannot_be_asked_is_told_from_the_cache(
    tmp_path: Path, fault: BaseException
) -> None:
    light, good = AskedLight(), AskedLight()
    light.deaf = fault
    devices = [lit("lamp-1", "Lamp", light), lit("lamp-2", "Lamp 2", good)]
    async with house(tmp_path, *devices) as home:
        session = await home.session()
        good.really = LightState(on=True)
        states = await read(session, targets="all", fresh=True)
        assert [one["state"]["on"] for one in states] == [False, True]


async def test_only_the_asked_kind_is_told(owner: Session) -> None:
    assert [one["kind"] for one in await read(owner, targets="Kettle")] == ["switch", "energy"]
    (reading,) = await read(owner, targets="Kettle", kind="energy")
    assert reading["state"] == {"power": 12.5, "total": 3.2}
    states = await read(owner, targets="all", kind="light")
    assert [one["device"] for one in states] == ["lamp-1", "lamp-2"]


@pytest.mark.parametrize("targets", ["lamp-1", "Desk lamp", "office"])
async def test_a_kind_that_is_not_there_is_said_so(owner: Session, targets: str) -> None:
    error = await error_of(owner, "get_state", {"targets": targets, "kind": "climate"})
    assert isinstance(error, UnknownTarget)
    assert "climate" in error.detail


async def test_an_unknown_kind_names_the_nearest(owner: Session) -> None:
    error = await error_of(owner, "get_state", {"targets": "all", "kind": "lihgt"})
    assert error.hint is not None and error.hint.startswith("Did you mean light")


async def test_pages_follow_each_other_without_gap_or_double(tmp_path: Path) -> None:
    devices = [
        (plug, lamp, thermostat)[number % 3](f"device-{number:03}", f"Device {number}")
        for number in range(150)
    ]
    async with house(tmp_path, *devices) as home:
        session = await home.session()
        seen: list[tuple[str, str]] = []
        cursor: dict[str, Any] = {}
        for _ in range(20):
            answer = await session.call("get_state", {"targets": "all", **cursor})
            seen += [(one["device"], one["kind"]) for one in answer["states"]]
            assert answer["states"][0]["name"] in answer["summary"]
            if "cursor" not in answer:
                break
            cursor = {"cursor": answer["cursor"]}
        wanted = [(entry.id, kind) for entry in home.home.registry for kind in entry.kinds]
        assert seen == wanted


async def test_a_cursor_beyond_the_end_is_an_empty_page(owner: Session) -> None:
    answer = await owner.call("get_state", {"targets": "all", "cursor": "c9999999"})
    assert answer["states"] == [] and "cursor" not in answer


async def test_the_house_in_brief(home: House, owner: Session) -> None:
    home.home.registry.offline(home.entry("lamp-1"), "no answer")
    info = await owner.call("get_home_info", {})
    assert info["summary"] == "“Home” has 11 devices, 10 of them online, in 6 areas."
    assert info["time"] == "2026-01-02T12:00:00+00:00"
    assert (info["timezone"], info["units"]) == ("UTC", "metric (°C)")
    assert info["areas"]["Kitchen"] == 4 and list(info["areas"]) == sorted(info["areas"])
    assert info["kinds"]["light"] == 2
    assert info["scenes"] == [
        {"id": "scene:sleepy-time", "name": "Sleepy time", "aliases": ["goodnight"]}
    ]
    assert info["problems"] == ["“Desk lamp”: offline: no answer"]
    assert "everything" in info["rights"]


async def test_a_low_battery_is_a_problem(tmp_path: Path) -> None:
    device = lamp("lamp-1", "Lamp")
    async with house(tmp_path, device) as home:
        device.battery_low = True
        session = await home.session()
        info = await session.call("get_home_info", {})
        assert info["problems"] == ["“Lamp”: low battery"]


async def test_many_problems_are_counted(tmp_path: Path) -> None:
    devices = [lamp(f"lamp-{number}", f"Lamp {number}") for number in range(15)]
    async with house(tmp_path, *devices) as home:
        for entry in home.home.registry:
            home.home.registry.offline(entry, "no answer")
        session = await home.session()
        info = await session.call("get_home_info", {})
        assert len(info["problems"]) == 11 and info["problems"][-1] == "and 5 more"


async def test_a_reader_learns_its_rights(home: House) -> None:
    reader = await home.session("read-only")
    info = await reader.call("get_home_info", {})
    assert info["rights"] == "You may read everything and change nothing."
