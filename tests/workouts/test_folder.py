"""Files that are dropped into the folder are taken in once, or put aside with the reason."""

import asyncio
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from gateway.clock import HomeClock, SetClock
from tests.workouts.files import NOW, fit, gpx, tcx
from workouts.book import Book
from workouts.folder import Folder
from workouts.store import WorkoutStore


@pytest.fixture
def folder(store: WorkoutStore, tmp_path: Path) -> Folder:
    path = tmp_path / "drop"
    path.mkdir()
    return watching(store, path)


def watching(store: WorkoutStore, path: Path) -> Folder:
    book = Book(store, HomeClock(SetClock(NOW), ZoneInfo("UTC")))
    return Folder(path, book, every=0.01, most_bytes=1_000_000)


def lying(folder: Folder) -> list[str]:
    paths = sorted(folder.path.rglob("*"))
    return [str(path.relative_to(folder.path)) for path in paths if path.is_file()]


async def looked(folder: Folder, times: int = 2) -> None:
    for _ in range(times):
        await folder.look()


async def test_a_file_is_taken_in_and_moved_to_done(folder: Folder, store: WorkoutStore) -> None:
    (folder.path / "run.fit").write_bytes(fit())
    await looked(folder)
    assert lying(folder) == ["done/run.fit"]
    assert len(await store.find()) == 1


async def test_a_file_that_is_refused_is_moved_with_the_reason(
    folder: Folder, store: WorkoutStore
) -> None:
    (folder.path / "run.gpx").write_bytes(gpx()[:-20])
    (folder.path / "large").write_bytes(b"x" * 1_000_001)
    await looked(folder)
    told = ["large", "large.txt", "run.gpx", "run.gpx.txt"]
    assert lying(folder) == [f"failed/{name}" for name in told]
    why = (folder.path / "failed" / "run.gpx.txt").read_text("utf-8")
    assert why.startswith("“run.gpx” is cut off at line")
    assert await store.find() == []


async def test_a_file_that_still_grows_is_left_alone(folder: Folder, store: WorkoutStore) -> None:
    whole = fit()
    path = folder.path / "run.fit"
    for end in range(0, len(whole), len(whole) // 4):
        path.write_bytes(whole[:end])
        await folder.look()
    path.write_bytes(whole)
    await folder.look()
    assert lying(folder) == ["run.fit"]
    await folder.look()
    assert lying(folder) == ["done/run.fit"]
    assert len(await store.find()) == 1


async def test_hidden_files_links_and_folders_are_left_alone(folder: Folder) -> None:
    (folder.path / ".run.fit.part").write_bytes(fit())
    (folder.path / "link").symlink_to(folder.path / ".run.fit.part")
    (folder.path / "inner").mkdir()
    (folder.path / "inner" / "run.fit").write_bytes(fit())
    await looked(folder, 3)
    assert lying(folder) == [".run.fit.part", "inner/run.fit", "link"]


async def test_a_name_that_comes_again_replaces_nothing(
    folder: Folder, store: WorkoutStore
) -> None:
    for data in (fit(), tcx()):
        (folder.path / "run.fit").write_bytes(data)
        await looked(folder)
    assert lying(folder) == ["done/run-2.fit", "done/run.fit"]
    assert (folder.path / "done" / "run.fit").read_bytes() == fit()
    assert len(await store.find()) == 1


async def test_a_file_that_cannot_be_moved_is_taken_in_once(
    folder: Folder, store: WorkoutStore
) -> None:
    (folder.path / "run.fit").write_bytes(fit())
    (folder.path / "done").symlink_to("nowhere")
    await looked(folder, 2)
    (kept,) = await store.find()
    await store.remove(kept.id)  # would come back if it were taken in again
    await looked(folder, 2)
    (folder.path / "done").unlink()
    await looked(folder, 1)
    assert lying(folder) == ["done/run.fit"]
    assert await store.find() == []


async def test_after_a_restart_a_file_that_was_taken_in_is_not_two(
    folder: Folder, store: WorkoutStore
) -> None:
    (folder.path / "run.fit").write_bytes(fit())
    (folder.path / "done").symlink_to("nowhere")
    await looked(folder)
    (folder.path / "done").unlink()
    await looked(watching(store, folder.path))
    assert lying(folder) == ["done/run.fit"]
    assert len(await store.find()) == 1


async def test_while_the_book_is_closed_files_wait(
    folder: Folder, store: WorkoutStore, tmp_path: Path
) -> None:
    (folder.path / "run.fit").write_bytes(fit())
    await store.aclose()
    await looked(folder, 3)
    assert lying(folder) == ["run.fit"]


async def test_it_watches_until_it_is_closed(folder: Folder, store: WorkoutStore) -> None:
    folder.start()
    (folder.path / "run.fit").write_bytes(fit())
    async with asyncio.timeout(20):
        while lying(folder) != ["done/run.fit"]:
            await asyncio.sleep(0.01)
    await folder.aclose()
    (folder.path / "again.fit").write_bytes(fit())
    assert lying(folder) == ["again.fit", "done/run.fit"]


async def test_a_folder_that_is_not_there_is_made(store: WorkoutStore, tmp_path: Path) -> None:
    path = tmp_path / "a" / "b"
    await watching(store, path).look()
    assert path.is_dir()
