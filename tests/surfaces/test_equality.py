"""Every tool answers alike over every surface: schemas, descriptions, results and errors."""

import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from gateway.tools import catalog
from tests.surfaces.faces import FACES, Answer, Listing, served

PLAN = "$plan"
"""Stands for the plan that the call before it returned."""

CALLS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("get_home_info", {}),
    ("get_home_info", {"verbose": True}),
    ("check_devices", {"query": "kitchen ceiling"}),
    ("check_devices", {"kind": "ligth"}),
    ("get_state", {"targets": "all"}),
    ("get_state", {"targets": "Ceilling"}),
    ("set_switch", {"targets": ["Kettle", "Ceiling"], "on": True}),
    ("set_switch", {"targets": "Kettle", "on": 1}),
    ("set_light", {"targets": "all", "brightness": 42}),
    ("set_light", {"targets": "Bedside", "brightness": 42}),
    ("set_light", {"targets": "Kettle", "on": True}),
    ("set_light", {"targets": "Kitchen", "color": "rde"}),
    ("set_light", {"targets": "Kitchen", "on": False, "dry_run": True}),
    ("run_plan", {"plan": PLAN}),
    ("run_plan", {"plan": "p00000000"}),
    ("play_music", {"targets": "Beam", "what": "Jazz", "volume": 30}),
    ("play_music", {"targets": "Beam", "volume": 130}),
    ("control_music", {"targets": "Living room", "do": "next"}),
    ("control_music", {"targets": "Living room"}),
    ("set_thermostat", {"targets": "Bedroom", "temperature": 68, "unit": "F"}),
    ("set_thermostat", {"targets": "Bedroom", "temperature": 72}),
    ("set_thermostat", {"targets": "Bedroom", "temperature": 40}),
    ("set_shades", {"targets": "Blind", "open": 30}),
    ("set_shades", {"targets": "Blind", "open": 30, "stop": True}),
    ("run_scene", {"name": "good night"}),
    ("run_scene", {"name": "sleepy tim"}),
    ("save_scene", {"name": "Evening", "targets": "Kitchen"}),
    ("save_scene", {"name": "Nothing"}),
    ("remove", {"id": "Evening"}),
    ("remove", {"id": "Evening"}),
    ("edit_device", {"target": "Kettle", "name": "Tea", "protected": True}),
    ("edit_device", {"target": "Kettle", "name": "Tea"}),
    ("set_ligth", {"targets": "all", "on": True}),
)


async def answers(face: str, state: Path) -> tuple[list[Answer], Listing]:
    """Make all calls over one face, in a house of its own, and return what it answered."""
    found: list[Answer] = []
    async with served(state), FACES[face](state) as (call, listing):
        for tool, arguments in CALLS:
            asked = dict(arguments)
            if asked.get("plan") == PLAN:
                asked["plan"] = found[-1]["plan"]
            found.append(await call(tool, asked))
    return found, listing


@pytest.fixture
async def by_face(tmp_path: Path) -> dict[str, tuple[list[Answer], Listing]]:
    found = {}
    for number, face in enumerate(FACES):
        found[face] = await answers(face, tmp_path / str(number))
    return found


def settled(answer: Answer) -> Answer:
    """Return an answer without what differs each time: a plan's random name."""
    return {
        name: re.sub(r"^p[0-9a-f]{8}$", PLAN, value) if name == "plan" else value
        for name, value in answer.items()
    }


async def test_every_tool_answers_alike_over_every_face(
    by_face: dict[str, tuple[list[Answer], Listing]],
) -> None:
    first, *others = FACES
    expected, listed = by_face[first]
    for face in others:
        got, listing = by_face[face]
        assert listing == listed, face
        for (tool, arguments), one, other in zip(CALLS, expected, got, strict=True):
            assert settled(other) == settled(one), f"{tool} {arguments} over {face}"


async def test_every_tool_has_a_success_and_a_refusal_here_and_answers_fit_their_schema(
    by_face: dict[str, tuple[list[Answer], Listing]],
) -> None:
    found, listing = by_face["HTTP"]
    schemas = {tool["name"]: Draft202012Validator(tool["output"]) for tool in listing}
    well, badly = set(), set()
    for (tool, _), answer in zip(CALLS, found, strict=True):
        if "code" in answer:
            badly.add(tool)
            continue
        well.add(tool)
        schemas[tool].validate(answer)
    every = {tool.name for tool in catalog()}
    assert well == every
    assert badly >= every
