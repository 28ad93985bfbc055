"""get_workouts: what was trained, in the home's days, weeks and units."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field

from gateway.budget import fitting
from gateway.call import Call
from gateway.errors import InvalidArguments, NotFound, nearest
from gateway.home import Home
from gateway.schema import Model
from gateway.spans import Stretch, span
from gateway.text import clean, folded
from gateway.tool import Tool
from workouts import answer
from workouts.answer import WorkoutsAnswer
from workouts.details import Detail, Details, Told
from workouts.store import Kept, WorkoutStore
from workouts.totals import grouped, summed

USUALLY = timedelta(days=30)
EVER = timedelta(days=20_000)
FEW = 5
MYSELF = frozenset({"me", "i", "my", "myself", "mine"})

Period = Literal["today", "yesterday", "this_week", "last_week", "this_month", "this_year"]


class Asked(Model):
    """Which workouts, and what of them."""

    period: Period | None = None
    start: Annotated[str | None, Field(description="-7d, monday or ISO")] = None
    end: str | None = None
    activity: Literal["any", "walk", "run", "ride"] | None = None
    person: str | None = None
    by: Literal["total", "day", "week", "month", "session"] | None = None
    detail: Detail | None = None
    id: Annotated[str | None, Field(description="one session")] = None


@dataclass(frozen=True, slots=True)
class _Chosen:
    """The workouts that are meant, how their stretch of time is said, and whose they are."""

    workouts: list[Kept]
    opening: str
    person: str | None = None
    strangers: int = 0
    """how many others nobody has claimed yet"""


@dataclass(frozen=True, slots=True)
class Teller:
    """What the tool reads."""

    store: WorkoutStore
    details: Details

    async def get_workouts(self, call: Call, asked: Asked) -> WorkoutsAnswer:
        """Find the workouts that are meant and tell what was asked of them."""
        home, units = call.home, call.home.settings.units
        chosen = await (self._one(home, asked.id) if asked.id else self._several(home, asked))
        found = chosen.workouts
        said = answer.sentence(found, units) if found else "no workouts"
        words = [f"{chosen.opening}: {said}."]
        if asked.detail is not None:
            more, remark = await self.details.of(asked.detail, home, found, chosen.person)
        else:
            more, remark = _listed(home, asked, found)
        words += [remark] if remark else []
        if chosen.strangers:
            words.append(f"{chosen.strangers} more are of nobody yet.")
        return WorkoutsAnswer(
            summary=" ".join(words),
            total=answer.total(summed(found), units),
            distance_unit=answer.unit(units),
            **more,
        )

    async def _one(self, home: Home, id: str) -> _Chosen:
        kept = await self.store.get(id)
        going_on = "" if kept.finished else ", still going on"
        return _Chosen([kept], f"{home.clock.said(kept.start)}{going_on}", kept.person)

    async def _several(self, home: Home, asked: Asked) -> _Chosen:
        if asked.detail == "samples":
            raise InvalidArguments(
                "Samples are told of one session", hint="Send its id.", field="id"
            )
        start, end = _stretch(home, asked)
        found = await self.store.find(
            start=start, end=end, activity=None if asked.activity == "any" else asked.activity
        )
        person = await self._person(home, asked.person)
        mine = [one for one in found if person in (None, one.person)]
        strangers = sum(one.person is None for one in found) if person else 0
        since, until = home.clock.said(start), home.clock.said(end)
        opening = f"Until {until}" if start.year < 1990 else f"{since} to {until}"
        return _Chosen(mine, opening, person, strangers)

    async def _person(self, home: Home, asked: str | None) -> str | None:
        """Return the name that is meant, or None for everybody; NotFound with the nearest."""
        if asked is None:
            return None
        names = sorted({*home.people.names, *await self.store.people()})
        named = {folded(name): name for name in names}
        if folded(asked) in named:
            return named[folded(asked)]
        if folded(asked) in MYSELF and len(names) < 2:
            return None
        close = nearest(asked, names) or names[:5]
        raise NotFound(
            f"There is nobody {clean(asked, 40)!r} here",
            hint=f"Did you mean {' or '.join(close)}?" if close else "Leave person out.",
            choices=close,
        )


def _stretch(home: Home, asked: Asked) -> Stretch:
    if asked.period and asked.start:
        raise InvalidArguments("Send period or start, not both", field="period")
    start = asked.period.replace("_", " ") if asked.period else asked.start
    usually = EVER if asked.detail == "bests" else USUALLY
    return span(start, asked.end, home.clock, usually, home.settings.week_start)


def _listed(home: Home, asked: Asked, found: list[Kept]) -> Told:
    """Return groups or sessions, as many as fit, the newest first, and whether that is all."""
    units, by = home.settings.units, asked.by
    if by in ("day", "week", "month"):
        sums = grouped(found, by, home.clock.zone, home.settings.week_start)
        groups = fitting(answer.group(day.isoformat(), one, units) for day, one in sums.items())
        return {"groups": groups}, _cut(len(groups), len(sums), by)
    if by == "total":
        return {}, ""
    few = found if by == "session" or asked.id else found[:FEW]
    sessions = fitting(answer.told(one, home.clock, units) for one in few)
    return {"sessions": sessions}, _cut(len(sessions), len(few), "session")


def _cut(listed: int, all: int, what: str) -> str:
    return f"Only the {listed} newest of {all} {what}s are listed." if listed < all else ""


def tools(store: WorkoutStore, maxima: Mapping[str, float] | None = None) -> tuple[Tool, ...]:
    """Return the tools of personal data; `maxima` are maximum heart rates by person."""
    teller = Teller(store, Details(store, maxima or {}))
    return (
        Tool(
            name="get_workouts",
            description=(
                "Workouts of a person: how far walked or run, on the treadmill too, longest run, "
                "totals per day, week, month."
            ),
            input=Asked,
            output=WorkoutsAnswer,
            reads=True,
            idempotent=True,
            handler=teller.get_workouts,
        ),
    )
