"""A session that goes on for ever, and an import that never ends; waits to be killed.

Run as a module; prints the number of samples that are on the disk.
"""

import asyncio
import sys
from dataclasses import replace
from pathlib import Path

from tests.workouts.gym import START, steady, workout
from workouts.store import WorkoutStore


async def main(path: Path) -> None:
    store = WorkoutStore(path)
    await store.open()
    samples = steady(START, 100_000, 9.0)
    begun = replace(workout(minutes=0, distance=0.0, source="treadmill-1"), id="w1")
    async with store.adding() as adding:
        for _ in range(200):
            await adding.add(workout(samples=samples[:100]))
        await store.begin(begun, memory="{}")
        for number in range(0, 100_000, 2):
            await store.append("w1", samples[number : number + 2])
            print(number + 2, flush=True)


asyncio.run(main(Path(sys.argv[1])))
