"""Answers of acting tools: short, typed, true, and bounded whatever was asked."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from gateway.acting import Done, planned
from gateway.budget import fitting
from gateway.call import Call
from gateway.capabilities import KINDS
from gateway.capability import Step
from gateway.entry import Entry
from gateway.errors import GatewayError
from gateway.home import Home
from gateway.policy import Grant
from gateway.preparing import Job, Prepared, problem
from gateway.quantities import Units
from gateway.receipts import Receipt, overall
from gateway.schema import Model
from gateway.text import quoted
from gateway.tool import Acted, Result, Tool

LISTED = 20
SAID = {
    "done": "done",
    "already": "already so",
    "unverified": "sent but not seen to happen",
    "sent": "sent",
    "refused": "refused",
    "failed": "failed",
    "unknown": "unclear",
    "planned": "would change",
}


def before(prepared: Prepared) -> list[dict[str, Any]]:
    """Return what the receipt holds of the devices before anything is sent."""
    jobs = [one for job in prepared.jobs for one in (job, *job.others)]
    return [
        {"device": job.entry.id, "kind": job.kind, "outcome": "unknown", "before": job.before}
        for job in jobs
    ]


def recorded(done: Sequence[Done], prepared: Prepared) -> list[dict[str, Any]]:
    """Return what the receipt holds of every device afterwards: the whole state before."""
    was = {one["device"]: one for one in before(prepared)}
    results = [one.result for one in done] + prepared.refused
    return [was.get(result.device, {}) | _outcome(result) for result in results]


def _outcome(result: Result) -> dict[str, Any]:
    told: dict[str, Any] = {"device": result.device, "outcome": result.outcome}
    for name in ("adjusted", "after"):
        if (value := getattr(result, name)) is not None:
            told[name] = value
    if result.error is not None:
        told["error"] = result.error.model_dump(mode="json", exclude_none=True)
    return told


def acted(home: Home, tool: Tool, receipt: Receipt, results: Sequence[Result]) -> Acted:
    """Return the answer of an action."""
    told = [_with_company(home, tool, result, results) for result in results]
    return Acted(
        summary=summary(home, tool, told),
        receipt=receipt.id,
        counts=counts(told),
        results=bounded(told),
    )


def dry_run(
    home: Home, grant: Grant, tool: Tool, arguments: Mapping[str, Any], prepared: Prepared
) -> Acted:
    """Return what would be done, and the plan that does exactly that."""
    jobs = [one for job in prepared.jobs for one in (job, *job.others)]
    results = [planned(job) for job in jobs] + prepared.refused
    plan = None
    if jobs:
        exact = {**arguments, "targets": [job.entry.id for job in jobs]}
        exact.pop("dry_run", None)
        seen = {(job.entry.id, job.kind): job.before for job in jobs}
        plan = home.plans.keep(grant.agent, [Step(tool.name, exact)], seen).id
    return Acted(
        summary="Nothing was sent. " + summary(home, tool, results),
        counts=counts(results),
        results=bounded(results),
        plan=plan,
    )


def refused(tool: str, error: GatewayError) -> Acted:
    """Return what a step answers that was refused as a whole."""
    result = Result(device="", name=tool, outcome="refused", error=problem(error))
    return Acted(summary=error.detail, counts={"refused": 1}, results=[result])


def merged(home: Home, tool: Tool, told: Sequence[Acted]) -> Acted:
    """Return one answer of several steps': all counts, and what a list has room for."""
    number: dict[str, int] = {}
    for answer in told:
        for outcome, many in answer.counts.items():
            number[outcome] = number.get(outcome, 0) + many
    results = [result for answer in told for result in answer.results]
    if sum(number.values()) == len(results) == 1:
        said = _of_one(home, tool, results[0])
    else:
        said = _of_many(number, results) if number else "No device to change."
    return Acted(summary=said, counts=number, results=bounded(results))


def finished(call: Call, receipt: Receipt, told: Sequence[Acted]) -> Acted:
    """End the receipt of several steps and return their one answer."""
    answer = merged(call.home, call.tool, told)
    shown = [result.model_dump(mode="json", exclude_none=True) for result in answer.results]
    call.home.receipts.finish(receipt, overall(list(answer.counts)), shown)
    return answer.model_copy(update={"receipt": receipt.id})


def counts(results: Iterable[Result]) -> dict[str, int]:
    """Return how many devices had each outcome."""
    found: dict[str, int] = {}
    for result in results:
        found[result.outcome] = found.get(result.outcome, 0) + 1
    return found


def bounded(results: Sequence[Result]) -> list[Result]:
    """Return what an answer lists: above 20 devices only what is not done or already."""
    if len(results) == 1:
        return list(results)
    if len(results) <= LISTED:
        return fitting(results)
    bad = [one for one in results if one.outcome not in ("done", "already", "planned")]
    return fitting(bad[:LISTED])


def summary(home: Home, tool: Tool, results: Sequence[Result]) -> str:
    """Return one sentence that a weak model can repeat to the person."""
    if len(results) == 1:
        return _of_one(home, tool, results[0])
    return _of_many(counts(results), results)


def _of_many(number: Mapping[str, int], results: Sequence[Result]) -> str:
    said = ", ".join(f"{many} {SAID[outcome]}" for outcome, many in number.items())
    bad = [one for one in results if one.outcome in ("failed", "refused", "unknown", "unverified")]
    reasons = "; ".join(f"“{one.name}”: {_reason(one)}" for one in bad[:3])
    more = f"; and {len(bad) - 3} more" if len(bad) > 3 else ""
    return f"{sum(number.values())} devices: {said}." + (f" {reasons}{more}." if bad else "")


def _of_one(home: Home, tool: Tool, result: Result) -> str:
    entry = home.registry.get(result.device)
    name = f"“{result.name}”"
    if result.outcome in ("failed", "refused", "unknown"):
        return f"{name}: {SAID[result.outcome]}: {_reason(result)}."
    if result.outcome == "sent":
        return f"Sent to {name}."
    if result.outcome == "planned":
        return f"{name} would change."
    state = state_sentence(entry, tool, home.settings.units) if entry else "done"
    if result.outcome == "unverified":
        return f"Sent to {name}, but it still shows {state}."
    also = f", together with {quoted(list(result.also))}" if result.also else ""
    already = " already" if result.outcome == "already" else ""
    return f"{name} is{already} {state}{also}."


def _reason(result: Result) -> str:
    if result.error is not None:
        return result.error.detail
    return SAID[result.outcome]


def state_sentence(entry: Entry, tool: Tool, units: Units) -> str:
    """Return what a device does now in the kind that a tool is about."""
    kind = tool.kind if tool.kind in entry.observed else next(iter(entry.observed), None)
    if kind is None:
        return "unknown"
    return KINDS[kind].sentence(entry.observed[kind].state, units)


def _with_company(home: Home, tool: Tool, result: Result, results: Sequence[Result]) -> Result:
    entry, kind = home.registry.get(result.device), KINDS.get(tool.kind or "")
    seen = entry.observed.get(kind.name) if entry and kind and kind.also else None
    if seen is None or kind is None or kind.also is None or result.outcome not in _EFFECTIVE:
        return result
    meant = {one.device for one in results}
    others = [home.registry.get(id) for id in getattr(seen.state, kind.also) if id not in meant]
    names = [other.name for other in others if other is not None]
    return result.model_copy(update={"also": names}) if names else result


_EFFECTIVE = ("done", "already", "unverified", "sent")


def amend_later(home: Home, receipt: Receipt, job: Job) -> None:
    """Let a late report of what was asked amend the receipt."""

    async def amend(state: Model) -> None:
        after = state.model_dump(mode="json", exclude_none=True)
        await home.receipts.amend(receipt, job.entry.id, after)

    home.late.expect(job.entry, job.kind, job.wanted, amend)
