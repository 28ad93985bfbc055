"""A home that tells a webhook what happens, and waits to be killed. Run as a module.

`produce` logs events until it is killed and notes the number of each after it is acknowledged.
`drain` logs nothing; it delivers what is left, dead letters too, and says which those were.
"""

import asyncio
import os
import sys
from pathlib import Path

from gateway.event import Event
from tests.webhooks.rig import Rig, rigged

DEVICES = 50
PER_SECOND = 250
SCHEDULE = [0.1, 0.5, 1, 2, 4]
SECRET = "whsec_Y2hvc2VuLWJ5LXRoZS1hZ2VudC1pdHNlbGY="


async def produce(rig: Rig, acknowledged: int) -> None:
    """Log events at an even pace, and note what is on the disk."""

    def note(done: "asyncio.Future[Event]") -> None:
        if not done.cancelled():
            os.write(acknowledged, b"%d\n" % done.result().seq)

    loop = asyncio.get_running_loop()
    begun = loop.time()
    count = 0
    while True:
        while count < (loop.time() - begun) * PER_SECOND:
            device = f"d{count % DEVICES}"
            done = rig.events.append("button.pressed", {"press": "short"}, device=device)
            done.add_done_callback(note)
            count += 1
        await asyncio.sleep(0.004)


async def drain(rig: Rig) -> None:
    """Deliver all that is left."""
    await _delivered(rig)
    print(*(one.event for one in await rig.hooks.dead("w1")), flush=True)
    while await rig.hooks.replay("w1"):
        await _delivered(rig)


async def _delivered(rig: Rig) -> None:
    while any((await rig.hooks.pending()).values()):
        await asyncio.sleep(0.05)


async def main(what: str, state: Path, origin: str) -> None:
    """Open the home as a restart does."""
    async with rigged(state, [origin], schedule=SCHEDULE) as rig:
        if not rig.hooks.list():
            await rig.hooks.subscribe("owner", f"{origin}/hook", secret=SECRET)
        print("open", flush=True)
        if what == "drain":
            await drain(rig)
        else:
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
            await produce(rig, os.open(state / "acknowledged", flags, 0o600))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2]), sys.argv[3]))
