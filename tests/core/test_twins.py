"""The same thing seen by two adapters: one is the device, the other hidden; linked, not merged."""

from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from gateway.capabilities.light import LightState
from gateway.clock import SetClock
from gateway.device import Device
from gateway.errors import AmbiguousTarget
from tests.core.rigs import error_of, socket
from tests.incore import CoreLight, House, house

MAC, SERIAL, UDN = "mac:50c7bf000001", "serial:acme-7", "udn:RINCON_1"


def seen(id: str, name: str, *connections: str, **facts: Any) -> Device:
    device = Device(id, name, maker="Acme", model="L1", connections=connections, **facts)
    light = CoreLight()
    light.report(LightState(on=False))
    device.offer(light)
    return device


def announce(home: House, adapter: str, *devices: Device) -> None:
    for device in devices:
        home.home.registry.announce(device, adapter, f"192.0.2.{len(adapter)}", 80)


def twins(home: House) -> dict[str, str | None]:
    return {entry.id: entry.twin_of for entry in home.home.registry}


async def test_who_came_first_is_the_device(tmp_path: Path, clock: SetClock) -> None:
    async with house(tmp_path, clock=clock) as home:
        announce(home, "kasa", seen("kasa-1", "Lamp", MAC))
        clock.present = clock.present.replace(minute=1)
        announce(home, "homekit", seen("homekit-1", "Lamp", MAC))
        assert twins(home) == {"kasa-1": None, "homekit-1": "kasa-1"}
    async with house(tmp_path, clock=clock) as home:
        announce(home, "homekit", seen("homekit-1", "Lamp", MAC))
        announce(home, "kasa", seen("kasa-1", "Lamp", MAC))
        assert twins(home) == {"kasa-1": None, "homekit-1": "kasa-1"}, "remembered"


async def test_the_owners_order_wins_over_who_came_first(tmp_path: Path, clock: SetClock) -> None:
    async with house(tmp_path, clock=clock, prefer=["homekit"]) as home:
        announce(home, "kasa", seen("kasa-1", "Lamp", MAC))
        clock.present = clock.present.replace(minute=1)
        announce(home, "homekit", seen("homekit-1", "Lamp", MAC))
        assert twins(home) == {"kasa-1": "homekit-1", "homekit-1": None}
    async with house(tmp_path, clock=clock, prefer=["kasa", "homekit"]) as home:
        assert twins(home) == {"kasa-1": None, "homekit-1": "kasa-1"}


@pytest.mark.parametrize("order", list(permutations((MAC, SERIAL, UDN))))
async def test_one_shared_connection_of_several_is_enough(
    tmp_path: Path, clock: SetClock, order: tuple[str, ...]
) -> None:
    async with house(tmp_path, clock=clock) as home:
        announce(home, "kasa", seen("kasa-1", "Lamp", order[0], "x:1"))
        clock.present = clock.present.replace(minute=1)
        announce(home, "homekit", seen("homekit-1", "Lamp", *order))
        assert twins(home) == {"kasa-1": None, "homekit-1": "kasa-1"}
        announce(home, "homekit", seen("homekit-1", "Lamp", *order))
        announce(home, "kasa", seen("kasa-1", "Lamp", order[0], "x:1"))
        assert twins(home) == {"kasa-1": None, "homekit-1": "kasa-1"}


async def test_a_third_joins_two_through_either(tmp_path: Path, clock: SetClock) -> None:
    async with house(tmp_path, clock=clock) as home:
        announce(home, "kasa", seen("kasa-1", "Lamp", MAC))
        announce(home, "matter", seen("matter-1", "Lamp", SERIAL))
        clock.present = clock.present.replace(minute=1)
        announce(home, "homekit", seen("homekit-1", "Lamp", SERIAL, MAC))
        assert twins(home) == {"kasa-1": None, "matter-1": "kasa-1", "homekit-1": "kasa-1"}


async def test_equal_names_and_addresses_make_no_twins(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        registry = home.home.registry
        registry.announce(seen("kasa-1", "Lamp", MAC), "kasa", "192.0.2.7", 80)
        registry.announce(seen("homekit-1", "Lamp", "mac:000000000002"), "homekit", "192.0.2.7", 80)
        assert twins(home) == {"kasa-1": None, "homekit-1": None}


async def test_devices_of_one_adapter_are_no_twins_of_each_other(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        announce(home, "ccu", seen("ccu-1", "Left", SERIAL), seen("ccu-2", "Right", SERIAL))
        assert twins(home) == {"ccu-1": None, "ccu-2": None}


async def test_a_twin_is_hidden_and_listed_with_all(tmp_path: Path, clock: SetClock) -> None:
    async with house(tmp_path, clock=clock) as home:
        announce(home, "kasa", seen("kasa-1", "Lamp", MAC, area="Hall"))
        clock.present = clock.present.replace(minute=1)
        announce(home, "homekit", seen("homekit-1", "Hall lamp", MAC, area="Foyer"))
        session = await home.session()
        for targets in ("all", "hall", ["all", "hall"]):
            answer = await session.call("set_light", {"targets": targets, "on": True})
            assert [result["device"] for result in answer["results"]] == ["kasa-1"]
        found = await session.call("check_devices", {})
        assert [one["id"] for one in found["devices"]] == ["kasa-1"]
        info = await session.call("get_home_info", {})
        assert (info["areas"], info["kinds"]) == ({"Hall": 1}, {"light": 1})
        assert home.home.registry.areas() == ["Hall"]
        assert len((await session.devices())["devices"]) == 1
        listed = (await session.devices(all=True))["devices"]
        assert [one.get("twin_of") for one in listed] == [None, "kasa-1"]
        state = await session.call("get_state", {"targets": "homekit-1"})
        assert state["states"][0]["device"] == "homekit-1"


async def test_a_name_that_device_and_twin_share_means_the_device(
    tmp_path: Path, clock: SetClock
) -> None:
    async with house(tmp_path, clock=clock) as home:
        announce(home, "kasa", seen("kasa-1", "Lamp", MAC))
        clock.present = clock.present.replace(minute=1)
        announce(home, "homekit", seen("homekit-1", "Lamp", MAC))
        session = await home.session()
        answer = await session.call("set_light", {"targets": "lamp", "on": True})
        assert [result["device"] for result in answer["results"]] == ["kasa-1"]


async def test_what_becomes_a_twin_later_leaves_names_and_groups(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        announce(home, "kasa", seen("kasa-1", "Lamp", MAC))
        announce(home, "homekit", seen("homekit-1", "Lamp"))
        session = await home.session()
        assert (await session.call("check_devices", {}))["total"] == 2
        error = await error_of(session, "set_light", {"targets": "lamp", "on": True})
        assert isinstance(error, AmbiguousTarget)
        announce(home, "homekit", seen("homekit-1", "Lamp", MAC))
        answer = await session.call("set_light", {"targets": "lamp", "on": True, "dry_run": True})
        assert len(answer["results"]) == 1
        assert (await session.call("check_devices", {}))["total"] == 1


async def test_a_twin_is_the_device_again_when_the_other_is_forgotten(
    tmp_path: Path, clock: SetClock
) -> None:
    async with house(tmp_path, clock=clock) as home:
        announce(home, "kasa", seen("kasa-1", "Lamp", MAC, SERIAL))
        clock.present = clock.present.replace(minute=1)
        announce(home, "homekit", seen("homekit-1", "Lamp", MAC, UDN))
        session = await home.session()
        await session.forget("kasa-1")
        assert twins(home) == {"homekit-1": None}
        answer = await session.call("set_light", {"targets": "lamp", "on": True})
        assert answer["counts"] == {"done": 1}


async def test_the_parts_of_a_twin_are_hidden_with_it(tmp_path: Path, clock: SetClock) -> None:
    async with house(tmp_path, clock=clock) as home:
        announce(home, "kasa", seen("kasa-1", "Strip", MAC), socket("kasa-1-1", "Left", "kasa-1"))
        clock.present = clock.present.replace(minute=1)
        announce(home, "homekit", socket("homekit-1-1", "Left", "homekit-1"))
        announce(home, "homekit", seen("homekit-1", "Strip", MAC))
        announce(home, "homekit", socket("homekit-1-2", "Right", "homekit-1"))
        session = await home.session()
        answer = await session.call("set_switch", {"targets": "all", "on": False, "dry_run": True})
        assert [result["device"] for result in answer["results"]] == ["kasa-1", "kasa-1-1"]
