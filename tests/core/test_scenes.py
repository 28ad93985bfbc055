"""Scenes: sleepy time ships; every step passes the door; what fails hides nothing else."""

from pathlib import Path

import pytest

from gateway.capabilities.light import LightState
from gateway.errors import DeviceRefused, NotFound, UnknownTarget
from gateway.limits import Limit
from gateway.session import Session
from tests.core.rigs import Hiding, error_of, session_of, told, told_anything
from tests.incore import House, house, lamp, plug, speaker, thermostat
from tests.inhouse import the_rest

SLEEPY = ["sleepy time", "Sleepy Time", "SLEEPYTIME", "goodnight", "good night", "Good  Night"]


async def evening(home: House) -> None:
    home.capability("lamp-1", "light").report(LightState(on=True, brightness=50))


@pytest.mark.parametrize("name", [*SLEEPY, "scene:sleepy-time"])
async def test_sleepy_time_puts_the_house_to_bed(home: House, owner: Session, name: str) -> None:
    await evening(home)
    answer = await owner.call("run_scene", {"name": name})
    assert home.capability("lamp-1", "light").state.on is False
    assert home.capability("speaker-1", "media").state.playing is False
    assert home.capability("speaker-2", "media").state.playing is False
    assert home.capability("heat-1", "climate").state.target_temperature == 17
    assert home.capability("shade-1", "cover").state.target_open == 0
    assert answer["counts"] == {"done": 5, "already": 1}
    assert answer["summary"].startswith("“Sleepy time”: 6 devices: 5 done, 1 already so.")


async def test_sleepy_time_locks_up_and_rests_the_water_and_an_unused_treadmill(
    tmp_path: Path,
) -> None:
    async with house(tmp_path, *the_rest()) as home:
        session = await home.session()
        answer = await session.call("run_scene", {"name": "goodnight"})
        assert home.capability("lock-1", "lock").state.locked is True
        assert home.capability("spa-1", "water").state.heat is False
        assert home.capability("treadmill-1", "treadmill").state.running is False
        (told_belt,) = told(home, "treadmill-1", "treadmill")
        assert (told_belt.pause, told_belt.if_unused) == (True, True)
        assert answer["counts"] == {"done": 3, "already": 1}
        for untouched in ("garage", "fan", "number", "select"):
            assert told(home, f"{untouched}-1", untouched) == []


async def test_sleepy_time_never_touches_bare_switches(home: House, owner: Session) -> None:
    await owner.call("run_scene", {"name": "goodnight"})
    assert told(home, "plug-1", "switch") == []


async def test_sleepy_time_as_somebody_changed_it_stays(tmp_path: Path) -> None:
    steps = [{"tool": "set_light", "arguments": {"targets": "all", "on": False}}]
    async with house(tmp_path, lamp("lamp-1", "Lamp")) as home:
        session = await home.session()
        await session.call("save_scene", {"name": "Sleepy time", "steps": steps})
    async with house(tmp_path, lamp("lamp-1", "Lamp")) as home:
        assert len(home.home.scenes.find("goodnight").steps) == 1


async def test_sleepy_time_is_the_same_in_a_us_home(tmp_path: Path) -> None:
    async with house(tmp_path, thermostat("heat-1", "Hall"), units="us") as home:
        session = await home.session()
        await session.call("run_scene", {"name": "goodnight"})
        assert home.capability("heat-1", "climate").state.target_temperature == 17


async def test_kinds_that_the_house_lacks_are_skipped(tmp_path: Path) -> None:
    async with house(tmp_path, speaker("speaker-1", "Speaker")) as home:
        session = await home.session()
        answer = await session.call("run_scene", {"name": "goodnight"})
        assert answer["counts"] == {"done": 1}


async def test_an_empty_house_sleeps_already(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        session = await home.session()
        answer = await session.call("run_scene", {"name": "goodnight"})
        assert answer["summary"] == "“Sleepy time”: No device to change."
        assert answer["counts"] == {} and answer["results"] == []


@pytest.mark.parametrize("spared", ["lamp-1", "Desk lamp", "office", "area:Office"])
async def test_what_is_excepted_is_left_alone(home: House, owner: Session, spared: str) -> None:
    await evening(home)
    home.capability("lamp-2", "light").report(LightState(on=True))
    await owner.call("run_scene", {"name": "goodnight", "except": [spared]})
    assert told(home, "lamp-1", "light") == []
    assert home.capability("lamp-2", "light").state.on is False


async def test_an_unknown_exception_sends_nothing(home: House, owner: Session) -> None:
    error = await error_of(owner, "run_scene", {"name": "goodnight", "except": ["Desk lmap"]})
    assert isinstance(error, UnknownTarget)
    assert error.more["choices"][0] == "Desk lamp"
    assert not told_anything(home)


async def test_everything_excepted_changes_nothing(home: House, owner: Session) -> None:
    answer = await owner.call("run_scene", {"name": "goodnight", "except": ["all"]})
    assert answer["counts"] == {}
    assert not told_anything(home)


async def test_a_dry_run_sends_nothing(home: House, owner: Session) -> None:
    await evening(home)
    answer = await owner.call("run_scene", {"name": "goodnight", "dry_run": True})
    assert answer["counts"] == {"planned": 5, "already": 1}
    assert "nothing was sent" in answer["summary"]
    assert "receipt" not in answer
    assert not told_anything(home)
    assert (await owner.receipts())["receipts"] == []


async def test_a_dry_run_returns_a_plan(owner: Session) -> None:
    answer = await owner.call("run_scene", {"name": "goodnight", "dry_run": True})
    await owner.call("run_plan", {"plan": answer["plan"]})


async def test_a_failing_step_hides_no_other(home: House, owner: Session) -> None:
    await evening(home)
    home.capability("lamp-1", "light").fails = DeviceRefused("locked")
    home.home.registry.offline(home.entry("speaker-1"), "no answer")
    answer = await owner.call("run_scene", {"name": "goodnight"})
    outcomes = {result["device"]: result["outcome"] for result in answer["results"]}
    assert outcomes == {
        "lamp-1": "failed",
        "lamp-2": "already",
        "speaker-1": "failed",
        "speaker-2": "done",
        "heat-1": "done",
        "shade-1": "done",
    }
    assert "“Desk lamp”: locked" in answer["summary"]


async def test_a_step_is_receipted_as_caused_by_the_scene(home: House, owner: Session) -> None:
    answer = await owner.call("run_scene", {"name": "goodnight"})
    *steps, scene = (await owner.receipts())["receipts"]
    assert (scene["id"], scene["tool"]) == (answer["receipt"], "run_scene")
    assert {step["cause"] for step in steps} == {answer["receipt"]}
    tools = ["set_shades", "set_thermostat", "control_music", "set_light"]
    assert [step["tool"] for step in steps] == tools


async def test_a_scene_leaves_protected_devices_alone(home: House, owner: Session) -> None:
    await owner.call("save_scene", {"name": "Now", "targets": ["lamp-1", "Kettle"]})
    await owner.call("edit_device", {"target": "Kettle", "protected": True})
    await owner.call("edit_device", {"target": "lamp-2", "protected": True})
    await owner.call("set_switch", {"targets": "Kettle", "on": True})
    await owner.call("run_scene", {"name": "Now"})
    assert home.capability("plug-1", "switch").state.on is True
    home.capability("lamp-2", "light").report(LightState(on=True))
    await owner.call("run_scene", {"name": "goodnight"})
    assert home.capability("lamp-2", "light").state.on is True


async def test_a_scene_moves_only_what_the_caller_may_see(home: House) -> None:
    await evening(home)
    guest = session_of(home, Hiding("lamp-1", "speaker-1"))
    await guest.call("run_scene", {"name": "goodnight"})
    assert told(home, "lamp-1", "light") == [] == told(home, "speaker-1", "media")
    assert home.capability("speaker-2", "media").state.playing is False


async def test_a_step_that_names_what_is_gone_says_so(home: House, owner: Session) -> None:
    await owner.call("save_scene", {"name": "Now", "targets": ["lamp-1", "lamp-2"]})
    await owner.forget("lamp-1")
    home.capability("lamp-2", "light").report(LightState(on=True))
    answer = await owner.call("run_scene", {"name": "Now"})
    assert answer["counts"] == {"refused": 1, "done": 1}
    assert answer["results"][0]["error"]["code"] == "unknown_target"


@pytest.mark.parametrize("name", ["slepy time", "godnight", "sleepy"])
async def test_an_unknown_scene_names_the_nearest(owner: Session, name: str) -> None:
    error = await error_of(owner, "run_scene", {"name": name})
    assert isinstance(error, NotFound)
    assert error.hint is not None and ("Sleepy time" in error.hint or "goodnight" in error.hint)


@pytest.mark.parametrize("id", ["scene:sleepy-time", "Sleepy time", "goodnight"])
async def test_a_removed_scene_is_gone(home: House, owner: Session, id: str) -> None:
    answer = await owner.call("remove", {"id": id})
    assert answer["removed"] == "scene:sleepy-time"
    assert isinstance(await error_of(owner, "run_scene", {"name": "goodnight"}), NotFound)
    assert list(home.home.scenes) == []


async def test_a_scene_stays_within_every_limit(tmp_path: Path) -> None:
    async with house(tmp_path, thermostat("heat-1", "Hall", temperature=Limit(min=18))) as home:
        session = await home.session()
        answer = await session.call("run_scene", {"name": "goodnight"})
        assert answer["counts"] == {"refused": 1}
        assert told(home, "heat-1", "climate") == []


async def test_a_reader_runs_no_scene(home: House) -> None:
    reader = await home.session("read-only")
    for tool, asked in (
        ("run_scene", {"name": "goodnight"}),
        ("save_scene", {"name": "X", "targets": "all"}),
        ("remove", {"id": "goodnight"}),
    ):
        assert (await error_of(reader, tool, asked)).code == "not_allowed"
    assert not told_anything(home)


async def test_a_lamp_on_a_plug_goes_dark_with_the_lamps(tmp_path: Path) -> None:
    async with house(tmp_path, plug("plug-1", "Floor lamp"), plug("plug-2", "Fridge")) as home:
        session = await home.session()
        await session.call("edit_device", {"target": "plug-1", "use_as": "light"})
        await session.call("set_switch", {"targets": ["plug-1", "plug-2"], "on": True})
        await session.call("run_scene", {"name": "goodnight"})
        state = await session.call("get_state", {"targets": ["plug-1", "plug-2"]})
        shown = {(one["device"], one["kind"]): one.get("state") for one in state["states"]}
        assert shown["plug-1", "light"] == {"on": False}
        assert shown["plug-2", "switch"] == {"on": True}
