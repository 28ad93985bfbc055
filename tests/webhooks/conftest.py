"""A receiver that listens, and a home whose webhooks may go to it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.webhooks.rig import Receiver, Rig, receiving, rigged


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving(Receiver()) as listening:
        yield listening


@pytest.fixture
async def rig(tmp_path: Path, receiver: Receiver) -> AsyncIterator[Rig]:
    async with rigged(tmp_path, [receiver.origin], schedule=[0.01, 0.02]) as opened:
        yield opened
