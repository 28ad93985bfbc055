"""Show what happened, and with --follow what happens, across restarts of homeport."""

import argparse
import asyncio
import json
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

from rich.cells import set_cell_size

from cli.client import as_owner, found
from cli.filters import add_filter, chosen_filter
from cli.options import Chosen, add_json, add_place, chosen
from cli.remote import RemoteSession
from gateway.errors import CannotStart, TimedOut, Unreachable
from gateway.event import Event
from gateway.presets import sentence
from gateway.session import Json, cursor_now
from gateway.subscriptions import Filter
from gateway.text import clean

EXAMPLE = "homeport events --follow --names button.pressed 'device.*'"
AGAIN = 0.5
NAME_WIDTH = 24


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--follow", action="store_true", help="go on until Ctrl-C")
    parser.add_argument("--after", metavar="CURSOR", help="only what came behind this cursor")
    parser.add_argument("--limit", type=int, default=20, metavar="N", help="how many (20)")
    add_filter(parser)
    add_json(parser)
    add_place(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print a line for each event; Ctrl-C is how following ends well."""
    place, filter = chosen(arguments), chosen_filter(arguments)
    if arguments.follow:
        with suppress(KeyboardInterrupt):
            asyncio.run(_follow(place, filter, arguments))
        return 0
    as_owner(place, lambda session: _past(session, filter, arguments))
    return 0


async def _past(session: RemoteSession, filter: Filter, arguments: argparse.Namespace) -> None:
    page = await session.events(filter, after=arguments.after, limit=arguments.limit)
    if page["truncated"]:
        _say_truncated()
    lines = _Lines(as_json=arguments.json)
    for event in page["events"]:
        await lines.show(event, session)
    if arguments.after is not None and len(page["events"]) == arguments.limit:
        _say(f"there may be more: --after {page['cursor']}")


async def _follow(place: Chosen, filter: Filter, arguments: argparse.Namespace) -> None:
    """Read behind the cursor of the last event, whoever serves the log now."""
    cursor: str | None = arguments.after
    lines, gone = _Lines(as_json=arguments.json), False
    url, token = found(place)
    while True:
        try:
            async with RemoteSession(url, token) as session:
                if cursor is None or gone:
                    now = await cursor_now(session, filter)
                    cursor = now if cursor is None else cursor
                if gone:
                    gone = False
                    _say("homeport is back")
                async for told in session.stream(filter, after=cursor):
                    cursor = told.cursor
                    if told.body is None:
                        _say_truncated()
                    else:
                        await lines.show(json.loads(told.body), session)
        except (Unreachable, TimedOut):
            if not gone:
                gone = True
                _say("homeport has gone; waiting for it to come back")
            url, token = await _back(place)


async def _back(place: Chosen) -> tuple[str, str]:
    while True:
        await asyncio.sleep(AGAIN)
        with suppress(CannotStart):
            return found(place)


def _say_truncated() -> None:
    _say("some events before these are older than what is kept")


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


@dataclass
class _Lines:
    """Prints events; for people by the names of their devices, which are looked up once."""

    as_json: bool
    _names: dict[str, str] = field(default_factory=dict)

    async def show(self, event: Json, session: RemoteSession) -> None:
        if self.as_json:
            print(json.dumps(event, ensure_ascii=False), flush=True)
            return
        device = event.get("device")
        if device is not None and device not in self._names:
            known = (await session.devices(all=True))["devices"]
            self._names |= {one["id"]: one["name"] for one in known}
            self._names.setdefault(device, device)
        print(line(event, self._names.get(device, "") if device else ""), flush=True)


def line(event: Json, name: str) -> str:
    """Return one event for people: local time, which device, what happened, and why."""
    at = datetime.fromisoformat(event["timestamp"])
    cause = f"  ({event['cause']})" if "cause" in event else ""
    who = set_cell_size(clean(name), NAME_WIDTH)
    what = sentence(_without_device(event, at), lambda id: None)
    return f"{at:%Y-%m-%d %H:%M:%S}.{at.microsecond // 1000:03}  {who}  {what}{cause}"


def _without_device(event: Json, at: datetime) -> Event:
    """Return the event so that its sentence does not repeat which device it is about."""
    data = {name: value for name, value in event["data"].items() if name != "name"}
    return Event(event["seq"], event["name"], at, None, data, 0, None, False, "", b"")
