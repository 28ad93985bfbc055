"""The book of workouts: what is written stays, what is not whole is not there."""

import asyncio
import shutil
import sqlite3
import sys
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.errors import CannotStart, InvalidArguments, NotFound, StoreFailed
from tests.workouts.gym import START, steady, workout
from workouts import adding
from workouts.file import PreciousFile
from workouts.store import WorkoutStore
from workouts.workout import Sample, Totals


def rows(store: WorkoutStore, table: str) -> int:
    with closing(sqlite3.connect(store.file.path)) as db:
        found: int = db.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
        return found


async def test_a_whole_workout_comes_back_as_it_was(store: WorkoutStore) -> None:
    samples = steady(START, 1800, 10.0, incline=1.0, heart_rate=140.0)
    taken = workout(samples=samples, person="Anna", title="Along\u202e the\nriver", indoor=False)
    kept = await store.add(taken)
    found = await store.get(kept.id)
    assert found == kept and found.count == len(samples)
    same = ("start", "end", "activity", "totals", "source", "person", "indoor")
    assert [getattr(found, name) for name in same] == [getattr(taken, name) for name in same]
    assert found.title == "Along the river"
    told = await store.samples(kept.id)
    assert [one.at for one in told] == [one.at for one in samples]
    assert all(
        one.distance == pytest.approx(other.distance, abs=0.001)
        for one, other in zip(told, samples, strict=True)
    )


async def test_a_recorded_workout_grows_and_ends(store: WorkoutStore) -> None:
    samples = steady(START, 99, 9.0)
    begun = replace(workout(minutes=0, source="treadmill-1", samples=samples[:10]), id="w1")
    await store.begin(begun, memory="{}")
    for number in range(10, 100, 2):
        await store.append("w1", samples[number : number + 2], memory=f"{number}")
    (going,) = await store.unfinished()
    assert going.memory == "98" and not going.finished and going.count == 100
    assert going.end.timestamp() == samples[-1].at
    assert rows(store, "packs") > 40
    kept = await store.finish("w1", Totals(100, 250.0), activity="walk")
    assert kept.finished and kept.activity == "walk" and await store.unfinished() == []
    assert rows(store, "packs") == 1 and len(await store.samples("w1")) == 100
    assert await store.last("treadmill-1") == kept and await store.last("treadmill-2") is None


async def test_workouts_are_found_by_time_kind_and_person_the_newest_first(
    store: WorkoutStore,
) -> None:
    day = timedelta(days=1)
    first = await store.add(workout(START, person="Anna"))
    second = await store.add(workout(START + day, activity="walk", person="Änne"))
    third = await store.add(workout(START + 2 * day))
    ids = [one.id for one in await store.find()]
    assert ids == [third.id, second.id, first.id]
    assert [one.id for one in await store.find(start=START + day, end=START + 2 * day)] == [
        second.id
    ]
    assert [one.id for one in await store.find(activity="run", limit=1)] == [third.id]
    assert [one.id for one in await store.find(person="ÄNNE")] == [second.id]
    assert await store.people() == ["Anna", "Änne"]


async def test_a_workout_is_given_to_a_person_and_removed_with_its_samples(
    store: WorkoutStore,
) -> None:
    kept = await store.add(workout(samples=steady(START, 100, 9.0)))
    assert (await store.assign(kept.id, "Anna")).person == "Anna"
    assert (await store.assign(kept.id, None)).person is None
    await store.remove(kept.id)
    assert rows(store, "packs") == 0 and await store.find() == []
    for gone in (store.get, store.samples, store.remove):
        with pytest.raises(NotFound):
            await gone(kept.id)


async def test_the_same_workout_of_two_sources_is_one_with_the_richer_samples(
    store: WorkoutStore,
) -> None:
    poor = await store.add(workout(source="gpx", person="Anna", title="Park"))
    rich = workout(
        samples=steady(START, 1800, 10.0, heart_rate=140.0), distance=5050.0, activity="other"
    )
    joined = await store.add(rich)
    assert joined.id == poor.id and joined.sources == ("gpx", "fit")
    assert joined.totals.distance == 5050.0 and joined.activity == "run"
    assert joined.person == "Anna" and joined.title == "Park"
    assert len(await store.samples(joined.id)) == 1801 and joined.count == 1801
    again = await store.add(workout(source="tcx", distance=4990.0))
    assert again.id == poor.id and again.totals.distance == 5050.0
    assert len(await store.find()) == 1 and len(await store.samples(poor.id)) == 1801


async def test_feats_are_reckoned_once_and_anew_for_richer_samples(store: WorkoutStore) -> None:
    kept = await store.add(workout(source="gpx", samples=steady(START, 800, 9.0)))
    assert await store.feats([kept], 0) == {}
    assert (await store.feats([kept], 5))[kept.id] == {"fastest_1_km": pytest.approx(400)}
    assert await store.feats([kept], 0) == await store.feats([kept], 5)
    richer = await store.add(workout(samples=steady(START, 1800, 12.0, incline=2.0)))
    assert richer.id == kept.id
    assert (await store.feats([richer], 5))[kept.id]["steepest"] == 2.0


async def test_an_import_is_seen_when_it_is_whole(store: WorkoutStore) -> None:
    async with store.adding() as one:
        for day in range(120):
            await one.add(workout(START + timedelta(days=day)))
        assert await store.find() == [] and rows(store, "workouts") > 0
    assert len(await store.find()) == 120
    assert len(one.taken) == 120 and one.taken.joined == 0


async def test_an_import_that_fails_leaves_nothing(store: WorkoutStore) -> None:
    kept = await store.add(workout())
    with pytest.raises(ZeroDivisionError):
        async with store.adding() as one:
            for day in range(120):
                start = START + timedelta(days=day)
                await one.add(workout(start, samples=steady(start, 100, 9.0)))
            raise ZeroDivisionError
    assert await store.find() == [kept]
    assert rows(store, "workouts") == 1 and rows(store, "packs") == 0


async def test_an_import_that_is_cancelled_leaves_nothing(store: WorkoutStore) -> None:
    begun = asyncio.Event()

    async def take() -> None:
        async with store.adding() as one:
            for day in range(60):
                await one.add(workout(START + timedelta(days=day)))
            begun.set()
            await asyncio.Event().wait()

    taking = asyncio.create_task(take())
    await begun.wait()
    taking.cancel()
    await asyncio.gather(taking, return_exceptions=True)
    assert rows(store, "workouts") == 0


async def test_an_import_tells_twice_of_a_workout_and_it_is_one(store: WorkoutStore) -> None:
    async with store.adding() as one:
        first = await one.add(workout(source="apple-health", distance=None))
        await one.add(workout(source="fit", samples=steady(START, 60, 9.0)))
        await one.total(first, Totals(1800, energy=300.0))
        await one.append(first, steady(START, 10, 9.0))
    (kept,) = await store.find()
    assert kept.id == first and kept.sources == ("apple-health", "fit")
    assert kept.totals == Totals(1800, 5000.0, 300.0) and one.taken.joined == 1


async def test_recording_goes_on_while_an_import_does(store: WorkoutStore) -> None:
    async with store.adding() as one:
        await one.add(workout())
        await store.begin(replace(workout(minutes=0, source="treadmill-1"), id="w1"))
        await store.append("w1", steady(START, 1, 9.0))
        assert len(await store.samples("w1")) == 2


async def test_samples_come_from_a_stream_and_their_number_ends(
    store: WorkoutStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def stream(count: int) -> AsyncIterator[Sample]:
        for second in range(count):
            yield Sample(at=START.timestamp() + second, heart_rate=120.0)

    async with store.adding() as one:
        id = await one.add(workout(), stream(1500))
    assert len(await store.samples(id)) == 1500
    monkeypatch.setattr(adding, "MOST_SAMPLES", 1000)
    with pytest.raises(InvalidArguments, match="at most"):
        async with store.adding() as one:
            await one.add(workout(START + timedelta(days=1)), stream(1500))
    with pytest.raises(InvalidArguments, match="never measured"):
        await store.add(workout(samples=[Sample(at=float("nan"))]))
    assert len(await store.find()) == 1


async def test_a_full_disk_is_an_error_at_once_and_nothing_half_is_there(
    store: WorkoutStore,
) -> None:
    kept = await store.add(workout(samples=steady(START, 600, 9.0)))
    await store.begin(replace(workout(minutes=0, source="treadmill-1"), id="w1"))
    await store.file.write(lambda db: db.execute("PRAGMA max_page_count = 1"))
    (pages,) = await store.file.write(lambda db: db.execute("PRAGMA page_count").fetchone())
    many = [Sample(at=START.timestamp() + n, speed=(n * 7919 % 1000) / 7) for n in range(30_000)]
    for full in (store.append("w1", many), store.add(workout(source="tcx", samples=many))):
        with pytest.raises(StoreFailed, match="full"):
            await full
    assert {one.id for one in await store.find()} == {kept.id, "w1"}
    assert await store.samples("w1") == []
    await store.file.write(lambda db: db.execute(f"PRAGMA max_page_count = {pages * 1000}"))
    await store.append("w1", many)
    assert len(await store.samples("w1")) == 30_000


async def test_what_was_acknowledged_survives_a_kill_and_a_broken_import_does_not(
    tmp_path: Path,
) -> None:
    path = tmp_path / "workouts.db"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.workouts.killed", str(path), stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    written = 0
    async with asyncio.timeout(30):
        while written < 100:
            written = int(await process.stdout.readline())
    process.kill()
    while line := await process.stdout.readline():
        written = int(line) if line.endswith(b"\n") else written
    await process.wait()
    store = WorkoutStore(path)
    await store.open()
    (kept,) = await store.find()
    assert not kept.finished and written <= kept.count <= written + 2
    assert len(await store.samples(kept.id)) == kept.count
    assert rows(store, "workouts") == 1
    await store.aclose()


async def test_a_newer_file_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "workouts.db"
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA user_version = 99")
    before = path.read_bytes()
    with pytest.raises(CannotStart, match="newer homeport"):
        await WorkoutStore(path).open()
    assert path.read_bytes() == before


async def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "workouts.db"
    path.write_bytes(b"not a database, " * 1000)
    with pytest.raises(CannotStart, match="cannot be used"):
        await WorkoutStore(path).open()


async def test_an_older_file_is_copied_aside_and_brought_forward(tmp_path: Path) -> None:
    first, second = "CREATE TABLE one (a)", "CREATE TABLE two (b)"
    old = PreciousFile(tmp_path / "book.db", (first,))
    await old.open()
    await old.write(lambda db: db.execute("INSERT INTO one VALUES (1)"))
    await old.aclose()
    new = PreciousFile(tmp_path / "book.db", (first, second))
    await new.open()
    assert await new.read(lambda db: db.execute("SELECT a FROM one").fetchall()) == [(1,)]
    assert await new.read(lambda db: db.execute("SELECT b FROM two").fetchall()) == []
    await new.aclose()
    aside = tmp_path / "copy.db"
    shutil.copy(tmp_path / "book.db.before-schema-2", aside)
    with closing(sqlite3.connect(aside)) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (1,)
        assert db.execute("SELECT a FROM one").fetchall() == [(1,)]


async def test_nobody_else_can_read_it_and_a_closed_one_says_so(tmp_path: Path) -> None:
    store = WorkoutStore(tmp_path / "workouts.db")
    await store.open()
    assert (tmp_path / "workouts.db").stat().st_mode & 0o777 == 0o600
    await store.aclose()
    with pytest.raises(StoreFailed, match="closed"):
        await store.find()
    with pytest.raises(StoreFailed, match="closed"):
        await store.add(workout())
