"""What no argument, grant or setting lifts, through the door and on what devices are told."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from gateway.capabilities.water import WaterState
from gateway.capability import Step
from gateway.errors import ApprovalNeeded, CannotStart, UnknownTarget
from gateway.limits import Limit
from gateway.settings import Settings, checked
from tests.core.rigs import error_of, one, told, until
from tests.incore import house, plug
from tests.inhouse import (
    CoreWater,
    core,
    door_lock,
    fan,
    garage_door,
    number,
    pool,
    remote,
    select,
    spa,
    treadmill,
)

WIDE = Limit(min=-100, max=200)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"temperature": 40.5, "unit": "C"}, "hard limit"),
        ({"temperature": 104.9, "unit": "F"}, "hard limit"),
        ({"temperature": 39, "unit": "C"}, "the owner's limit"),
        ({"temperature": 101, "unit": "F"}, "the owner's limit"),
        ({"temperature": 2, "unit": "C"}, "hard limit"),
    ],
)
async def test_no_spa_is_set_hotter_than_is_safe(
    tmp_path: Path, arguments: dict[str, Any], says: str
) -> None:
    async with house(tmp_path, spa("spa-1", "Hot tub", temperature=WIDE)) as home:
        result = await one(await home.session(), "set_pool_or_spa", targets="spa-1", **arguments)
        assert result["outcome"] == "refused" and says in result["error"]["detail"]
        assert told(home, "spa-1", "water") == []


async def test_102_without_a_unit_is_taken_for_fahrenheit_and_not_sent(tmp_path: Path) -> None:
    async with house(tmp_path, spa("spa-1", "Hot tub", temperature=WIDE)) as home:
        session = await home.session()
        error = await error_of(session, "set_pool_or_spa", {"targets": "spa-1", "temperature": 102})
        assert "send unit F" in error.detail
        assert told(home, "spa-1", "water") == []


async def test_the_owner_may_let_a_spa_be_as_warm_as_the_hard_limit(tmp_path: Path) -> None:
    async with house(tmp_path, spa("spa-1", "Hot tub"), limits={"spa": 40}) as home:
        session = await home.session()
        warm = {"targets": "spa-1", "temperature": 40, "unit": "C"}
        assert (await one(session, "set_pool_or_spa", **warm))["outcome"] == "done"


def test_no_setting_lifts_the_hard_limit() -> None:
    with pytest.raises(CannotStart, match=r"limits\.spa"):
        checked(Settings, {"limits": {"spa": 40.5}}, "the settings")


async def test_a_pool_may_be_warmer_than_a_spas_cap_and_never_above_the_hard_limit(
    tmp_path: Path,
) -> None:
    async with house(tmp_path, pool("pool-1", "Pool")) as home:
        session = await home.session()
        warm = {"targets": "pool-1", "unit": "C"}
        assert (await one(session, "set_pool_or_spa", temperature=39, **warm))["outcome"] == "done"
        hot = await one(session, "set_pool_or_spa", temperature=40.5, **warm)
        assert hot["outcome"] == "refused"


async def test_water_of_which_nothing_was_heard_is_taken_for_a_spa(tmp_path: Path) -> None:
    water = core("water-1", "Tub", None, CoreWater(), WaterState(body="spa"))
    water.capabilities["water"].state = None
    async with house(tmp_path, water) as home:
        asked = {"targets": "water-1", "temperature": 39, "unit": "C"}
        result = await one(await home.session(), "set_pool_or_spa", **asked)
        assert "the owner's limit" in result["error"]["detail"]


@pytest.mark.parametrize(("unit", "hot"), [("°C", 36), ("°F", 96), ("K", 309), (" celsius ", 36)])
async def test_a_number_that_is_a_temperature_falls_under_the_strictest_limit(
    tmp_path: Path, unit: str, hot: float
) -> None:
    async with house(tmp_path, number("n-1", "Boiler", unit=unit, value=WIDE)) as home:
        result = await one(await home.session(), "set_number", targets="n-1", value=hot)
        assert result["outcome"] == "refused" and told(home, "n-1", "number") == []


async def test_a_number_of_another_meaning_has_its_devices_range(tmp_path: Path) -> None:
    async with house(tmp_path, number("n-1", "Delay", unit="min", value=WIDE)) as home:
        result = await one(await home.session(), "set_number", targets="n-1", value=96)
        assert result["outcome"] == "done"


FIXED = Limit(read_only=True)


@pytest.mark.parametrize(
    ("device", "tool", "arguments"),
    [
        (number("x-1", "X", value=FIXED), "set_number", {"value": 4}),
        (select("x-1", "X", option=FIXED), "set_option", {"option": "strong"}),
        (remote("x-1", "X", press_button=FIXED), "press_button", {}),
        (fan("x-1", "X", on=FIXED, speed=FIXED), "set_fan", {"speed": 40}),
        (fan("x-1", "X", on=FIXED, speed=FIXED), "set_switch", {"on": True}),
    ],
)
async def test_what_the_owner_has_not_named_writable_is_read_only(
    tmp_path: Path, device: Any, tool: str, arguments: dict[str, Any]
) -> None:
    async with house(tmp_path, device) as home:
        result = await one(await home.session(), tool, targets="x-1", **arguments)
        assert result["outcome"] == "refused"
        assert result["error"]["detail"].startswith("X is read-only")
        assert "writable" in result["error"]["hint"]
        assert told(home, "x-1", next(iter(device.capabilities))) == []


async def test_a_tool_is_listed_once_something_obeys_it(tmp_path: Path) -> None:
    async with house(tmp_path, number("n-1", "Fixed", value=FIXED)) as home:
        session = await home.session()
        assert "set_number" not in {tool.name for tool in await session.tools()}
        home.add(number("n-2", "Free"))
        assert "set_number" in {tool.name for tool in await session.tools()}


async def test_using_a_plug_as_a_fan_lifts_no_limit(tmp_path: Path) -> None:
    device = plug("plug-1", "Pump plug")
    device.limits["switch"] = {"on": FIXED}
    async with house(tmp_path, device) as home:
        session = await home.session()
        await session.call("edit_device", {"target": "plug-1", "use_as": "fan"})
        result = await one(session, "set_fan", targets="plug-1", on=True)
        assert result["outcome"] == "refused"


async def test_a_plug_used_as_a_fan_obeys_as_one(tmp_path: Path) -> None:
    async with house(tmp_path, plug("plug-1", "Attic plug")) as home:
        session = await home.session()
        await session.call("edit_device", {"target": "plug-1", "use_as": "fan"})
        assert (await one(session, "set_fan", targets="all", on=True))["outcome"] == "done"
        refused = await one(session, "set_fan", targets="all", speed=40)
        assert refused["error"]["detail"].startswith("Attic plug has no speed")


@pytest.mark.parametrize(
    ("device", "tool", "kind"),
    [
        (door_lock("x-1", "Front door"), "unlock_door", "lock"),
        (garage_door("x-1", "Garage door"), "open_garage", "garage"),
    ],
)
async def test_what_lets_people_in_wants_a_persons_yes(
    tmp_path: Path, device: Any, tool: str, kind: str
) -> None:
    async with house(tmp_path, device) as home:
        session = await home.session()
        error = await error_of(session, tool, {"targets": "x-1"})
        assert isinstance(error, ApprovalNeeded)
        assert (error.code, error.status) == ("approval_needed", 403)
        assert told(home, "x-1", kind) == []
        planned = await session.call(tool, {"targets": device.name, "dry_run": True})
        assert planned["results"][0]["outcome"] in ("planned", "already")
        assert told(home, "x-1", kind) == []


async def test_no_scene_plan_or_undo_opens_a_door_either(tmp_path: Path) -> None:
    async with house(tmp_path, door_lock("x-1", "Front door", locked=True)) as home:
        session = await home.session()
        step = {"tool": "unlock_door", "arguments": {"targets": "x-1"}}
        await session.call("save_scene", {"name": "Welcome", "steps": [step]})
        ran = await session.call("run_scene", {"name": "Welcome"})
        assert "approval_needed" in str(ran)
        planned = await session.call("unlock_door", {"targets": "x-1", "dry_run": True})
        assert planned["results"][0]["outcome"] == "planned"
        carried = await session.call("run_plan", {"plan": planned["plan"]})
        assert "approval_needed" in str(carried)
        assert told(home, "x-1", "lock") == []


@pytest.mark.parametrize("targets", ["all", "Hall", "area:hall", ["lock-1", "area:Hall"]])
@pytest.mark.parametrize("tool", ["unlock_door", "open_garage", "slow_treadmill", "press_button"])
async def test_what_is_exact_takes_no_groups(tmp_path: Path, tool: str, targets: Any) -> None:
    devices = [
        door_lock("lock-1", "Front door", "Hall"),
        garage_door("garage-1", "Garage door", "Hall"),
        treadmill("treadmill-1", "Treadmill", "Hall"),
        remote("button-1", "Bed button", "Hall"),
    ]
    async with house(tmp_path, *devices) as home:
        error = await error_of(await home.session(), tool, {"targets": targets})
        assert isinstance(error, UnknownTarget) and "ids or exact names" in error.detail
        assert not any(told(home, device.id, next(iter(device.capabilities))) for device in devices)


async def test_a_treadmill_is_slowed_and_stopped(tmp_path: Path) -> None:
    async with house(tmp_path, treadmill("t-1", "Treadmill", "Gym")) as home:
        session = await home.session()
        slowed = await one(session, "slow_treadmill", targets="Treadmill")
        assert slowed["outcome"] == "done" and slowed["after"]["speed"] == pytest.approx(4.8)
        stopped = await one(session, "stop_treadmill", targets="all", pause=True)
        assert stopped["outcome"] == "done" and stopped["after"]["running"] is False


async def test_a_stop_does_not_wait_until_a_slower_belt_has_been_read_back(tmp_path: Path) -> None:
    async with house(tmp_path, treadmill("t-1", "Treadmill")) as home:
        session = await home.session()
        belt = home.capability("t-1", "treadmill")
        belt.ignores = True
        slowing = asyncio.create_task(one(session, "slow_treadmill", targets="t-1"))
        await until(lambda: told(home, "t-1", "treadmill"))
        belt.ignores = False
        async with asyncio.timeout(2):
            stopped = await one(session, "stop_treadmill", targets="t-1")
        assert stopped["outcome"] == "done"
        assert (await slowing)["outcome"] == "done"


async def test_no_scene_slows_a_belt_and_one_may_stop_it(tmp_path: Path) -> None:
    async with house(tmp_path, treadmill("t-1", "Treadmill")) as home:
        session = await home.session()
        slow = {"tool": "slow_treadmill", "arguments": {"targets": "t-1"}}
        error = await error_of(session, "save_scene", {"name": "Slower", "steps": [slow]})
        assert "cannot be part of a scene" in error.detail
        step = Step("slow_treadmill", {"targets": "t-1"})
        await home.home.scenes.save("Older", [step], "owner")  # as an older homeport may have it
        ran = await session.call("run_scene", {"name": "Older"})
        assert "not_allowed" in str(ran)
        assert told(home, "t-1", "treadmill") == []
        planned = await session.call("slow_treadmill", {"targets": "t-1", "dry_run": True})
        carried = await session.call("run_plan", {"plan": planned["plan"]})
        assert carried["counts"] == {"done": 1}
        stop = {"tool": "stop_treadmill", "arguments": {"targets": "all"}}
        await session.call("save_scene", {"name": "Stop", "steps": [stop]})
        assert (await session.call("run_scene", {"name": "Stop"}))["counts"] == {"done": 1}
