"""What every adapter owes when the wire is bad: typed errors, and no harm to anything else."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

import pytest

from simulators.faults import FaultProxy
from tests.contract.case import Case
from tests.contract.running import at_work, started

OFFLINE_WITHIN = 30.0
BACK_WITHIN = 15.0
ANSWER_WITHIN = 12.0
LATE = 4.0
CODES = ("unreachable", "timed_out", "adapter_fault", "device_refused")

Fault = Callable[[FaultProxy], Awaitable[None]]
PASSING: Mapping[str, Fault] = {
    "garbage": FaultProxy.garbage,
    "truncation": lambda proxy: proxy.truncated(10),
    "reset": FaultProxy.reset,
    "lateness": lambda proxy: proxy.delay(LATE),
}
FAST: Mapping[str, Fault] = {
    "silence": FaultProxy.silent,
    "truncation": lambda proxy: proxy.truncated(10),
    "reset": FaultProxy.reset,
}


@pytest.mark.parametrize("fault", PASSING)
async def test_a_fault_takes_its_device_away_and_no_longer_than_it_lasts(
    case: Case, fault: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    victim = case.there.device
    async with started(case, proxied=True), at_work(case, tmp_path / "home") as running:
        await running.until(lambda: running.online(*case.ids))
        await case.wire(PASSING[fault])
        await running.until(lambda: not running.online(victim), OFFLINE_WITHIN)
        assert running.offline() <= case.falls
        await case.wire(FaultProxy.pass_through)
        await running.until(lambda: running.found(*case.ids), BACK_WITHIN)
        assert (await running.tell(case.there))["outcome"] == "done"
        assert running.told(case.there)
        assert untyped(caplog) == []


@pytest.mark.parametrize("fault", FAST)
async def test_a_command_into_a_fault_has_an_honest_outcome(
    case: Case, fault: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    victim = case.there.device
    async with started(case, proxied=True), at_work(case, tmp_path / "home") as running:
        await running.until(lambda: running.online(*case.ids))
        await case.wire(FAST[fault])
        async with asyncio.timeout(ANSWER_WITHIN):
            result = await running.tell(case.there)
        assert result["outcome"] in ("failed", "unknown")
        assert result["error"]["code"] in CODES
        await running.until(lambda: not running.online(victim), OFFLINE_WITHIN)
        assert untyped(caplog) == []


async def test_a_bad_device_hides_no_other(
    case: Case, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with started(case, proxied=True):
        await case.wire(FaultProxy.garbage)
        async with at_work(case, tmp_path / "home") as running:
            await running.until(lambda: running.online(*case.ids - case.falls))
            assert not running.online(case.there.device)
            assert (await running.tell(case.elsewhere))["outcome"] == "done"
            assert running.told(case.elsewhere)
            await case.wire(FaultProxy.pass_through)
            await running.until(lambda: running.found(*case.ids), BACK_WITHIN)
            assert untyped(caplog) == []


def untyped(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What was logged of errors that were none of ours when they left the adapter."""
    return [
        record.getMessage()
        for record in caplog.records
        if record.name == "homeport.adapters" or record.levelno >= logging.ERROR
    ]
