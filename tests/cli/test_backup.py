"""A backup taken at full speed is a whole log; put back, no number is given twice."""

import asyncio
import json
import os
import resource
import sqlite3
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gateway.backup import GAP, NoBackup, back_up, restore
from gateway.errors import InvalidArguments, StoreFailed
from gateway.subscriptions import Filter
from tests.incore import house


def copied(state: Path, target: Path, **more: bool) -> dict[str, Any]:
    asked = {"history": False, "secrets": False} | more
    return back_up(state, target, version="1", progress=lambda left, all: None, **asked)


async def logged(state: Path, count: int) -> list[int]:
    """Open a home, log that many events, close it; return their numbers."""
    async with house(state) as home:
        events = home.home.events
        return [(await events.append("x.y", {"n": n})).seq for n in range(count)]


@pytest.fixture
def state(tmp_path: Path) -> Path:
    folder = tmp_path / "state"
    folder.mkdir()
    return folder


@pytest.fixture
async def file(state: Path, tmp_path: Path) -> Path:
    """A backup of a home with three events."""
    await logged(state, 3)
    copied(state, tmp_path / "copy.tar.gz")
    return tmp_path / "copy.tar.gz"


async def test_a_backup_under_load_is_whole_and_a_restore_goes_on_far_behind(
    state: Path, tmp_path: Path
) -> None:
    file = tmp_path / "copy.tar.gz"
    async with house(state) as home:
        events = home.home.events
        done = [await events.append("x.y", {"n": n}) for n in range(200)]
        copying = asyncio.create_task(asyncio.to_thread(copied, state, file, history=True))
        while not copying.done():
            await events.append("x.y", {"n": events.last})
        await copying
        reached = events.last
        await events.append("x.y", {"lost": True})
    told = restore(state, file)
    assert told["home"] == done[0].home
    with sqlite3.connect(state / "events.db") as db:
        kept = [seq for (seq,) in db.execute("SELECT seq FROM events ORDER BY seq")]
        assert db.execute("PRAGMA quick_check").fetchone() == ("ok",)
    assert kept[:200] == [event.seq for event in done]
    assert kept == list(range(1, len(kept) + 1))
    assert len(kept) <= reached
    async with house(state) as home:
        events = home.home.events
        new = await events.append("x.y", {})
        assert new.seq == reached + 1 + GAP + 1
        session = await home.session()
        page = await session.events(Filter(), after=done[-1].cursor, limit=1000)
        assert page["truncated"]
        assert page["events"][-1]["seq"] >= new.seq
    assert set(told["aside"]) == {name for name in content(state) if "before-restore" in name}


async def test_the_same_backup_put_back_twice_gives_no_number_twice(
    state: Path, file: Path
) -> None:
    given: set[int] = set()
    for _ in range(3):
        restore(state, file)
        new = set(await logged(state, 2))
        assert not given & new
        given |= new


async def test_what_waits_for_a_webhook_is_in_the_backup(
    state: Path, file: Path, tmp_path: Path
) -> None:
    with sqlite3.connect(state / "events.db") as db:
        db.execute("INSERT INTO outbox VALUES (1, 'lamp', 2)")
    copied(state, tmp_path / "later.tgz")
    restore(state, file)
    assert rows(state) == []
    restore(state, tmp_path / "later.tgz")
    assert rows(state) == [(1, "lamp", 2)]


def rows(state: Path) -> list[Any]:
    with sqlite3.connect(state / "events.db") as db:
        return db.execute("SELECT * FROM outbox").fetchall()


async def test_only_the_owner_can_read_a_backup_and_secrets_are_in_it_where_asked_for(
    state: Path, file: Path, tmp_path: Path
) -> None:
    token = (state / "owner.token").read_text()
    with_secrets = tmp_path / "secret.tar.gz"
    copied(state, with_secrets, secrets=True)
    assert {path.stat().st_mode & 0o777 for path in (file, with_secrets)} == {0o600}
    with tarfile.open(file) as plain, tarfile.open(with_secrets) as whole:
        assert "owner.token" not in plain.getnames()
        assert set(whole.getnames()) == {"manifest.json", "events.db", "owner.token"}
        assert {(one.mode, one.uid, one.uname) for one in whole} == {(0o600, 0, "")}
    (state / "owner.token").write_text("another")
    restore(state, with_secrets)
    assert (state / "owner.token").read_text() == token
    assert (state / "owner.token").stat().st_mode & 0o777 == 0o600


def edited(file: Path, change: Callable[[Path], None]) -> Path:
    """Take an archive apart, change it, and put what is in the folder together again."""
    folder = file.parent / "edited"
    folder.mkdir()
    with tarfile.open(file) as archive:
        for member in archive:
            content = archive.extractfile(member)
            assert content is not None
            (folder / member.name).write_bytes(content.read())
    change(folder)
    made = file.parent / "edited.tar.gz"
    with tarfile.open(made, "w:gz") as archive:
        for path in sorted(folder.iterdir()):
            archive.add(path, path.name)
    return made


def newer(folder: Path) -> None:
    with sqlite3.connect(folder / "events.db") as db:
        db.execute("PRAGMA user_version=999")


def of_another_format(folder: Path) -> None:
    manifest = folder / "manifest.json"
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | {"format": 2}))


def torn(folder: Path) -> None:
    data = bytearray((folder / "events.db").read_bytes())
    data[4096:12288] = b"x" * 8192
    (folder / "events.db").write_bytes(data)


WRONG: dict[str, Callable[[Path], Any]] = {
    "a newer schema": newer,
    "a newer format": of_another_format,
    "a torn database": torn,
    "no database": lambda folder: (folder / "events.db").unlink(),
    "an empty database": lambda folder: (folder / "events.db").write_bytes(b""),
    "no manifest": lambda folder: (folder / "manifest.json").unlink(),
    "a manifest of somebody else": lambda folder: (folder / "manifest.json").write_text("[]"),
    "a file too many": lambda folder: (folder / "lock").write_text(""),
    "a link": lambda folder: (folder / "secrets.toml").symlink_to("/etc/passwd"),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_backup_that_is_not_right_is_refused_and_changes_nothing(
    what: str, state: Path, file: Path
) -> None:
    refused(state, edited(file, WRONG[what]))


def test_an_archive_that_leads_out_of_the_folder_is_refused(state: Path, file: Path) -> None:
    evil = file.parent / "evil.tar.gz"
    with tarfile.open(evil, "w:gz") as archive:
        archive.add(file, "../escaped")
    refused(state, evil)
    assert not (state.parent / "escaped").exists()


@pytest.mark.parametrize("place", [0, 40, -6])
def test_a_single_wrong_byte_is_noticed(place: int, state: Path, file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[place] ^= 0xFF
    file.write_bytes(data)
    refused(state, file)


def test_half_an_archive_is_refused(state: Path, file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-500])
    refused(state, file)


def refused(state: Path, file: Path) -> None:
    before = content(state)
    with pytest.raises(NoBackup):
        restore(state, file)
    assert content(state) == before


def content(state: Path) -> dict[str, bytes]:
    return {one.name: one.read_bytes() for one in state.iterdir()}


async def test_a_restore_that_fails_half_way_is_taken_back(
    state: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await logged(state, 1)
    file = tmp_path / "copy.tar.gz"
    copied(state, file, history=True)
    before = content(state)
    synced: list[int] = []

    def sync(handle: int) -> None:
        synced.append(handle)
        if len(synced) == 2:
            raise OSError("the disk has gone")

    monkeypatch.setattr(os, "fsync", sync)
    with pytest.raises(StoreFailed):
        restore(state, file)
    assert len(synced) == 2
    assert content(state) == before


def test_a_name_that_is_no_archives_overwrites_nothing(state: Path, file: Path) -> None:
    before = content(state)
    with pytest.raises(InvalidArguments):
        copied(state, state / "events.db")
    assert content(state) == before


def test_nothing_is_copied_of_nothing_and_no_half_file_stays(tmp_path: Path) -> None:
    with pytest.raises(StoreFailed):
        copied(tmp_path, tmp_path / "copy.tar.gz")
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_leaves_the_backup_before_and_no_half_file(state: Path, file: Path) -> None:
    before, names = file.read_bytes(), sorted(path.name for path in file.parent.iterdir())
    ran = subprocess.run(
        [sys.executable, "-m", "cli.main", "backup", str(file), "--state", str(state)],
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192)),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ran.returncode == 1, ran.stderr
    assert "cannot be written" in ran.stderr
    assert file.read_bytes() == before
    assert sorted(path.name for path in file.parent.iterdir()) == names
