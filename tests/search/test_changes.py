"""Finding devices while the home changes: names, areas, parts, twins, and who is away."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.capabilities.switch import SwitchState
from gateway.device import Device
from gateway.entry import Entry
from tests.incore import CoreSwitch, House, house, lamp, plug, speaker


def everything(entry: Entry) -> bool:
    return True


def socket(id: str, name: str, **more: object) -> Device:
    device = Device(id, name, maker="Core", model="In-core", **more)  # type: ignore[arg-type]
    switch = CoreSwitch()
    switch.report(SwitchState(on=False))
    device.offer(switch)
    return device


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path, lamp("core-lamp", "Reading lamp", "Library")) as opened:
        yield opened


def found(home: House, query: str, **asked: str) -> list[str]:
    return [entry.id for entry in home.home.search.find(query, everything, **asked)]


async def test_a_new_device_is_found_at_the_next_call(home: House) -> None:
    assert found(home, "toaster") == []
    home.add(plug("core-toaster", "Toaster", "Kitchen"))
    assert found(home, "toaster") == ["core-toaster"]


async def test_the_owners_name_area_and_aliases_are_found_at_the_next_call(home: House) -> None:
    entry = home.entry("core-lamp")
    assert found(home, "reading lamp library") == ["core-lamp"]
    changes = {"name": "Moonlight", "area": "Attic", "aliases": ["Grandpa's lantern"]}
    await home.home.registry.edit(entry, changes)
    for query in ("moonlight", "lantern", "grandpas lantern", "attic light"):
        assert found(home, query) == ["core-lamp"]
    assert found(home, "library") == []


async def test_a_forgotten_device_is_not_found(home: House) -> None:
    await home.home.registry.forget(home.entry("core-lamp"))
    assert found(home, "reading lamp") == found(home, "") == []


async def test_a_plug_that_is_used_as_a_lamp_is_a_lamp(home: House) -> None:
    [entry] = home.add(plug("core-corner", "Corner", "Study"))
    assert found(home, "study light") == []
    await home.home.registry.edit(entry, {"use_as": "light"})
    assert found(home, "study light") == ["core-corner"]
    assert found(home, "corner", kind="switch") == []


async def test_a_part_is_in_its_parents_area(home: House) -> None:
    home.add(
        socket("core-strip", "Power strip", area="Workshop"),
        socket("core-strip-1", "Socket 1", part_of="core-strip"),
    )
    assert found(home, "workshop socket 1") == ["core-strip-1"]
    assert found(home, "", area="workshop") == ["core-strip", "core-strip-1"]


async def test_a_twin_is_never_found(home: House) -> None:
    announce = home.home.registry.announce
    for adapter in ("one", "two"):
        device = socket(f"{adapter}-kettle", "Kettle", connections=["mac:50c7bf000001"])
        announce(device, adapter, "192.0.2.1", 0)
    assert found(home, "kettle") == ["one-kettle"]
    assert found(home, "two-kettle") != ["two-kettle"]
    assert "two-kettle" not in found(home, "")


async def test_protected_devices_and_groups_are_found(home: House) -> None:
    freezer, _ = home.add(
        plug("core-freezer", "Freezer", "Kitchen"),
        socket("core-group", "All sockets", members=["core-freezer"]),
    )
    await home.home.registry.edit(freezer, {"protected": True})
    assert found(home, "freezer") == ["core-freezer"]
    assert found(home, "all sockets")[0] == "core-group"


async def test_among_equals_those_that_answer_come_first_then_by_name(home: House) -> None:
    home.add(*(speaker(f"core-s{number}", f"Speaker {number}") for number in (10, 2, 1)))
    assert found(home, "speaker") == ["core-s1", "core-s2", "core-s10"]
    home.home.registry.offline(home.entry("core-s1"), "it was unplugged")
    assert found(home, "speaker") == ["core-s2", "core-s10", "core-s1"]


async def test_a_home_without_devices_finds_nothing(tmp_path: Path) -> None:
    async with house(tmp_path) as empty:
        assert found(empty, "lamp") == found(empty, "") == []
