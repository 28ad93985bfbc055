"""The simulated belt by itself: its motion, its console, and what it says of a moment."""

from __future__ import annotations

from collections.abc import Collection

import pytest

from simulators.treadmill import Belt
from simulators.treadmill_ftms import Machine, Quirk


class Clock:
    """A clock that stands until it is moved."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


class Other:
    """A client that keeps what it is told."""

    def __init__(self) -> None:
        self.notified: list[tuple[int, str]] = []

    def notify(self, characteristic: int, value: bytes) -> None:
        self.notified.append((characteristic, value.hex()))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def belt(clock: Clock) -> Belt:
    return Belt(clock=clock)


def at_four(
    clock: Clock,
    heart_rate: int | None = None,
    *,
    split: bool = False,
    quirks: Collection[Quirk] = (),
) -> Machine:
    """A machine that has run for 1000 seconds, the first four of them up to 4 km/h, at 1.5 %."""
    belt = Belt(clock=clock, heart_rate=heart_rate)
    belt.start(4.0)
    belt.set_incline(1.5)
    clock.now += 1000
    return Machine(belt, split=split, quirks=quirks)


def test_a_belt_stands_until_somebody_starts_it(belt: Belt, clock: Clock) -> None:
    clock.now += 60
    assert (belt.speed, belt.distance, belt.elapsed, belt.energy) == (0, 0, 0, 0)
    assert not belt.running


def test_speed_changes_by_one_km_an_hour_in_a_second(belt: Belt, clock: Clock) -> None:
    belt.start(5.0)
    clock.now += 2
    assert belt.speed == pytest.approx(2.0)
    clock.now += 30
    assert belt.speed == 5.0
    belt.set_speed(3.0)
    clock.now += 1.5
    assert belt.speed == pytest.approx(3.5)
    belt.stop()
    clock.now += 3
    assert belt.speed == pytest.approx(0.5)
    clock.now += 3
    assert belt.speed == 0


def test_totals_are_exact_however_seldom_one_looks(clock: Clock) -> None:
    seldom, often = Belt(clock=clock), Belt(clock=clock)
    for belt in (seldom, often):
        belt.start(10.0)
    for _ in range(1200):
        clock.now += 1
        assert often.distance > 0
    expected = (10 * 1190 + 10 * 10 / 2) / 3.6
    assert seldom.distance == pytest.approx(expected)
    assert often.distance == pytest.approx(expected)
    assert seldom.elapsed == pytest.approx(1200)
    assert seldom.energy == pytest.approx(expected * 0.07)


def test_ten_times_the_rate_runs_twenty_minutes_in_two(clock: Clock) -> None:
    belt = Belt(rate=10, clock=clock)
    belt.start(10.0)
    clock.now += 120
    assert belt.elapsed == pytest.approx(1200)
    assert belt.distance == pytest.approx((10 * 1190 + 50) / 3.6)


def test_a_pause_keeps_the_session_and_a_stop_ends_it(belt: Belt, clock: Clock) -> None:
    belt.start(2.0)
    clock.now += 60
    belt.pause()
    clock.now += 600
    assert belt.paused
    assert belt.elapsed == pytest.approx(62)
    before = belt.distance
    belt.start()
    clock.now += 10
    assert belt.distance > before
    belt.stop()
    clock.now += 600
    assert belt.elapsed == pytest.approx(74)
    belt.start()
    assert (belt.distance, belt.elapsed) == (0, 0)


def test_a_pulled_key_stands_the_belt_at_once(belt: Belt, clock: Clock) -> None:
    belt.start(12.0)
    clock.now += 20
    belt.safety_key()
    assert belt.speed == 0
    assert not belt.running
    clock.now += 5
    assert belt.speed == 0


def test_a_console_cuts_what_is_asked_to_what_the_belt_can(belt: Belt) -> None:
    belt.start(99)
    belt.set_incline(-3)
    assert (belt.target, belt.incline) == (16.0, 0.0)
    belt.set_speed(0.1)
    assert belt.target == 0.8


def test_one_record_says_all(clock: Clock) -> None:
    # 4 km/h for 996 s and the ramp of 4 s: 1108.9 m and 77 kcal
    (told,) = at_four(clock).records()
    assert told.hex() == "8c0490015404000f00ff7f4d00ffffffe803"
    (told,) = at_four(clock, heart_rate=120).records()
    assert told.hex() == "8c0590015404000f00ff7f4d00ffffff78e803"


def test_a_split_record_has_its_speed_in_the_part_that_says_no_more_follows(clock: Clock) -> None:
    told = [part.hex() for part in at_four(clock, 120, split=True).records()]
    assert told == ["0d005404000f00ff7f", "81004d00ffffff", "0005900178e803"]


def test_belts_misuse_bit_13_for_steps(clock: Clock) -> None:
    (told,) = at_four(clock, quirks={"steps"}).records()
    assert told.hex() == "8c2490015404000f00ff7f4d00ffffffe803c605"


def test_belts_leave_out_bytes_that_their_flags_promise(clock: Clock) -> None:
    (told,) = at_four(clock, quirks={"short"}).records()
    assert told.hex() == "8c0490015404000f00ff7f4d00ffffff"


def test_belts_say_zero_where_no_heart_is_known(clock: Clock) -> None:
    (told,) = at_four(clock, quirks={"zero-heart"}).records()
    assert told.hex() == "8c0590015404000f00ff7f4d00ffffff00e803"


async def test_a_belt_that_takes_targets_as_miles_runs_faster_than_told(clock: Clock) -> None:
    machine = Machine(Belt(clock=clock), miles=True)
    client, other = Other(), Other()
    machine.join(client)
    machine.join(other)
    machine.belt.start(3.0)
    assert machine.write(client, b"\x00") == b"\x80\x00\x01"
    assert machine.write(client, b"\x02\x90\x01") == b"\x80\x02\x01"
    clock.now += 60
    assert machine.belt.speed == pytest.approx(4 * 1.609344)
    assert machine.records()[0][2:4] == (644).to_bytes(2, "little")
    assert other.notified[-1] == (0x2ADA, "059001")
    for each in (client, other):
        machine.leave(each)


async def test_a_deaf_belt_says_success_and_runs_on(clock: Clock) -> None:
    machine = at_four(clock, quirks={"deaf"})
    client = Other()
    machine.join(client)
    for order in (b"\x00", b"\x02\x60\x00", b"\x08\x01"):
        assert machine.write(client, order) == bytes([0x80, order[0], 1])
    assert machine.belt.running
    assert machine.belt.target == 4.0
    machine.leave(client)
