"""Fixtures of the people's tests: no pauses between attempts, and somebody to receive."""

from collections.abc import AsyncIterator

import pytest

from gateway import telling
from gateway.clock import SetClock
from tests.people.peers import Receiver, receiver
from tests.people.rigs import EVENING


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Try again at once."""
    monkeypatch.setattr(telling, "RETRY_AFTER", (0.0, 0.0))


@pytest.fixture
def clock() -> SetClock:
    """It is 22:14 in Berlin."""
    return SetClock(EVENING)


@pytest.fixture
async def phone() -> AsyncIterator[Receiver]:
    async with receiver() as found:
        yield found
