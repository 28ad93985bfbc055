"""An import: many workouts in small commits, of which nothing is seen until it ends well."""

import secrets
import sqlite3
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable
from dataclasses import replace
from functools import partial

from gateway.errors import InvalidArguments
from gateway.text import clean
from workouts import rows
from workouts.file import PreciousFile
from workouts.packing import MOST, packs
from workouts.rows import Kept
from workouts.workout import Sample, Totals, Workout

Work = Callable[[sqlite3.Connection], object]

MOST_SAMPLES = 500_000
"""In one workout: five days at one a second."""
AT_ONCE = 50
"""How many workouts and packs of an import are written in one commit."""


def new_id() -> str:
    """Return an id that no workout has."""
    return f"w{secrets.token_hex(5)}"


class Taken(list[Kept]):
    """What an import has brought: the workouts as they are kept, those that were known too."""

    joined = 0
    """how many of them were known from another source"""


class Adding:
    """An import that goes on: nothing of it is seen until it ends well."""

    def __init__(self, file: PreciousFile, batch: int) -> None:
        self.taken = Taken()
        self._file = file
        self._batch = batch
        self._counts: dict[str, int] = {}
        self._waiting: list[Work] = []

    async def add(
        self, workout: Workout, more: Iterable[Sample] | AsyncIterable[Sample] = ()
    ) -> str:
        """Take a workout with its samples and `more`, and return its id; one without gets one.

        Raises InvalidArguments for what was never measured.
        """
        id = workout.id or new_id()
        title = clean(workout.title) if workout.title else None
        whole = replace(workout, id=id, title=title, finished=True, samples=[])
        self._counts[id] = 0
        await self._wait(lambda db: rows.insert(db, whole, self._batch))
        await self.append(id, workout.samples)
        if isinstance(more, AsyncIterable):
            async for some in _bunches(more):
                await self.append(id, some)
        else:
            await self.append(id, more)
        return id

    async def append(self, id: str, samples: Iterable[Sample]) -> None:
        """Take more samples of a workout of this import: hundreds at a time, not one by one."""
        try:
            for one in packs(samples):
                self._counts[id] += one[1]
                if self._counts[id] > MOST_SAMPLES:
                    raise InvalidArguments(f"A workout has at most {MOST_SAMPLES} samples")
                await self._wait(partial(_append, id=id, packed=one))
        except ValueError as error:
            raise InvalidArguments(f"A sample makes no sense: {error}") from error

    async def total(self, id: str, totals: Totals) -> None:
        """Say anew what a workout of this import came to."""

        def work(db: sqlite3.Connection) -> None:
            (kept,) = rows.select(db, "id = ?", id)
            rows.rewrite(db, replace(kept, totals=totals))

        await self._wait(work)

    async def settle(self) -> None:
        """Let everything count, joined with what was known of it."""
        await self._flush()

        def work(db: sqlite3.Connection) -> Taken:
            taken = Taken()
            for staged in rows.select(db, "batch = ? ORDER BY number", self._batch):
                kept = rows.settle(db, staged)
                taken.joined += kept.id != staged.id
                taken.append(kept)
            return taken

        self.taken = await self._file.write(work)

    async def discard(self) -> None:
        """Drop everything that was taken."""
        self._waiting.clear()
        await self._file.write(
            lambda db: db.execute("DELETE FROM workouts WHERE batch = ?", (self._batch,))
        )

    async def _wait(self, work: Work) -> None:
        self._waiting.append(work)
        if len(self._waiting) >= AT_ONCE:
            await self._flush()

    async def _flush(self) -> None:
        waiting, self._waiting = self._waiting, []

        def work(db: sqlite3.Connection) -> None:
            for one in waiting:
                one(db)

        await self._file.write(work)


def _append(db: sqlite3.Connection, id: str, packed: tuple[bytes, int, int]) -> None:
    (number,) = db.execute("SELECT number FROM workouts WHERE id = ?", (id,)).fetchone()
    rows.append(db, number, [packed])


async def _bunches(samples: AsyncIterable[Sample]) -> AsyncIterator[list[Sample]]:
    bunch: list[Sample] = []
    async for one in samples:
        bunch.append(one)
        if len(bunch) >= MOST:
            yield bunch
            bunch = []
    if bunch:
        yield bunch
