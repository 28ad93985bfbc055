"""What times out may have happened; what shows within two minutes amends the receipt."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from gateway.capabilities.light import LightState
from gateway.errors import StoreFailed, TimedOut, Unreachable
from gateway.schema import Model
from gateway.session import Session
from tests.core.misbehaving import AskedLight, HeldLight, lit
from tests.core.rigs import one, told, until
from tests.incore import CoreLight, House, house, lamp, speaker


async def receipt_once(session: Session, outcome: str) -> dict[str, Any]:
    """Return the newest receipt as soon as it has this outcome."""
    async with asyncio.timeout(5):
        while True:
            (newest, *_) = (await session.receipts(limit=1))["receipts"]
            if newest["outcome"] == outcome:
                return dict(newest)


@pytest.fixture
async def slow(impatient: None, home: House) -> House:
    home.capability("lamp-1", "light").takes = 60
    return home


async def test_a_time_out_is_unknown_and_says_that_it_may_have_happened(slow: House) -> None:
    session = await slow.session()
    answer = await session.call("set_light", {"targets": "lamp-1", "on": True})
    (result,) = answer["results"]
    assert result["outcome"] == "unknown"
    assert result["error"]["code"] == TimedOut.code
    assert "unclear" in answer["summary"]
    assert len(told(slow, "lamp-1", "light")) == 1, "what may have happened is not sent again"
    assert (await session.receipts())["receipts"][0]["outcome"] == "unknown"


async def test_a_late_report_amends_the_receipt_to_done(slow: House) -> None:
    session = await slow.session()
    await session.call("set_light", {"targets": "lamp-1", "on": True})
    slow.capability("lamp-1", "light").report(LightState(on=True, brightness=50))
    receipt = await receipt_once(session, "done")
    (result,) = receipt["results"]
    assert (result["outcome"], result["late"]) == ("done", True)
    assert result["after"] == {"on": True, "brightness": 50}
    assert result["before"] == {"on": False, "brightness": 50}
    assert "error" not in result


async def test_a_late_report_amends_only_its_own_device(slow: House) -> None:
    slow.capability("lamp-2", "light").takes = 60
    session = await slow.session()
    await session.call("set_light", {"targets": ["lamp-1", "lamp-2"], "on": True})
    slow.capability("lamp-2", "light").report(LightState(on=True))
    receipt = await receipt_once(session, "mixed")
    assert {one["device"]: one["outcome"] for one in receipt["results"]} == {
        "lamp-1": "unknown",
        "lamp-2": "done",
    }


async def test_a_report_of_something_else_amends_nothing(slow: House) -> None:
    session = await slow.session()
    await session.call("set_light", {"targets": "lamp-1", "brightness": 80})
    slow.capability("lamp-1", "light").report(LightState(on=True, brightness=50))
    assert (await session.receipts())["receipts"][0]["outcome"] == "unknown"
    slow.capability("lamp-1", "light").report(LightState(on=True, brightness=80))
    await receipt_once(session, "done")


async def test_what_was_not_seen_is_amended_likewise(impatient: None, home: House) -> None:
    home.capability("lamp-1", "light").ignores = True
    session = await home.session()
    result = await one(session, "set_light", targets="lamp-1", on=True)
    assert result["outcome"] == "unverified"
    home.capability("lamp-1", "light").report(LightState(on=True))
    await receipt_once(session, "done")


async def test_what_shows_before_the_time_out_is_done(impatient: None, tmp_path: Path) -> None:
    class Slow(CoreLight):
        async def set_light(self, change: Any) -> None:
            self.report(LightState(on=True))
            await asyncio.Event().wait()

    async with house(tmp_path, lit("lamp-1", "Lamp", Slow())) as home:
        session = await home.session()
        assert (await one(session, "set_light", targets="lamp-1", on=True))["outcome"] == "done"


async def test_what_shows_while_others_are_still_told_is_not_missed(
    impatient: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    quick, held = CoreLight(), HeldLight()
    quick.ignores = True
    devices = [lit("lamp-1", "Quick", quick), lit("lamp-2", "Held", held)]
    async with house(tmp_path, *devices) as home:
        monkeypatch.setattr("gateway.acting.ANSWER_WITHIN", 5)
        session = await home.session()
        call = session.call("set_light", {"targets": "all", "on": True})
        async with asyncio.TaskGroup() as group:
            calling = group.create_task(call)
            await held.entered.wait()
            watchers = home.entry("lamp-1")._watchers
            await until(lambda: quick.told and not watchers)
            quick.report(LightState(on=True))
            held.free.set()
        outcomes = [result["outcome"] for result in calling.result()["results"]]
        assert outcomes == ["unverified", "done"]
        await receipt_once(session, "done")


async def test_a_device_that_is_announced_anew_meanwhile_is_waited_for(tmp_path: Path) -> None:
    held = HeldLight()
    async with house(tmp_path, lit("lamp-1", "Lamp", held)) as home:
        session = await home.session()
        async with asyncio.TaskGroup() as group:
            call = session.call("set_light", {"targets": "lamp-1", "on": True})
            calling = group.create_task(call)
            await held.entered.wait()
            home.add(lamp("lamp-1", "Lamp"))
            home.capability("lamp-1", "light").report(LightState(on=True))
            held.free.set()
        assert calling.result()["counts"] == {"done": 1}


async def test_a_device_that_loses_its_kind_meanwhile_is_unverified(
    impatient: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = HeldLight()
    async with house(tmp_path, lit("lamp-1", "Lamp", held), lamp("lamp-2", "Other")) as home:
        monkeypatch.setattr("gateway.acting.ANSWER_WITHIN", 5)
        session = await home.session()
        async with asyncio.TaskGroup() as group:
            call = session.call("set_light", {"targets": "all", "on": True})
            calling = group.create_task(call)
            await held.entered.wait()
            home.add(speaker("lamp-1", "Speaker now"))
            held.free.set()
        assert calling.result()["counts"] == {"unverified": 1, "done": 1}


async def test_a_device_that_goes_while_another_caller_waits_is_not_told(tmp_path: Path) -> None:
    held = HeldLight()
    async with house(tmp_path, lit("lamp-1", "Lamp", held)) as home:
        session = await home.session()
        async with asyncio.TaskGroup() as group:
            first = group.create_task(
                session.call("set_light", {"targets": "lamp-1", "brightness": 10})
            )
            await held.entered.wait()
            second = group.create_task(
                session.call("set_light", {"targets": "lamp-1", "brightness": 90})
            )
            await until(lambda: home.entry("lamp-1").lock._waiters)
            home.home.registry.offline(home.entry("lamp-1"), "plug pulled")
            held.free.set()
        assert first.result()["counts"] == {"done": 1}
        assert second.result()["counts"] == {"failed": 1}
        assert [change.brightness for change in held.told] == [10]


async def test_a_late_report_that_cannot_be_kept_is_logged_and_no_more(
    home: House, caplog: pytest.LogCaptureFixture
) -> None:
    async def amend(state: Model) -> None:
        raise StoreFailed("events.db cannot be written: disk is full")

    before = asyncio.all_tasks()
    home.home.late.expect(home.entry("lamp-1"), "light", {"on": True}, amend)
    home.capability("lamp-1", "light").report(LightState(on=True))
    await until(lambda: asyncio.all_tasks() == before)
    assert "lamp-1 showed late could not be kept" in caplog.text


async def test_asking_at_the_end_is_enough_when_a_report_was_lost(
    impatient: None, tmp_path: Path
) -> None:
    class Lossy(AskedLight):
        pushes = True

    async with house(tmp_path, lit("lamp-1", "Lamp", Lossy())) as home:
        session = await home.session()
        result = await one(session, "set_light", targets="lamp-1", on=True)
        assert result["outcome"] == "done"
        assert home.capability("lamp-1", "light").asked == 1


async def test_an_unreachable_device_after_a_time_out_stays_unknown(slow: House) -> None:
    slow.capability("lamp-1", "light").takes = 0
    slow.capability("lamp-1", "light").fails = TimedOut("no answer on port 9999")
    session = await slow.session()
    result = await one(session, "set_light", targets="lamp-1", on=True)
    assert result["outcome"] == "unknown"
    assert result["error"]["detail"] == "no answer on port 9999"
    slow.capability("lamp-1", "light").fails = Unreachable("refused")
    assert (await one(session, "set_light", targets="lamp-1", on=True))["outcome"] == "failed"
