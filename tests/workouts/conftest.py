"""What the workouts' tests stand on: a home with no treadmill yet, and an empty book."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.workouts.gym import Gym, gym
from workouts.store import WorkoutStore


@pytest.fixture
async def hall(tmp_path: Path) -> AsyncIterator[Gym]:
    async with gym(tmp_path) as opened:
        yield opened


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[WorkoutStore]:
    opened = WorkoutStore(tmp_path / "workouts.db")
    await opened.open()
    yield opened
    await opened.aclose()
