"""After an action whose end is not known, the last state seen is no reason to send nothing."""

import asyncio
from pathlib import Path
from typing import Any

from tests.core.misbehaving import changes, lit
from tests.core.rigs import one
from tests.incore import CoreLight, House, house


class Tardy(CoreLight):
    """A lamp that hears at once, obeys, and does not answer or tell until it is asked to."""

    def __init__(self) -> None:
        self.entered = asyncio.Event()
        self.silent = True

    async def set_light(self, change: Any) -> None:
        if not self.silent:
            return await super().set_light(change)
        await self.hear(change)
        self.entered.set()
        await asyncio.Event().wait()


async def told_back(home: House, light: Tardy) -> None:
    light.silent = False
    session = await home.session()
    result = await one(session, "set_light", targets="lamp-1", on=False)
    assert changes(light.told) == [{"on": True}, {"on": False}]
    assert result["outcome"] != "already"


async def test_what_a_cancelled_call_may_have_done_is_undone(tmp_path: Path) -> None:
    light = Tardy()
    async with house(tmp_path, lit("lamp-1", "Lamp", light)) as home:
        session = await home.session()
        calling = asyncio.create_task(session.call("set_light", {"targets": "all", "on": True}))
        await light.entered.wait()
        calling.cancel()
        await asyncio.gather(calling, return_exceptions=True)
        await told_back(home, light)


async def test_what_a_time_out_may_have_done_is_undone(impatient: None, tmp_path: Path) -> None:
    light = Tardy()
    async with house(tmp_path, lit("lamp-1", "Lamp", light)) as home:
        session = await home.session()
        result = await one(session, "set_light", targets="lamp-1", on=True)
        assert result["outcome"] == "unknown"
        await told_back(home, light)


async def test_what_was_accepted_and_not_seen_is_undone(impatient: None, tmp_path: Path) -> None:
    light = Tardy()
    light.silent, light.ignores = False, True
    async with house(tmp_path, lit("lamp-1", "Lamp", light)) as home:
        session = await home.session()
        result = await one(session, "set_light", targets="lamp-1", on=True)
        assert result["outcome"] == "unverified"
        await told_back(home, light)
