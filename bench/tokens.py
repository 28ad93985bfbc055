"""What an agent has to read: the tool list, a task, and the largest answers."""

import asyncio
import tempfile
from pathlib import Path
from typing import Any

from bench.figure import Figure
from bench.tokenizer import missing, tokens, visible
from gateway.session import Session
from tests.incore import House, house, lamp, plug, shade, speaker, thermostat

LARGE = 1000
KINDS = (lamp, plug, speaker, thermostat, shade)
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
    for number in range(count):
        make = KINDS[number % len(KINDS)]
        name = f"{make.__name__.title()} {number} beside the old piano"
        opened.add(make(f"core-{number}", name, f"Room {number % 40}"))


def run() -> list[Figure]:
    """Count, where node is here."""
    if reason := missing():
        return [Figure("tokens were not counted", 0, note=reason)]
    return asyncio.run(_count())


async def _count() -> list[Figure]:
    small, large = await _listed(10), await _listed(LARGE)
    with tempfile.TemporaryDirectory() as state:
        async with house(Path(state)) as opened:
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
        Figure("tool list, name + description + input schema", listed, "tokens", most=2600),
        Figure("tool list differs between 10 and 1,000 devices", float(small != large), most=0),
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
        async with house(Path(state)) as opened:
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
