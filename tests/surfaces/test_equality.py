"""Every tool answers alike over every surface: schemas, descriptions, results and errors."""

import asyncio
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from cli.training import every_tool
from gateway.session import Json
from openapi.document import PROBLEM_SCHEMA
from tests.surfaces.faces import FACES, run, served

PLAN = "$plan"
"""Stands for the plan that the call before it returned."""

CALLS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("get_home_info", {}),
    ("get_home_info", {"verbose": True}),
    ("check_devices", {"query": "kitchen ceiling"}),
    ("check_devices", {"kind": "ligth"}),
    ("get_state", {"targets": "all"}),
    ("get_state", {"targets": "Ceilling"}),
    ("get_history", {"targets": "Kettle", "property": "power"}),
    ("get_history", {"targets": "Kettle", "property": "colour"}),
    ("get_past_events", {"query": "found", "limit": 3}),
    ("get_past_events", {"start": "when pigs fly"}),
    ("wait_for_events", {"timeout": 0}),
    ("wait_for_events", {"after": "nonsense"}),
    ("create_alert", {"when": "Ceiling on", "message": "Light!"}),
    ("create_alert", {"when": "Ceiling on", "notify": ["nobody"]}),
    ("notify", {"to": "anna", "message": "Hello"}),
    ("notify", {"to": "bert", "message": "Hello"}),
    ("set_switch", {"targets": ["Kettle", "Ceiling"], "on": True}),
    ("set_switch", {"targets": "Kettle", "on": 1}),
    ("set_light", {"targets": "all", "brightness": 42}),
    ("set_light", {"targets": "Bedside", "brightness": 42}),
    ("set_light", {"targets": "Kettle", "on": True}),
    ("set_light", {"targets": "Kitchen", "color": "rde"}),
    ("set_light", {"targets": "Kitchen", "on": False, "dry_run": True}),
    ("run_plan", {"plan": PLAN}),
    ("run_plan", {"plan": "p00000000"}),
    ("play_music", {"targets": "Beam", "what": "Björk — “Jóga” ☕ 音楽", "volume": 30}),
    ("play_music", {"targets": "Beam", "volume": 130}),
    ("control_music", {"targets": "Living room", "do": "next"}),
    ("control_music", {"targets": "Living room"}),
    ("set_thermostat", {"targets": "Bedroom", "temperature": 68, "unit": "F"}),
    ("set_thermostat", {"targets": "Bedroom", "temperature": 72}),
    ("set_thermostat", {"targets": "Bedroom", "temperature": 40}),
    ("set_shades", {"targets": "Blind", "open": 30}),
    ("set_shades", {"targets": "Blind", "open": 30, "stop": True}),
    ("close_garage", {"targets": "all"}),
    ("close_garage", {"targets": "Kitchen"}),
    ("open_garage", {"targets": "Garage door", "dry_run": True}),
    ("open_garage", {"targets": "Garage door"}),
    ("lock_door", {"targets": "Hall"}),
    ("lock_door", {"targets": "Front door", "code": "1234"}),
    ("unlock_door", {"targets": "lock-1", "dry_run": True}),
    ("unlock_door", {"targets": "all"}),
    ("unlock_door", {"targets": "Front door"}),
    ("set_fan", {"targets": "Ceiling fan", "speed": 40}),
    ("set_fan", {"targets": "Ceiling fan", "on": False, "speed": 40}),
    ("set_switch", {"targets": "Ceiling fan", "on": False}),
    ("set_pool_or_spa", {"targets": "Hot tub", "temperature": 100, "unit": "F"}),
    ("set_pool_or_spa", {"targets": "Hot tub", "temperature": 104, "unit": "F"}),
    ("set_pool_or_spa", {"targets": "Hot tub", "temperature": 102}),
    ("slow_treadmill", {"targets": "Treadmill"}),
    ("slow_treadmill", {"targets": "all"}),
    ("stop_treadmill", {"targets": "all", "pause": True}),
    ("stop_treadmill", {"targets": "Treadmill", "speed": 12}),
    ("press_button", {"targets": "button-1"}),
    ("press_button", {"targets": "Hall"}),
    ("set_number", {"targets": "Pump delay", "value": 32}),
    ("set_number", {"targets": "Pump delay", "value": float("1e300")}),
    ("set_number", {"targets": "Pump delay"}),
    ("set_option", {"targets": "Hood program", "option": "strong"}),
    ("set_option", {"targets": "Hood program", "option": "stromg"}),
    ("set_option", {"targets": "Hood program"}),
    ("run_scene", {"name": "good night"}),
    ("run_scene", {"name": "sleepy tim"}),
    ("save_scene", {"name": "Evening", "targets": "Kitchen"}),
    ("save_scene", {"name": "Nothing"}),
    ("remove", {"id": "Evening"}),
    ("remove", {"id": "Evening"}),
    ("get_workouts", {"period": "today", "by": "session"}),
    ("get_workouts", {"person": "bertha"}),
    ("edit_device", {"target": "Kettle", "name": "Tea", "protected": True}),
    ("edit_device", {"target": "Kettle", "name": "Tea"}),
    ("set_ligth", {"targets": "all", "on": True}),
)
HOME = re.compile(r"h[0-9a-f]{10}(?=[-.])")
DEVICES = ("core-1", "core-3", "core-4", "nothing")


@dataclass(frozen=True)
class Said:
    """What one face said, from its list of tools to the last device."""

    tools: list[Json]
    answers: list[Json]
    devices: list[Json]


async def said(face: str, state: Path, preset: str) -> Said:
    """Make all calls over one face, in a house of its own."""
    answers: list[Json] = []
    async with served(state, preset) as place, FACES[face](place) as way:
        for tool, arguments in CALLS:
            if arguments.get("plan") == PLAN and "plan" in answers[-1]:
                arguments = {"plan": answers[-1]["plan"]}
            answers.append(await way.call(tool, arguments))
        return Said(way.tools, answers, [await way.device(id) for id in DEVICES])


async def said_by_all(state: Path, preset: str) -> dict[str, Said]:
    """The command line is the owner's: others have no such way in."""
    faces = [face for face in FACES if preset == "owner" or face != "command line"]
    return {face: await said(face, state / str(n), preset) for n, face in enumerate(faces)}


@pytest.fixture
async def owners(tmp_path: Path) -> dict[str, Said]:
    return await said_by_all(tmp_path, "owner")


def settled(answer: Json) -> Json:
    """Return an answer without what differs each time: a plan's random name, a home's id."""
    text = HOME.sub("h", json.dumps(answer | {"plan": PLAN} if "plan" in answer else answer))
    return dict(json.loads(text))


def are_alike(by_face: dict[str, Said]) -> None:
    first, *others = by_face.values()
    faces = list(by_face)[1:]
    for face, other in zip(faces, others, strict=True):
        assert other.tools == first.tools, face
        assert other.devices == first.devices, face
        for (tool, arguments), one, same in zip(CALLS, first.answers, other.answers, strict=True):
            assert settled(same) == settled(one), f"{tool} {arguments} over {face}"


async def test_every_tool_answers_alike_over_every_face(owners: dict[str, Said]) -> None:
    assert list(owners) == list(FACES)
    are_alike(owners)


async def test_a_guest_too_sees_and_is_refused_the_same_over_every_face(tmp_path: Path) -> None:
    guests = await said_by_all(tmp_path, "read-only")
    are_alike(guests)
    reading = {tool.name for tool in every_tool() if tool.reads and not tool.by_name}
    one = guests["HTTP"]
    assert {tool["name"] for tool in one.tools} == reading
    for (tool, _), answer in zip(CALLS, one.answers, strict=True):
        known = tool in {every.name for every in every_tool()}
        assert (answer.get("code") == "not_allowed") == (known and tool not in reading), tool


async def test_every_tool_has_a_success_and_a_refusal_here_and_answers_fit_their_schema(
    owners: dict[str, Said],
) -> None:
    found = owners["HTTP"]
    schemas = {tool["name"]: Draft202012Validator(tool["output"]) for tool in found.tools}
    well, badly = set(), set()
    for (tool, _), answer in zip(CALLS, found.answers, strict=True):
        if "code" in answer:
            Draft202012Validator(PROBLEM_SCHEMA).validate(answer)
            badly.add(tool)
            continue
        well.add(tool)
        schemas[tool].validate(answer)
    every = {tool.name for tool in every_tool() if not tool.by_name}
    assert well == every
    assert badly >= every


async def test_devices_are_told_alike_one_by_one_by_a_command_and_by_a_tool(
    tmp_path: Path,
) -> None:
    async with served(tmp_path) as place, FACES["HTTP"](place) as way:
        known = (await place.home.door.open(place.token).devices())["devices"]
        command = ["devices", "--json", "--state", str(tmp_path)]
        code, listed = await asyncio.to_thread(run, command)
        assert (code, json.loads(listed)["devices"]) == (0, known)
        found = (await way.call("check_devices", {"limit": 100}))["devices"]
        by_id = {one["id"]: one for one in known}
        assert {one["id"] for one in found} == set(by_id)
        for one in found:
            assert one.items() <= by_id[one["id"]].items()
            assert by_id[one["id"]].items() <= (await way.device(one["id"])).items()
