"""A precious SQLite file: one thread writes, another reads what is on the disk."""

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from gateway.errors import CannotStart, StoreFailed
from gateway.precious import EXIT_STATE, make_precious
from gateway.text import folded

Value = TypeVar("Value")


class PreciousFile:
    """WAL, `synchronous=FULL`; `migrations` are its schema, one script per version."""

    def __init__(self, path: Path, migrations: Sequence[str]) -> None:
        self.path = path
        self._migrations = migrations
        self._writer = ThreadPoolExecutor(1, "homeport-workouts")
        self._reader = ThreadPoolExecutor(1, "homeport-workouts-reading")
        self._db: sqlite3.Connection | None = None
        self._reading: sqlite3.Connection | None = None

    async def open(self) -> None:
        """Open or make the file and migrate it forward, after a copy was put aside.

        Raises CannotStart for a newer, a damaged or an unreachable file.
        """
        try:
            self._db = await self._in(self._writer, self._opened)
            self._reading = await self._in(self._reader, self._opened_for_reading)
        except (sqlite3.Error, OSError) as error:
            await self.aclose()
            raise self._unusable(error) from error
        except CannotStart:
            await self.aclose()
            raise

    async def write(self, work: Callable[[sqlite3.Connection], Value]) -> Value:
        """Run `work` in a transaction, and return once it is on the disk.

        Raises StoreFailed, and has written nothing, where that cannot be done.
        """
        return await self._in(self._writer, lambda: self._written(work))

    async def read(self, work: Callable[[sqlite3.Connection], Value]) -> Value:
        """Run `work` on what is on the disk, while others write; raise StoreFailed."""
        return await self._in(self._reader, lambda: self._read(work))

    async def aclose(self) -> None:
        """Finish what is being written, then close the file."""
        for thread, db in ((self._reader, self._reading), (self._writer, self._db)):
            if db is not None:
                await self._in(thread, db.close)
            thread.shutdown(wait=False)
        self._db = self._reading = None

    async def _in(self, thread: ThreadPoolExecutor, work: Callable[[], Value]) -> Value:
        try:
            return await asyncio.get_running_loop().run_in_executor(thread, work)
        except RuntimeError as error:
            if "shutdown" not in str(error):
                raise
            raise StoreFailed(f"{self.path.name} is closed") from None

    def _written(self, work: Callable[[sqlite3.Connection], Value]) -> Value:
        if self._db is None:
            raise StoreFailed(f"{self.path.name} is closed")
        try:
            self._db.execute("BEGIN IMMEDIATE")
            value = work(self._db)
            self._db.execute("COMMIT")
            return value
        except sqlite3.Error as error:
            raise StoreFailed(f"{self.path.name} cannot be written: {error}") from error
        finally:
            if self._db.in_transaction:
                with suppress(sqlite3.Error):
                    self._db.execute("ROLLBACK")

    def _read(self, work: Callable[[sqlite3.Connection], Value]) -> Value:
        if self._reading is None:
            raise StoreFailed(f"{self.path.name} is closed")
        try:
            return work(self._reading)
        except sqlite3.Error as error:
            raise StoreFailed(f"{self.path.name} cannot be read: {error}") from error

    def _opened(self) -> sqlite3.Connection:
        db = self._db = _connected(self.path)
        make_precious(db, self.path, self._migrations)
        self.path.chmod(0o600)
        return db

    def _opened_for_reading(self) -> sqlite3.Connection:
        db = _connected(self.path)
        db.execute("PRAGMA query_only=ON")
        return db

    def _unusable(self, error: Exception) -> CannotStart:
        return CannotStart(
            f"{self.path} cannot be used: {error}",
            exit_code=EXIT_STATE,
            hint="Put a copy back in its place, or move it away to begin with an empty one.",
        )


def _connected(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    db.create_function("folded", 1, folded, deterministic=True)
    return db
