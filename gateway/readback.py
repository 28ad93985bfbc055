"""After sending, the core waits until the device shows what was asked, and says so honestly."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from gateway.boundary import answered
from gateway.capabilities import KINDS
from gateway.capability import Capability
from gateway.entry import Entry, Observed
from gateway.errors import GatewayError
from gateway.schema import Model

log = logging.getLogger("homeport.readback")

LATE = 120.0


def shows(entry: Entry, kind: str, wanted: Mapping[str, Any]) -> bool:
    """Say whether the device, as last seen, shows every wanted field."""
    seen = entry.observed.get(kind)
    return seen is not None and _shows(entry, kind, seen.state, wanted)


def _shows(entry: Entry, kind: str, state: Model, wanted: Mapping[str, Any]) -> bool:
    return (entry.capabilities.get(kind) or KINDS[kind]).shows(state, wanted)


async def settled(
    entry: Entry, kind: str, wanted: Mapping[str, Any], within: float, before: Observed | None
) -> bool:
    """Wait until the device shows `wanted`, at most `within` seconds; say whether it did.

    `before` is what was seen when it was sent: that proves nothing. A device that does not tell
    of its changes is asked: at once, and once more at the end.
    """
    capability = entry.capabilities.get(kind)
    if capability is not None and not capability.pushes:
        await ask(capability)
    if entry.observed.get(kind) is not before and shows(entry, kind, wanted):
        return True
    if await _reported(entry, kind, wanted, within):
        return True
    capability = entry.capabilities.get(kind)
    if capability is not None:
        await ask(capability)
    return entry.observed.get(kind) is not before and shows(entry, kind, wanted)


async def ask(capability: Capability, within: float = 3.0) -> bool:
    """Ask a device for its state; a failure to answer is no more than that."""
    try:
        await answered(capability.refresh(), f"refreshing {capability.name}", within)
    except GatewayError:
        return False
    return True


async def _reported(entry: Entry, kind: str, wanted: Mapping[str, Any], within: float) -> bool:
    seen = asyncio.get_running_loop().create_future()

    def watch(reported: str, state: Model) -> None:
        if reported == kind and not seen.done() and _shows(entry, kind, state, wanted):
            seen.set_result(None)

    unwatch = entry.watch(watch)
    try:
        async with asyncio.timeout(within):
            await seen
    except TimeoutError:
        return False
    finally:
        unwatch()
    return True


class LateReports:
    """What shows within two minutes of an unclear action still amends its receipt."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def expect(
        self,
        entry: Entry,
        kind: str,
        wanted: Mapping[str, Any],
        amend: Callable[[Model], Awaitable[None]],
    ) -> None:
        """Watch a device in the background; call `amend(state)` should it show `wanted`."""
        task = asyncio.create_task(self._wait(entry, kind, wanted, amend))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _wait(
        self,
        entry: Entry,
        kind: str,
        wanted: Mapping[str, Any],
        amend: Callable[[Model], Awaitable[None]],
    ) -> None:
        if not shows(entry, kind, wanted) and not await _reported(entry, kind, wanted, LATE):
            return
        try:
            await amend(entry.observed[kind].state)
        except GatewayError as error:
            log.error("what %s showed late could not be kept: %s", entry.id, error.detail)

    async def aclose(self) -> None:
        """Stop watching."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
