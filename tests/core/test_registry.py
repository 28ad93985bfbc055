"""Which devices the home has: ids, names, areas, on and off, for good."""

from pathlib import Path
from typing import Any

import pytest

from gateway.capabilities.light import LightState
from gateway.capabilities.switch import SwitchState
from gateway.clock import SetClock
from gateway.device import Device, device_id
from gateway.errors import NotAllowed, UnknownTarget
from gateway.session import Session
from tests.core.rigs import strip, told
from tests.incore import CoreLight, CoreSwitch, House, house, lamp, plug, speaker


def bare(id: str, name: str, **facts: Any) -> Device:
    return Device(id, name, maker="Core", model="In-core", **facts)


@pytest.mark.parametrize(
    ("raw", "id"),
    [
        ("8006A1B2", "kasa-8006a1b2"),
        ("AA:BB:CC", "kasa-aa-bb-cc"),
        ("uuid:RINCON_347E", "kasa-uuid-rincon_347e"),
        (" Ünïcode ", "kasa-n-code"),
        ("x" * 200, "kasa-" + "x" * 59),
    ],
)
def test_an_id_is_made_of_what_the_maker_calls_the_device(raw: str, id: str) -> None:
    assert device_id("kasa", raw) == id
    Device(id, "Any", maker="", model="")


@pytest.mark.parametrize("id", ["", "Lamp", "-lamp", "a b", "x" * 65, "lamp/1", "lämp", "a\n"])
def test_what_is_no_id_is_refused(id: str) -> None:
    with pytest.raises(ValueError, match="no device id"):
        bare(id, "Lamp")


def test_a_device_has_each_kind_once() -> None:
    device = bare("lamp-1", "Lamp")
    device.offer(CoreLight())
    with pytest.raises(ValueError, match="twice"):
        device.offer(CoreLight())


def test_what_a_device_says_of_itself_is_made_harmless() -> None:
    device = bare("lamp-1", "Desk\u202e\x00 lamp\n" + "x" * 500, area="\u2066 Office ")
    assert device.name.startswith("Desk lamp x") and len(device.name) == 200
    assert device.area == "Office"
    assert bare("lamp-1", "\u202e\x00").name == "lamp-1"


async def test_everything_the_owner_chose_survives_rediscovery_and_restarts(
    tmp_path: Path,
) -> None:
    choices = {
        "name": "Freezer",
        "area": "Cellar",
        "aliases": ["Eisschrank", "Ice box"],
        "use_as": "light",
        "protected": True,
    }

    def check(home: House) -> None:
        entry = home.entry("plug-1")
        assert (entry.name, entry.area, entry.protected) == ("Freezer", "Cellar", True)
        assert (entry.aliases, entry.use_as) == (["Eisschrank", "Ice box"], "light")
        assert entry.kinds == ("light", "energy")

    async with house(tmp_path, plug("plug-1", "TP-Link_Plug_1", "Kitchen")) as home:
        session = await home.session()
        await session.call("edit_device", {"target": "plug-1", **choices})
        check(home)
        home.add(plug("plug-1", "Renamed in the app", "Garage"))
        check(home)
    async with house(tmp_path) as home:
        check(home)
        home.add(plug("plug-1", "Renamed again", "Attic"))
        check(home)
        session = await home.session()
        answer = await session.call("set_light", {"targets": "Ice box", "on": True})
        assert answer["counts"] == {"done": 1}


async def test_the_makers_area_is_taken_once(tmp_path: Path) -> None:
    async with house(tmp_path, lamp("lamp-1", "Lamp")) as home:
        assert home.entry("lamp-1").area is None
        home.add(lamp("lamp-1", "Lamp", "Kitchen"))
        home.add(lamp("lamp-1", "Lamp", "Hall"))
        assert home.entry("lamp-1").area == "Kitchen"
        home.add(lamp("lamp-1", "Lamp"))
        assert home.entry("lamp-1").area == "Kitchen"
    async with house(tmp_path, lamp("lamp-1", "Lamp", "Attic")) as home:
        assert home.entry("lamp-1").area == "Kitchen"


async def test_the_makers_name_is_followed_until_the_owner_gives_one(tmp_path: Path) -> None:
    async with house(tmp_path, lamp("lamp-1", "Lamp")) as home:
        home.add(lamp("lamp-1", "Sofa lamp"))
        assert home.entry("lamp-1").name == "Sofa lamp"
        session = await home.session()
        await session.call("get_state", {"targets": "sofa lamp"})


async def test_states_come_back_with_their_age_and_offline(tmp_path: Path, clock: SetClock) -> None:
    async with house(tmp_path, lamp("lamp-1", "Lamp"), clock=clock) as home:
        home.capability("lamp-1", "light").report(LightState(on=True, brightness=33))
    clock.present = clock.present.replace(hour=14)
    async with house(tmp_path, clock=clock) as home:
        session = await home.session()
        (reading,) = (await session.call("get_state", {"targets": "lamp-1"}))["states"]
        assert reading == {
            "device": "lamp-1",
            "name": "Lamp",
            "kind": "light",
            "state": {"on": True, "brightness": 33},
            "age": 7200,
            "offline_since": "2026-01-02T12:00:00+00:00",
        }
        page = await session.device("lamp-1")
        assert page["online"] is False
        assert page["problems"] == ["offline: not heard since homeport started"]


async def test_a_known_device_is_usable_as_soon_as_it_is_announced(tmp_path: Path) -> None:
    async with house(tmp_path, lamp("lamp-1", "Lamp")):
        pass
    async with house(tmp_path) as home:
        session = await home.session()
        assert "set_light" in [view.name for view in await session.tools()]
        home.add(lamp("lamp-1", "Lamp"))
        answer = await session.call("set_light", {"targets": "lamp-1", "on": True})
        assert answer["counts"] == {"done": 1}


async def test_a_device_that_moves_keeps_its_id_and_name(home: House, owner: Session) -> None:
    await owner.call("edit_device", {"target": "lamp-1", "name": "Mine"})
    announce = home.home.registry.announce
    entry = announce(lamp("lamp-1", "Desk lamp"), "core", "192.0.2.9", 9999)
    assert entry is home.entry("lamp-1")
    assert (entry.name, entry.address, entry.port) == ("Mine", "192.0.2.9", 9999)
    assert (await owner.device("lamp-1"))["address"] == "192.0.2.9"


async def test_a_device_goes_offline_once_and_says_since_when(home: House, clock: SetClock) -> None:
    entry, registry = home.entry("lamp-1"), home.home.registry
    registry.offline(entry, "no answer")
    gone = entry.since
    clock.present = clock.present.replace(hour=18)
    registry.offline(entry, "still no answer")
    assert (entry.online, entry.since, entry.reason) == (False, gone, "no answer")
    home.add(lamp("lamp-1", "Desk lamp", "Office"))
    assert entry.online and entry.since == clock.present


async def test_a_parent_that_goes_takes_its_parts_with_it(tmp_path: Path) -> None:
    devices = strip("strip-1", "Strip", {"1": "Monitor", "2": "Printer"})
    async with house(tmp_path, *devices, lamp("lamp-1", "Lamp")) as home:
        home.home.registry.offline(home.entry("strip-1"), "plug pulled")
        online = {entry.id: entry.online for entry in home.home.registry}
        assert online == {
            "strip-1": False,
            "strip-1-1": False,
            "strip-1-2": False,
            "lamp-1": True,
        }
        assert home.entry("strip-1-1").reason == "plug pulled"
        home.home.registry.announce(devices[1], "core", "core-strip-1", 0)
        assert home.entry("strip-1-1").online and not home.entry("strip-1-2").online


async def test_only_kinds_that_come_or_go_change_the_tools(tmp_path: Path) -> None:
    async with house(tmp_path, lamp("lamp-1", "Lamp")) as home:
        changes: list[tuple[str, ...]] = []
        registry = home.home.registry
        stop = home.door.on_tools_changed(lambda: changes.append(registry.kinds()))
        home.add(lamp("lamp-2", "Lamp 2", "Hall"), lamp("lamp-1", "Renamed"))
        registry.offline(home.entry("lamp-1"), "gone")
        home.capability("lamp-2", "light").report(LightState(on=True))
        assert changes == []
        home.add(speaker("speaker-1", "Speaker"))
        assert changes == [("light", "media")]
        session = await home.session()
        await session.forget("speaker-1")
        assert changes == [("light", "media"), ("light",)]
        stop()
        home.add(speaker("speaker-1", "Speaker"))
        assert len(changes) == 2


async def test_a_plug_that_becomes_a_lamp_changes_the_kinds(tmp_path: Path) -> None:
    async with house(tmp_path, plug("plug-1", "Plug")) as home:
        assert home.home.registry.kinds() == ("switch", "energy")
        session = await home.session()
        await session.call("edit_device", {"target": "plug-1", "use_as": "light"})
        assert home.home.registry.kinds() == ("light", "energy")


async def test_what_is_forgotten_is_gone_with_its_parts_and_comes_back_as_new(
    tmp_path: Path,
) -> None:
    devices = strip("strip-1", "Strip", {"1": "Monitor"})
    async with house(tmp_path, *devices, lamp("lamp-1", "Lamp")) as home:
        session = await home.session()
        await session.call("edit_device", {"target": "Monitor", "name": "Screen"})
        assert await session.forget("strip-1") == {"id": "strip-1", "forgotten": True}
        assert [entry.id for entry in home.home.registry] == ["lamp-1"]
        with pytest.raises(UnknownTarget):
            await session.device("strip-1-1")
        home.add(*devices)
        assert home.entry("strip-1-1").name == "Monitor"
    async with house(tmp_path) as home:
        assert {entry.id for entry in home.home.registry} == {"lamp-1", "strip-1", "strip-1-1"}


async def test_what_is_forgotten_stays_so_whatever_it_still_says(tmp_path: Path) -> None:
    device = lamp("lamp-1", "Lamp")
    async with house(tmp_path, device, lamp("lamp-2", "Other")) as home:
        heard: list[str] = []
        home.home.registry.on_report(lambda entry, kind, before: heard.append(entry.id))
        session = await home.session()
        await session.forget("lamp-1")
        device.capabilities["light"].report(LightState(on=True))
        assert heard == []
        await home.home.registry.save(states=True)
    async with house(tmp_path) as home:
        assert [entry.id for entry in home.home.registry] == ["lamp-2"]


async def test_only_the_owner_forgets(home: House) -> None:
    reader = await home.session("read-only")
    with pytest.raises(NotAllowed):
        await reader.forget("lamp-1")
    assert home.entry("lamp-1")


async def test_what_stood_for_a_device_before_is_not_heard_any_more(tmp_path: Path) -> None:
    old, new = lamp("lamp-1", "Lamp"), lamp("lamp-1", "Lamp")
    async with house(tmp_path, old) as home:
        home.add(new)
        old.capabilities["light"].report(LightState(on=True, brightness=1))
        assert home.entry("lamp-1").observed["light"].state == LightState(on=False, brightness=50)
        new.capabilities["light"].report(LightState(on=True, brightness=99))
        assert home.entry("lamp-1").observed["light"].state == LightState(on=True, brightness=99)


async def test_the_same_device_announced_again_is_still_heard(tmp_path: Path) -> None:
    device = plug("plug-1", "Plug")
    async with house(tmp_path, device) as home:
        session = await home.session()
        for use in ("light", "plug", "light"):
            await session.call("edit_device", {"target": "plug-1", "use_as": use})
            home.add(device)
            await session.call("edit_device", {"target": "plug-1", "name": f"As {use}"})
            kind = "light" if use == "light" else "switch"
            for on in (True, False):
                device.capabilities["switch"].report(SwitchState(on=on))
                seen = home.entry("plug-1").observed[kind].state
                assert getattr(seen, "on") is on  # noqa: B009
        await session.call("set_light", {"targets": "plug-1", "on": True})
        assert len(told_by(device)) == 1
        assert told(home, "plug-1", "energy") == []


def told_by(device: Device) -> list[Any]:
    switch = device.capabilities["switch"]
    assert isinstance(switch, CoreSwitch)
    return switch.told


async def test_one_bad_listener_of_reports_is_the_only_one_told_to_stop(home: House) -> None:
    heard: list[tuple[str, str]] = []
    stop = home.home.registry.on_report(lambda entry, kind, before: heard.append((entry.id, kind)))
    home.capability("plug-1", "switch").report(SwitchState(on=True))
    stop()
    home.capability("plug-1", "switch").report(SwitchState(on=False))
    assert heard == [("plug-1", "switch")]
