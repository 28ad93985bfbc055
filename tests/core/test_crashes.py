"""Killed in the middle, and a disk without room: what is kept is true, and nothing is sent."""

import asyncio
import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.errors import StoreFailed
from gateway.session import Session
from tests.core.rigs import error_of, one, told
from tests.incore import House, house, lamp

ROOT = Path(__file__).parents[2]


def run(module: str, state: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", module, str(state)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )


async def test_a_process_killed_in_the_middle_leaves_unknown(tmp_path: Path) -> None:
    with run("tests.core.killed", tmp_path) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "sent\n"
        process.kill()
        assert process.wait(timeout=10) == -signal.SIGKILL
    async with house(tmp_path, lamp("lamp-1", "Lamp")) as home:
        session = home.door.open((tmp_path / "owner.token").read_text().strip())
        (receipt,) = (await session.receipts())["receipts"]
        assert receipt["outcome"] == "unknown"
        assert receipt["results"][0]["outcome"] == "unknown"
        assert receipt["results"][0]["before"] == {"on": False, "brightness": 50}
        assert (await one(session, "set_light", targets="lamp-1", on=True))["outcome"] == "done"


def test_a_disk_without_room_is_a_typed_error_and_nothing_is_sent(tmp_path: Path) -> None:
    with run("tests.core.full", tmp_path) as process:
        said, _ = process.communicate(timeout=30)
    assert process.returncode == 0
    told_then = json.loads(said)
    assert told_then["sent"] == 0
    assert told_then["met"][:3] == ["store_failed"] * 3
    assert told_then["met"][3:] == ["“Lamp”: off.", "done"]


@pytest.fixture
async def full(home: House) -> House:
    """A home whose file may not grow by a page any more."""

    def stop(db: object) -> None:
        (pages,) = db.execute("PRAGMA page_count").fetchone()  # type: ignore[attr-defined]
        db.execute(f"PRAGMA max_page_count = {pages}")  # type: ignore[attr-defined]

    await home.home.store.write(stop)
    return home


async def grow(home: House) -> None:
    """Let the file grow again, also where this is committed with what does not fit."""
    async with asyncio.timeout(10):
        while True:
            try:
                await home.home.store.write(lambda db: db.execute("PRAGMA max_page_count = 100000"))
                return
            except StoreFailed:
                await asyncio.sleep(0.01)


LONG = "x" * 200


async def until_full(session: Session) -> StoreFailed:
    """Act until the file is full; return the error."""
    for number in range(2000):
        asked = {"targets": "speaker-1", "what": f"{number}{LONG}"[:200]}
        try:
            await session.call("play_music", asked)
        except StoreFailed as error:
            return error
    raise AssertionError("the file never filled up")


async def test_a_full_store_refuses_to_act_and_resumes(full: House) -> None:
    session = await full.session()
    error = await until_full(session)
    assert error.retryable and error.status == 507
    sent = len(told(full, "speaker-1", "media"))
    again = await error_of(session, "play_music", {"targets": "speaker-1", "what": LONG})
    assert isinstance(again, StoreFailed)
    assert len(told(full, "speaker-1", "media")) == sent
    await session.call("get_state", {"targets": "all"})
    await session.call("check_devices", {})
    await grow(full)
    result = await one(session, "play_music", targets="speaker-1", what="Jazz")
    assert result["outcome"] == "done"


async def test_a_full_store_keeps_no_half_of_a_scene_or_a_name(full: House) -> None:
    session = await full.session()
    await until_full(session)
    step = {"tool": "play_music", "arguments": {"targets": "all", "what": LONG}}
    for tool, asked in (
        ("edit_device", {"target": "lamp-1", "name": "Renamed", "aliases": [LONG[:80]] * 20}),
        ("save_scene", {"name": "Big", "steps": [step] * 50}),
    ):
        assert isinstance(await error_of(session, tool, asked), StoreFailed)
    assert full.entry("lamp-1").name == "Desk lamp"
    assert [scene.name for scene in full.home.scenes] == ["Sleepy time"]
    await grow(full)


async def test_what_was_learnt_while_the_disk_was_full_is_written_later(
    full: House, tmp_path: Path
) -> None:
    session = await full.session()
    await until_full(session)
    full.add(*(lamp(f"new-{number}", LONG) for number in range(60)))
    with pytest.raises(StoreFailed):
        await full.home.registry.save()
    await grow(full)
    await full.home.registry.save()
    (kept,) = await full.home.store.read(
        lambda db: db.execute("SELECT count(*) FROM devices WHERE id LIKE 'new-%'").fetchone()
    )
    assert kept == 60
