"""wait_for_events and get_past_events: the log, for agents."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any

from pydantic import Field

from gateway.budget import fitting
from gateway.call import Call
from gateway.event import Event
from gateway.presets import sentence
from gateway.readers import Reader
from gateway.schema import Model
from gateway.spans import span
from gateway.subscriptions import Filter, naming
from gateway.targets import resolve
from gateway.text import Untrusted
from gateway.tool import Targets, Tool

LONGEST_WAIT = 55.0
USUAL = 20
MOST = 100


class Wait(Model):
    """For what, and for how long."""

    after: Annotated[str | None, Field(description="cursor")] = None
    query: Annotated[str, Field(max_length=300)] | None = None
    targets: Targets | None = None
    timeout: Annotated[float, Field(ge=0, le=LONGEST_WAIT, description="s")] = LONGEST_WAIT


class Past(Model):
    """Which of the past."""

    query: Annotated[str | None, Field(max_length=300, description="fedex, front door")] = None
    targets: Targets | None = None
    start: Annotated[str | None, Field(description="-7d, monday or ISO")] = None
    end: str | None = None
    limit: Annotated[int, Field(ge=1, le=MOST)] = USUAL


class Happened(Model):
    """One event."""

    eventId: str
    name: str
    timestamp: str
    device: str | None = None
    text: Untrusted
    """what happened, in a line"""
    data: dict[str, Any]
    cause: str | None = None
    """the receipt or alert that led to it"""


class Happenings(Model):
    """What happened, oldest first."""

    summary: str
    events: list[Happened]
    cursor: str
    """send it back as `after`"""
    truncated: bool | None = None
    """some that came before are gone"""


class PastHappenings(Model):
    """What happened, newest first."""

    summary: str
    events: list[Happened]
    total: int
    """at most 100; more are left out"""


async def wait_for_events(call: Call, asked: Wait) -> Happenings:
    """Wait until something happens that fits, and tell it."""
    reader = _reader(call, asked.query, asked.targets)
    page, cursor = await reader.page(asked.after, USUAL, asked.timeout)
    shown = _shown(call, page.events)
    if len(shown) < len(page.events):
        cursor = page.events[len(shown) - 1].cursor
    said = _said(shown) if shown else f"Nothing happened within {asked.timeout:g} s."
    lost = "Some events are older than what is kept. " if page.truncated else ""
    return Happenings(
        summary=lost + said, events=shown, cursor=cursor, truncated=page.truncated or None
    )


async def get_past_events(call: Call, asked: Past) -> PastHappenings:
    """Look through the log for what fits."""
    home = call.home
    start, end = span(
        asked.start, asked.end, home.clock, timedelta(days=7), home.settings.week_start
    )
    if asked.end is None:
        end += timedelta(seconds=1)  # what happens in this very moment has happened
    reader = _reader(call, asked.query, asked.targets)
    found = (await reader.newest(MOST, start, end))[::-1]
    shown = _shown(call, found[: asked.limit])
    said = _said(shown) if shown else f"Nothing of that since {home.clock.said(start)}."
    return PastHappenings(summary=said, events=shown, total=len(found))


def _reader(call: Call, query: str | None, targets: list[str] | str | None) -> Reader:
    home, among = call.home, None
    if targets is not None:
        meant = resolve(targets, home.index, home.registry, call.grant.sees, None)
        among = [entry.id for entry in meant.entries]
    return Reader(home.events, home.registry.get, call.still(), Filter(query=query), among)


def _shown(call: Call, events: Sequence[Event]) -> list[Happened]:
    return fitting([_happened(call, event) for event in events])


def _happened(call: Call, event: Event) -> Happened:
    return Happened(
        eventId=event.id,
        name=event.name,
        timestamp=call.home.clock.local(event.at),
        device=event.device,
        text=sentence(event, naming(call.home.registry.get)),
        data=dict(event.data),
        cause=event.cause,
    )


def _said(shown: Sequence[Happened]) -> str:
    first = f"{_time(shown[0])} {shown[0].text}"
    more = len(shown) - 1
    return f"{first}." if not more else f"{first}; and {more} more."


def _time(event: Happened) -> str:
    return f"{datetime.fromisoformat(event.timestamp):%H:%M:%S}"


GET_PAST_EVENTS = Tool(
    name="get_past_events",
    description=(
        "What happened earlier: last delivery, who came, cars, people seen, doors opened, alarms, "
        "who did what, yesterday."
    ),
    input=Past,
    output=PastHappenings,
    reads=True,
    idempotent=True,
    handler=get_past_events,
)
WAIT_FOR_EVENTS = Tool(
    name="wait_for_events",
    description=(
        "Block now until the next event, at most 55 s. To be told later use create_alert."
    ),
    input=Wait,
    output=Happenings,
    reads=True,
    idempotent=True,
    handler=wait_for_events,
)
