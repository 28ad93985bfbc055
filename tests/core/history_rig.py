"""A history with a clock of its own, and what tests do with it."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from gateway.clock import SetClock
from gateway.history import History, HistorySettings
from gateway.series import Bucket

BEGIN = datetime(2026, 1, 5, 8, tzinfo=UTC)
POWER = "energy.power"
EXACT = HistorySettings(deadbands={POWER: 0})


class Past:
    """An open history whose clock follows what is recorded."""

    def __init__(self, history: History, clock: SetClock) -> None:
        self.history = history
        self.clock = clock
        self.path = history.path

    def record(self, seconds: float, value: float, device: str = "plug-1") -> None:
        self.clock.present = BEGIN + timedelta(seconds=seconds)
        self.history.record(device, POWER, self.clock.present, value)

    async def day(
        self, every: float = 3600, device: str = "plug-1", hours: float = 24
    ) -> list[Bucket]:
        end = BEGIN + timedelta(hours=hours)
        return await self.history.series(device, POWER, BEGIN, end, every)

    async def count(self, device: str = "plug-1") -> int:
        return sum(bucket.count for bucket in await self.day(device=device))

    def rows(self, table: str) -> int:
        with closing(sqlite3.connect(self.path)) as db:
            found: int = db.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
            return found


@asynccontextmanager
async def past(folder: Path, settings: HistorySettings = EXACT) -> AsyncIterator[Past]:
    """Open a history in `folder` at 8 o'clock."""
    clock = SetClock(BEGIN)
    history = History(folder / "history.db", settings, clock)
    history.open()
    try:
        yield Past(history, clock)
    finally:
        await history.aclose()
