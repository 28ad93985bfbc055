"""A log on a disk that is full, and then is not. Run as a module; prints what it met."""

import asyncio
import json
import os
import sys
from pathlib import Path

from gateway.errors import StoreFailed
from tests.incore import House, house


def fill(place: Path) -> None:
    """Leave no byte free."""
    with place.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(os.urandom(4096))
        except OSError:
            return


async def attempt(home: House, n: int) -> str:
    try:
        await home.home.events.append("x.y", {"n": n, "pad": "x" * 5000})
    except StoreFailed as error:
        return error.code
    return "written"


async def main(state: Path) -> None:
    async with house(state) as home:
        events = home.home.events
        met = [await attempt(home, 0)]
        filler = state / "filler"
        fill(filler)
        met.append(await attempt(home, 1))
        for n in (2, 3, 4):
            events.note("x.y", {"n": n, "pad": "x" * 5000})
        met.append(await attempt(home, 5))
        waiting = events.waiting
        filler.unlink()
        async with asyncio.timeout(20):
            while await attempt(home, 6) != "written":
                await asyncio.sleep(0.1)
        page = await events.page(0, 100, lambda one: one.name == "x.y")
        kept = [one.data["n"] for one in page.events]
        check = await home.home.store.scan(
            lambda db: db.execute("PRAGMA quick_check").fetchone()[0]
        )
        print(
            json.dumps({"met": met, "waiting": waiting, "kept": kept, "check": check}), flush=True
        )


asyncio.run(main(Path(sys.argv[1])))
