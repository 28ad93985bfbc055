"""What `all`, areas and parents leave out: protected devices, twins and makers' own groups."""

from pathlib import Path

import pytest

from gateway.capabilities.light import LightState
from gateway.device import Device
from gateway.errors import UnknownTarget
from tests.core.rigs import error_of, strip, told, told_anything
from tests.incore import CoreLight, House, house, lamp, plug, speaker


def group(id: str, name: str, members: list[str], area: str | None = None) -> Device:
    device = Device(id, name, maker="Core", model="Group", area=area, members=members)
    light = CoreLight()
    light.report(LightState(on=False))
    device.offer(light)
    return device


async def ids(home: House, tool: str, targets: object, **change: object) -> list[str]:
    session = await home.session()
    asked = {"targets": targets, "dry_run": True, **change}
    return [result["device"] for result in (await session.call(tool, asked))["results"]]


@pytest.mark.parametrize("targets", ["all", "kitchen", "area:kitchen", ["all", "kitchen"]])
async def test_a_protected_device_is_left_out_of_groups(tmp_path: Path, targets: object) -> None:
    devices = [plug("plug-1", "Freezer", "Kitchen"), plug("plug-2", "Kettle", "Kitchen")]
    async with house(tmp_path, *devices) as home:
        session = await home.session()
        await session.call("edit_device", {"target": "Freezer", "protected": True})
        assert await ids(home, "set_switch", targets, on=True) == ["plug-2"]


@pytest.mark.parametrize("word", ["plug-1", "Freezer", "freezer"])
async def test_a_protected_device_is_reachable_by_its_own_name(tmp_path: Path, word: str) -> None:
    async with house(tmp_path, plug("plug-1", "Freezer", "Kitchen")) as home:
        session = await home.session()
        await session.call("edit_device", {"target": "Freezer", "protected": True})
        assert await ids(home, "set_switch", word, on=True) == ["plug-1"]
        error = await error_of(session, "set_switch", {"targets": "all", "on": False})
        assert isinstance(error, UnknownTarget)
        assert error.hint is not None and "Protected" in error.hint


async def test_a_protected_socket_is_not_meant_by_its_strip(tmp_path: Path) -> None:
    devices = strip("strip-1", "Kitchen strip", {"1": "Freezer", "2": "Radio"})
    async with house(tmp_path, *devices) as home:
        session = await home.session()
        await session.call("edit_device", {"target": "Freezer", "protected": True})
        assert await ids(home, "set_switch", "Kitchen strip", on=False) == ["strip-1-2"]
        assert await ids(home, "set_switch", "strip-1-1", on=False) == ["strip-1-1"]


async def test_a_strip_of_protected_sockets_switches_nothing(tmp_path: Path) -> None:
    devices = strip("strip-1", "Kitchen strip", {"1": "Freezer"})
    async with house(tmp_path, *devices) as home:
        session = await home.session()
        await session.call("edit_device", {"target": "Freezer", "protected": True})
        answer = await session.call("set_switch", {"targets": "strip-1", "on": False})
        assert answer["counts"] == {"refused": 1}
        assert not told_anything(home)


async def test_a_makers_group_is_left_out_of_groups(tmp_path: Path) -> None:
    devices = [
        lamp("lamp-1", "Left", "Hall"),
        lamp("lamp-2", "Right", "Hall"),
        group("group-1", "Both lamps", ["lamp-1", "lamp-2"], "Hall"),
    ]
    async with house(tmp_path, *devices) as home:
        assert await ids(home, "set_light", "all", on=True) == ["lamp-1", "lamp-2"]
        assert await ids(home, "set_light", "hall", on=True) == ["lamp-1", "lamp-2"]
        assert await ids(home, "set_light", "Both lamps", on=True) == ["group-1"]


async def test_offline_devices_belong_to_their_groups(tmp_path: Path) -> None:
    async with house(tmp_path, lamp("lamp-1", "Left"), lamp("lamp-2", "Right")) as home:
        home.home.registry.offline(home.entry("lamp-1"), "no answer")
        session = await home.session()
        answer = await session.call("set_light", {"targets": "all", "on": True})
        assert answer["counts"] == {"failed": 1, "done": 1}


async def test_a_lamp_on_a_plug_is_a_lamp_once_it_is_used_as_one(tmp_path: Path) -> None:
    async with house(tmp_path, plug("plug-1", "Floor lamp"), lamp("lamp-1", "Desk lamp")) as home:
        session = await home.session()
        await session.call("edit_device", {"target": "plug-1", "use_as": "light"})
        assert await ids(home, "set_light", "all", on=True) == ["plug-1", "lamp-1"]
        assert home.entry("plug-1").kinds == ("light", "energy")
        answer = await session.call("set_light", {"targets": "plug-1", "on": True})
        assert answer["results"][0]["outcome"] == "done"
        assert home.entry("plug-1").device is not None
        state = await session.call("get_state", {"targets": "plug-1", "kind": "light"})
        assert state["states"][0]["state"] == {"on": True}


async def test_a_lamp_on_a_plug_cannot_dim_and_says_so(tmp_path: Path) -> None:
    async with house(tmp_path, plug("plug-1", "Floor lamp")) as home:
        session = await home.session()
        await session.call("edit_device", {"target": "plug-1", "use_as": "light"})
        answer = await session.call("set_light", {"targets": "plug-1", "brightness": 40})
        (result,) = answer["results"]
        assert result["outcome"] == "refused"
        assert "Floor lamp has no brightness" in result["error"]["detail"]


async def test_a_lamp_on_a_plug_knows_its_state_at_once(tmp_path: Path) -> None:
    async with house(tmp_path, plug("plug-1", "Floor lamp")) as home:
        session = await home.session()
        answer = await session.call("edit_device", {"target": "plug-1", "use_as": "light"})
        assert answer["device"]["state"]["light"] == {"on": False}
        answer = await session.call("set_light", {"targets": "plug-1", "on": False})
        assert answer["results"][0]["outcome"] == "already"
        answer = await session.call("edit_device", {"target": "plug-1", "use_as": "plug"})
        assert answer["device"]["state"]["switch"] == {"on": False}
        answer = await session.call("set_switch", {"targets": "plug-1", "on": True})
        assert answer["results"][0]["before"] == {"on": False}


async def test_a_switch_tool_still_works_on_a_lamp_on_a_plug(tmp_path: Path) -> None:
    async with house(tmp_path, plug("plug-1", "Floor lamp")) as home:
        session = await home.session()
        await session.call("edit_device", {"target": "plug-1", "use_as": "light"})
        answer = await session.call("set_switch", {"targets": "all", "on": True})
        assert answer["results"][0]["outcome"] == "done"


async def test_reading_leaves_protected_devices_out_of_groups_too(tmp_path: Path) -> None:
    async with house(tmp_path, plug("plug-1", "Freezer"), speaker("speaker-1", "Radio")) as home:
        session = await home.session()
        await session.call("edit_device", {"target": "Freezer", "protected": True})
        answer = await session.call("get_state", {"targets": "all"})
        assert {one["device"] for one in answer["states"]} == {"speaker-1"}
        answer = await session.call("get_state", {"targets": "freezer"})
        assert [one["kind"] for one in answer["states"]] == ["switch", "energy"]
        assert told(home, "plug-1", "switch") == []
