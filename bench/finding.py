"""The right device first among 1,000, and how long that takes."""

import asyncio
import json
import random
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.figure import Figure, median, percentile
from gateway.session import Session
from tests.incore import house
from tests.search.generate import queries
from tests.search.house import DEVICES, every_kind, fill

ASKED = ("query", "area", "kind")
WRITTEN = Path(__file__).parent.parent / "tests" / "search" / "queries.json"


def run() -> list[Figure]:
    """Ask all the written queries, and generated ones with a fresh seed."""
    with every_kind():
        return asyncio.run(_ask())


async def _ask() -> list[Figure]:
    written = json.loads(WRITTEN.read_text())
    seed = random.randrange(2**32)
    made = queries(DEVICES, seed)
    with tempfile.TemporaryDirectory() as state:
        async with house(Path(state)) as opened:
            await fill(opened.home.registry)
            session = await opened.session()
            right = [await _right(session, one) for one in written]
            fresh = [await _right(session, {"query": one.query, "want": one.want}) for one in made]
            took = [await _took(session, one.query) for one in made]
    return [
        Figure("written queries with the right device first", sum(right), "of 50", least=47),
        Figure(
            "generated queries with the right device first",
            100 * sum(fresh) / len(fresh),
            "%",
            least=90,
            note=f"seed {seed}",
        ),
        Figure("check_devices at 1,000 devices, p50", median(took) * 1000, "ms", most=2),
        Figure("check_devices at 1,000 devices, p95", percentile(took, 0.95) * 1000, "ms"),
    ]


async def _right(session: Session, asked: dict[str, Any]) -> bool:
    arguments: dict[str, Any] = {
        name: asked[name] for name in ("query", "area", "kind") if name in asked
    }
    found = await session.call("check_devices", arguments)
    return bool(found["devices"]) and found["devices"][0]["id"] in asked["want"]


async def _took(session: Session, query: str) -> float:
    begun = time.perf_counter()
    await session.call("check_devices", {"query": query})
    return time.perf_counter() - begun
