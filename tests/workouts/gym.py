"""A home with treadmills in this process, a clock that tests own, and a recorder that is told."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway.capabilities.treadmill import StopTreadmill, Treadmill, TreadmillState
from gateway.capability import Nothing
from gateway.catalog import Catalog
from gateway.clock import SetClock
from gateway.device import Device
from gateway.home import Home
from gateway.settings import Settings
from tests.incore import SECTIONS, House
from workouts.recorder import Recorder
from workouts.store import Kept, WorkoutStore
from workouts.tool import tools
from workouts.workout import Activity, Sample, Totals, Workout

START = datetime(2026, 1, 5, 8, tzinfo=UTC)
"""A Monday."""


class CoreTreadmill(Treadmill):
    """Obeys, and tells what it is made to tell."""

    pushes = True

    async def stop_treadmill(self, change: StopTreadmill) -> None:
        self.report(TreadmillState(running=False))

    async def slow_treadmill(self, change: Nothing) -> None:
        return


class Belt:
    """A treadmill's motor, console and counters."""

    def __init__(self, gym: "Gym", id: str, counts: bool = True) -> None:
        self.id = id
        self.counts = counts
        self.speed = 0.0
        self.distance = 0.0
        self.elapsed = 0.0
        self.energy = 0.0
        self.heart_rate: float | None = None
        self.heard = True
        self._gym = gym
        self.capability = CoreTreadmill()
        device = Device(id, id.title(), maker="Core", model="In-core")
        device.offer(self.capability)
        gym.house.add(device)

    def reset(self) -> None:
        self.distance = self.elapsed = self.energy = 0.0

    def move(self, seconds: float) -> None:
        if self.speed:
            self.distance += self.speed / 3.6 * seconds
            self.elapsed += seconds
            self.energy += 0.2 * seconds

    def tell(self) -> None:
        """Report as a machine does; not where the radio is away."""
        if not self.heard:
            return
        counted: dict[str, Any] = {
            "distance": self.distance,
            "elapsed": self.elapsed,
            "energy": self.energy,
        }
        self.capability.report(
            TreadmillState(
                running=self.speed > 0,
                speed=self.speed,
                incline=1.5,
                heart_rate=self.heart_rate,
                **(counted if self.counts else {}),
            )
        )


@dataclass
class Gym:
    """The open home, its book of workouts, and its belts."""

    folder: Path
    clock: SetClock
    house: House
    store: WorkoutStore
    recorder: Recorder
    told: list[tuple[str, dict[str, Any], str]] = field(default_factory=list)
    belts: list[Belt] = field(default_factory=list)

    def belt(self, id: str = "treadmill-1", counts: bool = True) -> Belt:
        belt = Belt(self, id, counts)
        self.belts.append(belt)
        return belt

    async def run(self, seconds: int, every: float = 1.0) -> None:
        """Let time pass, with reports of every belt; what was heard is written at the end too."""
        for number in range(round(seconds / every)):
            self.clock.present += timedelta(seconds=every)
            self.clock.seconds += every
            for belt in self.belts:
                belt.move(every)
                belt.tell()
            if number % 10 == 0:
                await self.recorder.tick()
        await self.recorder.tick()

    async def restart(self, away: float = 0.0) -> None:
        """Stop recording as a kill would, let time pass, and begin again."""
        self.abandon()
        self.clock.present += timedelta(seconds=away)
        self.clock.seconds = 0.0
        for belt in self.belts:
            belt.move(away)
        await self.listen()

    def abandon(self) -> None:
        """Lose what the recorder had in memory."""
        assert self.recorder._deaf is not None
        self.recorder._deaf()

    async def listen(self, **more: Any) -> None:
        def emit(name: str, data: dict[str, Any], device: str) -> None:
            self.told.append((name, data, device))

        self.recorder = Recorder(self.house.home, self.store, **{"emit": emit} | more)
        await self.recorder.open(by_itself=False)

    async def all(self) -> list[Kept]:
        """Return what is kept, the oldest first."""
        return (await self.store.find())[::-1]


@asynccontextmanager
async def gym(folder: Path, now: datetime = START, **settings: Any) -> AsyncIterator[Gym]:
    """Open a home whose only tools are those of workouts."""
    clock = SetClock(now)
    own = {name: settings.pop(name) for name in SECTIONS if name in settings}
    chosen = Settings.model_validate(own | {"home": {"timezone": "UTC"} | settings})
    store = WorkoutStore(folder / "workouts.db")
    await store.open()
    home = await Home.open(chosen, folder, Catalog(before=tools(store), after=()), clock)
    opened = Gym(folder, clock, House(home), store, Recorder(home, store))
    try:
        await opened.listen()
        yield opened
        await opened.recorder.aclose()
    finally:
        await home.aclose()
        await store.aclose()


def workout(
    start: datetime = START,
    minutes: float = 30,
    *,
    activity: Activity = "run",
    distance: float | None = 5000.0,
    source: str = "fit",
    samples: list[Sample] | None = None,
    **more: Any,
) -> Workout:
    """Return a workout as a file would tell of it."""
    return Workout(
        id="",
        start=start,
        end=start + timedelta(minutes=minutes),
        activity=activity,
        totals=Totals(minutes * 60, distance),
        source=source,
        samples=samples or [],
        **more,
    )


def steady(start: datetime, seconds: int, speed: float, **more: float) -> list[Sample]:
    """Return a sample a second at a constant speed in km/h."""
    begin = start.timestamp()
    return [
        Sample(at=begin + second, speed=speed, distance=speed / 3.6 * second, **more)
        for second in range(seconds + 1)
    ]


async def only(hall: Gym) -> Kept:
    """Return the one workout that is kept."""
    (kept,) = await hall.all()
    return kept


def exact(kept: Kept, belt: Belt) -> None:
    """Check that the totals are those of the machine."""
    assert kept.totals.distance == pytest.approx(belt.distance, rel=1e-6)
    assert kept.totals.energy == pytest.approx(belt.energy, rel=1e-6)
    assert kept.totals.duration == pytest.approx(belt.elapsed, rel=1e-6)
