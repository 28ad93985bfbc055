"""Many callers at once: no device hears two at a time, and none waits for another device."""

import asyncio
from pathlib import Path

import pytest

from tests.core.misbehaving import HeldLight, changes, lit
from tests.core.rigs import one, until
from tests.incore import house, lamp


async def test_two_callers_on_one_device_do_not_interleave(tmp_path: Path) -> None:
    held = HeldLight()
    async with house(tmp_path, lit("lamp-1", "Lamp", held)) as home:
        session = await home.session()
        async with asyncio.TaskGroup() as group:
            calls = [
                group.create_task(
                    session.call("set_light", {"targets": "lamp-1", "brightness": value})
                )
                for value in (10, 40, 70)
            ]
            await held.entered.wait()
            held.free.set()
        assert [call.result()["counts"] for call in calls] == [{"done": 1}] * 3
        assert held.most_inside == 1
        assert [change["brightness"] for change in changes(held.told)] == [10, 40, 70]


async def test_two_hundred_calls_to_twenty_devices_are_all_right(tmp_path: Path) -> None:
    devices = [lamp(f"lamp-{number}", f"Lamp {number}") for number in range(20)]
    async with house(tmp_path, *devices) as home:
        session = await home.session()

        async def call(number: int) -> None:
            id, value = f"lamp-{number % 20}", number % 99 + 1
            result = await one(session, "set_light", targets=id, brightness=value)
            assert result["device"] == id
            assert result["outcome"] in ("done", "already")
            assert abs(result["after"]["brightness"] - value) <= 1

        async with asyncio.timeout(20), asyncio.TaskGroup() as group:
            for number in range(200):
                group.create_task(call(number))
        receipts = (await session.receipts(limit=100))["receipts"]
        assert {receipt["outcome"] for receipt in receipts} <= {"done", "already"}
        assert receipts[0]["seq"] == 200
        assert not any(entry.lock.locked() for entry in home.home.registry)


async def test_no_lock_is_held_across_devices(tmp_path: Path) -> None:
    held = HeldLight()
    async with house(tmp_path, lit("lamp-1", "Held", held), lamp("lamp-2", "Free")) as home:
        session = await home.session()
        async with asyncio.TaskGroup() as group:
            both = group.create_task(session.call("set_light", {"targets": "all", "on": True}))
            await held.entered.wait()
            async with asyncio.timeout(5):
                result = await one(session, "set_light", targets="lamp-2", brightness=30)
                assert result["outcome"] == "done"
                state = await session.call("get_state", {"targets": "lamp-1"})
                assert state["states"][0]["state"]["on"] is False
            held.free.set()
        assert both.result()["counts"]["done"] == 2


async def test_a_slow_device_does_not_delay_the_answer_about_another(tmp_path: Path) -> None:
    held = HeldLight()
    devices = [lit("lamp-0", "Held", held)]
    devices += [lamp(f"lamp-{number}", f"Lamp {number}") for number in range(1, 21)]
    async with house(tmp_path, *devices) as home:
        session = await home.session()
        async with asyncio.TaskGroup() as group:
            slow = group.create_task(session.call("set_light", {"targets": "all", "on": True}))
            await held.entered.wait()
            others = [home.capability(f"lamp-{number}", "light") for number in range(1, 21)]
            await until(lambda: all(other.state.on for other in others))
            held.free.set()
        assert slow.result()["counts"] == {"done": 21}


async def test_a_cancelled_call_leaves_unknown_and_a_usable_device(tmp_path: Path) -> None:
    held = HeldLight()
    async with house(tmp_path, lit("lamp-1", "Lamp", held)) as home:
        session = await home.session()
        before = asyncio.all_tasks()
        calling = asyncio.create_task(session.call("set_light", {"targets": "all", "on": True}))
        await held.entered.wait()
        calling.cancel()
        with pytest.raises(asyncio.CancelledError):
            await calling
        assert asyncio.all_tasks() == before
        (receipt,) = (await session.receipts())["receipts"]
        assert receipt["outcome"] == "unknown" and "finished" not in receipt
        held.free.set()
        async with asyncio.timeout(5):
            assert (await one(session, "set_light", targets="lamp-1", on=True))["outcome"] == "done"


async def test_a_caller_that_is_cancelled_in_the_queue_is_never_sent(tmp_path: Path) -> None:
    held = HeldLight()
    async with house(tmp_path, lit("lamp-1", "Lamp", held)) as home:
        session = await home.session()
        first = asyncio.create_task(session.call("set_light", {"targets": "all", "brightness": 9}))
        await held.entered.wait()
        second = asyncio.create_task(session.call("set_light", {"targets": "all", "on": False}))
        await until(lambda: home.entry("lamp-1").lock._waiters)
        second.cancel()
        with pytest.raises(asyncio.CancelledError):
            await second
        held.free.set()
        assert (await first)["counts"] == {"done": 1}
        assert changes(held.told) == [{"brightness": 9}]


async def test_a_cancelled_call_to_many_devices_leaves_no_task(tmp_path: Path) -> None:
    lights = [HeldLight() for _ in range(5)]
    devices = [lit(f"lamp-{number}", f"L{number}", one) for number, one in enumerate(lights)]
    async with house(tmp_path, *devices) as home:
        session = await home.session()
        before = asyncio.all_tasks()
        calling = asyncio.create_task(session.call("set_light", {"targets": "all", "on": True}))
        for light in lights:
            await light.entered.wait()
        calling.cancel()
        with pytest.raises(asyncio.CancelledError):
            await calling
        assert asyncio.all_tasks() == before
        assert not any(entry.lock.locked() for entry in home.home.registry)
        assert all(light.inside == 0 for light in lights)


async def test_closing_the_home_stops_waiting_for_late_reports(
    impatient: None, tmp_path: Path
) -> None:
    before = asyncio.all_tasks()
    async with house(tmp_path, lamp("lamp-1", "Lamp")) as home:
        home.capability("lamp-1", "light").ignores = True
        session = await home.session()
        await session.call("set_light", {"targets": "lamp-1", "on": True})
        assert len(home.home.late._tasks) == 1
    assert asyncio.all_tasks() == before
