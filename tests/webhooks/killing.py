"""Kills a home at random points while its receiver fails, and counts what came of it."""

import asyncio
import random
import sys
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from aiohttp import web

from tests.webhooks.killed import SECRET
from tests.webhooks.rig import Got, Receiver, receiving

ROOT = Path(__file__).parents[2]
FAILING = 0.1
DOWN = 5.0
SHORTEST, LONGEST = 0.8, 2.5
"""Seconds that a home lives after it is open."""


@dataclass(frozen=True)
class Outcome:
    """What was counted. `dead` were replayed at the end, which is out of order by nature."""

    sent: int
    received: int
    duplicates: int
    renamed: int
    """duplicates under another webhook-id"""
    lost: int
    disordered: int
    dead: int
    per_second: float

    def __str__(self) -> str:
        return (
            f"sent {self.sent} ({self.per_second:.0f}/s), received {self.received}, "
            f"duplicates {self.duplicates} ({self.renamed} renamed), lost {self.lost}, "
            f"out of order {self.disordered}, dead and replayed {self.dead}"
        )


@asynccontextmanager
async def home(what: str, state: Path, origin: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run a home in a process of its own, from when it is open until it is killed."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.webhooks.killed", what, str(state), origin),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        assert await process.stdout.readline() == b"open\n"
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def killing(state: Path, kills: int) -> Outcome:
    """Kill that many homes, one after the other on the same state; let the last one drain."""
    receiver = Receiver(secret=SECRET)
    refused: set[int] = set()

    def answer(got: Got) -> web.Response:
        if random.random() < FAILING:
            refused.add(id(got))
            return web.Response(status=503)
        return web.Response()

    receiver.answer = answer
    lived = 0.0
    async with receiving(receiver):
        pass  # it has a port now
    origin = receiver.origin
    up = asyncio.create_task(_up_and_down(receiver))
    for _ in range(kills):
        async with home("produce", state, origin):
            life = random.uniform(SHORTEST, LONGEST)
            lived += life
            await asyncio.sleep(life)
    async with home("drain", state, origin) as process:
        assert process.stdout is not None
        dead = (await process.stdout.readline()).decode().split()
        assert await process.wait() == 0
    up.cancel()
    await asyncio.wait([up])
    sent = {int(line) for line in (state / "acknowledged").read_text().splitlines()}
    return _counted(sent, [got for got in receiver.got if id(got) not in refused], dead, lived)


async def _up_and_down(receiver: Receiver) -> None:
    """Listen, but for five seconds once."""
    async with receiving(receiver):
        await receiver_had(receiver, 300)
    await asyncio.sleep(DOWN)
    async with receiving(receiver):
        await asyncio.Event().wait()


async def receiver_had(receiver: Receiver, count: int) -> None:
    """Wait until a receiver had that many requests; homes take a while to open."""
    while len(receiver.got) < count:
        await asyncio.sleep(0.01)


def _counted(sent: set[int], accepted: list[Got], dead: list[str], seconds: float) -> Outcome:
    first: dict[int, Mapping[str, str]] = {}
    by_device: dict[str, list[int]] = defaultdict(list)
    renamed = 0
    for got in accepted:
        told = got.told
        if told["seq"] in first:
            renamed += first[told["seq"]]["webhook-id"] != got.id
            continue
        first[told["seq"]] = got.headers
        if told["eventId"] not in dead and told.get("device"):
            by_device[told["device"]].append(told["seq"])
    return Outcome(
        sent=len(sent),
        received=len(first),
        duplicates=len(accepted) - len(first),
        renamed=renamed,
        lost=len(sent - first.keys()),
        disordered=sum(one > other for seqs in by_device.values() for one, other in pairwise(seqs)),
        dead=len(dead),
        per_second=len(sent) / seconds,
    )
