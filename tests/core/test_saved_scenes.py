"""Saving scenes: from how things are or from steps, checked as the door would, for good."""

from pathlib import Path
from typing import Any

import pytest

from gateway.capabilities.cover import CoverState
from gateway.capabilities.light import LightState
from gateway.errors import InvalidArguments, NotFound, UnknownTarget, UnknownTool
from gateway.session import Session
from tests.core.rigs import error_of
from tests.incore import House, house, lamp


async def test_running_a_saved_state_restores_it(home: House, owner: Session) -> None:
    await owner.call("set_light", {"targets": "lamp-1", "brightness": 30, "color": "red"})
    await owner.call("control_music", {"targets": "speaker-1", "volume": 44, "mute": True})
    saved = await owner.call("save_scene", {"name": "Movie night", "targets": "all"})
    assert saved["scene"] == "scene:movie-night"
    names = [entry.id for entry in home.home.registry]
    before = {id: home.entry(id).observed.copy() for id in names}
    await owner.call("run_scene", {"name": "goodnight"})
    await owner.call("set_switch", {"targets": ["plug-1", "lamp-1", "lamp-2"], "on": True})
    await owner.call("set_light", {"targets": "lamp-1", "color": "blue", "brightness": 100})
    await owner.call("set_shades", {"targets": "all", "open": 0})
    await owner.call("control_music", {"targets": "all", "volume": 5, "mute": False})
    await owner.call("run_scene", {"name": "movie night"})
    for id in ("lamp-1", "lamp-2", "plug-1", "speaker-1", "heat-1"):
        now = home.entry(id).observed
        states = [before[id][kind].state for kind in now]
        assert [now[kind].state for kind in now] == states, id
    cover = home.capability("shade-1", "cover").state
    assert isinstance(cover, CoverState) and cover.target_open == 100


async def test_a_lamp_that_tells_colour_and_white_at_once_can_be_saved(
    home: House, owner: Session
) -> None:
    both = LightState(on=True, brightness=40, color="#ff0000", color_temperature=2700)
    home.capability("lamp-1", "light").report(both)
    saved = await owner.call("save_scene", {"name": "Both", "targets": "lamp-1"})
    assert saved["steps"][0]["arguments"]["color"] == "#ff0000"


async def test_what_only_reports_cannot_be_saved(owner: Session) -> None:
    error = await error_of(owner, "save_scene", {"name": "X", "targets": "contact-1"})
    assert isinstance(error, NotFound)


STEP = {"tool": "set_light", "arguments": {"targets": "all", "on": False}}


@pytest.mark.parametrize(
    ("step", "kind"),
    [
        ({"tool": "set_lihgt", "arguments": {"targets": "all", "on": False}}, UnknownTool),
        ({"tool": "set_light", "arguments": {"on": False}}, InvalidArguments),
        ({"tool": "set_light", "arguments": {"targets": "all"}}, InvalidArguments),
        ({"tool": "set_light", "arguments": {"targets": "all", "on": 0}}, InvalidArguments),
        ({"tool": "set_light", "arguments": {"targets": "all", "onn": True}}, InvalidArguments),
        ({"tool": "set_light", "arguments": {"targets": "area:kichen", "on": True}}, UnknownTarget),
        ({"tool": "set_light", "arguments": {"targets": ["nobody"], "on": True}}, UnknownTarget),
        (
            {"tool": "set_thermostat", "arguments": {"targets": "all", "temperature": 72}},
            InvalidArguments,
        ),
        ({"tool": "run_scene", "arguments": {"name": "goodnight"}}, InvalidArguments),
        ({"tool": "get_state", "arguments": {"targets": "all"}}, InvalidArguments),
        ({"tool": "edit_device", "arguments": {"target": "lamp-1"}}, InvalidArguments),
        ({"tool": "set_light"}, InvalidArguments),
        ({"tool": None, "arguments": {}}, InvalidArguments),
    ],
)
async def test_steps_are_checked_as_the_door_would_before_anything_is_kept(
    home: House, owner: Session, step: dict[str, Any], kind: type[Exception]
) -> None:
    error = await error_of(owner, "save_scene", {"name": "Mine", "steps": [STEP, step]})
    assert isinstance(error, kind)
    assert [scene.name for scene in home.home.scenes] == ["Sleepy time"]


async def test_a_scene_may_be_for_kinds_that_come_later(home: House, owner: Session) -> None:
    await owner.forget("shade-1")
    step = {"tool": "set_shades", "arguments": {"targets": "all", "open": 0}}
    await owner.call("save_scene", {"name": "Dark", "steps": [STEP, step]})
    answer = await owner.call("run_scene", {"name": "dark"})
    assert answer["counts"] == {"already": 2}


async def test_a_saved_scene_survives_a_restart(tmp_path: Path) -> None:
    async with house(tmp_path, lamp("lamp-1", "Lamp")) as home:
        session = await home.session()
        await session.call("save_scene", {"name": "Lights out", "steps": [STEP]})
    async with house(tmp_path, lamp("lamp-1", "Lamp")) as home:
        session = await home.session()
        info = await session.call("get_home_info", {})
        assert [scene["id"] for scene in info["scenes"]] == [
            "scene:lights-out",
            "scene:sleepy-time",
        ]
        assert (await session.call("run_scene", {"name": "lights out"}))["counts"] == {"already": 1}


async def test_saving_again_replaces_the_steps_and_keeps_the_other_names(
    home: House, owner: Session
) -> None:
    for name in ("sleepy TIME", "Sleepytime", "sleepy-time"):
        saved = await owner.call("save_scene", {"name": name, "steps": [STEP]})
        assert saved["steps"] == [STEP]
        assert len(list(home.home.scenes)) == 1
        assert home.home.scenes.find("goodnight").steps[0].tool == "set_light"
        assert len(home.home.scenes.find(name).steps) == 1


async def test_a_scene_of_ones_own_wins_over_anothers_second_name(
    home: House, owner: Session
) -> None:
    saved = await owner.call("save_scene", {"name": "Zz goodnight", "steps": [STEP]})
    assert saved["scene"] == "scene:zz-goodnight"
    saved = await owner.call("save_scene", {"name": "Good night", "steps": [STEP, STEP]})
    assert saved["scene"] == "scene:good-night" and len(saved["steps"]) == 2
    assert len(home.home.scenes.find("goodnight").steps) == 2


@pytest.mark.parametrize("name", ["", "   ", "\u202e", "\x00", "x" * 61])
async def test_a_scene_needs_a_name(owner: Session, name: str) -> None:
    error = await error_of(owner, "save_scene", {"name": name, "steps": [STEP]})
    assert isinstance(error, InvalidArguments)


async def test_a_scene_is_saved_from_targets_or_steps(owner: Session) -> None:
    wrong: list[dict[str, Any]] = [{}, {"targets": "all", "steps": [STEP]}, {"steps": []}]
    for asked in wrong:
        error = await error_of(owner, "save_scene", {"name": "X", **asked})
        assert isinstance(error, InvalidArguments)
