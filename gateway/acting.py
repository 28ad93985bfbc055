"""One action on one device, from checked values to an honest outcome."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gateway import limits
from gateway.boundary import answered
from gateway.capabilities import KINDS
from gateway.capability import Action, Capability
from gateway.clock import HomeClock
from gateway.entry import Entry
from gateway.errors import GatewayError, NeedsSetup, TimedOut, UnknownTarget, Unreachable
from gateway.policy import Grant
from gateway.readback import ask, settled, shows
from gateway.schema import Model
from gateway.tool import Problem, Result

ANSWER_WITHIN = 8.0


@dataclass(frozen=True, slots=True)
class Job:
    """What one device is to be told; `others` are told with it in one act."""

    entry: Entry
    action: Action
    change: Model
    wanted: dict[str, Any]
    before: dict[str, Any]
    adjusted: bool = False
    others: tuple["Job", ...] = ()

    @property
    def kind(self) -> str:
        return self.action.kind


@dataclass(frozen=True, slots=True)
class Done:
    """What became of a job: the result, and what a late report may still amend."""

    result: Result
    late: Job | None = None


@dataclass(slots=True)
class Prepared:
    """The jobs that can be done, and the devices that are refused before anything is sent."""

    jobs: list[Job] = field(default_factory=list)
    refused: list[Result] = field(default_factory=list)


def kinds_for(action: Action) -> frozenset[str]:
    """Return the kinds on which an action works: its own and those that stand in."""
    others = (kind for kind, cls in KINDS.items() if action.name in cls.stands_in)
    return frozenset((action.kind, *others))


def prepare(
    action: Action, change: Model, entries: Sequence[Entry], unfit: Sequence[Entry], grant: Grant
) -> Prepared:
    """Check every device's values against what is in force for it; nothing is sent yet."""
    prepared = Prepared()
    for entry in entries:
        try:
            prepared.jobs.append(_job(action, change, entry, grant))
        except GatewayError as error:
            prepared.refused.append(_result(entry, "refused", error=error))
    for entry in unfit:
        has = ", ".join(entry.kinds) or "nothing to control"
        misfit = UnknownTarget(f"{entry.name} has no {action.kind}; it has {has}")
        prepared.refused.append(_result(entry, "refused", error=misfit))
    if action.joint and getattr(change, action.joint) and len(prepared.jobs) > 1:
        prepared.jobs = _joined(prepared.jobs)
    return prepared


def _job(action: Action, change: Model, entry: Entry, grant: Grant) -> Job:
    action, change = _own_action(action, change, entry)
    kind = KINDS[action.kind]
    bounds = (
        limits.Bound(f"{entry.name}'s own limit", entry.limits.get(action.kind, {})),
        limits.Bound(f"the grant of {grant.agent}", grant.limits(entry, action.kind)),
    )
    asked = change.model_dump(exclude_unset=True)
    checked = limits.check(action.kind, asked, bounds, entry.name)
    if checked.adjusted:
        change = type(change).model_validate(checked.values)
    seen = entry.observed.get(action.kind)
    wanted = kind.wanted(action.name, change, seen.state if seen else None)
    before = seen.state.model_dump(mode="json", exclude_none=True) if seen else {}
    return Job(entry, action, change, wanted, before, checked.adjusted)


def _own_action(action: Action, change: Model, entry: Entry) -> tuple[Action, Model]:
    if action.kind in entry.kinds:
        return action, change
    for kind in entry.kinds:
        name = KINDS[kind].stands_in.get(action.name)
        for own in KINDS[kind].actions if name else ():
            if own.name == name:
                return own, own.change.model_validate(change.model_dump(exclude_unset=True))
    raise UnknownTarget(f"{entry.name} has no {action.kind}")


def _joined(jobs: list[Job]) -> list[Job]:
    """Make one act of the devices of one adapter: the first is told, with the others."""
    by_adapter: dict[str, list[Job]] = {}
    for job in jobs:
        by_adapter.setdefault(job.entry.adapter, []).append(job)
    return [
        Job(
            first.entry,
            first.action,
            first.change,
            first.wanted,
            first.before,
            first.adjusted,
            tuple(rest),
        )
        for first, *rest in by_adapter.values()
    ]


def planned(job: Job) -> Result:
    """Return what a dry run says of a device."""
    entry = job.entry
    shown = {name: job.before[name] for name in job.wanted if name in job.before}
    return Result(
        device=entry.id,
        name=entry.name,
        outcome="already" if job.wanted and shows(entry, job.kind, job.wanted) else "planned",
        adjusted=job.adjusted or None,
        before=shown or None,
        after=job.wanted or None,
    )


async def act(job: Job, clock: HomeClock) -> list[Done]:
    """Tell a device, and those told with it, and return what became of each."""
    entry, capability = job.entry, job.entry.capabilities.get(job.kind)
    try:
        if entry.needs:
            raise NeedsSetup(f"{entry.name} needs set-up: {entry.needs[0]}")
        if capability is None or not entry.online:
            since = clock.said(entry.since)
            raise Unreachable(f"unreachable since {since}: {entry.reason}")
        async with entry.lock:
            if await _stands_already(job, capability):
                return [Done(_result(entry, "already", job))]
            await _send(job, capability)
    except TimedOut as error:
        return [await _unclear(one, error) for one in (job, *job.others)]
    except GatewayError as error:
        return [Done(_result(one.entry, "failed", one, error)) for one in (job, *job.others)]
    return [await _read_back(one) for one in (job, *job.others)]


async def _stands_already(job: Job, capability: Capability) -> bool:
    if job.others or not job.wanted or not _told_by_state(job):
        return False
    if not shows(job.entry, job.kind, job.wanted):
        return False
    return capability.pushes or (await ask(capability) and shows(job.entry, job.kind, job.wanted))


def _told_by_state(job: Job) -> bool:
    """Whether the state alone says that there is nothing to do: `next` or `play X` always acts."""
    asked = job.change.model_dump(exclude_unset=True, exclude_none=True)
    return job.action.idempotent or len(asked) == len(job.wanted)


async def _send(job: Job, capability: Capability) -> None:
    method = getattr(capability, job.action.name)
    others = [one.entry.capabilities[one.kind] for one in job.others]
    call = method(job.change, others) if others else method(job.change)
    await answered(call, f"{job.action.name} on {job.entry.name}", ANSWER_WITHIN)


async def _read_back(job: Job) -> Done:
    if not job.wanted:
        return Done(_result(job.entry, "sent", job))
    if await settled(job.entry, job.kind, job.wanted, job.action.settle):
        return Done(_result(job.entry, "done", job))
    return Done(_result(job.entry, "unverified", job), late=job)


async def _unclear(job: Job, error: TimedOut) -> Done:
    """After a time-out the device may have obeyed: what it shows decides."""
    if job.wanted and shows(job.entry, job.kind, job.wanted):
        return Done(_result(job.entry, "done", job))
    return Done(_result(job.entry, "unknown", job, error), late=job if job.wanted else None)


def _result(
    entry: Entry, outcome: Any, job: Job | None = None, error: GatewayError | None = None
) -> Result:
    before = after = None
    if job is not None and outcome in ("done", "already", "unverified"):
        seen = entry.observed.get(job.kind)
        now = seen.state.model_dump(mode="json", exclude_none=True) if seen else {}
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


def problem(error: GatewayError) -> Problem:
    """Return an error as it stands beside one device."""
    return Problem(
        code=error.code,
        detail=error.detail,
        hint=error.hint,
        limits=error.more.get("limits"),
        choices=error.more.get("choices"),
    )
