"""The precious file: SQLite in WAL mode, one writer thread, group commit, `synchronous=FULL`.

A write is acknowledged after it is on the disk. Writes that wait together are committed together;
one that fails takes no other with it.
"""

import asyncio
import logging
import queue
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar, cast

from gateway.errors import CannotStart, StoreFailed
from gateway.migrations import MIGRATIONS
from gateway.precious import EXIT_STATE, make_precious

log = logging.getLogger("homeport.store")

Value = TypeVar("Value")
Work = Callable[[sqlite3.Connection], Any]

MOST_AT_ONCE = 500
LINGER = 0.02


@dataclass(frozen=True, slots=True)
class _Job:
    work: Work
    done: asyncio.Future[Any] | None


_Result = tuple[_Job, Any, BaseException | None]


class Store:
    """`events.db` in the state folder; open it once per process, under the state's lock."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._jobs: queue.SimpleQueue[list[_Job] | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closed = False
        self._later: list[_Job] = []
        self._timer: asyncio.TimerHandle | None = None

    def open(self) -> None:
        """Open or make the file, migrate it forward, start the writer.

        Raises CannotStart for a newer or a damaged file; a damaged one is set aside first.
        """
        self._loop = asyncio.get_running_loop()
        connection = _open(self.path)
        self._thread = threading.Thread(
            target=self._write, args=(connection,), name="homeport-store", daemon=True
        )
        self._thread.start()

    async def write(self, work: Callable[[sqlite3.Connection], Value]) -> Value:
        """Run `work` inside a transaction and return its value once that is on the disk."""
        return cast(Value, await self.submit(work))

    def submit(self, work: Work) -> asyncio.Future[Any]:
        """Queue `work` now; the future is done once it is on the disk.

        `work` changes nothing but the database: it is run again where a batch has to be.
        """
        assert self._loop is not None, "open the store first"
        done = self._loop.create_future()
        if self._closed:
            done.set_exception(StoreFailed("homeport is stopping"))
        else:
            self._push(_Job(work, done))
        return done

    def later(self, work: Work) -> None:
        """Queue `work` to be committed with whatever is written next, within 20 ms.

        For what may be lost in a crash without making a lie of what is kept.
        """
        assert self._loop is not None, "open the store first"
        self._later.append(_Job(work, None))
        if self._timer is None:  # one that finds nothing to do is cheaper than one for each
            self._timer = self._loop.call_later(LINGER, self._linger)

    def _push(self, *jobs: _Job) -> None:
        """Hand over what waits, and `jobs`, as one: the writer must not begin in between."""
        waiting, self._later = self._later, []
        if waiting or jobs:
            self._jobs.put([*waiting, *jobs])

    def _linger(self) -> None:
        self._timer = None
        self._push()

    async def read(self, work: Callable[[sqlite3.Connection], Value]) -> Value:
        """Run `work` after every write that was queued before it, and return its value."""
        return await self.write(work)

    async def scan(self, work: Callable[[sqlite3.Connection], Value]) -> Value:
        """Run a long read beside the writer, on what is on the disk; raise StoreFailed."""

        def run() -> Value:
            try:
                with closing(_reading(self.path)) as connection:
                    return work(connection)
            except sqlite3.Error as error:
                raise StoreFailed(f"{self.path.name} cannot be read: {error}") from error

        return await asyncio.to_thread(run)

    @property
    def closed(self) -> bool:
        """Whether nothing is written any more."""
        return self._closed

    async def aclose(self) -> None:
        """Write what is queued, then close the file."""
        if self._thread is None or self._closed:
            return
        self._push()
        self._closed = True
        if self._timer is not None:
            self._timer.cancel()
        self._jobs.put(None)
        await asyncio.to_thread(self._thread.join)

    def _write(self, connection: sqlite3.Connection) -> None:
        stopping = False
        while not stopping:
            handed = self._jobs.get()
            jobs: list[_Job] = []
            while handed is not None:
                jobs += handed
                if len(jobs) >= MOST_AT_ONCE or self._jobs.empty():
                    break
                handed = self._jobs.get()
            stopping = handed is None
            self._commit(connection, jobs)
        connection.close()

    def _commit(self, connection: sqlite3.Connection, jobs: list[_Job]) -> None:
        if not jobs:
            return
        try:
            connection.execute("BEGIN IMMEDIATE")
            results = _together(connection, jobs) or _each(connection, jobs)
            connection.execute("COMMIT")
        except sqlite3.Error as error:
            with suppress(sqlite3.Error):
                connection.execute("ROLLBACK")
            failed = StoreFailed(f"{self.path.name} cannot be written: {error}")
            results = [(job, None, failed) for job in jobs]
        assert self._loop is not None
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(_settle, results)


def _together(connection: sqlite3.Connection, jobs: list[_Job]) -> list[_Result]:
    """Run all jobs and return their results; none, and nothing changed, where one failed."""
    try:
        return [(job, job.work(connection), None) for job in jobs]
    except Exception:  # `_each` finds out which, and tells its caller
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        connection.execute("BEGIN IMMEDIATE")
        return []


def _each(connection: sqlite3.Connection, jobs: list[_Job]) -> list[_Result]:
    return [_attempt(connection, job) for job in jobs]


def _attempt(connection: sqlite3.Connection, job: _Job) -> _Result:
    connection.execute("SAVEPOINT one")
    try:
        value = job.work(connection)
    except sqlite3.Error as error:
        if not connection.in_transaction:
            raise  # SQLite has taken the whole transaction back
        return _undone(connection, job, StoreFailed(f"the state cannot be written: {error}"))
    except Exception as error:  # handed to the caller, whose fault it is; the writer must live
        return _undone(connection, job, error)
    connection.execute("RELEASE one")
    return (job, value, None)


def _undone(connection: sqlite3.Connection, job: _Job, error: Exception) -> _Result:
    connection.execute("ROLLBACK TO one")
    connection.execute("RELEASE one")
    return (job, None, error)


def _settle(results: list[_Result]) -> None:
    for job, value, error in results:
        if job.done is None:
            if error is not None:
                log.error("a record could not be kept: %s", error)
            continue
        if job.done.done():
            continue
        if error is None:
            job.done.set_result(value)
        else:
            job.done.set_exception(error)


def _reading(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA query_only=ON")
    return connection


def _open(path: Path) -> sqlite3.Connection:
    try:
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    except sqlite3.Error as error:
        raise CannotStart(f"{path} cannot be opened: {error}", exit_code=EXIT_STATE) from error
    try:
        make_precious(connection, path, MIGRATIONS)
    except sqlite3.DatabaseError as error:
        connection.close()
        if type(error) is not sqlite3.DatabaseError:
            raise CannotStart(f"{path} cannot be used: {error}", exit_code=EXIT_STATE) from error
        raise _set_aside(path, error) from error
    except CannotStart:
        connection.close()
        raise
    return connection


def _set_aside(path: Path, error: sqlite3.Error) -> CannotStart:
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
    aside = path.with_name(f"{path.name}.damaged-{stamp}")
    path.rename(aside)
    for ending in ("-wal", "-shm"):
        beside = path.with_name(path.name + ending)
        if beside.exists():
            beside.rename(aside.with_name(aside.name + ending))
    return CannotStart(
        f"{path} is damaged ({error}); it was set aside as {aside.name}",
        exit_code=EXIT_STATE,
        hint="Start again to begin with an empty one, or put a copy back in its place.",
    )
