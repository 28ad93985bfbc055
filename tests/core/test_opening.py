"""Opening the state: forward with a copy, never over a newer or a damaged file."""

import os
import sqlite3
from functools import partial
from pathlib import Path

import pytest

import gateway.store
from gateway.errors import CannotStart, Unauthorized
from gateway.migrations import MIGRATIONS
from gateway.store import EXIT_STATE, Store
from tests.incore import house, lamp

NEXT = "ALTER TABLE devices ADD COLUMN note TEXT; UPDATE devices SET note = 'moved';"


def names(folder: Path) -> list[str]:
    return sorted(os.listdir(folder))


def content(path: Path) -> bytes:
    return path.read_bytes()


def put(path: Path, kept: bytes) -> None:
    path.write_bytes(kept)


def query(path: Path, sql: str) -> list[tuple[object, ...]]:
    database = sqlite3.connect(path)
    try:
        return database.execute(sql).fetchall()
    finally:
        database.close()


async def opened(path: Path) -> None:
    store = Store(path)
    store.open()
    await store.aclose()


def refusal(path: Path) -> CannotStart:
    with pytest.raises(CannotStart) as raised:
        Store(path).open()
    error = raised.value
    assert error.exit_code == EXIT_STATE
    assert "\n" not in error.detail and str(path) in error.detail
    return error


@pytest.fixture
async def used(tmp_path: Path) -> Path:
    """A state that knows a lamp."""
    async with house(tmp_path, lamp("lamp-1", "Desk lamp", "Office")):
        pass
    return tmp_path / "events.db"


async def test_a_new_file_has_the_newest_schema_and_no_copy(tmp_path: Path) -> None:
    await opened(tmp_path / "events.db")
    assert query(tmp_path / "events.db", "PRAGMA user_version") == [(len(MIGRATIONS),)]
    assert names(tmp_path) == ["events.db"]


async def test_a_schema_moves_forward_after_a_copy_is_put_aside(
    used: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gateway.store, "MIGRATIONS", (*MIGRATIONS, NEXT))
    await opened(used)
    assert query(used, "SELECT id, note FROM devices") == [("lamp-1", "moved")]
    copy = used.with_name(f"events.db.before-schema-{len(MIGRATIONS) + 1}")
    assert query(copy, "SELECT id FROM devices") == [("lamp-1",)]
    assert query(copy, "PRAGMA user_version") == [(len(MIGRATIONS),)]


async def test_several_schemas_are_gone_through_in_order(
    used: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    after = "UPDATE devices SET note = note || ' twice';"
    monkeypatch.setattr(gateway.store, "MIGRATIONS", (*MIGRATIONS, NEXT, after))
    await opened(used)
    assert query(used, "SELECT note FROM devices") == [("moved twice",)]
    await opened(used)
    assert query(used, "SELECT note FROM devices") == [("moved twice",)]


@pytest.mark.parametrize(
    "broken",
    [
        "ALTER TABLE nothing ADD COLUMN x TEXT;",
        "INSERT INTO devices SELECT * FROM devices;",
        "UPDATE devices SET port = 'no number';",
    ],
)
async def test_a_migration_that_fails_changes_nothing(
    used: Path, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    monkeypatch.setattr(gateway.store, "MIGRATIONS", (*MIGRATIONS, NEXT + broken))
    refusal(used)
    assert query(used, "PRAGMA user_version") == [(len(MIGRATIONS),)]
    assert query(used, "SELECT id FROM devices") == [("lamp-1",)]
    assert not list(used.parent.glob("*damaged*")), "the file itself is sound"
    monkeypatch.setattr(gateway.store, "MIGRATIONS", MIGRATIONS)
    async with house(used.parent) as home:
        assert home.entry("lamp-1").name == "Desk lamp"


async def test_a_newer_file_is_refused_and_left_alone(used: Path) -> None:
    database = sqlite3.connect(used)
    database.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    database.close()
    before = content(used)
    error = refusal(used)
    assert "newer homeport" in error.detail
    assert error.hint is not None and "--state" in error.hint
    assert content(used) == before


def spoil_header(path: Path) -> None:
    path.write_bytes(b"this is no database" + path.read_bytes()[19:])


def spoil_pages(path: Path) -> None:
    kept = bytearray(path.read_bytes())
    for place in range(4096, len(kept), 64):
        kept[place : place + 16] = os.urandom(16)
    path.write_bytes(bytes(kept))


def cut_in_half(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def replace_with_text(path: Path) -> None:
    path.write_text("Dear homeport,\n" * 500)


@pytest.mark.parametrize("spoil", [spoil_header, spoil_pages, cut_in_half, replace_with_text])
async def test_a_damaged_file_is_set_aside_and_not_overwritten(used: Path, spoil: object) -> None:
    assert callable(spoil)
    spoil(used)
    damaged = content(used)
    error = refusal(used)
    assert "is damaged" in error.detail and "set aside" in error.detail
    assert error.hint is not None and "Start again" in error.hint
    assert "events.db" not in names(used.parent)
    (aside,) = [name for name in names(used.parent) if "damaged" in name]
    assert aside in error.detail
    assert content(used.with_name(aside)) == damaged
    async with house(used.parent) as home:
        assert list(home.home.registry) == []
    assert content(used.with_name(aside)) == damaged


async def test_two_damaged_files_are_both_kept(used: Path) -> None:
    for _ in range(2):
        replace_with_text(used)
        refusal(used)
    assert len([name for name in names(used.parent) if "damaged" in name]) == 2


async def test_a_folder_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    error = refusal(tmp_path / "nowhere" / "events.db")
    assert "unable to open" in error.detail


async def test_a_folder_that_is_a_file_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file")
    refusal(tmp_path / "state" / "events.db")


async def test_a_file_that_is_a_folder_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "events.db").mkdir()
    refusal(tmp_path / "events.db")
    assert (tmp_path / "events.db").is_dir()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
async def test_a_folder_that_cannot_be_written_is_one_sentence(used: Path) -> None:
    used.parent.chmod(0o500)
    try:
        refusal(used)
        assert query(used, "SELECT id FROM devices") == [("lamp-1",)]
    finally:
        used.parent.chmod(0o700)


async def test_a_file_that_another_process_holds_is_one_sentence(
    used: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gateway.store, "MIGRATIONS", (*MIGRATIONS, NEXT))
    monkeypatch.setattr(sqlite3, "connect", partial(sqlite3.connect, timeout=0.05))
    other = sqlite3.connect(used, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        assert "locked" in refusal(used).detail
    finally:
        other.close()
    assert "events.db" in names(used.parent)


async def test_an_unfinished_log_beside_the_file_is_taken_in(used: Path) -> None:
    store = Store(used)
    store.open()
    await store.write(lambda db: db.execute("UPDATE devices SET name = 'In the log'"))
    log = content(used.with_name("events.db-wal"))
    file = content(used)
    await store.aclose()
    put(used, file)
    put(used.with_name("events.db-wal"), log)
    async with house(used.parent) as home:
        assert home.entry("lamp-1").name == "In the log"


async def alter(path: Path, sql: str) -> None:
    database = sqlite3.connect(path)
    database.execute(sql)
    database.commit()
    database.close()


@pytest.mark.parametrize(
    "spoilt",
    [
        "UPDATE devices SET facts = 'no json'",
        "UPDATE devices SET last_seen = 'yesterday'",
        "UPDATE scenes SET steps = '[{}]'",
        "DROP TABLE devices",
    ],
)
async def test_rows_that_make_no_sense_are_one_sentence(used: Path, spoilt: str) -> None:
    await alter(used, spoilt)
    with pytest.raises(CannotStart):
        async with house(used.parent):
            pass


async def test_a_kind_that_this_version_does_not_know_is_left_out(used: Path) -> None:
    await alter(
        used, """UPDATE devices SET facts = replace(facts, '["light"]', '["light", "spa"]')"""
    )
    async with house(used.parent) as home:
        assert home.entry("lamp-1").kinds == ("light",)


async def test_a_state_that_this_version_cannot_read_is_not_known(used: Path) -> None:
    await alter(used, """UPDATE devices SET states = replace(states, '"on"', '"onn"')""")
    async with house(used.parent) as home:
        assert home.entry("lamp-1").observed == {}


async def test_a_token_of_a_preset_that_this_version_does_not_know_opens_nothing(
    used: Path,
) -> None:
    async with house(used.parent) as home:
        token = await home.home.tokens.new("wizard", "owner")
    await alter(used, "UPDATE grants SET preset = 'wizard' WHERE name = 'wizard'")
    async with house(used.parent) as home:
        with pytest.raises(Unauthorized):
            home.door.open(token)
        assert "wizard" in [row["name"] for row in home.home.tokens.list()]
