"""A day of 1,000 devices that each report every 10 s, against a row for every sample.

Time is injected, so the day takes a minute. Every sample differs from the one before, so that
all are kept, and comes a few milliseconds early or late. What is written is the kernel's count
of the pages that this process made dirty; that pages of the write-ahead log are taken again
within seconds, which a real day does not, is made up for by an fsync each simulated minute.
"""

import asyncio
import os
import random
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import partial
from math import sin
from pathlib import Path

from bench.figure import Figure, median, percentile
from gateway.clock import SetClock
from gateway.history import History, HistorySettings

DEVICES = 1000
STEP = 10
DAY = 86_400
PROPERTY = "measurement.temperature"
BEGIN = datetime(2026, 3, 2, tzinfo=UTC)
JITTER = [timedelta(milliseconds=number) for number in range(5)]
FLUSHED = 60
NAIVE = 900
"""Seconds of the day that the naive store takes; the rest is scaled."""
ASKED = 60
FOLDER = "/var/tmp" if Path("/var/tmp").is_dir() else None
"""On a disk: /tmp may be memory, of which nothing is written."""
NAMES = [f"device-{number:04}" for number in range(DEVICES)]


class Weather:
    """Temperatures to a tenth: slow waves, noise of a tenth, never twice the same in a row."""

    def __init__(self) -> None:
        self._random = random.Random(3)
        self._noise = [self._random.gauss(0, 0.1) for _ in range(9973)]
        self._before = [0.0] * DEVICES

    def day(self, seconds: int) -> Iterator[tuple[datetime, list[datetime], list[float]]]:
        """Return for each step when it is, when each device reports, and what."""
        for second in range(0, seconds, STEP):
            present = BEGIN + timedelta(seconds=second)
            some = [present + late for late in JITTER]
            yield present, self._random.choices(some, k=DEVICES), self._measured(second / 3600)

    def _measured(self, hour: float) -> list[float]:
        begin = self._random.randrange(len(self._noise) - DEVICES)
        noise = self._noise[begin : begin + DEVICES]
        fresh = [
            round(20 + 5 * sin(hour + number / 40) + wobble, 1)
            for number, wobble in enumerate(noise)
        ]
        self._before = [
            value if value != before else round(value + 0.1, 1)
            for value, before in zip(fresh, self._before, strict=True)
        ]
        return self._before


def run() -> list[Figure]:
    """Record the day, ask for it, and do a part of it naively."""
    with tempfile.TemporaryDirectory(dir=FOLDER) as folder:
        return asyncio.run(_ours(Path(folder) / "history.db")) + _naive(Path(folder) / "naive.db")


async def _ours(path: Path) -> list[Figure]:
    clock = SetClock(BEGIN)
    history = History(path, HistorySettings(deadbands={PROPERTY: 0}), clock)
    history.open()
    before, recording, slowest = _written(), 0.0, 0.0
    for number, (clock.present, times, values) in enumerate(Weather().day(DAY)):
        begun = time.perf_counter()
        for name, at, value in zip(NAMES, times, values, strict=True):
            history.record(name, PROPERTY, at, value)
        recorded = time.perf_counter()
        await history.flush()
        recording += recorded - begun
        slowest = max(slowest, time.perf_counter() - recorded)
        if number * STEP % FLUSHED == 0:
            _fsync(path)
    written, end = _written() - before, clock.present
    took = [await _took(history, name, end) for name in NAMES[:ASKED]]
    clock.present = BEGIN + timedelta(seconds=DAY)
    await history.flush()
    await history.aclose()
    samples = DEVICES * DAY / STEP
    with closing(sqlite3.connect(path)) as db:
        kept = db.execute("SELECT sum(count) FROM chunk").fetchone()[0]
        unused = db.execute("PRAGMA freelist_count").fetchone()[0] * 4096
        size = db.execute("PRAGMA page_count").fetchone()[0] * 4096
    assert kept == samples, f"{kept} of {samples:.0f} samples were kept"
    return [
        Figure("samples of the day", samples / 1e6, "million"),
        Figure("one record() call", recording / samples * 1e6, "µs"),
        Figure("bytes per sample", (size - unused) / samples, "bytes", most=2, note="packed"),
        Figure("the whole file", size / 1e6, "MB", note="with room for the hour under way"),
        Figure("last 24 h of a device in 5-minute steps, p50", median(took), "ms", most=10),
        Figure("last 24 h of a device in 5-minute steps, p95", percentile(took, 0.95), "ms"),
        Figure("packing an hour of all devices, slowest", slowest, "s", note="in a thread"),
        Figure("written per day", written / 1e9, "GB", most=2, note=_seen(written)),
    ]


async def _took(history: History, name: str, end: datetime) -> float:
    begun = time.perf_counter()
    found = await history.series(name, PROPERTY, end - timedelta(days=1), end, 300)
    took = (time.perf_counter() - begun) * 1000
    assert len(found) == 288, f"{len(found)} of 288 steps were told"
    return took


NAIVE_TABLE = """
PRAGMA journal_mode=WAL;
PRAGMA synchronous=NORMAL;
CREATE TABLE h (id INTEGER PRIMARY KEY, device TEXT, metric TEXT, ts REAL, value TEXT);
CREATE INDEX by_device ON h (device, ts);
CREATE INDEX by_time ON h (ts);
"""
NAIVE_QUERY = """
SELECT cast(ts / 300 AS INT) AS step, avg(cast(value AS REAL)), min(value), max(value)
FROM h WHERE device = ? GROUP BY step
"""


def _naive(path: Path) -> list[Figure]:
    """Keep a quarter of an hour the way that everybody begins with, and scale it."""
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.executescript(NAIVE_TABLE)
        before = _written()
        for number, (_, times, values) in enumerate(Weather().day(NAIVE)):
            db.execute("BEGIN")
            db.executemany(
                "INSERT INTO h (device, metric, ts, value) VALUES (?, ?, ?, ?)",
                [
                    (name, PROPERTY, at.timestamp(), str(value))
                    for name, at, value in zip(NAMES, times, values, strict=True)
                ],
            )
            db.execute("COMMIT")
            if number * STEP % FLUSHED == 0:
                _fsync(path)
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        written = (_written() - before) * DAY / NAIVE
        took = [_timed(partial(db.execute, NAIVE_QUERY, (name,))) for name in NAMES[:ASKED]]
    samples = DEVICES * NAIVE / STEP
    said = "a row per sample: a quarter of an hour, scaled"
    return [
        Figure("naive: bytes per sample", path.stat().st_size / samples, "bytes", note=said),
        Figure("naive: written per day", written / 1e9, "GB", note=f"{said}; {_seen(written)}"),
        Figure("naive: a quarter of an hour of a device, p50", median(took), "ms", note="not 24 h"),
    ]


def _timed(query: Callable[[], sqlite3.Cursor]) -> float:
    begun = time.perf_counter()
    query().fetchall()
    return (time.perf_counter() - begun) * 1000


def _fsync(path: Path) -> None:
    log = os.open(f"{path}-wal", os.O_RDONLY)
    try:
        os.fsync(log)
    finally:
        os.close(log)


def _written() -> int:
    lines = Path("/proc/self/io").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("write_bytes")).split()[1])


def _seen(written: float) -> str:
    return "kernel write_bytes" if written else "this file system counts nothing"
