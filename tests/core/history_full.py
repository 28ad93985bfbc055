"""A history that may not grow any more, and then may again. Run as a module; prints what it met."""

import asyncio
import json
import resource
import sys
from pathlib import Path

from tests.core.history_rig import past


def allow(size: int) -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))


async def main(folder: Path) -> None:
    async with past(folder) as one:
        one.record(0, 1)
        await one.history.flush()
        try:
            allow(8192)
            for second in range(2, 4):
                one.record(second, second)
                await one.history.flush()
            lost = one.history.lost
            kept = await one.count()
        finally:
            allow(resource.RLIM_INFINITY)
        one.record(10, 10)
        await one.history.flush()
        print(json.dumps({"lost": lost, "kept": kept, "after": await one.count()}), flush=True)


asyncio.run(main(Path(sys.argv[1])))
