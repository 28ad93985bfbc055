"""From an adapter to a receiver in another process that verifies, and the log underneath.

The time of a delivery runs from the adapter's word of a press to the moment when the receiver has
verified the signature; both processes read the same machine's clock.
"""

import asyncio
import json
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from sqlite3 import Connection

import aiohttp
from aiohttp import web
from standardwebhooks.webhooks import Webhook

from bench.figure import Figure, median, percentile
from gateway import outbox
from gateway.allowed import Allowed
from gateway.capabilities.sensors import ButtonPress, ButtonState
from gateway.event_rows import COLUMNS
from gateway.outside import Outside
from gateway.subscriptions import Filter
from senders.http import HttpSender
from tests.core.rigs import CoreButton, reporting
from tests.incore import house
from tests.webhooks.killed import SECRET
from tests.webhooks.rig import Rig, rigged, until

PACED, PER_SECOND = 400, 50
BURST, DEVICES = 6000, 200
PENDING = 200_000
PICKS = 200
WARM = 50
"""Events after which connections and caches are warm."""
PRODUCERS, EACH = 64, 1000
DATA = {"press": "short"}


def run() -> list[Figure]:
    """Measure deliveries, picking, and the log alone."""
    return asyncio.run(_run())


async def _run() -> list[Figure]:
    paced, per_second = await _delivering()
    picked, alone = await _picking("device"), await _picking("none")
    return [
        Figure("adapter → verified webhook at 50/s, p50", median(paced), "ms", most=10),
        Figure("adapter → verified webhook at 50/s, p95", percentile(paced, 0.95), "ms", most=50),
        Figure(f"deliveries over {DEVICES} devices", per_second, "/s", least=1000),
        Figure("picking the next, 200,000 pending in order, p95", picked, "ms", most=2),
        Figure("picking the next, 200,000 pending without order, p95", alone, "ms", most=2),
        Figure(
            "durable events through the log",
            await _logging(),
            "/s",
            least=20_000,
            note=f"{PRODUCERS} producers, each waits for its own",
        ),
    ]


async def _delivering() -> tuple[list[float], float]:
    with tempfile.TemporaryDirectory() as state, tempfile.TemporaryDirectory() as other:
        async with receiver() as origin, rigged(Path(state), [origin]) as rig:
            await rig.hooks.subscribe("owner", f"{origin}/hook", secret=SECRET)
            return await _paced(Path(other), origin), await _burst(rig)


async def _paced(state: Path, origin: str) -> list[float]:
    """Press the button of a whole home at an even pace, as its adapter would tell.

    Return the milliseconds from there until each event was with its receiver.
    """
    button = reporting("button-1", "Button", CoreButton(), ButtonState())
    sender = HttpSender(Allowed([origin]))
    chosen = {"allow": [origin]}
    async with house(state, button, webhooks=chosen, outside=Outside(sender=sender)) as home:
        hooks, ids = home.home.webhooks, list[str]()
        home.home.events.on_event(lambda one: ids.append(one.id) if one.device else None)
        wanted = Filter(names=["button.pressed"])
        await hooks.subscribe("owner", f"{origin}/hook", secret=SECRET, filter=wanted)
        await until(lambda: ids)  # the device is found
        pressed, begun = home.capability("button-1", "button").pressed, list[int]()
        for _ in range(WARM + PACED):
            begun.append(time.time_ns())
            pressed(ButtonPress(press="short"))
            await asyncio.sleep(1 / PER_SECOND)
        await until(lambda: hooks.deliveries.counts["delivered"] >= WARM + PACED)
    await sender.aclose()
    async with aiohttp.ClientSession() as session, session.get(f"{origin}/report") as answer:
        arrived = await answer.json()
    taken = zip(ids[1:], begun, strict=True)
    return [(arrived[id] - at) / 1e6 for id, at in list(taken)[WARM:]]


async def _burst(rig: Rig) -> float:
    """Log many events at once; return how many a second were logged and delivered."""
    before = rig.hooks.deliveries.counts["delivered"]
    begun = time.perf_counter()
    logged = [
        rig.events.append("button.pressed", DATA, device=f"d{number % DEVICES}")
        for number in range(BURST)
    ]
    await asyncio.gather(*logged)
    await until(lambda: rig.hooks.deliveries.counts["delivered"] == before + BURST)
    return BURST / (time.perf_counter() - begun)


async def _picking(ordering: str) -> float:
    """Return the milliseconds within which the next deliveries are picked, most of the time."""

    def fill(db: Connection) -> None:
        db.execute(
            f"INSERT INTO webhooks VALUES (1, 'owner', 'http://127.0.0.1:1/', '{SECRET}', NULL, 0, "
            f"NULL, 'standard', '{ordering}', NULL, 0, NULL)"
        )
        rest = json.dumps({"name": "button.pressed", "data": DATA}).encode()
        db.executemany(
            f"INSERT INTO events ({COLUMNS}) VALUES (?, 0, 'button.pressed', ?, 0, NULL, ?, NULL)",
            [(seq, f"d{seq % DEVICES}", rest) for seq in range(1, PENDING + 1)],
        )
        outbox.enqueue(db, [(seq, f"d{seq % DEVICES}", "w1", 0) for seq in range(1, PENDING + 1)])

    def pick(db: Connection) -> float:
        begun = time.perf_counter()
        found, _ = outbox.due(db, "h1", [(1, 32)], (), 1)
        took = (time.perf_counter() - begun) * 1000
        assert len(found) == 32
        now = int(time.time() * 1000)
        outbox.record(db, [outbox.Attempt(one, now, "delivered", 3, 204) for one in found], 1)
        return took

    with tempfile.TemporaryDirectory() as state:
        async with rigged(Path(state), []) as rig:
            await rig.store.write(fill)
            return percentile([await rig.store.write(pick) for _ in range(PICKS)], 0.95)


async def _logging() -> float:
    async def produce(rig: Rig, number: int) -> None:
        for _ in range(EACH):
            await rig.events.append("button.pressed", DATA, device=f"d{number}")

    with tempfile.TemporaryDirectory() as state:
        async with rigged(Path(state), []) as rig:
            begun = time.perf_counter()
            await asyncio.gather(*[produce(rig, number) for number in range(PRODUCERS)])
            return PRODUCERS * EACH / (time.perf_counter() - begun)


@asynccontextmanager
async def receiver() -> AsyncIterator[str]:
    """Run a receiver that verifies in another process; yield its origin."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.webhooks"), stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        yield (await process.stdout.readline()).decode().strip()
    finally:
        process.kill()
        await process.wait()


async def receive() -> None:
    """Verify what comes, and report when each event came first."""
    verifier, arrived = Webhook(SECRET), dict[str, int]()

    async def hook(request: web.Request) -> web.Response:
        told = verifier.verify(await request.read(), dict(request.headers))
        arrived.setdefault(told["eventId"], time.time_ns())
        return web.Response(status=204)

    async def report(request: web.Request) -> web.Response:
        return web.json_response(arrived)

    app = web.Application()
    app.add_routes([web.post("/hook", hook), web.get("/report", report)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(f"http://127.0.0.1:{runner.addresses[0][1]}", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(receive())
