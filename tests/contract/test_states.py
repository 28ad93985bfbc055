"""What every adapter owes of its devices: who they are, what they do, and what they are told."""

import asyncio
import inspect
from pathlib import Path

from gateway.capabilities import KINDS
from simulators.faults import FaultProxy
from tests.contract.case import ByHand, Case, Command
from tests.contract.running import at_work, started


async def test_every_device_is_found_and_its_state_is_valid(case: Case, tmp_path: Path) -> None:
    async with started(case), at_work(case, tmp_path / "home") as running:
        await running.until(lambda: running.online(*case.ids))
        assert {entry.id for entry in running.registry} == case.ids
        for entry in running.registry:
            assert set(entry.observed) == set(entry.kinds), entry.id
            for kind, seen in entry.observed.items():
                declared = KINDS[kind].State
                assert type(seen.state) is declared
                assert declared.model_validate(seen.state.model_dump()) == seen.state


async def test_ids_and_names_are_the_same_on_a_second_run(case: Case, tmp_path: Path) -> None:
    found = []
    for run in ("first", "second"):
        async with started(type(case)()) as again, at_work(again, tmp_path / run) as running:
            await running.until(lambda: running.online(*case.ids))
            found.append({entry.id: (entry.name, entry.kinds) for entry in running.registry})
    assert found[0] == found[1]


async def test_a_second_run_looks_where_the_devices_were(case: Case, tmp_path: Path) -> None:
    async with started(case):
        async with at_work(case, tmp_path / "home") as running:
            await running.until(lambda: running.online(*case.ids))
        async with at_work(case, tmp_path / "home", known=True) as running:
            assert {entry.id for entry in running.registry} == case.ids
            await running.until(lambda: running.online(*case.ids))


async def test_a_command_reaches_the_device_and_then_shows(
    case: Case, command: Command, tmp_path: Path
) -> None:
    async with started(case), at_work(case, tmp_path / "home") as running:
        await running.until(lambda: running.online(command.device))
        assert not running.told(command), "the command must change something"
        result = await running.tell(command)
        assert result["outcome"] == "done", result
        assert running.told(command)
        assert (await running.tell(command))["outcome"] in ("already", "done", "sent")


async def test_a_change_at_the_device_is_seen(case: Case, by_hand: ByHand, tmp_path: Path) -> None:
    async with started(case), at_work(case, tmp_path / "home") as running:
        await running.until(lambda: running.online(*case.ids))
        assert not running.shows(by_hand.device, by_hand.kind, by_hand.shows)
        done = by_hand.do(case)
        if inspect.isawaitable(done):
            await done
        await running.until(
            lambda: running.shows(by_hand.device, by_hand.kind, by_hand.shows), by_hand.within
        )


async def test_two_callers_at_once_leave_one_truth(case: Case, tmp_path: Path) -> None:
    async with started(case), at_work(case, tmp_path / "home") as running:
        await running.until(lambda: running.online(*case.ids))
        calls = (case.there, case.back, case.there, case.elsewhere)
        results = await asyncio.gather(*(running.tell(command) for command in calls))
        # One that the other caller undid before it was read back has not been seen: unverified.
        assert {result["outcome"] for result in results} <= {"done", "already", "unverified"}
        assert results[-1]["outcome"] == "done"
        assert running.told(case.elsewhere)
        await running.until(lambda: running.told(case.there) != running.told(case.back))


async def test_a_command_that_is_cancelled_leaves_the_device_usable(
    case: Case, tmp_path: Path
) -> None:
    async with started(case, proxied=True), at_work(case, tmp_path / "home") as running:
        await running.until(lambda: running.online(case.there.device))
        await case.wire(lambda proxy: proxy.delay(1.0))
        telling = asyncio.create_task(running.tell(case.there))
        await running.until(lambda: case.there.arrived(case))
        telling.cancel()
        await asyncio.gather(telling, return_exceptions=True)
        assert telling.cancelled()
        await case.wire(FaultProxy.pass_through)
        assert (await running.tell(case.back))["outcome"] == "done"
        assert running.told(case.back)
