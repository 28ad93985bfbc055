"""Fixtures of the core's tests: a house of every kind, its owner, and short patience."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import settings

from gateway import acting
from gateway.capabilities import CAPABILITIES
from gateway.clock import SetClock
from gateway.session import Session
from tests.core.rigs import small_house
from tests.incore import House, house

SOON = 0.05

settings.register_profile("core", deadline=None)
settings.load_profile("core")


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for devices for a moment only; a house opened after this does so."""
    monkeypatch.setattr(acting, "ANSWER_WITHIN", SOON)
    for kind in CAPABILITIES:
        quick = tuple(replace(action, settle=SOON) for action in kind.actions)
        monkeypatch.setattr(kind, "actions", quick)


@pytest.fixture
async def home(tmp_path: Path, clock: SetClock) -> AsyncIterator[House]:
    async with house(tmp_path, *small_house(), clock=clock) as opened:
        yield opened


@pytest.fixture
async def owner(home: House) -> Session:
    return await home.session()
