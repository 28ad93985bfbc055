"""The way of a report: what is logged at once, what seldom, and what comes of whom."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from gateway.capabilities.energy import EnergyState
from gateway.capabilities.light import LightState
from gateway.capabilities.sensors import ButtonPress, ButtonState
from gateway.clock import SetClock
from gateway.event import Event
from tests.core.rigs import Hiding, reporting, session_of, small_house, strip, until
from tests.incore import House, house, lamp, plug
from tests.inhouse import CoreButton


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[House]:
    button = reporting("button-1", "Bed button", CoreButton(), ButtonState())
    async with house(
        tmp_path, lamp("lamp-1", "Desk lamp"), plug("plug-1", "Kettle"), button, clock=SetClock()
    ) as one:
        await settled(one)
        yield one


async def settled(home: House, since: Callable[[], bool] = lambda: True) -> None:
    """Wait until everything that was noted is in the log."""
    await until(lambda: home.home.events.waiting == 0 and home.home.events.last > 0 and since())


async def logged(home: House, name: str) -> list[Event]:
    await settled(home)
    page = await home.home.events.page(0, 10_000, lambda event: event.name == name)
    return page.events


async def data(home: House, name: str) -> list[dict[str, Any]]:
    return [dict(event.data) for event in await logged(home, name)]


def shine(home: House, **values: Any) -> None:
    light = home.capability("lamp-1", "light")
    light.report(light.state.model_copy(update=values))


async def test_a_new_device_is_found_once_and_its_first_state_is_no_change(home: House) -> None:
    found = await data(home, "device.found")
    assert [one["name"] for one in found] == ["Desk lamp", "Kettle", "Bed button"]
    assert found[0] == {
        "name": "Desk lamp",
        "kinds": ["light"],
        "maker": "Core",
        "model": "In-core",
    }
    assert await data(home, "state.changed") == []


async def test_a_change_is_logged_at_once_and_those_right_after_it_as_one(home: House) -> None:
    shine(home, on=True)
    for brightness in range(10, 60):
        shine(home, brightness=float(brightness))
    first = await data(home, "state.changed")
    assert first == [{"kind": "light", "before": {"on": False}, "after": {"on": True}}]
    async with asyncio.timeout(5):
        while len(await data(home, "state.changed")) < 2:
            await asyncio.sleep(0.01)
    second = (await data(home, "state.changed"))[1]
    assert second == {
        "kind": "light",
        "before": {"brightness": 50.0},
        "after": {"brightness": 59.0},
    }


async def test_a_change_that_is_taken_back_in_a_moment_is_told_once_more(home: House) -> None:
    shine(home, on=True)
    shine(home, on=False)
    async with asyncio.timeout(5):
        while len(await data(home, "state.changed")) < 2:
            await asyncio.sleep(0.01)
    assert [one["after"] for one in await data(home, "state.changed")] == [
        {"on": True},
        {"on": False},
    ]


async def test_the_same_again_is_no_event(home: House) -> None:
    for _ in range(5):
        shine(home)
    await settled(home)
    assert await data(home, "state.changed") == []


async def test_what_drifts_is_logged_once_a_minute_and_beyond_its_deadband(home: House) -> None:
    clock = home.home.clock.clock
    assert isinstance(clock, SetClock)
    energy = home.capability("plug-1", "energy")
    for minute in range(10):
        clock.seconds += 60
        for tick in range(20):
            energy.report(EnergyState(power=12.5 + minute * 0.4 + tick * 0.01, total=3.2))
    found = await logged(home, "state.sampled")
    assert 2 <= len(found) <= 4
    assert all(event.sampled for event in found)
    assert all(set(event.data["after"]) == {"power"} for event in found)
    assert await data(home, "state.changed") == []


async def test_every_report_goes_to_the_history(home: House) -> None:
    energy = home.capability("plug-1", "energy")
    energy.report(EnergyState(power=100.0, total=3.2))
    await home.home.history.flush()
    assert "energy.power" in home.home.history.properties("plug-1")
    assert "switch.on" in home.home.history.properties("plug-1")


async def test_a_press_is_an_event_each_time(home: House) -> None:
    button = home.capability("button-1", "button")
    for _ in range(3):
        button.pressed(ButtonPress(press="short"))
    found = await logged(home, "button.pressed")
    assert [(one.device, one.data) for one in found] == [("button-1", {"press": "short"})] * 3


async def test_going_and_coming_are_told_once_and_a_parent_speaks_for_its_parts(
    tmp_path: Path,
) -> None:
    devices = strip("strip-1", "Strip", {"left": "Printer", "right": "Screen"})
    async with house(tmp_path, *devices) as home:
        registry = home.home.registry
        for _ in range(3):
            registry.offline(home.entry("strip-1"), "it does not answer")
            await asyncio.sleep(0)
        await settled(home)
        assert [event.device for event in await logged(home, "device.offline")] == ["strip-1"]
        home.add(*devices)
        await until(lambda: home.entry("strip-1").online)
        await asyncio.sleep(0)
        assert [event.device for event in await logged(home, "device.online")] == ["strip-1"]


async def test_what_is_announced_and_lost_in_one_breath_never_came(home: House) -> None:
    device = home.entry("lamp-1").device
    assert device is not None
    registry = home.home.registry
    registry.offline(home.entry("lamp-1"), "gone")
    await asyncio.sleep(0)
    for _ in range(3):
        home.add(device)
        registry.offline(home.entry("lamp-1"), "gone")
        await asyncio.sleep(0)
    assert len(await logged(home, "device.offline")) == 1
    assert await logged(home, "device.online") == []


async def test_a_restart_is_no_event_but_a_change_meanwhile_is(tmp_path: Path) -> None:
    async with house(tmp_path, lamp("lamp-1", "Desk lamp")) as home:
        await settled(home)
        before = home.home.events.last
    changed = lamp("lamp-1", "Desk lamp")
    changed.capabilities["light"].report(LightState(on=True, brightness=50))
    async with house(tmp_path, changed) as home:
        await settled(home, lambda: home.home.events.last > before)
        page = await home.home.events.page(before, 10, lambda event: True)
        assert [(one.name, one.data.get("after")) for one in page.events] == [
            ("state.changed", {"on": True})
        ]


async def test_a_change_names_the_receipt_that_led_to_it_and_a_hand_at_the_lamp_does_not(
    home: House,
) -> None:
    clock = home.home.clock.clock
    assert isinstance(clock, SetClock)
    session = await home.session()
    answer = await session.call("set_light", {"targets": "lamp-1", "on": True})
    (change,) = await logged(home, "state.changed")
    assert change.cause == answer["receipt"]
    clock.seconds += 10
    await asyncio.sleep(0.15)
    shine(home, on=False)
    assert (await logged(home, "state.changed"))[-1].cause is None


async def test_an_action_is_told_with_its_receipt_and_a_scene_leads_to_its_steps(
    tmp_path: Path,
) -> None:
    async with house(tmp_path, *small_house()) as home:
        session = await home.session()
        answer = await session.call("run_scene", {"name": "sleepy time"})
        async with asyncio.timeout(5):
            while len(await logged(home, "action.done")) < 5:
                await asyncio.sleep(0.01)
        done = await logged(home, "action.done")
        assert {one.data["tool"] for one in done} == {
            "run_scene",
            "set_light",
            "control_music",
            "set_thermostat",
            "set_shades",
        }
        steps = [one for one in done if one.data["tool"] != "run_scene"]
        assert {one.cause for one in steps} == {answer["receipt"]}
        receipts = home.home.receipts
        assert receipts.chain(steps[0].data["receipt"]) == [
            steps[0].data["receipt"],
            answer["receipt"],
        ]


async def test_an_agent_hears_only_of_what_it_sees_and_of_what_it_did(home: House) -> None:
    guest = session_of(home, Hiding("plug-1"))
    owner = await home.session()
    await guest.call("set_light", {"targets": "lamp-1", "on": True})
    await owner.call("set_switch", {"targets": "plug-1", "on": True})
    await owner.call("set_light", {"targets": "lamp-1", "on": False})
    async with asyncio.timeout(5):
        while len(await logged(home, "action.done")) < 3:
            await asyncio.sleep(0.01)
    heard = await guest.call("get_past_events", {"limit": 100})
    assert {one.get("device") for one in heard["events"]} <= {None, "lamp-1", "button-1"}
    told = [one["data"] for one in heard["events"] if one["name"] == "action.done"]
    assert sorted(one["devices"] for one in told) == [["lamp-1"], ["lamp-1"]]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("bed button", {"button.pressed", "device.found"}),
        ("who pressed the button", {"button.pressed"}),
        ("desk lamp turned on", {"state.changed"}),
        ("desk lamp off", set()),
        ("what did an agent do", {"action.done"}),
        ("fedex", set()),
    ],
)
async def test_the_past_is_found_by_words(home: House, query: str, names: set[str]) -> None:
    home.capability("button-1", "button").pressed(ButtonPress(press="short"))
    shine(home, on=True)
    session = await home.session()
    await session.call("set_switch", {"targets": "plug-1", "on": True})
    async with asyncio.timeout(5):
        while not await logged(home, "action.done"):
            await asyncio.sleep(0.01)
    found = await session.call("get_past_events", {"query": query, "limit": 50})
    assert {one["name"] for one in found["events"]} == names, found["events"]
