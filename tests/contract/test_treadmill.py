"""What a treadmill is told, and what not, on a wire that keeps every write."""

import asyncio

import pytest

from adapters.treadmill_ftms import PAUSE, REQUEST_CONTROL, STOP
from adapters.treadmill_machine import Habits
from gateway.capabilities.treadmill import StopTreadmill
from gateway.errors import DeviceRefused, TimedOut
from simulators import treadmill_ftms as simulated
from tests.contract.treadmill_wire import refused, scene, speed

ANY = StopTreadmill()


class Doubling(simulated.Machine):
    """Takes a target speed for half of what is meant: nothing like it is known, yet."""

    def _target_speed(self, client: simulated.Client, wanted: int) -> int:
        return super()._target_speed(client, wanted * 2)


async def test_a_belt_is_slowed_to_0_6_of_its_speed_once_control_is_given() -> None:
    async with scene() as one:
        await one.running(8.0)
        await one.ours.slow_treadmill()
        await one.seconds(10)
        assert one.written == [REQUEST_CONTROL, speed(480)]
        assert one.state.speed == one.belt.speed == 4.8
        await one.ours.slow_treadmill()
        assert one.written[2:] == [speed(280)], "control is asked for once; steps are of 0.1 km/h"


async def test_a_belt_that_takes_km_for_miles_never_runs_faster_than_before() -> None:
    async with scene(miles=True) as one:
        await one.running(8.0)
        for _ in range(3):
            before = one.belt.speed
            one.fastest = 0.0
            await one.ours.slow_treadmill()
            await one.seconds(12)
            assert one.fastest <= before
            assert one.belt.speed < before
        assert not one.state.locked_out


async def test_a_belt_that_takes_km_for_miles_is_known_as_such_after_the_first_time() -> None:
    async with scene(miles=True) as one:
        await one.running(8.0)
        await one.ours.slow_treadmill()
        await one.seconds(12)
        assert one.belt.speed == pytest.approx(4.8 * 1.609344)
        assert one.habits.reads_miles
        await one.ours.slow_treadmill()
        await one.seconds(12)
        assert one.belt.speed <= 0.6 * 4.8 * 1.609344
        assert one.habits.reads_miles


async def test_a_belt_that_was_taken_for_one_of_miles_is_known_better_later() -> None:
    async with scene(habits=Habits(reads_miles=True)) as one:
        await one.running(8.0)
        await one.ours.slow_treadmill()
        await one.seconds(12)
        assert one.belt.speed == pytest.approx(2.9)
        assert not one.habits.reads_miles


async def test_a_belt_that_runs_faster_when_slowed_is_stopped_at_once_and_locked_out() -> None:
    async with scene(Doubling) as one:
        await one.running(8.0)
        await one.ours.slow_treadmill()
        await one.seconds(2)
        assert one.written == [REQUEST_CONTROL, speed(480), STOP]
        assert one.state.locked_out
        assert one.fastest <= 8.0 + 1.0, "no longer than one record"
        await one.seconds(12)
        assert one.belt.speed == 0
        assert "it is told nothing but to stop" in (await refused(one)).detail


async def test_a_lock_out_ends_when_the_belt_is_stopped_and_started_at_its_console() -> None:
    async with scene(habits=Habits(locked_out=True)) as one:
        await one.running(8.0)
        one.belt.set_speed(6.0)
        await one.seconds(3)
        assert not one.state.locked_out, "it stood still, and was started"
    async with scene(habits=Habits(locked_out=True), running=8.0) as one:
        await one.seconds(3)
        assert one.state.locked_out, "it was not seen to stand still"
        await refused(one)
        await one.ours.stop_treadmill(ANY)
        await one.seconds(10)
        assert one.state.locked_out
        await one.running(5.0)
        assert not one.state.locked_out


async def test_a_faster_speed_from_the_console_just_after_slowing_stops_the_belt_too() -> None:
    async with scene() as one:
        await one.running(6.0)
        await one.ours.slow_treadmill()
        await one.seconds(1)
        one.belt.set_speed(9.0)
        await one.seconds(6)
        assert one.written[-1] == STOP
        assert one.state.locked_out


async def test_a_belt_that_settled_may_be_made_faster_from_its_console() -> None:
    async with scene() as one:
        await one.running(6.0)
        await one.ours.slow_treadmill()
        await one.seconds(8)
        one.belt.set_speed(9.0)
        await one.seconds(8)
        assert one.state.speed == 9.0
        assert not one.state.locked_out


async def test_control_that_the_user_took_back_is_not_asked_for_again_to_stop() -> None:
    async with scene(Doubling) as one:
        await one.running(8.0)
        await one.ours.slow_treadmill()
        one.wire.machine.revoke_control()
        await one.seconds(2)
        assert one.written == [REQUEST_CONTROL, speed(480), STOP]
        assert one.state.locked_out


async def test_slowing_needs_a_record_of_the_last_3_seconds() -> None:
    async with scene() as one:
        await one.running(8.0)
        await one.seconds(3, told=False)
        await one.ours.slow_treadmill()
        await one.seconds(10)
        await one.seconds(4, told=False)
        assert "has not told its speed" in (await refused(one)).detail


async def test_slowing_needs_a_belt_that_runs_and_can_run_slower() -> None:
    async with scene() as one:
        await one.seconds(1)
        assert "does not run" in (await refused(one)).detail
        await one.running(1.3)
        assert (await refused(one)).hint == "stop_treadmill stops it."


async def test_a_belt_that_slows_down_already_is_left_to_it() -> None:
    async with scene() as one:
        await one.running(9.0)
        one.belt.set_speed(2.0, by=one.wire)
        await one.seconds(2)
        assert "slows down already" in (await refused(one)).detail
        await one.seconds(10)
        await one.ours.slow_treadmill()
        assert one.written[-1] == speed(120)


async def test_a_lower_speed_that_was_just_chosen_counts_before_a_record_tells_of_it() -> None:
    async with scene() as one:
        await one.running(9.0)
        one.belt.set_speed(5.0)
        await one.ours.slow_treadmill()
        assert one.written[-1] == speed(300)


async def test_a_belt_that_is_being_stopped_or_was_just_started_is_not_slowed() -> None:
    async with scene() as one:
        await one.running(9.0)
        one.belt.stop()
        assert "being stopped" in (await refused(one)).detail
        one.belt.start(3.0)
        await refused(one)


async def test_one_odd_record_does_not_raise_what_is_written() -> None:
    async with scene() as one:
        await one.running(5.0)
        one.wire.notify(simulated.DATA, b"\x00\x00" + (1600).to_bytes(2, "little"))
        await one.ours.slow_treadmill()
        assert one.written[-1] == speed(300)
        one.wire.notify(simulated.DATA, b"\x00\x00\xff\xff")
        assert one.state.speed == 16.0, "655.35 km/h is no speed"


async def test_stop_and_pause_are_written_once_and_not_to_a_belt_that_stands() -> None:
    async with scene() as one:
        await one.ours.stop_treadmill(ANY)
        assert one.written == []
        await one.running(5.0)
        await one.ours.stop_treadmill(StopTreadmill(pause=True))
        await one.seconds(8)
        assert one.written == [REQUEST_CONTROL, PAUSE]
        assert one.belt.paused
        await one.ours.stop_treadmill(StopTreadmill(pause=True))
        assert one.written == [REQUEST_CONTROL, PAUSE]


async def test_a_silent_belt_is_stopped_and_not_paused() -> None:
    async with scene() as one:
        await one.running(5.0)
        await one.seconds(5, told=False)
        await one.ours.stop_treadmill(StopTreadmill(pause=True))
        assert one.written[-1] == STOP


async def test_a_procedure_without_an_answer_is_not_tried_again() -> None:
    async with scene() as one:
        await one.running(5.0)
        one.wire.answers = False
        with pytest.raises(TimedOut):
            await one.ours.stop_treadmill(ANY)
        assert one.written == [REQUEST_CONTROL]


async def test_a_host_that_notifies_of_no_answers_is_judged_by_the_belt() -> None:
    async with scene(notifies_control=False) as one:
        await one.running(5.0)
        await one.ours.stop_treadmill(ANY)
        assert one.written == [REQUEST_CONTROL, STOP]
        await one.seconds(8)
        assert not one.state.running


@pytest.mark.parametrize("loss", ["revoke_control", "safety_key", "reset", "silence"])
async def test_control_is_dropped_and_asked_for_only_by_the_next_order(loss: str) -> None:
    async with scene() as one:
        await one.running(8.0)
        await one.ours.slow_treadmill()
        await one.seconds(8)
        match loss:
            case "revoke_control":
                one.wire.machine.revoke_control()
            case "safety_key":
                one.belt.safety_key()
            case "reset":
                one.belt.reset()
            case "silence":
                await one.seconds(4, told=False)
        await one.seconds(10)
        assert one.written == [REQUEST_CONTROL, speed(480)], "nothing is asked for by itself"
        if not one.belt.running:
            await one.running(5.0)
        await one.ours.stop_treadmill(ANY)
        assert one.written[2:] == [REQUEST_CONTROL, STOP]


async def test_a_machine_that_lets_nobody_control_it_is_not_asked_again_in_one_call() -> None:
    class Stubborn(simulated.Machine):
        def _obey(self, client: simulated.Client, operation: int, given: bytes) -> int:
            return simulated.NOT_PERMITTED

    async with scene(Stubborn) as one:
        await one.running(5.0)
        with pytest.raises(DeviceRefused):
            await one.ours.stop_treadmill(ANY)
        assert one.written == [REQUEST_CONTROL]


async def test_a_deaf_belt_is_told_once() -> None:
    async with scene(quirks=["deaf"]) as one:
        await one.running(5.0)
        await one.ours.stop_treadmill(ANY)
        await one.seconds(30)
        assert one.written == [REQUEST_CONTROL, STOP]
        assert one.state.running


async def test_whoever_gives_up_waiting_leaves_the_belt_watched() -> None:
    async with scene(Doubling) as one:
        await one.running(8.0)
        one.wire.withheld = b"\x02"
        telling = asyncio.create_task(one.ours.slow_treadmill())
        while speed(480) not in one.written:
            await asyncio.sleep(0)
        telling.cancel()
        with pytest.raises(asyncio.CancelledError):
            await telling
        await one.seconds(3)
        assert one.written == [REQUEST_CONTROL, speed(480), STOP]
        assert one.state.locked_out
