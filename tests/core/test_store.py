"""The precious file: one writer, group commit, and one failing write takes no other with it."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from gateway.errors import StoreFailed
from gateway.store import Store
from tests.core.rigs import until


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    opened = Store(tmp_path / "events.db")
    opened.open()
    await opened.write(lambda db: db.execute("CREATE TABLE notes (text TEXT UNIQUE)"))
    yield opened
    await opened.aclose()


def note(text: str) -> Callable[[sqlite3.Connection], object]:
    return lambda db: db.execute("INSERT INTO notes VALUES (?)", (text,))


async def notes(store: Store) -> list[str]:
    rows = await store.read(lambda db: db.execute("SELECT text FROM notes").fetchall())
    return [text for (text,) in rows]


def on_disk(store: Store) -> list[str]:
    """Read the file as another process would."""
    other = sqlite3.connect(store.path)
    try:
        return [text for (text,) in other.execute("SELECT text FROM notes")]
    finally:
        other.close()


async def test_what_is_acknowledged_is_on_the_disk(store: Store) -> None:
    await store.write(note("one"))
    assert on_disk(store) == ["one"]


async def test_a_write_returns_its_value(store: Store) -> None:
    assert await store.write(lambda db: 42) == 42


async def test_writes_keep_their_order(store: Store) -> None:
    futures = [store.submit(note(str(number))) for number in range(1500)]
    await asyncio.gather(*futures)
    assert await notes(store) == [str(number) for number in range(1500)]


async def test_writes_that_wait_together_are_committed_together(store: Store) -> None:
    gate = threading.Event()
    store.submit(lambda db: gate.wait(10))
    writes = [store.submit(note(str(number))) for number in range(50)]
    counts: list[int] = []
    counting = store.submit(lambda db: counts.append(len(on_disk(store))))
    gate.set()
    await asyncio.gather(*writes, counting)
    assert counts == [0], "all of them were still in one transaction"
    assert len(on_disk(store)) == 50


async def test_one_failing_write_takes_no_other_with_it(store: Store) -> None:
    gate = threading.Event()
    store.submit(lambda db: gate.wait(10))

    def broken(db: sqlite3.Connection) -> None:
        db.execute("INSERT INTO notes VALUES ('half')")
        raise ZeroDivisionError("a bug of the caller")

    futures = [
        store.submit(note("before")),
        store.submit(broken),
        store.submit(note("before")),
        store.submit(lambda db: db.execute("INSERT INTO nowhere VALUES (1)")),
        store.submit(note("after")),
    ]
    gate.set()
    before, half, twice, nowhere, after = await asyncio.gather(*futures, return_exceptions=True)
    assert isinstance(half, ZeroDivisionError)
    assert isinstance(twice, StoreFailed) and "UNIQUE" in twice.detail
    assert isinstance(nowhere, StoreFailed) and "nowhere" in nowhere.detail
    assert not isinstance(before, Exception) and not isinstance(after, Exception)
    assert on_disk(store) == ["before", "after"]


async def test_a_read_sees_every_write_before_it(store: Store) -> None:
    store.submit(note("one"))
    store.later(note("two"))
    assert await notes(store) == ["one", "two"]


async def test_what_may_wait_is_written_with_the_next_write(store: Store) -> None:
    store.later(note("later"))
    await store.write(note("now"))
    assert on_disk(store) == ["later", "now"]


async def test_what_may_wait_is_written_soon_by_itself(store: Store) -> None:
    store.later(note("later"))
    await until(lambda: on_disk(store))
    assert on_disk(store) == ["later"]


async def test_what_may_wait_and_fails_is_logged(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    await store.write(note("same"))
    store.later(note("same"))
    assert await notes(store) == ["same"]
    assert "a record could not be kept" in caplog.text


async def test_closing_writes_what_is_queued(tmp_path: Path) -> None:
    store = Store(tmp_path / "events.db")
    store.open()
    store.submit(lambda db: db.execute("CREATE TABLE notes (text)"))
    writes = [store.submit(note(str(number))) for number in range(700)]
    store.later(note("later"))
    await store.aclose()
    assert len(on_disk(store)) == 701
    assert all(write.done() for write in writes)


async def test_a_closed_store_refuses_and_says_why(store: Store) -> None:
    await store.aclose()
    with pytest.raises(StoreFailed, match="homeport is stopping"):
        await store.write(note("late"))
    with pytest.raises(StoreFailed):
        await notes(store)
    store.later(note("later"))
    await store.aclose()
    assert on_disk(store) == []


async def test_closing_leaves_no_thread(tmp_path: Path) -> None:
    before = set(threading.enumerate())
    store = Store(tmp_path / "events.db")
    store.open()
    (writer,) = set(threading.enumerate()) - before
    assert writer.name == "homeport-store"
    await store.aclose()
    assert not writer.is_alive()


async def test_closing_what_was_never_opened_does_nothing(tmp_path: Path) -> None:
    await Store(tmp_path / "events.db").aclose()
    assert not (tmp_path / "events.db").exists()


async def test_a_caller_that_gives_up_loses_nothing(store: Store) -> None:
    gate = threading.Event()
    store.submit(lambda db: gate.wait(10))
    writing = asyncio.create_task(store.write(note("mine")))
    await asyncio.sleep(0)
    writing.cancel()
    gate.set()
    with pytest.raises(asyncio.CancelledError):
        await writing
    assert await notes(store) == ["mine"]


async def test_the_file_is_in_wal_mode_and_fully_synchronous(store: Store) -> None:
    def pragmas(db: sqlite3.Connection) -> tuple[object, ...]:
        names = ("journal_mode", "synchronous", "foreign_keys")
        return tuple(db.execute(f"PRAGMA {name}").fetchone()[0] for name in names)

    assert await store.read(pragmas) == ("wal", 2, 1)


async def test_a_full_disk_fails_the_write_and_then_works_again(store: Store) -> None:
    def limit(db: sqlite3.Connection) -> None:
        (pages,) = db.execute("PRAGMA page_count").fetchone()
        db.execute(f"PRAGMA max_page_count = {pages + 1}")

    await store.write(limit)
    big = note("x" * 100_000)
    results: list[object] = await asyncio.gather(
        store.submit(note("small")), store.submit(big), return_exceptions=True
    )
    small, refused = results
    assert isinstance(refused, StoreFailed) and "full" in refused.detail
    assert refused.retryable
    await store.write(lambda db: db.execute("PRAGMA max_page_count = 10000"))
    await store.write(big)
    kept = await notes(store)
    assert len(kept[-1]) == 100_000
    assert isinstance(small, Exception) == ("small" not in kept), "what is said is what is kept"
