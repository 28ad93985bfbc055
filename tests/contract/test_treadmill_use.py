"""What is made of a treadmill's records: its state, and whether somebody is on it."""

from typing import Any

import pytest

from adapters.treadmill_ftms import PAUSE, REQUEST_CONTROL
from gateway.capabilities.treadmill import StopTreadmill
from gateway.errors import Unreachable
from simulators import treadmill_ftms as simulated
from tests.contract.treadmill_wire import refused, scene, speed

UNUSED = StopTreadmill(pause=True, if_unused=True)


async def test_only_a_belt_that_nobody_used_for_5_minutes_is_unused() -> None:
    async with scene() as one:
        await one.running(5.0)
        assert one.state.in_use, "somebody has started it"
        assert "somebody is on it" in (await refused(one, UNUSED)).detail
        await one.seconds(298)
        assert one.state.in_use is False
        await one.ours.stop_treadmill(UNUSED)
        assert one.written == [REQUEST_CONTROL, PAUSE]


async def test_who_has_just_connected_does_not_know_whether_it_is_used() -> None:
    async with scene(running=5.0) as one:
        await one.seconds(290)
        assert one.state.in_use is None
        assert "not known that nobody" in (await refused(one, UNUSED)).detail
        await one.seconds(20)
        assert one.state.in_use is False


@pytest.mark.parametrize("use", ["heart", "touch", "faster", "slower", "incline"])
async def test_a_heart_and_a_hand_at_the_console_are_use(use: str) -> None:
    async with scene() as one:
        await one.running(5.0)
        await one.seconds(310)
        assert one.state.in_use is False
        match use:
            case "heart":
                one.belt.heart_rate = 95
            case "touch":
                one.belt.touch()
            case "faster":
                one.belt.set_speed(5.2, by=one.wire)
            case "slower":
                one.belt.set_speed(4.8, by=one.wire)
            case "incline":
                one.belt.set_incline(0.5, by=one.wire)
        await one.seconds(2)
        assert one.state.in_use
        await refused(one, UNUSED)


async def test_time_that_was_not_observed_does_not_count() -> None:
    async with scene() as one:
        await one.running(5.0)
        await one.seconds(200)
        await one.seconds(120, told=False)
        await one.seconds(100)
        assert one.state.in_use is None
        await refused(one, UNUSED)


async def test_slowing_a_belt_is_no_use_of_it() -> None:
    async with scene() as one:
        await one.running(8.0)
        await one.seconds(310)
        await one.ours.slow_treadmill()
        await one.seconds(10)
        assert one.state.in_use is False


async def test_a_machine_that_repeats_our_order_as_the_users_is_not_believed() -> None:
    async with scene() as one:
        await one.running(8.0)
        await one.seconds(310)
        await one.ours.slow_treadmill()
        one.wire.notify(simulated.STATUS, b"\x05" + speed(480)[1:])
        await one.seconds(10)
        assert one.state.in_use is False


@pytest.mark.parametrize("quirk", [{"split": True}, {"quirks": ["steps"]}, {"quirks": ["short"]}])
async def test_odd_records_say_the_same(quirk: dict[str, Any]) -> None:
    async with scene(**quirk) as one:
        one.belt.heart_rate = 133
        await one.running(9.0)
        state = one.state
        assert (state.running, state.speed, state.incline) == (True, 9.0, 0.0)
        assert state.distance == int(one.belt.distance)
        assert state.energy == int(one.belt.energy)
        assert state.heart_rate == 133


async def test_a_heart_of_0_beats_is_none() -> None:
    async with scene(quirks=["zero-heart"]) as one:
        await one.running(5.0)
        assert one.state.heart_rate is None


async def test_a_belt_that_falls_silent_after_a_stop_stands_still() -> None:
    async with scene() as one:
        await one.running(5.0)
        one.belt.stop()
        await one.seconds(4, told=False)
        await one.ours.look()
        assert (one.state.running, one.state.speed) == (False, 0)


async def test_a_running_belt_that_falls_silent_has_to_be_connected_anew() -> None:
    async with scene() as one:
        await one.running(5.0)
        await one.seconds(5, told=False)
        await one.ours.look()
        assert one.state.running
        await one.seconds(6, told=False)
        with pytest.raises(Unreachable):
            await one.ours.look()
