"""Files go into the book whole or not at all, whatever happens on the way."""

import asyncio
import io
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from gateway.clock import HomeClock, SetClock
from gateway.errors import InvalidArguments
from tests.workouts.files import (
    NOW,
    SECONDS,
    apple,
    apple_workout,
    fit,
    gpx,
    tcx,
    workouts,
    zipped,
)
from tests.workouts.make_health import export, measured
from workouts.book import Book
from workouts.importing import Importer
from workouts.store import WorkoutStore

BERLIN = HomeClock(SetClock(NOW), ZoneInfo("Europe/Berlin"))


@pytest.fixture
def book(store: WorkoutStore) -> Book:
    return Book(store, BERLIN)


async def pieces(data: bytes, size: int = 1000) -> AsyncIterator[bytes]:
    for start in range(0, len(data), size):
        yield data[start : start + size]


def rows(store: WorkoutStore) -> list[int]:
    with closing(sqlite3.connect(store.file.path)) as db:
        tables = ("workouts", "packs")
        return [db.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables]


async def test_a_file_is_taken_in_and_told(book: Book, store: WorkoutStore) -> None:
    told = await book.take_in("morning/run.fit", pieces(fit()), "Anna")
    (kept,) = await store.find()
    assert told == {
        "summary": "1 workout of “run.fit” taken in.",
        "imported": 1,
        "merged": 0,
        "skipped": 0,
        "workouts": [{"id": kept.id, "start": "2026-11-01T08:00:00+01:00", "activity": "run"}],
    }
    assert (kept.person, kept.source, kept.totals.distance) == ("Anna", "fit", 750)
    assert len(await store.samples(kept.id)) == SECONDS


async def test_the_same_workout_from_two_files_is_one(book: Book, store: WorkoutStore) -> None:
    await book.take_in("run.fit", pieces(fit()), None)
    for name, data in (("run.tcx", tcx()), ("run.fit", fit())):
        told = await book.take_in(name, pieces(data), None)
        assert (told["imported"], told["merged"]) == (0, 1)
    (kept,) = await store.find()
    assert set(kept.sources) == {"fit", "tcx"}
    assert len(await store.samples(kept.id)) == SECONDS


async def test_the_same_workout_twice_in_one_zip_is_one(book: Book, store: WorkoutStore) -> None:
    told = await book.take_in("all.zip", pieces(zipped(("a", fit()), ("b", tcx()))), None)
    assert (told["imported"], told["merged"]) == (1, 1)
    assert told["summary"] == "1 workout of “all.zip” taken in, 1 known already and joined."
    assert len(await store.find()) == 1


async def test_what_makes_no_sense_in_an_export_is_counted_and_told(book: Book) -> None:
    data = apple(apple_workout(), apple_workout(duration="NaN"))
    told = await book.take_in("export.xml", pieces(data), None)
    assert (told["imported"], told["skipped"]) == (1, 1)
    assert told["reasons"] == ["“export.xml” says nan for a total (line 8)"]


BAD = {
    "the second of two is cut off": zipped(("a", fit()), ("b", gpx()[:-20])),
    "a checksum is wrong": fit() + fit()[:-1] + b"\0",
    "entities": gpx(before='<!DOCTYPE gpx [<!ENTITY a "b">]>'),
    "the end is missing": apple(apple_workout())[:-20],
    "nothing is in it": apple(),
    "only a plan": gpx(points='<trkpt lat="50" lon="8"/>'),
    "nothing that is known": b"\x89PNG",
    "nothing at all": b"",
}


@pytest.mark.parametrize("why", BAD)
async def test_a_file_that_is_refused_leaves_no_row(
    why: str, book: Book, store: WorkoutStore
) -> None:
    with pytest.raises(InvalidArguments) as raised:
        await book.take_in("bad.zip", pieces(BAD[why]), None)
    assert raised.value.detail.startswith("“")
    assert rows(store) == [0, 0]
    await store.aclose()
    assert [path.name for path in store.file.path.parent.iterdir()] == ["workouts.db"]


async def test_a_file_beyond_the_bound_is_refused_before_it_is_read(store: WorkoutStore) -> None:
    book = Book(store, BERLIN, most_bytes=2000)
    with pytest.raises(InvalidArguments, match=r"“run\.fit” is larger than"):
        await book.take_in("run.fit", pieces(fit()), None)
    assert rows(store) == [0, 0]


async def test_a_sender_that_goes_away_leaves_no_row(book: Book, store: WorkoutStore) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield fit()[:500]
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await book.take_in("run.fit", broken(), None)
    assert rows(store) == [0, 0]


async def test_an_import_that_is_given_up_leaves_no_row(
    store: WorkoutStore, tmp_path: Path
) -> None:
    importer = Importer(store, BERLIN)
    many = zipped(*((f"{day}.gpx", gpx(type=f"run {day}")) for day in range(300)))
    begun, loop = asyncio.Event(), asyncio.get_running_loop()

    def progress(done: int, all: int) -> None:
        loop.call_soon_threadsafe(begun.set)

    task = asyncio.create_task(importer.take(io.BytesIO(many), "many.zip", None, progress))
    async with asyncio.timeout(20):
        await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert rows(store) == [0, 0]


async def test_progress_goes_up_to_the_whole_file(store: WorkoutStore) -> None:
    data = b"".join(export(5))
    seen: list[tuple[int, int]] = []
    importer = Importer(store, BERLIN)
    told = await importer.take(
        io.BytesIO(data), "export.xml", None, lambda done, all: seen.append((done, all))
    )
    assert seen == sorted(seen)
    assert len(seen) >= 4
    assert seen[-1] == (len(data), len(data))
    assert told["imported"] == len(workouts(data))


async def test_imports_that_go_on_are_told(book: Book) -> None:
    first = asyncio.create_task(book.take_in("a/first.fit", pieces(fit()), None))
    second = asyncio.create_task(book.take_in("second.tcx", pieces(tcx()), None))
    async with asyncio.timeout(20):
        while len(await book.going()) < 2:
            await asyncio.sleep(0)
    assert {one["name"] for one in await book.going()} == {"first.fit", "second.tcx"}
    await asyncio.gather(first, second)
    assert await book.going() == []


async def test_an_export_of_forty_megabytes_takes_little_memory(tmp_path: Path) -> None:
    path = tmp_path / "export.xml"
    with path.open("wb") as file:
        file.writelines(export(40))
    told = await measured(path, tmp_path)
    assert told["MB"] >= 40
    assert told["imported"] > 100
    assert told["grown_MB"] <= 40, told
