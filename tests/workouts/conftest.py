"""The fixture of the workouts' tests: a home with an empty book and no treadmill yet."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.workouts.gym import Gym, gym


@pytest.fixture
async def hall(tmp_path: Path) -> AsyncIterator[Gym]:
    async with gym(tmp_path) as opened:
        yield opened
