"""What the tests of pools and spas share: a case at work, a call, and what no water may be told."""

import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from gateway.errors import GatewayError
from tests.contract.case import Case
from tests.contract.running import Running, at_work, started

DANGEROUS: tuple[tuple[Any, str], ...] = (
    (105, "F"),
    (40.1, "C"),
    (60, "C"),
    (102, "C"),
    (104, "C"),
    (math.nan, "C"),
    (math.inf, "F"),
    (-math.inf, "C"),
    ("102", "C"),
    (None, "C"),
    (-5, "C"),
)
"""Degrees and their unit: too hot for a pool as for a spa, too cold, or no temperature at all."""


@asynccontextmanager
async def served(case: Case, tmp_path: Path, **how: Any) -> AsyncIterator[Running]:
    async with started(case, **how), at_work(case, tmp_path / "home") as running:
        await running.until(lambda: running.found(*case.ids))
        yield running


async def call(running: Running, tool: str, device: str, **arguments: Any) -> dict[str, Any]:
    """Call a tool; return what became of the device, or of a call that is refused as a whole."""
    try:
        answer = await running.session.call(tool, {"targets": device, **arguments})
    except GatewayError as error:
        return {"outcome": "refused", "error": error.problem()}
    (result,) = answer["results"]
    return dict(result)


def capability(running: Running, device: str, kind: str) -> Any:
    return running.entry(device).capabilities[kind]
