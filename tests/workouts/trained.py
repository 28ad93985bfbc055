"""A book that has one workout, for those who only look at it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from workouts.store import WorkoutStore
from workouts.workout import Sample, Totals, Workout

START = datetime(2026, 1, 2, 7, tzinfo=UTC)
MINUTES = 30


@asynccontextmanager
async def trained(state: Path) -> AsyncIterator[WorkoutStore]:
    """Open a store in which Anna has run for half an hour, as w1."""
    store = WorkoutStore(state / "workouts.db")
    await store.open()
    samples = [
        Sample(START.timestamp() + 60 * minute, speed=8.4, distance=140.0 * minute)
        for minute in range(MINUTES + 1)
    ]
    totals = Totals(duration=60 * MINUTES, distance=4200, energy=300)
    end = START + timedelta(minutes=MINUTES)
    run = Workout("w1", START, end, "run", totals, "treadmill-1", person="anna", samples=samples)
    try:
        await store.add(run)
        yield store
    finally:
        await store.aclose()
