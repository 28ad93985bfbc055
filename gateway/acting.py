"""One action on one device, from checked values to an honest outcome."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gateway.boundary import answered
from gateway.capabilities import KINDS
from gateway.capability import Capability
from gateway.clock import HomeClock
from gateway.declarations import Action
from gateway.entry import Entry, Held, Observed
from gateway.errors import (
    AdapterFault,
    GatewayError,
    InvalidArguments,
    NeedsSetup,
    TimedOut,
    Unreachable,
)
from gateway.preparing import Job, problem
from gateway.readback import LATE, ask, settled, shows
from gateway.tool import Result

ANSWER_WITHIN = 8.0
AFTER = 3.0
REFUSED = InvalidArguments.status
"""An adapter that cannot make sense of a value (no such station) has sent nothing."""


@dataclass(frozen=True, slots=True)
class Done:
    """What became of a job: the result, and what a late report may still amend."""

    result: Result
    late: Job | None = None


def planned(job: Job) -> Result:
    """Return what a dry run says of a device."""
    entry = job.entry
    shown = {name: job.before[name] for name in job.wanted if name in job.before}
    stands = _told_by_state(job) and shows(entry, job.kind, job.wanted)
    return Result(
        device=entry.id,
        name=entry.name,
        outcome="already" if stands else "planned",
        adjusted=job.adjusted or None,
        before=shown or None,
        after=job.wanted or None,
    )


async def act(job: Job, clock: HomeClock, receipt: str) -> list[Done]:
    """Tell a device, and those told with it, and return what became of each.

    Nobody else tells them anything until they have been read back, but what is urgent.
    """
    every = (job, *job.others)
    held = () if job.action.urgent else every
    try:
        for one in every:
            _living(one, clock)
        async with Held(one.entry for one in held):
            living = [_living(one, clock) for one in every]
            if await _stands_already(job, living[0]):
                return [Done(_result(job.entry, "already", job))]
            for one in every:
                until = clock.clock.monotonic() + _stirs_for(one.action)
                one.entry.led(one.kind, receipt, until)
            return await _told(job, every, living)
    except GatewayError as error:
        outcome = "refused" if error.status == REFUSED else "failed"
        return [Done(_result(one.entry, outcome, one, error)) for one in every]


def _stirs_for(action: Action) -> float:
    """Return for how long a device may still show new things because it was told so, in seconds."""
    moves = any(name.startswith("target_") for name in KINDS[action.kind].State.model_fields)
    return LATE if moves else action.settle + AFTER


async def _told(job: Job, every: tuple[Job, ...], living: list[Capability]) -> list[Done]:
    seen = [one.entry.observed.get(one.kind) for one in every]
    for one in every:
        one.entry.unclear.add(one.kind)
    try:
        await _send(job, living)
    except (TimedOut, AdapterFault) as error:
        return [_unclear(*one, error) for one in zip(every, seen, strict=True)]
    if not job.others:
        return [await _read_back(job, seen[0])]
    return await asyncio.gather(*map(_read_back, every, seen))


def _living(job: Job, clock: HomeClock) -> Capability:
    """Return what can be told now; raise NeedsSetup or Unreachable where there is nothing."""
    entry, capability = job.entry, job.entry.capabilities.get(job.kind)
    if entry.needs:
        raise NeedsSetup(f"{entry.name} needs set-up: {entry.needs[0]}")
    if capability is None or not entry.online:
        raise Unreachable(f"unreachable since {clock.said(entry.since)}: {entry.reason}")
    return capability


async def _stands_already(job: Job, capability: Capability) -> bool:
    if job.others or not _told_by_state(job) or not shows(job.entry, job.kind, job.wanted):
        return False
    if capability.pushes and job.kind not in job.entry.unclear:
        return True
    seen = job.entry.observed.get(job.kind)
    await ask(capability)
    asked = job.entry.observed.get(job.kind) is not seen
    return asked and shows(job.entry, job.kind, job.wanted)


def _told_by_state(job: Job) -> bool:
    """Whether the state alone can say that there is nothing to do.

    What it does not show (`next`, `play X`) and what is relative to it (`louder`) always acts.
    """
    if job.action.idempotent or not job.wanted:
        return bool(job.wanted)
    asked = job.change.model_dump(exclude_unset=True, exclude_defaults=True)
    rests = [{one: asked[one] for one in asked if one != name} for name in asked]
    changes = [type(job.change).model_construct(**rest) for rest in rests]
    told = [KINDS[job.kind].wanted(job.action.name, one, None) for one in (job.change, *changes)]
    return told[0] == job.wanted and job.wanted not in told[1:]


async def _send(job: Job, living: list[Capability]) -> None:
    told: list[Any] = [job.change, living[1:]] if job.others else [job.change]
    call = getattr(living[0], job.action.name)(*told)
    await answered(call, f"{job.action.name} on {job.entry.name}", ANSWER_WITHIN)


async def _read_back(job: Job, before: Observed | None) -> Done:
    if not job.wanted:
        return Done(_result(job.entry, "sent", job))
    if await settled(job.entry, job.kind, job.wanted, job.action.settle, before):
        job.entry.unclear.discard(job.kind)
        return Done(_result(job.entry, "done", job))
    return Done(_result(job.entry, "unverified", job), late=job)


def _unclear(job: Job, before: Observed | None, error: GatewayError) -> Done:
    """After silence or nonsense the device may have obeyed: what it shows since decides."""
    shown = bool(job.wanted) and shows(job.entry, job.kind, job.wanted)
    if shown and job.entry.observed.get(job.kind) is not before:
        return Done(_result(job.entry, "done", job))
    late = job if job.wanted and not shown else None
    return Done(_result(job.entry, "unknown", job, error), late=late)


def _result(
    entry: Entry, outcome: Any, job: Job | None = None, error: GatewayError | None = None
) -> Result:
    before = after = None
    if job is not None and outcome in ("done", "already", "unverified"):
        seen = entry.observed.get(job.kind)
        now = seen.values if seen else {}
        changed = [name for name in now if name in job.wanted or now[name] != job.before.get(name)]
        after = {name: now[name] for name in changed} or None
        before = _only(job.before, (*changed, *job.wanted)) or None
    return Result(
        device=entry.id,
        name=entry.name,
        outcome=outcome,
        adjusted=True if job and job.adjusted else None,
        before=before,
        after=after,
        error=problem(error) if error else None,
    )


def _only(values: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    return {name: values[name] for name in values if name in names}
