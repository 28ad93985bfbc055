"""What each device is to be told: checked against what is in force for it, before it is sent."""

from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from gateway import limits
from gateway.capabilities import KINDS
from gateway.capability import Nothing
from gateway.declarations import Action
from gateway.entry import Entry
from gateway.errors import GatewayError, UnknownTarget
from gateway.policy import Grant
from gateway.schema import Model
from gateway.targets import Meant
from gateway.tool import Problem, Result


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


@dataclass(slots=True)
class Prepared:
    """The jobs that can be done, and the devices that are refused before anything is sent."""

    jobs: list[Job] = field(default_factory=list)
    refused: list[Result] = field(default_factory=list)


@cache
def kinds_for(action: Action) -> frozenset[str]:
    """Return the kinds on which an action works: its own and those that stand in."""
    others = (kind for kind, cls in KINDS.items() if action.name in cls.stands_in)
    return frozenset((action.kind, *others))


def prepare(
    action: Action,
    change: Model,
    meant: Meant,
    grant: Grant,
    settings: limits.LimitSettings,
) -> Prepared:
    """Check every device's values against what is in force for it; nothing is sent yet."""
    prepared = Prepared()
    for entry in meant.entries:
        try:
            prepared.jobs.append(_job(action, change, entry, grant, settings))
        except GatewayError as error:
            prepared.refused.append(_refused(entry, error))
    for entry in meant.unfit:
        has = ", ".join(entry.kinds) or "nothing to control"
        misfit = UnknownTarget(f"{entry.name} has no {action.kind}; it has {has}")
        prepared.refused.append(_refused(entry, misfit))
    if action.joint and getattr(change, action.joint) and len(prepared.jobs) > 1:
        prepared.jobs = _joined(prepared.jobs)
    return prepared


def _job(
    action: Action, change: Model, entry: Entry, grant: Grant, settings: limits.LimitSettings
) -> Job:
    action, change = _own_action(action, change, entry)
    kind = KINDS[action.kind]
    seen = entry.observed.get(action.kind)
    before = seen.values if seen else {}
    bounds = _bounds(entry, action.kind, grant, limits.owners(action.kind, before, settings))
    asked = change.model_dump(exclude_unset=True)
    told = asked if action.change is not Nothing else {action.name: True}
    checked = limits.check(action.kind, told, bounds, entry.name, before)
    if checked.adjusted:
        change = type(change).model_validate(checked.values)
    wanted = kind.wanted(action.name, change, seen.state if seen else None)
    follows = {name: value for name, value in wanted.items() if name not in asked}
    if follows:
        limits.check(action.kind, follows, bounds, entry.name, before)
    return Job(entry, action, change, wanted, before, checked.adjusted)


def _bounds(entry: Entry, kind: str, grant: Grant, owners: limits.Limits) -> list[limits.Bound]:
    every = (
        (f"{entry.name}'s own limit", entry.limits.get(kind)),
        ("the owner's limit", owners),
        (f"the grant of {grant.agent}", grant.limits(entry, kind)),
    )
    return [limits.Bound(whose, found) for whose, found in every if found]


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
    """Make one act of the devices of one adapter: the first is told, with the others.

    What cannot be told now stays by itself, so that it keeps no other from its music.
    """
    by_adapter: dict[str, list[Job]] = {}
    alone = [job for job in jobs if not _answers(job.entry, job.kind)]
    for job in jobs:
        if job not in alone:
            by_adapter.setdefault(job.entry.adapter, []).append(job)
    joint = [replace(first, others=tuple(rest)) for first, *rest in by_adapter.values()]
    return joint + alone


def _answers(entry: Entry, kind: str) -> bool:
    return entry.online and not entry.needs and kind in entry.capabilities


def _refused(entry: Entry, error: GatewayError) -> Result:
    return Result(device=entry.id, name=entry.name, outcome="refused", error=problem(error))


def problem(error: GatewayError) -> Problem:
    """Return an error as it stands beside one device."""
    return Problem(
        code=error.code,
        detail=error.detail,
        hint=error.hint,
        limits=error.more.get("limits"),
        choices=error.more.get("choices"),
    )
