"""A treadmill at the end of a wire in this process, under a clock that only the test moves."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from adapters.treadmill_link import Heard
from adapters.treadmill_machine import Habits, Machine
from gateway.capabilities.treadmill import StopTreadmill, TreadmillState
from gateway.errors import DeviceRefused, InvalidArguments, TimedOut
from simulators import treadmill_ftms as simulated
from simulators.treadmill import Belt
from simulators.treadmill_ftms import CHARACTERISTICS, CONTROL, DATA

UNUSED_AFTER = 300


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@dataclass(frozen=True)
class Write:
    """What was written, and how fast the belt ran then."""

    value: bytes
    speed: float

    @property
    def is_safe(self) -> bool:
        """Whether it cannot start a belt, or make it faster or steeper."""
        if self.value in (b"\x00", b"\x08\x01", b"\x08\x02"):
            return True
        slows = len(self.value) == 3 and self.value[0] == 2
        return slows and 0 < int.from_bytes(self.value[1:], "little") / 100 < self.speed


class Wire:
    """Carries characteristics of a simulated machine, and keeps every write."""

    where = "the belt"

    def __init__(self, machine: simulated.Machine, clock: Clock) -> None:
        self.machine, self.clock = machine, clock
        self.gone = asyncio.Event()
        self.written: list[Write] = []
        self.answers = self.notifies_control = True
        self.withheld = b""
        """Operations whose response gets lost."""
        self._hearing: dict[int, Heard] = {}
        machine.clients.append(self)

    async def characteristics(self) -> frozenset[int]:
        return frozenset(CHARACTERISTICS)

    async def read(self, which: int) -> bytes:
        value = self.machine.read(which)
        if value is None:
            raise DeviceRefused("not to be read")
        return value

    async def write(self, which: int, value: bytes) -> None:
        assert which == CONTROL
        self.written.append(Write(value, self.machine.belt.speed))
        if not self.answers:
            raise TimedOut("no answer")
        response = self.machine.write(self, value)
        if value[0] not in self.withheld:
            self.notify(CONTROL, response)

    async def subscribe(self, which: int, heard: Heard) -> None:
        if which == CONTROL and not self.notifies_control:
            raise DeviceRefused("it does not notify")
        self._hearing[which] = heard
        if which == DATA:
            self.tell()

    async def aclose(self) -> None:
        self.gone.set()

    def notify(self, characteristic: int, value: bytes) -> None:
        if characteristic in self._hearing:
            self._hearing[characteristic](value)

    def tell(self) -> None:
        """Send a record of this moment."""
        for part in self.machine.records():
            self.notify(DATA, part)


class Scene:
    """A machine of ours, what it is connected to, and the clock of both."""

    def __init__(self, clock: Clock, ours: Machine, wire: Wire, habits: Habits) -> None:
        self.clock, self.ours, self.wire, self.habits = clock, ours, wire, habits
        self.belt = wire.machine.belt
        self.fastest = 0.0

    async def seconds(self, count: float, *, told: bool = True) -> None:
        """Let time pass, with a record each second unless it is silent."""
        for _ in range(int(count)):
            self.clock.now += 1
            self.fastest = max(self.fastest, self.belt.speed)
            if told:
                self.wire.tell()
            await asyncio.sleep(0)

    async def running(self, speed: float) -> None:
        """Have somebody start it, and let it come to its speed."""
        self.belt.start(speed)
        await self.seconds(speed + 3)
        self.fastest = self.belt.speed

    @property
    def written(self) -> list[bytes]:
        return [one.value for one in self.wire.written]

    @property
    def state(self) -> TreadmillState:
        assert isinstance(self.ours.state, TreadmillState)
        return self.ours.state


def speed(hundredths: int) -> bytes:
    """The order to run at a speed."""
    return b"\x02" + hundredths.to_bytes(2, "little")


async def refused(scene: Scene, change: StopTreadmill | None = None) -> InvalidArguments:
    """Have an order refused, with nothing written."""
    before = list(scene.wire.written)
    with pytest.raises(InvalidArguments) as caught:
        if change is None:
            await scene.ours.slow_treadmill()
        else:
            await scene.ours.stop_treadmill(change)
    assert scene.wire.written == before
    return caught.value


MakeMachine = Callable[..., simulated.Machine]


@asynccontextmanager
async def scene(
    make: MakeMachine = simulated.Machine,
    *,
    habits: Habits | None = None,
    notifies_control: bool = True,
    running: float = 0.0,
    wire: type[Wire] = Wire,
    **quirks: Any,
) -> AsyncIterator[Scene]:
    """Connect a machine of ours to a simulated one, which stands still unless it runs already."""
    clock, known = Clock(), habits or Habits()
    line = wire(make(Belt(clock=clock), **quirks), clock)
    if running:
        line.machine.belt.start(running)
        clock.now += 30
    line.notifies_control = notifies_control
    ours = Machine(line, known, UNUSED_AFTER, now=clock)
    await ours.open(await line.characteristics())
    try:
        yield Scene(clock, ours, line, known)
    finally:
        await ours.aclose()
