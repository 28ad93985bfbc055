"""The book of workouts as the surfaces see it: files go in, files come out."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any, BinaryIO

from gateway.clock import HomeClock
from gateway.errors import InvalidArguments
from gateway.text import clean
from workouts.exporting import as_csv, as_fit
from workouts.importing import MOST_BYTES, Importer, shown
from workouts.store import WorkoutStore

FORMATS = ("fit", "csv")
LONGEST_PERSON = 80


class Book:
    """Takes workouts in, gives them out and says whose they are; see gateway.personal."""

    def __init__(
        self, store: WorkoutStore, clock: HomeClock, *, most_bytes: int = MOST_BYTES
    ) -> None:
        self._store = store
        self._clock = clock
        self._importer = Importer(store, clock, most_bytes)
        self._going: dict[int, dict[str, Any]] = {}

    async def take_in(
        self, name: str, pieces: AsyncIterator[bytes], person: str | None
    ) -> dict[str, Any]:
        """Take the workouts of a file that comes in pieces: all, or none where it raises.

        Returns what `Importer.take` tells. Raises InvalidArguments, StoreFailed.
        """
        async with self._importer.spooled(name, pieces) as file:
            return await self.take(file, name, person)

    async def take(self, file: BinaryIO, name: str, person: str | None = None) -> dict[str, Any]:
        """Take the workouts of a file on the disk, as `take_in` does."""
        going: dict[str, Any] = {"name": shown(name), "read": 0, "total": 0}
        self._going[id(going)] = going
        try:
            return await self._importer.take(
                file, name, person, lambda done, all: going.update(read=done, total=all)
            )
        finally:
            del self._going[id(going)]

    async def going(self) -> list[dict[str, Any]]:
        """Return the imports that go on: `{name, read, total}`, bytes; 0 of 0 waits its turn."""
        return [dict(one) for one in self._going.values()]

    async def give_out(self, id: str, format: str) -> tuple[str, bytes]:
        """Return one workout as a file: its name and its bytes.

        Raises NotFound for an unknown workout, InvalidArguments for an unknown format.
        """
        if format not in FORMATS:
            raise InvalidArguments(
                f"A workout is given out as fit or csv, not as {clean(format, 20)!r}",
                field="format",
            )
        workout = await self._store.get(id)
        samples = await self._store.samples(id)
        if format == "fit":
            data = await asyncio.to_thread(as_fit, workout, samples)
        else:
            data = await asyncio.to_thread(as_csv, workout, samples, self._clock)
        day = workout.start.astimezone(self._clock.zone)
        return f"{workout.activity}-{day:%Y-%m-%d-%H%M}.{format}", data

    async def assign(self, id: str, person: str | None) -> dict[str, Any]:
        """Say whose workout it is, or that it is nobody's; NotFound where there is none."""
        whose = clean(person, LONGEST_PERSON) or None if person else None
        kept = await self._store.assign(id, whose)
        day = self._clock.said(kept.start)
        summary = f"The workout of {day} is {whose}'s." if whose else f"{day}: nobody's now."
        return {"summary": summary, "id": kept.id, "person": kept.person}
