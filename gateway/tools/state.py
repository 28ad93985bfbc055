"""get_state: exact values, from the cache or from the device itself."""

import asyncio
from typing import Annotated, Union

from pydantic import Field

from gateway.budget import fitting
from gateway.call import Call
from gateway.capabilities import CAPABILITIES, KINDS
from gateway.entry import Entry, Observed
from gateway.errors import InvalidArguments, UnknownTarget, did_you_mean
from gateway.home import Home
from gateway.readback import ask
from gateway.schema import Model
from gateway.targets import resolve
from gateway.text import Untrusted, quoted
from gateway.tool import Targets, Tool
from gateway.tools.describe import cursor_of, start_of

AnyState = Union[tuple(kind.State for kind in CAPABILITIES)]  # type: ignore[valid-type]  # noqa: UP007


class Read(Model):
    """What to read."""

    targets: Targets
    kind: str | None = None
    fresh: bool = False
    cursor: str | None = None


class Reading(Model):
    """One capability's state, and how old it is."""

    device: str
    name: Untrusted
    kind: str
    state: Annotated[AnyState, Field(union_mode="left_to_right")] | None = None  # type: ignore[valid-type]
    """absent where nothing was seen yet"""
    age: int | None = None
    """seconds since it was seen"""
    offline_since: str | None = None
    """the device does not answer: the state is the last one seen"""


class StateAnswer(Model):
    """States of devices."""

    summary: str
    states: list[Reading]
    cursor: str | None = None
    """send it back for the next page"""


async def get_state(call: Call, asked: Read) -> StateAnswer:
    """Resolve, ask where `fresh` wants it, and tell."""
    home = call.home
    if asked.kind is not None and asked.kind not in KINDS:
        raise InvalidArguments(
            f"There is no kind {asked.kind[:40]!r}", hint=did_you_mean(asked.kind, KINDS)
        )
    kinds = frozenset((asked.kind,)) if asked.kind else None
    meant = resolve(asked.targets, home.index, home.registry, call.grant.sees, kinds)
    if not meant.entries:
        has = {kind for entry in meant.unfit for kind in entry.kinds}
        names = quoted([entry.name for entry in meant.unfit])
        raise UnknownTarget(
            f"{names} has no {asked.kind}", hint=f"It has {', '.join(sorted(has)) or 'no state'}."
        )
    start = start_of(asked.cursor)
    wanted = [
        (entry, kind)
        for entry in meant.entries
        for kind in entry.kinds
        if asked.kind in (None, kind)
    ]
    page = wanted[start : start + 100]
    if asked.fresh:
        await _refresh(page)
    states = fitting(_reading(home, entry, kind) for entry, kind in page)
    return StateAnswer(
        summary=_summary(home, meant.entries, wanted[start:], states),
        states=states,
        cursor=cursor_of(start + len(states), len(wanted)),
    )


async def _refresh(page: list[tuple[Entry, str]]) -> None:
    living = [entry.capabilities[kind] for entry, kind in page if kind in entry.capabilities]
    await asyncio.gather(*(ask(capability) for capability in living))


def _reading(home: Home, entry: Entry, kind: str) -> Reading:
    seen: Observed | None = entry.observed.get(kind)
    return Reading(
        device=entry.id,
        name=entry.name,
        kind=kind,
        state=seen.state if seen else None,
        age=seen.age(home.clock.now()) if seen else None,
        offline_since=None if entry.online else home.clock.local(entry.since),
    )


def _summary(
    home: Home, entries: list[Entry], wanted: list[tuple[Entry, str]], states: list[Reading]
) -> str:
    said = []
    for reading, (entry, kind) in zip(states[:3], wanted, strict=False):
        state = reading.state
        text = KINDS[kind].sentence(state, home.settings.units) if state else "not known yet"
        away = "" if entry.online else f" (offline since {home.clock.said(entry.since)})"
        said.append(f"“{entry.name}”: {text}{away}")
    if not said:
        return f"{len(entries)} devices, none of which has a state."
    more = f"; and {len(wanted) - len(said)} more" if len(wanted) > len(said) else ""
    return "; ".join(said) + more + "."


GET_STATE = Tool(
    name="get_state",
    description=(
        "Read exact values now: temperature, humidity, power in watts, brightness, what is "
        "playing. fresh asks the device itself."
    ),
    input=Read,
    output=StateAnswer,
    reads=True,
    idempotent=True,
    handler=get_state,
)
