"""Every answer of a broad table of calls fits the tool's own output schema and is plain JSON."""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from gateway.capabilities.media import MediaState
from gateway.errors import DeviceRefused
from gateway.limits import Limit
from tests.core.misbehaving import HeldLight, lit
from tests.core.rigs import small_house, strip
from tests.incore import House, house, lamp, thermostat

STEP = {"tool": "set_light", "arguments": {"targets": "all", "on": True}}
CALLS: list[tuple[str, dict[str, Any]]] = [
    ("get_home_info", {}),
    ("check_devices", {}),
    ("check_devices", {"query": "desk lamp"}),
    ("check_devices", {"query": "zzzz"}),
    ("check_devices", {"area": "Kitchen"}),
    ("check_devices", {"kind": "light", "limit": 1}),
    ("check_devices", {"problem": True}),
    ("check_devices", {"limit": 2, "cursor": "c2"}),
    ("get_state", {"targets": "all"}),
    ("get_state", {"targets": ["lamp-1", "kitchen"], "fresh": True}),
    ("get_state", {"targets": "climate-1", "kind": "measurement"}),
    ("set_switch", {"targets": "all", "on": True}),
    ("set_switch", {"targets": ["plug-1", "heat-1"], "on": False}),
    ("set_switch", {"targets": "lamp-1", "on": True, "dry_run": True}),
    ("set_light", {"targets": "all", "on": True}),
    ("set_light", {"targets": "all", "brightness": 40.5}),
    ("set_light", {"targets": "lamp-1", "color": "tomato"}),
    ("set_light", {"targets": "lamp-2", "color_temperature": 2700}),
    ("set_light", {"targets": ["lamp-3", "lamp-4", "lamp-5", "lamp-6", "plug-1"], "on": True}),
    ("set_light", {"targets": "lamp-6", "brightness": 90}),
    ("play_music", {"targets": "all", "what": "Jazz", "volume": 10}),
    ("play_music", {"targets": "all", "what": "Jazz", "together": True}),
    ("play_music", {"targets": "all"}),
    ("control_music", {"targets": "speaker-1", "do": "next"}),
    ("control_music", {"targets": "all", "do": "pause", "mute": True}),
    ("control_music", {"targets": "speaker-1", "change": 10}),
    ("set_thermostat", {"targets": "all", "temperature": 19.3}),
    ("set_thermostat", {"targets": "all", "temperature": 70, "unit": "F"}),
    ("set_thermostat", {"targets": "heat-1", "mode": "off"}),
    ("set_thermostat", {"targets": "heat-1", "temperature": 4}),
    ("set_shades", {"targets": "all", "open": 30}),
    ("set_shades", {"targets": "shade-1", "stop": True}),
    ("run_scene", {"name": "goodnight"}),
    ("run_scene", {"name": "goodnight", "dry_run": True}),
    ("run_scene", {"name": "goodnight", "except": ["kitchen"]}),
    ("save_scene", {"name": "Now", "targets": "all"}),
    ("save_scene", {"name": "S", "steps": [STEP]}),
    ("remove", {"id": "scene:sleepy-time"}),
    ("edit_device", {"target": "lamp-1", "name": "Lux", "area": "Attic", "aliases": ["L"]}),
    ("edit_device", {"target": "plug-1", "use_as": "light", "protected": True}),
]


async def trouble(home: House) -> None:
    """Let some of the house be offline, refuse, hang, be limited, and sound together."""
    home.add(
        lamp("lamp-3", "Offline lamp"),
        lamp("lamp-4", "Stubborn lamp"),
        lit("lamp-5", "Hanging lamp", HeldLight()),
        lamp("lamp-6", "Dim lamp", brightness=Limit(min=1, max=50, step=7)),
        thermostat("heat-2", "Stepped", temperature=Limit(min=5, max=30, step=0.5)),
        *strip("strip-1", "Strip", {"1": "Monitor"}),
    )
    home.home.registry.offline(home.entry("lamp-3"), "no answer")
    home.capability("lamp-4", "light").fails = DeviceRefused("locked")
    group = MediaState(playing=True, title="So What", volume=20, group=["speaker-2", "speaker-7"])
    home.capability("speaker-1", "media").report(group)


@pytest.mark.parametrize(("tool", "asked"), CALLS)
async def test_an_answer_fits_its_own_schema(
    impatient: None, tmp_path: Path, tool: str, asked: dict[str, Any]
) -> None:
    async with house(tmp_path, *small_house()) as home:
        await trouble(home)
        session = await home.session()
        (view,) = [view for view in await session.tools() if view.name == tool]
        Draft202012Validator(view.input_schema).validate(asked)
        answer = await session.call(tool, asked)
        Draft202012Validator(view.output_schema).validate(answer)
        assert next(iter(answer)) == "summary" and answer["summary"]
        assert "None" not in answer["summary"] and "\n" not in answer["summary"]
        assert None not in answer.values()
        json.dumps(answer, allow_nan=False).encode()


async def test_a_plans_answer_fits_too(tmp_path: Path) -> None:
    async with house(tmp_path, *small_house()) as home:
        session = await home.session()
        asked = {"targets": "all", "on": True, "dry_run": True}
        plan = (await session.call("set_light", asked))["plan"]
        (view,) = [view for view in await session.tools() if view.name == "run_plan"]
        answer = await session.call("run_plan", {"plan": plan})
        Draft202012Validator(view.output_schema).validate(answer)
