"""What an agent has to read: the tool list, a task, and the largest answers."""

import asyncio
import tempfile
from pathlib import Path
from typing import Any

from bench.figure import Figure
from bench.tokenizer import missing, tokens, visible
from gateway.session import Session
from tests.incore import House, house, lamp, plug, shade, speaker, thermostat
from tests.inhouse import (
    door_lock,
    fan,
    garage_door,
    leak,
    number,
    pool,
    remote,
    select,
    spa,
    treadmill,
)
from workouts.store import WorkoutStore
from workouts.tool import tools

SMALL, LARGE = 15, 1000
MORE = tools(WorkoutStore(Path("workouts.db")))
OFTEN = (lamp, plug, speaker, thermostat, shade)
ONCE = (door_lock, fan, garage_door, leak, number, pool, remote, select, spa, treadmill)
GREEDY: tuple[tuple[str, dict[str, Any]], ...] = (
    ("get_home_info", {}),
    ("check_devices", {"limit": 100}),
    ("check_devices", {"query": "lamp", "limit": 100}),
    ("check_devices", {"problem": True, "limit": 100}),
    ("get_state", {"targets": "all"}),
    ("get_history", {"targets": "all", "property": "power"}),
    ("get_past_events", {"limit": 100}),
    ("wait_for_events", {"timeout": 0}),
    ("set_light", {"targets": "all", "brightness": 30, "dry_run": True}),
    ("set_light", {"targets": "all", "brightness": 30}),
    ("set_switch", {"targets": "all", "on": True}),
    ("set_thermostat", {"targets": "all", "temperature": 34.5}),
    ("play_music", {"targets": "all"}),
    ("set_shades", {"targets": "all", "open": 10}),
    ("run_scene", {"name": "sleepy time"}),
    ("save_scene", {"name": "all", "targets": [f"core-{number}" for number in range(150)]}),
)


def fill(opened: House, count: int) -> None:
    """Give a home that many devices, of every kind that can act, with honest names."""
    for place in range(count):
        make = ONCE[place] if place < len(ONCE) else OFTEN[place % len(OFTEN)]
        name = f"{make.__name__.title()} {place} beside the old piano"
        opened.add(make(f"core-{place}", name, f"Room {place % 40}"))


def run() -> list[Figure]:
    """Count, where node is here."""
    if reason := missing():
        return [Figure("tokens were not counted", 0, note=reason)]
    return asyncio.run(_count())


async def _count() -> list[Figure]:
    small, large = await _listed(SMALL), await _listed(LARGE)
    with tempfile.TemporaryDirectory() as state:
        async with house(Path(state), tools=MORE) as opened:
            fill(opened, LARGE)
            session = await opened.session()
            found = await session.call("check_devices", {"query": "lamp 500", "limit": 5})
            told = {"targets": found["devices"][0]["id"], "on": True}
            switched = await session.call("set_light", told)
            task = visible(found) + visible(switched)
            greedy = [await _answer(session, tool, asked) for tool, asked in GREEDY]
    (listed, whole, *sizes) = tokens([large, task, *greedy])
    largest, of = max(zip(sizes, (tool for tool, _ in GREEDY), strict=True))
    return [
        Figure("tool list, name + description + input schema", listed, "tokens", most=3500),
        Figure(
            f"tool list differs between {SMALL} and {LARGE:,} devices",
            float(small != large),
            most=0,
        ),
        Figure("results of finding and switching one lamp", whole, "tokens", most=800),
        Figure(
            f"largest of {len(GREEDY)} greedy answers",
            largest,
            "tokens",
            most=4000,
            note=of,
        ),
    ]


async def _answer(session: Session, tool: str, asked: dict[str, Any]) -> str:
    return visible(await session.call(tool, asked))


async def _listed(count: int) -> str:
    with tempfile.TemporaryDirectory() as state:
        async with house(Path(state), tools=MORE) as opened:
            fill(opened, count)
            views = await (await opened.session()).tools()
            return visible(
                [
                    {
                        "name": view.name,
                        "description": view.description,
                        "inputSchema": view.input_schema,
                    }
                    for view in views
                ]
            )
