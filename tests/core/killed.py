"""A home whose one lamp never answers; it says so, and waits to be killed. Run as a module."""

import asyncio
import sys
from pathlib import Path

from tests.core.misbehaving import HeldLight, lit
from tests.incore import house


async def main(state: Path) -> None:
    held = HeldLight()
    async with house(state, lit("lamp-1", "Lamp", held)) as home:
        session = await home.session()
        calling = asyncio.create_task(session.call("set_light", {"targets": "all", "on": True}))
        await held.entered.wait()
        print("sent", flush=True)
        await calling


asyncio.run(main(Path(sys.argv[1])))
