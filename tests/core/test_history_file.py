"""The file may be damaged, deleted, full, too large or cut off in the middle: the house goes on."""

import json
import logging
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.chunks import HOUR
from gateway.clock import milliseconds
from gateway.history import HistorySettings
from gateway.history_file import HistoryFile
from tests.core.history_rig import BEGIN, POWER, past

ROOT = Path(__file__).parents[2]


def run(module: str, folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", module, str(folder)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )


@pytest.mark.parametrize("content", [b"not a database at all" * 500, b"SQLite format 3\0" * 300])
async def test_a_file_that_makes_no_sense_is_begun_again_and_said_once(
    tmp_path: Path, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "history.db").write_bytes(content)
    (tmp_path / "events.db").write_bytes(b"precious")
    async with past(tmp_path) as one:
        one.record(0, 1)
        await one.history.flush()
        assert await one.count() == 1
        assert one.history.dropped == 0
    said = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert len(said) == 1
    assert "begun again, empty" in said[0].getMessage()
    assert (tmp_path / "events.db").read_bytes() == b"precious"


@pytest.mark.parametrize("script", ["CREATE TABLE other (x)", "PRAGMA user_version=7"])
async def test_a_file_of_another_version_is_begun_again(tmp_path: Path, script: str) -> None:
    with closing(sqlite3.connect(tmp_path / "history.db")) as db:
        db.execute(script)
    async with past(tmp_path) as one:
        one.record(0, 1)
        await one.history.flush()
        assert (one.rows("hot"), await one.count()) == (1, 1)


async def test_pages_that_are_damaged_while_it_runs_are_noticed(tmp_path: Path) -> None:
    async with past(tmp_path) as one:
        for second in range(4000):
            one.record(second / 10, second)
    path = tmp_path / "history.db"
    damaged = bytearray(path.read_bytes())
    damaged[4096 * 2 :] = b"\xa5" * (len(damaged) - 4096 * 2)
    path.write_bytes(damaged)
    async with past(tmp_path) as one:
        await one.day()
        one.record(500, 1)
        await one.history.flush()
        assert await one.count() == 1
        with closing(sqlite3.connect(path)) as db:
            assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)


async def test_a_chunk_that_cannot_be_unpacked_hides_no_other_hour(tmp_path: Path) -> None:
    async with past(tmp_path) as one:
        for second in range(0, 7200, 60):
            one.record(second, second)
        one.clock.present = BEGIN + timedelta(hours=2)
        await one.history.flush()
        with closing(sqlite3.connect(one.path, isolation_level=None)) as db:
            db.execute(
                "UPDATE chunk SET samples = x'00' WHERE hour = (SELECT min(hour) FROM chunk)"
            )
        found = await one.day(every=600, hours=2)
        assert [bucket.count for bucket in found] == [10] * 6


async def test_a_file_that_is_deleted_while_it_runs_is_begun_again(tmp_path: Path) -> None:
    async with past(tmp_path) as one:
        one.record(0, 1)
        await one.history.flush()
        one.path.unlink()
        assert await one.day() == []
        one.record(10, 2)
        await one.history.flush()
        assert one.rows("hot") == 1
        assert one.history.properties("plug-1") == []
        one.record(20, 3)
        assert await one.count() == 2


async def test_the_history_can_be_dropped_while_it_runs(tmp_path: Path) -> None:
    async with past(tmp_path) as one:
        for second in range(100):
            one.record(second, second)
        await one.history.flush()
        await one.history.drop()
        assert await one.count() == 0
        one.record(200, 1)
        assert await one.count() == 1
        await one.history.flush()
        assert one.rows("hot") == 1


async def test_a_folder_that_is_away_costs_samples_and_nothing_else(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    async with past(folder) as one:
        one.record(0, 1)
        await one.history.flush()
        assert one.history.lost == {"overload": 0, "disk": 1}
        folder.mkdir()
        one.record(10, 2)
        await one.history.flush()
        assert await one.count() == 1
        shutil.rmtree(folder)
        one.record(20, 3)
        await one.history.flush()
        assert one.history.dropped == 2


def test_a_full_disk_costs_samples_and_they_are_counted(tmp_path: Path) -> None:
    with run("tests.core.history_full", tmp_path) as process:
        said, _ = process.communicate(timeout=30)
    assert process.returncode == 0
    assert json.loads(said) == {"lost": {"overload": 0, "disk": 2}, "kept": 1, "after": 2}


async def test_a_kill_while_writing_leaves_a_readable_file(tmp_path: Path) -> None:
    with run("tests.core.history_killed", tmp_path) as process:
        assert process.stdout is not None
        said = [process.stdout.readline() for _ in range(random.randint(10, 30))]
        process.kill()
        assert process.wait(timeout=10) == -signal.SIGKILL
    written = int(said[-1]) // 10
    async with past(tmp_path) as one:
        one.clock.present = BEGIN + timedelta(days=3)
        await one.history.flush()
        assert one.rows("hot") == 0
        with closing(sqlite3.connect(one.path)) as db:
            assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            counts = db.execute("SELECT sum(count) FROM chunk GROUP BY series").fetchall()
        assert len(counts) == 20
        assert all(count >= written for (count,) in counts)


def test_the_file_stays_below_its_cap_and_the_oldest_hours_go_first(tmp_path: Path) -> None:
    keep = 400_000
    path = tmp_path / "history.db"
    file = HistoryFile(path, keep, lambda: None)
    file.open()
    first = milliseconds(BEGIN)
    noise = random.Random(1)
    for minute in range(40 * 60):
        at = first + minute * 60_000
        file.write([((f"plug-{n}", POWER), at + n, noise.random()) for n in range(40)])
        if minute % 60 == 0:
            while file.pack(at):
                pass
        if minute % 100 == 0:
            with closing(sqlite3.connect(path)) as db:
                db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            assert path.stat().st_size <= keep
    file.close()
    assert path.stat().st_size > keep / 2
    with closing(sqlite3.connect(path)) as db:
        hours = [hour for (hour,) in db.execute("SELECT DISTINCT hour FROM chunk ORDER BY hour")]
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    last = (first + (40 * 60 - 1) * 60_000) // HOUR
    assert hours == list(range(hours[0], last))
    assert hours[0] > first // HOUR


async def test_a_smaller_cap_shrinks_the_file(tmp_path: Path) -> None:
    noise = random.Random(1)
    async with past(tmp_path, HistorySettings(keep_mb=20, deadbands={POWER: 0})) as one:
        for hour in range(6):
            for second in range(0, 3600, 4):
                for device in range(50):
                    one.record(hour * 3600 + second, noise.random(), f"plug-{device}")
                if second % 600 == 0:
                    await one.history.flush()
        one.clock.present = BEGIN + timedelta(hours=7)
        await one.history.flush()
    assert (tmp_path / "history.db").stat().st_size > 1_100_000
    async with past(tmp_path, HistorySettings(keep_mb=1, deadbands={POWER: 0})) as one:
        one.record(8 * 3600, 1)
        await one.history.flush()
    assert (tmp_path / "history.db").stat().st_size <= 1_000_000
