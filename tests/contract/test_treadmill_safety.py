"""No input makes a treadmill start, run faster or tilt: whatever is asked, said and broken.

Every write is recorded where it leaves for the transport, beside how fast the belt ran then.
"""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from adapters.treadmill_machine import Habits, Machine
from gateway.capabilities.treadmill import StopTreadmill, Treadmill, TreadmillState
from gateway.device import Device
from gateway.errors import GatewayError
from gateway.session import Session
from gateway.tools import catalog
from simulators import treadmill_ftms as simulated
from simulators.treadmill import Belt
from tests.contract.treadmill_wire import UNUSED_AFTER, Clock, Scene, Wire, scene
from tests.incore import house, lamp, plug

MANY = settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.too_slow])

TOOLS = {tool.name: tool for tool in catalog()}
BELT = "treadmill-1"
SOON = 0.02

speeds = some.floats(0.8, 16)
stops = some.builds(StopTreadmill, pause=some.booleans(), if_unused=some.sampled_from([None, True]))


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Under a clock that stands still no record comes by itself."""
    monkeypatch.setattr("adapters.treadmill_machine.NEXT_RECORD_WITHIN", 0.0)


CONSOLE: dict[str, Callable[[Belt, float], object]] = {
    "start": lambda belt, value: belt.start(value),
    "set_speed": lambda belt, value: belt.set_speed(value),
    "set_incline": lambda belt, value: belt.set_incline(value),
    "stop": lambda belt, value: belt.stop(),
    "pause": lambda belt, value: belt.pause(),
    "safety_key": lambda belt, value: belt.safety_key(),
    "touch": lambda belt, value: belt.touch(),
}


@dataclass(frozen=True)
class Step:
    """Something that happens; `what` names it where a run is told of."""

    what: str
    value: Any = None

    async def __call__(self, one: Scene) -> None:
        with suppress(GatewayError):
            match self.what:
                case "told":
                    await one.seconds(self.value)
                case "silent":
                    await one.seconds(self.value, told=False)
                case "slow":
                    await one.ours.slow_treadmill()
                case "halt":
                    await one.ours.stop_treadmill(self.value)
                case "revoke":
                    one.wire.machine.revoke_control()
                case "says":
                    one.wire.notify(*self.value)
                case by_hand:
                    CONSOLE[by_hand](one.belt, self.value)


lives = some.one_of(
    some.builds(Step, some.sampled_from(sorted(CONSOLE)), speeds),
    some.builds(Step, some.just("told"), some.integers(0, 12)),
    some.builds(Step, some.just("silent"), some.integers(0, 5)),
    some.sampled_from([Step("revoke"), Step("slow"), Step("slow")]),
    some.builds(Step, some.just("halt"), stops),
)
numbers = some.sampled_from(simulated.CHARACTERISTICS)
records = some.one_of(
    some.binary(max_size=24),
    some.integers(0, 0xFFFF).map(lambda speed: b"\0\0" + speed.to_bytes(2, "little")),
)
noises = some.builds(
    Step,
    some.just("says"),
    some.tuples(numbers, some.binary(max_size=24))
    | some.tuples(some.just(simulated.DATA), records),
)
of_belts = some.fixed_dictionaries(
    {
        "miles": some.booleans(),
        "split": some.booleans(),
        "quirks": some.sets(some.sampled_from(["steps", "short", "zero-heart", "deaf"])),
    }
)


class Strict(Wire):
    """Lets no write pass that makes the belt run to a higher speed than it would have."""

    async def write(self, which: int, value: bytes) -> None:
        belt = self.machine.belt
        before = (belt.target, belt.incline, belt.running)
        await super().write(which, value)
        assert self.written[-1].is_safe, self.written[-1]
        assert belt.target <= before[0]
        assert belt.incline == before[1]
        assert not belt.running or before[2]


async def live(started: float, steps: list[Step], kind: type[Wire], **quirks: Any) -> Scene:
    async with scene(running=started, wire=kind, **quirks) as one:
        for step in steps:
            await step(one)
        return one


def test_no_order_makes_an_honest_belt_run_faster_than_it_did() -> None:
    tried: set[int] = set()

    @MANY
    @given(speeds, some.lists(lives, min_size=1, max_size=25), of_belts)
    def attempt(started: float, steps: list[Step], quirks: dict[str, Any]) -> None:
        one = asyncio.run(live(started, steps, Strict, **quirks))
        tried.update(value[0] for value in one.written)

    attempt()
    assert tried == {0, 2, 8}


def test_no_bytes_of_a_lying_belt_make_a_start_or_a_tilt() -> None:
    tried: set[int] = set()

    @MANY
    @given(speeds, some.lists(some.one_of(lives, noises), min_size=1, max_size=25))
    def attempt(started: float, steps: list[Step]) -> None:
        one = asyncio.run(live(started, steps, Wire))
        tried.update(value[0] for value in one.written)
        for value in one.written:
            assert value in (b"\x00", b"\x08\x01", b"\x08\x02") or (value[0], len(value)) == (2, 3)

    attempt()
    assert tried == {0, 2, 8}


@given(speeds, speeds)
def test_nothing_is_written_above_0_6_of_what_was_said_last(first: float, last: float) -> None:
    async def run() -> Scene:
        async with scene(running=first) as one:
            for speed in (first, last):
                said = round(speed * 100).to_bytes(2, "little")
                one.wire.notify(simulated.DATA, b"\0\0" + said)
            await Step("slow")(one)
            return one

    for value in asyncio.run(run()).written[1:]:
        assert int.from_bytes(value[1:], "little") <= 0.6 * round(last * 100) + 1e-6


@given(some.builds(TreadmillState, running=some.booleans(), speed=speeds))
def test_no_state_of_a_belt_can_be_brought_about_again(state: TreadmillState) -> None:
    assert list(Treadmill.recreate(state)) == []


anything = some.recursive(
    some.one_of(some.none(), some.booleans(), some.integers(-99, 300), some.text(max_size=9)),
    lambda inner: some.one_of(
        some.lists(inner, max_size=3), some.dictionaries(some.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=4,
)
targets = some.sampled_from([BELT, BELT, "Gym belt", "all", ["Gym", "Hall"], "area:Gym"])
belt_tools = some.sampled_from(["slow_treadmill", "stop_treadmill"])
names = some.one_of(belt_tools, belt_tools, some.sampled_from(sorted(TOOLS)))
HOPED = {"speed", "incline", "start", "resume", "op", "on", "value"}


def arguments(tool: str) -> some.SearchStrategy[dict[str, Any]]:
    """Arguments of a tool: its own fields, and what somebody might hope for."""
    own = set(TOOLS[tool].input_schema["properties"])
    aimed = {"targets": targets} if "targets" in own else {}
    choices = {"pause": some.booleans(), "if_unused": some.booleans(), "dry_run": some.booleans()}
    fitting = {name: choice for name, choice in choices.items() if name in own}
    wild = dict.fromkeys(sorted((own | HOPED) - {"targets"}), anything) | fitting
    return some.one_of(
        some.fixed_dictionaries(aimed, optional=fitting),
        some.fixed_dictionaries(aimed, optional=wild),
        some.fixed_dictionaries({}, optional=wild | {"targets": anything}),
    )


calls = names.filter(lambda name: name != "wait_for_events").flatmap(
    lambda name: some.tuples(some.just(name), arguments(name))
)
ways = some.sampled_from(["call", "call", "plan", "scene"])


class Instant(Strict):
    """The belt has done what it was told when that is answered."""

    async def write(self, which: int, value: bytes) -> None:
        await super().write(which, value)
        self.settle()

    async def go_on(self) -> None:
        """Tell, again and again, what the belt does."""
        while True:
            self.tell()
            await asyncio.sleep(SOON)

    def settle(self) -> None:
        """Let it run up or down, and tell of it."""
        for _ in range(2):
            self.clock.now += 2
            self.machine.belt.rate = 10
            self.tell()
        self.machine.belt.rate = 1


@asynccontextmanager
async def gym() -> AsyncIterator[tuple[Session, Instant]]:
    clock = Clock()
    wire = Instant(simulated.Machine(Belt(clock=clock)), clock)
    ours = Machine(wire, Habits(), UNUSED_AFTER, now=clock)
    await ours.open(await wire.characteristics())
    device = Device(BELT, "Gym belt", maker="", model="treadmill", area="Gym")
    device.offer(ours)
    telling = asyncio.create_task(wire.go_on())
    with tempfile.TemporaryDirectory() as folder:
        async with house(Path(folder), lamp("l", "Lamp", "Gym"), plug("p", "Plug", "Hall")) as home:
            home.add(device)
            yield await home.session(), wire
    telling.cancel()
    await asyncio.gather(telling, return_exceptions=True)
    await ours.aclose()


async def ask(session: Session, way: str, tool: str, asked: dict[str, Any]) -> None:
    """Ask for something by one of the ways there are; errors are answers too."""
    with suppress(GatewayError):
        if way == "plan":
            planned = await session.call(tool, asked | {"dry_run": True})
            await session.call("run_plan", {"plan": planned.get("plan", "")})
        elif way == "scene":
            steps = [{"tool": tool, "arguments": asked}]
            await session.call("save_scene", {"name": "Sleep", "steps": steps})
            await session.call("run_scene", {"name": "Sleep"})
        else:
            await session.call(tool, asked)


@pytest.mark.timeout(180)
def test_no_call_from_any_surface_starts_a_belt_or_makes_it_faster_or_steeper() -> None:
    with asyncio.Runner() as runner:
        opening = gym()
        session, wire = runner.run(opening.__aenter__())
        belt = wire.machine.belt

        async def try_out(started: float | None, asked: list[Any]) -> None:
            belt.stop()
            wire.settle()
            if started is not None:
                belt.start(started)
            wire.settle()
            for way, (tool, values) in asked:
                running, before = belt.running, belt.target
                await ask(session, way, tool, values)
                assert belt.target <= before
                assert running or not belt.running
                assert belt.incline == 0

        @settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
        @given(
            some.one_of(speeds, speeds, some.none()),
            some.lists(some.tuples(ways, calls), min_size=1, max_size=4),
        )
        def attempt(started: float | None, asked: list[Any]) -> None:
            runner.run(try_out(started, asked))

        try:
            attempt()
            assert {one.value[0] for one in wire.written} == {0, 2, 8}, "the test tries something"
            assert all(one.is_safe for one in wire.written)
        finally:
            runner.run(opening.__aexit__(None, None, None))
