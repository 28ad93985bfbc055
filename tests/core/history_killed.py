"""Records and packs for ever, and says so; waits to be killed. Run as a module."""

import asyncio
import sys
from pathlib import Path

from tests.core.history_rig import past


async def main(folder: Path) -> None:
    async with past(folder) as one:
        second = 0
        while True:
            for _ in range(60):
                for device in range(20):
                    one.record(second, second % 97, f"plug-{device}")
                second += 10
            await one.history.flush()
            print(second, flush=True)


asyncio.run(main(Path(sys.argv[1])))
