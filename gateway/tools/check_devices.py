"""check_devices: find a device and see what it does, in one call."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from gateway.budget import fitting
from gateway.call import Call
from gateway.capabilities import KINDS
from gateway.entry import Entry
from gateway.errors import InvalidArguments, UnknownTarget, did_you_mean, nearest
from gateway.home import Home
from gateway.schema import Model
from gateway.spelling import meant
from gateway.text import folded
from gateway.tool import Tool
from gateway.tools.describe import Described, cursor_of, described, start_of

USUAL = 20
MOST = 100
WITH_LIMITS = 3
SPOKEN = 3
"""Devices that the summary tells of: the best one first, the others in case it was not meant."""


class Check(Model):
    """What to look for; without words everything."""

    query: Annotated[str, Field(max_length=300)] | None = None
    area: Annotated[str, Field(max_length=100)] | None = None
    kind: str | None = None
    problem: bool = False
    """offline, low battery, needs set-up"""
    limit: Annotated[int, Field(ge=1, le=MOST)] = USUAL
    cursor: str | None = None


class Found(Model):
    """Devices, the likeliest first."""

    summary: str
    devices: list[Described]
    total: int
    cursor: str | None = None
    """send it back for the next page"""


async def check_devices(call: Call, asked: Check) -> Found:
    """Rank, filter, and describe as many as fit."""
    home = call.home
    start = start_of(asked.cursor)
    _check_kind(home, asked.kind)
    area = _area(call, asked.area)
    found = home.search.find(asked.query or "", call.grant.sees, area, asked.kind)
    if asked.problem:
        found = [entry for entry in found if entry.problems()]
    few = len(found) <= WITH_LIMITS
    page = found[start : start + asked.limit]
    shown = fitting(described(entry, home.clock, limits=few) for entry in page)
    return Found(
        summary=_summary(home, found, page, asked),
        devices=[one for one in shown if isinstance(one, Described)],
        total=len(found),
        cursor=cursor_of(start + len(shown), len(found)),
    )


def _check_kind(home: Home, kind: str | None) -> None:
    if kind is not None and kind not in KINDS:
        present = ", ".join(home.registry.kinds())
        raise InvalidArguments(
            f"There is no kind {kind[:40]!r}",
            hint=did_you_mean(kind, KINDS) or f"In this house: {present}.",
            field="kind",
        )


def _area(call: Call, area: str | None) -> str | None:
    if area is None:
        return None
    said = area.removeprefix("area:")
    areas = {entry.area for entry in call.home.registry if entry.area and call.grant.sees(entry)}
    for known in areas:
        if folded(known) == folded(said):
            return known
    if (likely := meant(said, areas)) is not None:
        return likely
    raise UnknownTarget(
        f"There is no area “{area[:80]}”",
        hint=did_you_mean(said, areas) or f"Areas: {', '.join(sorted(areas)[:20]) or 'none yet'}.",
        choices=nearest(said, areas),
    )


def _summary(home: Home, found: Sequence[Entry], page: Sequence[Entry], asked: Check) -> str:
    if not found:
        return "No device here fits these words."
    if len(page) == 1 or asked.query:
        best = page[:SPOKEN] or found[:1]
        more = len(found) - len(best)
        rest = f" {more} {'other' if more == 1 else 'others'} may fit." if more else ""
        return " ".join(_said(home, entry) for entry in best) + rest
    offline = sum(not entry.online for entry in found)
    away = f", {offline} of them offline" if offline else ""
    return f"{len(found)} devices{away}."


def _said(home: Home, entry: Entry) -> str:
    where = f" in “{entry.area}”" if entry.area else ""
    states = [
        KINDS[kind].sentence(seen.state, home.settings.units)
        for kind, seen in entry.observed.items()
    ]
    state = "; ".join(states) or "not known yet"
    if not entry.online:
        said = entry.needs[0] if entry.needs else f"offline since {home.clock.said(entry.since)}"
        return f"“{entry.name}”{where} is {said}; last seen: {state}."
    return f"“{entry.name}”{where}: {state}."


CHECK_DEVICES = Tool(
    name="check_devices",
    description=(
        "Find or check devices. Use for questions: where is, find my, which lamps are on, is the "
        "garage closed, is the door locked, is it on. Typos are fine. Gives id and present state."
    ),
    input=Check,
    output=Found,
    reads=True,
    idempotent=True,
    handler=check_devices,
)
