"""What every adapter owes when power goes and comes: it says so once, and goes on by itself."""

import logging
from pathlib import Path

import pytest

from tests.contract.case import Case
from tests.contract.running import at_work, started

OFFLINE_WITHIN = 30.0
BACK_WITHIN = 15.0


async def test_a_device_that_vanishes_is_offline_once(
    case: Case, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    victim = case.there.device
    async with started(case), at_work(case, tmp_path / "home") as running:
        await running.until(lambda: running.online(*case.ids))
        observed = dict(running.entry(victim).observed)
        caplog.clear()
        await case.unplug()
        await running.until(lambda: running.offline() == case.falls, OFFLINE_WITHIN)
        since, attempts = running.entry(victim).since, running.attempts
        result = await running.tell(case.there)
        assert result["outcome"] == "failed"
        assert result["error"]["code"] == "unreachable"
        assert result["error"]["detail"].startswith("unreachable since ")
        await running.until(lambda: running.attempts > attempts, OFFLINE_WITHIN)
        assert running.entry(victim).since == since
        assert set(running.entry(victim).observed) == set(observed)
        assert running.offline() == case.falls
        assert len(caplog.records) == case.places, caplog.text


async def test_a_device_that_returns_works_without_a_restart(case: Case, tmp_path: Path) -> None:
    async with started(case), at_work(case, tmp_path / "home") as running:
        await running.until(lambda: running.online(*case.ids))
        await case.unplug()
        await running.until(lambda: not running.online(case.there.device), OFFLINE_WITHIN)
        await case.plug_in()
        await running.until(lambda: running.online(*case.ids), BACK_WITHIN)
        assert (await running.tell(case.there))["outcome"] == "done"
        assert running.told(case.there)


async def test_a_device_that_is_away_at_the_start_is_taken_up_when_it_comes(
    case: Case, tmp_path: Path
) -> None:
    async with started(case):
        await case.unplug()
        async with at_work(case, tmp_path / "home") as running:
            await running.until(lambda: running.online(*case.ids - case.falls))
            assert not running.online(case.there.device)
            await case.plug_in()
            await running.until(lambda: running.online(*case.ids), BACK_WITHIN)
