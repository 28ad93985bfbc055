"""`history.db`: an append-only table of the latest samples, and one packed row for each hour.

It may be lost: `synchronous=NORMAL` lets a power cut take the last seconds, and in return the
card is spared an fsync for every commit. A damaged or deleted file is begun again, empty.
Events, which may not be lost, live in another file. For one thread at a time.
"""

import logging
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from operator import lt
from pathlib import Path

from gateway.chunks import HOUR, decode, encode
from gateway.history_schema import BATCHES, SCHEMA, VERSION, Key, Sample, damaged, is_damaged
from gateway.series import summed

log = logging.getLogger("homeport.history")

SLICE = 50
"""Series that are packed in one go: some 50 ms, in which nothing else is written."""
WAL_BYTES = 4 << 20

_SLICE = f"""{BATCHES}
SELECT series, at, value, batch FROM batches CROSS JOIN hot
ON hour = :hour AND batch = number AND series BETWEEN :low AND :high AND batch <= :upto
"""
_CHUNK = f"INSERT OR REPLACE INTO chunk VALUES ({', '.join('?' * 14)})"


class HistoryFile:
    """The file, which keeps below `keep` bytes; `emptied` is called when it begins again."""

    def __init__(self, path: Path, keep: int, emptied: Callable[[], object]) -> None:
        self.path = path
        self._keep = keep
        self._emptied = emptied
        self._db: sqlite3.Connection | None = None
        self._inode = 0
        self._ids: dict[Key, int] = {}
        self._batch = 0
        self._packing: tuple[int, int, int] | None = None
        """hour, the batch up to which it is packed, the last series that is"""

    def open(self) -> None:
        """Open the file, or begin an empty one in place of what cannot be used.

        Raises sqlite3.Error or OSError where not even that is possible.
        """
        try:
            self._open()
        except sqlite3.DatabaseError as error:
            if not is_damaged(error):
                raise
            log.warning("%s is damaged (%s): begun again, empty", self.path.name, error)
            self.rebuild()

    def rebuild(self) -> None:
        """Delete the file and begin an empty one."""
        self.close()
        for ending in ("", "-wal", "-shm"):
            self.path.with_name(self.path.name + ending).unlink(missing_ok=True)
        self._emptied()
        self._open()

    def close(self) -> None:
        """Close the file; it opens again when it is written to."""
        if self._db is not None:
            with suppress(sqlite3.Error):
                self._db.close()
        self._db, self._packing = None, None

    def series(self) -> list[Key]:
        """Return what the file has samples of."""
        return list(self._ids)

    def _open(self) -> None:
        db = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False)
        try:
            if db.execute("PRAGMA user_version").fetchone()[0] not in (0, VERSION):
                raise damaged("it is of another version")
            if not db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
                db.executescript(SCHEMA)
            db.execute("PRAGMA journal_mode=WAL")
            db.execute("PRAGMA synchronous=NORMAL")
            db.execute(f"PRAGMA journal_size_limit={WAL_BYTES}")
            self._look(db)
        except sqlite3.Error as error:
            db.close()
            if "no such" in str(error):
                raise damaged(str(error)) from error
            raise
        self._inode = self.path.stat().st_ino
        self._db = db

    def _look(self, db: sqlite3.Connection) -> None:
        found = db.execute("SELECT device, property, id FROM series")
        self._ids = {(device, prop): number for device, prop, number in found}
        (packed,) = db.execute("SELECT upto FROM packed").fetchone()
        (hot,) = db.execute("SELECT coalesce(max(batch), 0) FROM hot").fetchone()
        self._batch = max(packed, hot)

    def _living(self) -> sqlite3.Connection:
        """Return the open file; one that somebody deleted is begun again."""
        if self._db is not None:
            with suppress(FileNotFoundError):
                if self.path.stat().st_ino == self._inode:
                    return self._db
            log.warning("%s was deleted: begun again, empty", self.path.name)
            self.rebuild()
        else:
            self.open()
        assert self._db is not None
        return self._db

    @contextmanager
    def _transaction(self, db: sqlite3.Connection) -> Iterator[None]:
        db.execute("BEGIN IMMEDIATE")
        try:
            yield
            db.execute("COMMIT")
        except sqlite3.Error:
            with suppress(sqlite3.Error):
                db.execute("ROLLBACK")
            self._packing = None
            with suppress(sqlite3.Error):
                self._look(db)
            raise

    def write(self, samples: Iterable[Sample]) -> None:
        """Append the samples in one commit; raise sqlite3.Error or OSError where that fails."""
        db = self._living()
        with self._transaction(db):
            batch = self._batch + 1
            rows = [
                (at // HOUR, batch, self._ids.get(key) or self._new(db, key), at % HOUR, value)
                for key, at, value in samples
            ]
            rows.sort()
            db.executemany("INSERT OR REPLACE INTO hot VALUES (?, ?, ?, ?, ?)", rows)
            self._batch = batch
        self._trim(db)

    def _new(self, db: sqlite3.Connection, key: Key) -> int:
        number = db.execute("INSERT INTO series (device, property) VALUES (?, ?)", key).lastrowid
        assert number is not None
        self._ids[key] = number
        return number

    def pack(self, now: int) -> bool:
        """Pack a slice of an hour that is over at `now` (ms UTC); say whether there is more."""
        db = self._living()
        if self._packing is None:
            self._packing = self._due(db, now // HOUR)
            if self._packing is None:
                return False
        hour, upto, last = self._packing
        with self._transaction(db):
            self._pack_slice(db, hour, upto, last)
        self._packing = (hour, upto, last + SLICE)
        if last + SLICE >= max(self._ids.values(), default=0):
            self._finish(db, hour, upto)
        return True

    def _due(self, db: sqlite3.Connection, present: int) -> tuple[int, int, int] | None:
        (hour,) = db.execute("SELECT min(hour) FROM hot").fetchone()
        if hour is None or hour >= present:
            return None
        (upto,) = db.execute("SELECT max(batch) FROM hot WHERE hour = ?", (hour,)).fetchone()
        return (hour, upto, 0)

    def _pack_slice(self, db: sqlite3.Connection, hour: int, upto: int, last: int) -> None:
        low, high = last + 1, last + SLICE
        asked = {"hour": hour, "after": -1, "low": low, "high": high, "upto": upto}
        chunks = db.execute(
            "SELECT series, upto, samples FROM chunk WHERE hour = ? AND series BETWEEN ? AND ?",
            (hour, low, high),
        )
        packed = {series: (number, samples) for series, number, samples in chunks}
        found: dict[int, tuple[list[int], list[float]]] = {}
        for series, at, value, batch in db.execute(_SLICE, asked):
            if series in packed and batch <= packed[series][0]:
                continue  # it was packed before homeport was killed
            times, values = found.setdefault(series, ([], []))
            times.append(at)
            values.append(value)
        for series, (times, values) in found.items():
            if series in packed:
                times, values = _joined(packed[series][1], times, values)
            db.execute(_CHUNK, _row(hour, series, upto, *in_order(times, values)))

    def _finish(self, db: sqlite3.Connection, hour: int, upto: int) -> None:
        self._packing = None
        with self._transaction(db):
            db.execute("DELETE FROM hot WHERE hour = ? AND batch <= ?", (hour, upto))
            db.execute("UPDATE packed SET upto = max(upto, ?)", (upto,))
        self._trim(db)

    def _trim(self, db: sqlite3.Connection) -> None:
        """Keep the file small enough: forget the oldest hours, and hand their pages back."""
        size, pages = _number(db, "page_size"), _number(db, "page_count")
        over = pages - self._keep // size
        if over <= 0:
            return
        while _number(db, "freelist_count") < over and self._forget_oldest(db):
            pass
        db.executescript(f"PRAGMA incremental_vacuum({over})")  # `execute` hands back one page

    def _forget_oldest(self, db: sqlite3.Connection) -> bool:
        (hour,) = db.execute(
            "SELECT min(hour) FROM (SELECT min(hour) AS hour FROM chunk"
            " UNION ALL SELECT min(hour) FROM hot)"
        ).fetchone()
        if hour is None:
            return False
        with self._transaction(db):
            db.execute("DELETE FROM chunk WHERE hour = ?", (hour,))
            db.execute("DELETE FROM hot WHERE hour = ?", (hour,))
        if self._packing is not None and self._packing[0] == hour:
            self._packing = None
        return True


def in_order(times: Sequence[int], values: Sequence[float]) -> tuple[list[int], list[float]]:
    """Return the samples by time, one for each: the later word counts."""
    if all(map(lt, times, times[1:])):
        return list(times), list(values)
    ordered = sorted(dict(zip(times, values, strict=True)).items())
    return [at for at, _ in ordered], [value for _, value in ordered]


def _joined(samples: bytes, times: list[int], values: list[float]) -> tuple[list[int], list[float]]:
    try:
        earlier, known = decode(samples)
    except ValueError:
        return times, values  # what cannot be read is not worth losing the rest for
    return earlier + times, known + values


def _row(
    hour: int, series: int, upto: int, times: list[int], values: list[float]
) -> tuple[object, ...]:
    return (hour, series, upto, *summed(times, values), encode(times, values))


def _number(db: sqlite3.Connection, pragma: str) -> int:
    found: int = db.execute(f"PRAGMA {pragma}").fetchone()[0]
    return found
