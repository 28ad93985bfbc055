"""The durable record: written before anything is sent, finished after, each agent its own."""

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from gateway.clock import SetClock
from gateway.receipts import overall
from gateway.session import Session
from tests.core.misbehaving import HeldLight, lit
from tests.core.rigs import Limited, error_of, session_of
from tests.incore import House, house, lamp


async def newest(session: Session) -> dict[str, Any]:
    return dict((await session.receipts(limit=1))["receipts"][0])


async def test_the_row_stands_before_anything_is_sent(tmp_path: Path) -> None:
    held = HeldLight()
    async with house(tmp_path, lit("lamp-1", "Lamp", held)) as home:
        session = await home.session()
        async with asyncio.TaskGroup() as group:
            group.create_task(session.call("set_light", {"targets": "lamp-1", "on": True}))
            await held.entered.wait()
            receipt = await newest(session)
            assert receipt["outcome"] == "unknown" and "finished" not in receipt
            assert receipt["tool"] == "set_light"
            assert receipt["arguments"] == {"targets": "lamp-1", "on": True}
            assert receipt["results"] == [
                {
                    "device": "lamp-1",
                    "kind": "light",
                    "outcome": "unknown",
                    "before": {"on": False, "brightness": 50},
                }
            ]
            held.free.set()
        assert (await newest(session))["outcome"] == "done"


async def test_a_receipt_that_was_just_given_reads_finished(owner: Session) -> None:
    for value in range(1, 30):
        answer = await owner.call("set_light", {"targets": "lamp-1", "brightness": value * 3})
        receipt = await newest(owner)
        assert receipt["id"] == answer["receipt"]
        assert receipt["outcome"] in ("done", "already") and receipt["finished"]


async def test_receipts_come_newest_first_and_in_pages(owner: Session) -> None:
    for _ in range(5):
        await owner.call("control_music", {"targets": "speaker-1", "do": "next"})
    first = (await owner.receipts(limit=2))["receipts"]
    assert [receipt["seq"] for receipt in first] == [5, 4]
    second = (await owner.receipts(limit=2, before=4))["receipts"]
    assert [receipt["seq"] for receipt in second] == [3, 2]


async def test_the_order_is_that_of_starting(tmp_path: Path) -> None:
    held = HeldLight()
    async with house(tmp_path, lit("lamp-1", "Held", held), lamp("lamp-2", "Free")) as home:
        session = await home.session()
        async with asyncio.TaskGroup() as group:
            group.create_task(session.call("set_light", {"targets": "lamp-1", "on": True}))
            await held.entered.wait()
            await session.call("set_light", {"targets": "lamp-2", "on": True})
            held.free.set()
        receipts = (await session.receipts())["receipts"]
        assert [one["results"][0]["device"] for one in receipts] == ["lamp-2", "lamp-1"]


async def test_an_agent_sees_only_its_own(home: House, owner: Session) -> None:
    child = session_of(home, Limited("child"))
    await owner.call("set_light", {"targets": "lamp-1", "on": True})
    await child.call("set_light", {"targets": "lamp-2", "on": True})
    mine = (await child.receipts())["receipts"]
    assert [(one["agent"], one["results"][0]["device"]) for one in mine] == [("child", "lamp-2")]
    assert len((await owner.receipts())["receipts"]) == 2
    reader = await home.session("read-only")
    assert (await reader.receipts())["receipts"] == []


async def test_times_are_told_in_the_homes_time(tmp_path: Path, clock: SetClock) -> None:
    devices = [lamp("lamp-1", "Lamp")]
    async with house(tmp_path, *devices, clock=clock, timezone="Europe/Berlin") as home:
        session = await home.session()
        await session.call("set_light", {"targets": "lamp-1", "on": True})
        receipt = await newest(session)
        assert receipt["started"] == receipt["finished"] == "2026-01-02T13:00:00+01:00"
        (kept,) = await home.home.store.read(
            lambda db: db.execute("SELECT started FROM receipts").fetchone()
        )
        assert kept == "2026-01-02T12:00:00+00:00"


async def test_a_refusal_is_recorded_beside_what_was_done(home: House, owner: Session) -> None:
    await owner.call("set_light", {"targets": ["lamp-1", "Kettle"], "on": True})
    receipt = await newest(owner)
    assert receipt["outcome"] == "mixed"
    lit, kettle = receipt["results"]
    assert (lit["outcome"], lit["before"]) == ("done", {"on": False, "brightness": 50})
    assert kettle["outcome"] == "refused" and kettle["error"]["code"] == "unknown_target"


async def test_reading_leaves_no_receipt(owner: Session) -> None:
    await owner.call("get_state", {"targets": "all", "fresh": True})
    await owner.call("check_devices", {})
    await owner.call("get_home_info", {})
    assert (await owner.receipts())["receipts"] == []


async def test_what_was_not_understood_leaves_no_receipt(owner: Session) -> None:
    await error_of(owner, "set_light", {"targets": "nobody", "on": True})
    await error_of(owner, "set_light", {"targets": "lamp-1", "on": 1})
    await error_of(owner, "set_thermostat", {"targets": "heat-1", "temperature": 72})
    assert (await owner.receipts())["receipts"] == []


async def test_the_owners_edits_and_scenes_are_receipted(owner: Session) -> None:
    await owner.call("edit_device", {"target": "lamp-1", "name": "Lamp"})
    receipt = await newest(owner)
    assert receipt["results"][0]["before"]["name"] is None
    assert (receipt["tool"], receipt["outcome"]) == ("edit_device", "done")
    await owner.call("save_scene", {"name": "Now", "targets": "lamp-1"})
    assert (await newest(owner))["tool"] == "save_scene"
    await owner.call("remove", {"id": "scene:now"})
    receipt = await newest(owner)
    assert receipt["tool"] == "remove"
    assert receipt["results"][0]["steps"][0]["tool"] == "set_light"


@pytest.mark.parametrize(
    ("outcomes", "word"),
    [
        ([], "done"),
        (["done"], "done"),
        (["already"], "already"),
        (["already", "done"], "done"),
        (["done", "failed"], "mixed"),
        (["failed", "failed"], "failed"),
        (["already", "unverified"], "mixed"),
        (["unknown"], "unknown"),
    ],
)
def test_one_word_stands_for_several_outcomes(outcomes: Sequence[str], word: str) -> None:
    assert overall(outcomes) == word


async def test_a_receipt_is_plain_json(owner: Session) -> None:
    await owner.call("set_light", {"targets": ["lamp-1", "lamp-2"], "color": "red"})
    json.dumps(await newest(owner), allow_nan=False)
