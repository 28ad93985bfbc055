"""`workouts.db`: every workout of the home, recorded here or brought in files."""

import json
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from gateway.errors import NotFound, StoreFailed
from gateway.text import clean
from workouts import rows
from workouts.adding import Adding, Taken, new_id
from workouts.file import PreciousFile
from workouts.packing import packs
from workouts.rows import Kept
from workouts.totals import feats
from workouts.workout import Activity, Sample, Totals, Workout

Value = TypeVar("Value")

__all__ = ["Adding", "Kept", "Taken", "WorkoutStore", "new_id"]


class WorkoutStore:
    """The file, opened once per process; everything that is written is on the disk on return.

    Raises StoreFailed, with nothing half written, where the disk is full or away.
    """

    def __init__(self, path: Path) -> None:
        self.file = PreciousFile(path, rows.MIGRATIONS)
        self._batch = 0

    async def open(self) -> None:
        """Open or make the file, and drop what an import left that did not end.

        Raises CannotStart for a newer or damaged file.
        """
        await self.file.open()
        await self.file.write(lambda db: db.execute("DELETE FROM workouts WHERE batch > 0"))

    async def aclose(self) -> None:
        """Close the file."""
        await self.file.aclose()

    async def begin(self, workout: Workout, memory: str | None = None) -> None:
        """Keep a workout that has just begun, and its samples so far."""

        def work(db: sqlite3.Connection) -> None:
            number = rows.insert(db, replace(workout, finished=False))
            rows.append(db, number, packs(workout.samples))
            db.execute("UPDATE workouts SET memory = ? WHERE number = ?", (memory, number))

        await self.file.write(work)

    async def append(
        self,
        id: str,
        samples: Iterable[Sample],
        *,
        end: datetime | None = None,
        totals: Totals | None = None,
        memory: str | None = None,
    ) -> None:
        """Keep more samples of a workout, and what it came to so far; NotFound where it is gone."""
        taken = list(samples)
        packed = list(packs(taken))

        def work(db: sqlite3.Connection) -> None:
            kept = _existing(db, id)
            last = datetime.fromtimestamp(taken[-1].at, UTC) if taken else kept.end
            until = max(kept.end, end or last)
            rows.rewrite(db, replace(kept, end=until, totals=totals or kept.totals))
            rows.append(db, kept.number, packed)
            if memory is not None:
                db.execute("UPDATE workouts SET memory = ? WHERE id = ?", (memory, id))

        await self.file.write(work)

    async def finish(
        self,
        id: str,
        totals: Totals,
        *,
        end: datetime | None = None,
        activity: Activity | None = None,
    ) -> Kept:
        """End a workout and return it, or the one of another source that it is now part of."""

        def work(db: sqlite3.Connection) -> Kept:
            rows.repack(db, _existing(db, id).number)
            kept = _existing(db, id)
            done = replace(
                kept,
                totals=totals,
                end=end or kept.end,
                activity=activity or kept.activity,
                finished=True,
            )
            return rows.settle(db, done)

        return await self.file.write(work)

    async def add(self, workout: Workout) -> Kept:
        """Keep a whole workout with its samples; return it, or the known one that it joined."""
        async with self.adding() as adding:
            await adding.add(workout)
        return adding.taken[0]

    @asynccontextmanager
    async def adding(self) -> AsyncIterator[Adding]:
        """Take many workouts in small commits of which nothing is seen until the block ends.

        Where the block raises, nothing of it stays. Recording goes on meanwhile. Afterwards
        `taken` of what it gives lists what has become of the workouts.
        """
        self._batch += 1
        adding = Adding(self.file, self._batch)
        try:
            yield adding
            await adding.settle()
        except BaseException:  # whatever ended it, a cancellation too: it goes on from here
            with suppress(StoreFailed):  # the next start drops it
                await adding.discard()
            raise

    async def get(self, id: str) -> Kept:
        """Return one workout without its samples; NotFound where there is none."""
        return await self.file.read(lambda db: _existing(db, id))

    async def find(
        self,
        *,
        start: datetime | None = None,
        end: datetime | None = None,
        activity: Activity | None = None,
        person: str | None = None,
        limit: int | None = None,
    ) -> list[Kept]:
        """Return the workouts that began from `start` until before `end`, the newest first.

        An unfinished one is among them.
        """
        where, values = rows.wanted(start, end, activity, person)
        order = "ORDER BY start DESC, number DESC LIMIT ?"
        most = -1 if limit is None else limit
        return await self.file.read(lambda db: rows.select(db, f"{where} {order}", *values, most))

    async def unfinished(self) -> list[Kept]:
        """Return the workouts that are being recorded, or were when homeport stopped."""
        return await self.file.read(
            lambda db: rows.select(db, "batch = 0 AND NOT finished ORDER BY number")
        )

    async def last(self, source: str) -> Kept | None:
        """Return the workout of a device that ended last, or None."""
        where = "batch = 0 AND finished AND source = ? AND memory IS NOT NULL"
        found = await self.file.read(
            lambda db: rows.select(db, f'{where} ORDER BY "end" DESC LIMIT 1', source)
        )
        return next(iter(found), None)

    async def people(self) -> list[str]:
        """Return whose workouts there are."""
        where = "SELECT DISTINCT person FROM workouts WHERE batch = 0 AND person IS NOT NULL"
        return await self.file.read(lambda db: [name for (name,) in db.execute(where)])

    async def highest(self, person: str | None) -> float | None:
        """Return the highest heart rate that was ever measured of a person, or of anybody."""
        where, values = rows.wanted(None, None, None, person)
        most = f"SELECT max(max_heart_rate) FROM workouts WHERE {where}"
        found = await self.file.read(lambda db: db.execute(most, values).fetchone()[0])
        return None if found is None else float(found)

    async def candidates(self, workout: Workout) -> list[Kept]:
        """Return what lies near in time and may be the same workout: ask `same`."""
        return await self.file.read(lambda db: rows.candidates(db, workout))

    async def samples(self, id: str) -> list[Sample]:
        """Return a workout's samples in the order of time; NotFound where there is none."""

        def work(db: sqlite3.Connection) -> list[Sample]:
            return rows.samples(db, _existing(db, id).number)

        return await self._look(work)

    async def feats(self, wanted: Iterable[Kept], most: int) -> dict[str, dict[str, float]]:
        """Return what `totals.feats` says of workouts, by id; those not known yet are reckoned.

        At most `most` are: the rest is left out. Reckoning is slow, so that it is done once.
        """
        numbers = {kept.number: kept for kept in wanted}

        def look(db: sqlite3.Connection) -> tuple[dict[int, str], dict[int, str]]:
            known = {one: found for one, found in db.execute("SELECT * FROM reckoned")}
            missing = [one for one in numbers if one not in known][:most]
            fresh = {one: json.dumps(feats(rows.samples(db, one))) for one in missing}
            return known, fresh

        known, fresh = await self._look(look)
        if fresh:
            await self.file.write(lambda db: rows.reckoned(db, fresh))
        told = {one: found for one, found in (known | fresh).items() if one in numbers}
        return {numbers[one].id: json.loads(found) for one, found in told.items()}

    async def assign(self, id: str, person: str | None) -> Kept:
        """Say whose workout it is; NotFound where there is none."""

        def work(db: sqlite3.Connection) -> Kept:
            kept = replace(_existing(db, id), person=person)
            rows.rewrite(db, kept)
            return kept

        return await self.file.write(work)

    async def _look(self, work: Callable[[sqlite3.Connection], Value]) -> Value:
        try:
            return await self.file.read(work)
        except ValueError as error:
            raise StoreFailed(f"{self.file.path.name} cannot be read: {error}") from error

    async def remove(self, id: str) -> None:
        """Forget a workout and its samples; NotFound where there is none."""

        def work(db: sqlite3.Connection) -> None:
            db.execute("DELETE FROM workouts WHERE number = ?", (_existing(db, id).number,))

        await self.file.write(work)


def _existing(db: sqlite3.Connection, id: str) -> Kept:
    kept = rows.get(db, id)
    if kept is None:
        raise NotFound(f"There is no workout {clean(id, 40)!r}")
    return kept
