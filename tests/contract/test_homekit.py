"""What HomeKit accessories do beyond the contract."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from gateway.declarations import Nothing
from gateway.errors import ApprovalNeeded, DeviceRefused, Unreachable
from tests.contract.homekit import (
    ADDRESS,
    HUB,
    PLUG,
    PORT,
    HomeKitCase,
    heard,
    id_of,
    key_of,
)
from tests.contract.running import Running, at_work, started

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="needs several addresses on loopback"
)
LOCK, GARAGE, SHADE = id_of("Back door"), id_of("Carport door"), id_of("Bay window shade")
LAMP, THERMOSTAT, RELAY = id_of("Gallery lamp"), id_of("Hall thermostat"), id_of("Boiler relay")
SENSOR, WINDOW = id_of("Study sensor"), id_of("Study window")


@asynccontextmanager
async def served(
    path: Path, *, travel: float = 0.2, **settings: Any
) -> AsyncIterator[tuple[HomeKitCase, Running]]:
    """A case at work, with everything online."""
    case = HomeKitCase()
    case.hub.travel = travel
    async with started(case), at_work(case, path / "home", settings=settings) as running:
        await running.until(lambda: running.online(*case.ids))
        yield case, running


async def call(running: Running, tool: str, device: str, **arguments: Any) -> dict[str, Any]:
    answer = await running.session.call(tool, {"targets": device, **arguments})
    (result,) = answer["results"]
    return dict(result)


@pytest.mark.parametrize(("tool", "device"), [("unlock_door", LOCK), ("open_garage", GARAGE)])
async def test_what_opens_the_house_waits_for_a_person_and_nothing_is_written(
    tool: str, device: str, tmp_path: Path
) -> None:
    async with served(tmp_path) as (case, running):
        with pytest.raises(ApprovalNeeded):
            await call(running, tool, device)
        assert (await call(running, "set_light", LAMP, on=True))["outcome"] == "done"
        assert {name for name, _, _ in case.received()} == {"Gallery lamp"}


async def test_a_door_that_a_person_has_approved_opens(tmp_path: Path) -> None:
    async with served(tmp_path) as (case, running):
        case.hub.change_by_hand("Back door", "LockCurrentState", 1)
        await running.until(lambda: running.shows(LOCK, "lock", {"locked": True}))
        lock: Any = running.entry(LOCK).capabilities["lock"]
        await lock.unlock_door(Nothing())
        assert case.hub.prepared == 1
        await running.until(lambda: running.shows(LOCK, "lock", {"locked": False}))
        garage: Any = running.entry(GARAGE).capabilities["garage"]
        await garage.open_garage(Nothing())
        await running.until(
            lambda: running.shows(GARAGE, "garage", {"open": True, "target_open": True})
        )
        await running.until(lambda: case.hub.value("Carport door", "CurrentDoorState") == 0)
        assert case.received() == [
            ("Back door", "LockTargetState", 0),
            ("Carport door", "TargetDoorState", 0),
        ]
        await running.until(lambda: running.shows(GARAGE, "garage", {"moving": "no"}))
        assert (await call(running, "close_garage", GARAGE))["outcome"] == "done"
        await running.until(lambda: running.shows(GARAGE, "garage", {"open": False}))


async def test_a_garage_door_that_is_stopped_by_something_says_so(tmp_path: Path) -> None:
    async with served(tmp_path) as (case, running):
        case.hub.change_by_hand("Carport door", "ObstructionDetected", True)
        await running.until(lambda: running.shows(GARAGE, "garage", {"obstructed": True}))


async def test_a_switch_is_read_only_until_its_owner_says_what_it_is(tmp_path: Path) -> None:
    async with served(tmp_path) as (case, running):
        result = await call(running, "set_switch", RELAY, on=True)
        assert "read-only" in result["error"]["detail"]
        assert case.received() == []
    async with served(tmp_path, writable=[RELAY]) as (case, running):
        assert (await call(running, "set_switch", RELAY, on=True))["outcome"] == "done"
        assert case.received() == [("Boiler relay", "On", True)]


async def test_keys_are_parts_and_their_presses_are_events(tmp_path: Path) -> None:
    async with served(tmp_path) as (case, running):
        told: list[tuple[str, str, str]] = []
        running.registry.on_event(
            lambda entry, name, data: told.append((entry.id, name, getattr(data, "press", "")))
        )
        assert running.entry(key_of(1)).part_of == id_of("Bedside button")
        assert running.entry(id_of("Bedside button")).part_of == HUB
        assert [running.entry(key_of(one)).name for one in (1, 2)] == [
            "Bedside button 1",
            "Bedside button 2",
        ]
        for how in ("short", "double", "long"):
            case.hub.press("Bedside button", how, key=2)
            await running.until(partial(running.shows, key_of(2), "button", {"last": how}))
        assert told == [(key_of(2), "button.pressed", how) for how in ("short", "double", "long")]
        assert running.shows(key_of(1), "button", {"presses": 0})
        case.hub.hang_up()
        await running.until(lambda: not running.online(HUB))
        await running.until(lambda: running.online(key_of(2)))
        assert running.shows(key_of(2), "button", {"last": "long", "presses": 3})
        assert len(told) == 3


async def test_a_lamp_shows_what_it_told_last_white_or_a_colour(tmp_path: Path) -> None:
    async with served(tmp_path) as (case, running):
        assert running.shows(LAMP, "light", {"color_temperature": 2703, "color": None})
        limits = running.entry(LAMP).limits["light"]
        assert (limits["color_temperature"].min, limits["color_temperature"].max) == (2000, 6535)
        case.hub.change_by_hand("Gallery lamp", "Hue", 240)
        case.hub.change_by_hand("Gallery lamp", "Saturation", 100)
        await running.until(lambda: running.shows(LAMP, "light", {"on": False}))
        await running.until(
            lambda: running.entry(LAMP).observed["light"].values.get("color") == "#0000ff"
        )
        case.hub.change_by_hand("Gallery lamp", "ColorTemperature", 250)
        await running.until(lambda: running.shows(LAMP, "light", {"color_temperature": 4000}))
        assert "color" not in running.entry(LAMP).observed["light"].values


async def test_a_thermostat_is_told_nothing_that_it_would_not_show(tmp_path: Path) -> None:
    async with served(tmp_path) as (case, running):
        result = await call(running, "set_thermostat", THERMOSTAT, low=18, high=24, unit="C")
        assert result["error"]["code"] == DeviceRefused.code
        await call(running, "set_thermostat", THERMOSTAT, mode="off")
        result = await call(running, "set_thermostat", THERMOSTAT, temperature=21, unit="C")
        assert "off" in result["error"]["detail"]
        await call(running, "set_thermostat", THERMOSTAT, mode="auto")
        result = await call(running, "set_thermostat", THERMOSTAT, temperature=21, unit="C")
        assert "low and high" in result["error"]["detail"]
        assert [value for _, _, value in case.received()] == [0, 3]
        limits = running.entry(THERMOSTAT).limits["climate"]
        assert (limits["temperature"].min, limits["temperature"].max) == (10, 30)
        assert limits["temperature"].step == 0.5
        assert limits["mode"].enum == ["off", "heat", "cool", "auto"]


async def test_a_shade_that_was_stopped_can_be_sent_on_to_where_it_went(tmp_path: Path) -> None:
    async with served(tmp_path, travel=3.0) as (case, running):
        assert (await call(running, "set_shades", SHADE, open=0))["outcome"] == "done"
        await running.until(lambda: running.shows(SHADE, "cover", {"moving": "closing"}))
        assert (await call(running, "set_shades", SHADE, stop=True))["outcome"] == "done"
        await running.until(lambda: running.shows(SHADE, "cover", {"moving": "no"}))
        assert "target_open" not in running.entry(SHADE).observed["cover"].values
        assert (await call(running, "set_shades", SHADE, open=0))["outcome"] == "done"
        assert [value for _, name, value in case.received() if name == "TargetPosition"] == [0, 0]


async def test_what_the_bridge_cannot_reach_is_offline_alone_and_comes_back(
    tmp_path: Path,
) -> None:
    async with served(tmp_path, poll=0.2) as (case, running):
        case.hub.lose("Study sensor")
        await running.until(lambda: running.offline() == {SENSOR})
        case.hub.change_by_hand("Study sensor", "CurrentTemperature", 18)
        case.hub.lose("Study sensor", away=False)
        await running.until(lambda: running.online(SENSOR))
        assert running.shows(SENSOR, "measurement", {"temperature": 18})


async def test_a_refusal_behind_the_bridge_is_told(tmp_path: Path) -> None:
    async with served(tmp_path, poll=20) as (case, running):
        case.hub.refuse("Gallery lamp")
        result = await call(running, "set_light", LAMP, on=True)
        assert (result["outcome"], result["error"]["code"]) == ("failed", Unreachable.code)


async def test_a_low_battery_is_a_problem_of_its_device(tmp_path: Path) -> None:
    async with served(tmp_path) as (case, running):
        assert running.entry(WINDOW).problems() == []
        case.hub.change_by_hand("Study window", "StatusLowBattery", 1)
        await running.until(lambda: running.entry(WINDOW).problems() == ["low battery"])


async def test_what_does_not_tell_its_changes_is_asked_for(tmp_path: Path) -> None:
    case = HomeKitCase()
    async with started(case):
        case.hub.mute("Study window", "ContactSensorState")
        async with at_work(case, tmp_path / "home", settings={"poll": 0.2}) as running:
            await running.until(lambda: running.online(*case.ids))
            assert not running.entry(WINDOW).capabilities["contact"].pushes
            assert running.entry(SENSOR).capabilities["occupancy"].pushes
            case.hub.change_by_hand("Study window", "ContactSensorState", 1)
            await running.until(lambda: running.shows(WINDOW, "contact", {"open": True}))


async def test_a_bridge_with_a_new_accessory_is_read_again_without_going_away(
    tmp_path: Path,
) -> None:
    async with served(tmp_path, poll=0.2) as (case, running):
        changes: list[tuple[str, str]] = []
        running.registry.on_presence(lambda entry, word: changes.append((entry.id, word)))
        running.links.heard(heard(case.hub, (ADDRESS, PORT)))
        new = case.hub.add_plug("Printer")
        fresh = heard(case.hub, (ADDRESS, PORT))
        facts = {**fresh.facts, "c#": "3"}
        running.links.heard(type(fresh)(fresh.source, ADDRESS, PORT, fresh.what, facts))
        await running.until(lambda: running.online(f"{HUB}-{new}"))
        assert running.entry(f"{HUB}-{new}").name == "Printer"
        assert {word for _, word in changes} <= {"found", "online"}


async def test_an_accessory_that_moves_to_another_port_is_found_again(tmp_path: Path) -> None:
    async with served(tmp_path) as (case, running):
        await case.plug.stop()
        await running.until(lambda: not running.online(PLUG))
        case.plug.move(PORT + 1)
        await case.plug.start()
        await running.until(lambda: running.online(PLUG), 15)
        assert running.entry(PLUG).port == PORT + 1
        assert (await call(running, "set_switch", PLUG, on=True))["outcome"] == "done"
