"""A thousand devices, long names, everything failing: no answer grows beyond what agents read."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from gateway.capabilities.media import MediaState
from gateway.errors import DeviceRefused
from gateway.session import Session
from tests.core.rigs import error_of
from tests.incore import House, Obedient, house, lamp, plug, shade, speaker, thermostat

LONGEST = 16_000
"""Bytes: about 4,000 tokens of plain words."""

MAKERS = (lamp, plug, speaker, thermostat, shade)


@pytest.fixture
async def big(tmp_path: Path) -> AsyncIterator[House]:
    devices = [
        MAKERS[number % 5](f"device-{number:04}", f"Device {number}", f"Area {number % 60}")
        for number in range(1000)
    ]
    async with house(tmp_path, *devices) as home:
        yield home


def size(answer: dict[str, Any]) -> int:
    return len(json.dumps(answer, ensure_ascii=False).encode())


async def test_no_answer_grows_with_the_house(big: House) -> None:
    session = await big.session()
    for tool, asked in (
        ("get_home_info", {}),
        ("check_devices", {"limit": 100}),
        ("check_devices", {"query": "device", "limit": 100}),
        ("get_state", {"targets": "all"}),
        ("set_switch", {"targets": "all", "on": True, "dry_run": True}),
        ("set_switch", {"targets": "all", "on": True}),
        ("set_light", {"targets": "all", "brightness": 20}),
        ("control_music", {"targets": "all", "do": "next"}),
        ("run_scene", {"name": "goodnight", "dry_run": True}),
        ("run_scene", {"name": "goodnight"}),
    ):
        answer = await session.call(tool, asked)
        assert size(answer) < LONGEST, tool


async def test_no_answer_grows_with_what_fails(big: House) -> None:
    for entry in big.home.registry:
        for capability in entry.capabilities.values():
            if isinstance(capability, Obedient):
                capability.fails = DeviceRefused("x" * 5000)
    session = await big.session()
    answer = await session.call("set_light", {"targets": "all", "on": True})
    assert answer["counts"] == {"failed": 200}
    assert size(answer) < LONGEST
    for entry in big.home.registry:
        big.home.registry.offline(entry, "y" * 5000)
    for tool, asked in (
        ("set_light", {"targets": "all", "on": True}),
        ("check_devices", {"limit": 100}),
        ("check_devices", {"problem": True, "limit": 100}),
        ("get_home_info", {}),
        ("run_scene", {"name": "goodnight"}),
    ):
        assert size(await session.call(tool, asked)) < LONGEST, tool


@pytest.mark.parametrize("letter", ["Ж", "灯", "x"])
async def test_no_answer_grows_with_long_names(tmp_path: Path, letter: str) -> None:
    name = letter * 190
    devices = [speaker(f"s-{number}", f"{name} {number}", name) for number in range(20)]
    async with house(tmp_path, *devices) as home:
        for entry in home.home.registry:
            title = MediaState(playing=True, title=name, artist=name, album=name, volume=20)
            entry.capabilities["media"].report(title)
        session = await home.session()
        everybody = {"targets": "all"}
        for tool, asked in (
            ("play_music", {**everybody, "what": "x" * 200}),
            ("control_music", {**everybody, "do": "pause"}),
            ("get_state", everybody),
            ("check_devices", {"limit": 100}),
            ("get_home_info", {}),
            ("run_scene", {"name": "goodnight"}),
        ):
            answer = await session.call(tool, asked)
            assert size(answer) < LONGEST, tool


async def test_twenty_devices_of_common_names_are_all_listed(tmp_path: Path) -> None:
    devices = [
        speaker(f"sonos-rincon_347e5c0000{number:02}", f"Living room speaker {number}", "Living")
        for number in range(20)
    ]
    async with house(tmp_path, *devices) as home:
        session = await home.session()
        asked = {"targets": "all", "what": "Radio Paradise Main Mix", "volume": 30}
        answer = await session.call("play_music", asked)
        assert len(answer["results"]) == 20
        for entry in home.home.registry:
            home.home.registry.offline(entry, "no answer for 30 s")
        answer = await session.call("play_music", asked)
        assert len(answer["results"]) == 20


async def test_no_answer_repeats_what_was_asked_at_length(home: House, owner: Session) -> None:
    step = {"tool": "set_light", "arguments": {"targets": ["lamp-1"] * 200, "on": True}}
    saved = await owner.call("save_scene", {"name": "Long", "steps": [step] * 30})
    assert size(saved) < LONGEST
    assert "30 steps" in saved["summary"]
    endless = {"tool": "set_light", "arguments": {"targets": ["all"] * 5000, "on": True}}
    for tool, asked in (
        ("run_scene", {"name": "x" * 100_000}),
        ("run_scene", {"name": "goodnight", "except": ["x" * 100_000]}),
        ("run_plan", {"plan": "x" * 100_000}),
        ("remove", {"id": "x" * 100_000}),
        ("edit_device", {"target": "x" * 100_000, "name": "x"}),
        ("get_state", {"targets": "x" * 100_000}),
        ("get_state", {"targets": "all", "kind": "x" * 100_000}),
        ("get_state", {"targets": "all", "cursor": "x" * 100_000}),
        ("save_scene", {"name": "S", "steps": [endless]}),
        ("save_scene", {"name": "S", "steps": [{"tool": "x" * 100_000, "arguments": {}}]}),
    ):
        error = await error_of(owner, tool, asked)
        assert size(error.problem()) < 2000, tool


async def test_many_scenes_do_not_fill_the_answer(owner: Session) -> None:
    step = {"tool": "set_light", "arguments": {"targets": "all", "on": True}}
    for number in range(80):
        name = f"{number} " + "evening with friends and music " * 1
        await owner.call("save_scene", {"name": name[:60], "steps": [step]})
    assert size(await owner.call("get_home_info", {})) < LONGEST


async def test_receipts_of_a_thousand_devices_are_paged(big: House) -> None:
    session = await big.session()
    await session.call("set_switch", {"targets": "all", "on": True})
    (receipt,) = (await session.receipts(limit=1))["receipts"]
    assert len(receipt["results"]) == 400
