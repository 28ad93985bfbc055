"""A backup taken at full speed is a whole log; put back, no number is given twice."""

import asyncio
import sqlite3
import tarfile
from pathlib import Path

import pytest

from gateway.backup import GAP, NoBackup, back_up, restore
from gateway.errors import StoreFailed
from tests.incore import house


def copied(state: Path, target: Path, **more: bool) -> dict[str, object]:
    asked = {"history": False, "secrets": False} | more
    return back_up(state, target, progress=lambda left, all: None, **asked)


async def test_a_backup_under_load_is_whole_and_a_restore_goes_on_far_behind(
    tmp_path: Path,
) -> None:
    state, file = tmp_path / "state", tmp_path / "copy.tar.gz"
    state.mkdir()
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
        assert new.seq == kept[-1] + GAP + 1
        session = await home.session()
        from gateway.subscriptions import Filter

        page = await session.events(Filter(), after=done[-1].cursor, limit=1000)
        assert page["truncated"]
        assert page["events"][-1]["seq"] >= new.seq
    assert list(state.glob("events.db.before-restore-*"))


def test_what_is_no_backup_changes_nothing(tmp_path: Path) -> None:
    state = tmp_path / "state"
    state.mkdir()
    (state / "events.db").write_bytes(b"precious")
    nonsense = tmp_path / "nonsense.tar.gz"
    nonsense.write_bytes(b"x" * 1000)
    with pytest.raises(NoBackup):
        restore(state, nonsense)
    evil = tmp_path / "evil.tar.gz"
    with tarfile.open(evil, "w:gz") as archive:
        archive.add(nonsense, "../escaped")
    with pytest.raises(NoBackup):
        restore(state, evil)
    assert (state / "events.db").read_bytes() == b"precious"
    assert not (tmp_path / "escaped").exists()
    assert sorted(one.name for one in state.iterdir()) == ["events.db"]


def test_nothing_is_copied_of_nothing_and_no_half_file_stays(tmp_path: Path) -> None:
    with pytest.raises(StoreFailed):
        copied(tmp_path, tmp_path / "copy.tar.gz")
    assert list(tmp_path.iterdir()) == []
