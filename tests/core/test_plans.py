"""Plans: run_plan does exactly what a dry run showed, once, for the same agent, in time."""

from pathlib import Path

import pytest

from gateway.capabilities.light import LightState
from gateway.clock import SetClock
from gateway.errors import Conflict, NotAllowed, NotFound
from gateway.plans import Plans
from gateway.session import Session
from tests.core.rigs import Limited, error_of, session_of, told, told_anything
from tests.incore import House, house, lamp


async def planned(session: Session, **asked: object) -> str:
    arguments = {"targets": ["lamp-1", "lamp-2"], "brightness": 30, **asked, "dry_run": True}
    return str((await session.call("set_light", arguments))["plan"])


async def test_a_plan_does_exactly_what_was_shown(home: House, owner: Session) -> None:
    plan = await planned(owner, targets="all")
    home.add(lamp("lamp-3", "New lamp"))
    answer = await owner.call("run_plan", {"plan": plan})
    assert [result["device"] for result in answer["results"]] == ["lamp-1", "lamp-2"]
    assert answer["counts"] == {"done": 2}
    assert told(home, "lamp-3", "light") == []
    (receipt,) = (await owner.receipts())["receipts"]
    assert receipt["tool"] == "set_light"
    assert receipt["arguments"] == {"targets": ["lamp-1", "lamp-2"], "brightness": 30}


async def test_a_plan_runs_once(home: House, owner: Session) -> None:
    plan = await planned(owner)
    await owner.call("run_plan", {"plan": plan})
    error = await error_of(owner, "run_plan", {"plan": plan})
    assert isinstance(error, NotFound)
    assert len(told(home, "lamp-1", "light")) == 1


async def test_a_plan_is_not_for_another_agent(home: House, owner: Session) -> None:
    plan = await planned(owner)
    child = session_of(home, Limited("child"))
    assert isinstance(await error_of(child, "run_plan", {"plan": plan}), NotFound)
    assert not told_anything(home)
    await owner.call("run_plan", {"plan": plan})


async def test_a_plan_is_void_after_the_house_has_changed(home: House, owner: Session) -> None:
    plan = await planned(owner)
    home.capability("lamp-2", "light").report(LightState(on=True, brightness=77))
    error = await error_of(owner, "run_plan", {"plan": plan})
    assert isinstance(error, Conflict) and "“Reading lamp” has changed" in error.detail
    assert not told_anything(home)


async def test_a_plan_is_void_after_a_device_was_forgotten(home: House, owner: Session) -> None:
    plan = await planned(owner)
    await owner.forget("lamp-2")
    assert isinstance(await error_of(owner, "run_plan", {"plan": plan}), Conflict)
    assert not told_anything(home)


async def test_a_change_elsewhere_leaves_a_plan_valid(home: House, owner: Session) -> None:
    plan = await planned(owner)
    await owner.call("set_switch", {"targets": "plug-1", "on": True})
    await owner.call("edit_device", {"target": "lamp-1", "name": "Renamed", "protected": True})
    assert (await owner.call("run_plan", {"plan": plan}))["counts"] == {"done": 2}


async def test_a_plan_lives_for_ten_minutes(home: House, owner: Session, clock: SetClock) -> None:
    plan, late = await planned(owner), await planned(owner, brightness=60)
    clock.seconds = 600
    await owner.call("run_plan", {"plan": plan})
    clock.seconds = 601
    error = await error_of(owner, "run_plan", {"plan": late})
    assert isinstance(error, NotFound)
    assert error.hint is not None and "ten minutes" in error.hint


async def test_a_plan_does_not_outlive_a_restart(tmp_path: Path) -> None:
    async with house(tmp_path, lamp("lamp-1", "Lamp"), lamp("lamp-2", "Lamp 2")) as home:
        plan = await planned(await home.session())
    async with house(tmp_path, lamp("lamp-1", "Lamp"), lamp("lamp-2", "Lamp 2")) as home:
        session = home.door.open((tmp_path / "owner.token").read_text().strip())
        assert isinstance(await error_of(session, "run_plan", {"plan": plan}), NotFound)


async def test_a_plan_passes_the_door_again(home: House) -> None:
    reader = await home.session("read-only")
    assert isinstance(await error_of(reader, "run_plan", {"plan": "p1"}), NotAllowed)


async def test_what_is_refused_is_no_part_of_the_plan(home: House, owner: Session) -> None:
    plan = await planned(owner, targets=["lamp-1", "Kettle"])
    answer = await owner.call("run_plan", {"plan": plan})
    assert [result["device"] for result in answer["results"]] == ["lamp-1"]


async def test_nothing_to_do_is_no_plan(home: House, owner: Session) -> None:
    asked = {"targets": "Kettle", "brightness": 30, "dry_run": True}
    answer = await owner.call("set_light", asked)
    assert answer["counts"] == {"refused": 1} and "plan" not in answer


async def test_a_plan_for_music_together_is_one_act_again(home: House, owner: Session) -> None:
    asked = {"targets": "all", "what": "Jazz", "together": True, "dry_run": True}
    answer = await owner.call("play_music", asked)
    assert answer["counts"] == {"planned": 2}
    await owner.call("run_plan", {"plan": answer["plan"]})
    assert len(told(home, "speaker-1", "media")) == 1
    assert told(home, "speaker-2", "media") == []


def test_plans_are_bounded(clock: SetClock) -> None:
    plans = Plans(clock)
    first = plans.keep("owner", [], {})
    for _ in range(1000):
        last = plans.keep("owner", [], {})
    assert plans.take(last.id, "owner") is last
    with pytest.raises(NotFound):
        plans.take(first.id, "owner")
