"""Show what happened, and with --follow what happens, across restarts of homeport."""

import argparse
import asyncio
import json
import sys
from datetime import datetime
from typing import Any

from cli.client import as_owner, found
from cli.filters import add_filter, chosen_filter
from cli.options import Chosen, add_json, add_place, chosen
from cli.remote import RemoteSession
from gateway.errors import CannotStart, TimedOut, Unreachable
from gateway.session import Json
from gateway.subscriptions import Filter

EXAMPLE = "homeport events --follow --names button.pressed 'device.*'"
AGAIN = 0.5
NOW = 0.001


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--follow", action="store_true", help="go on until Ctrl-C")
    parser.add_argument("--after", metavar="CURSOR", help="only what came behind this cursor")
    parser.add_argument("--limit", type=int, default=20, metavar="N", help="how many (20)")
    add_filter(parser)
    add_json(parser)
    add_place(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print a line for each event."""
    place, filter = chosen(arguments), chosen_filter(arguments)
    if arguments.follow:
        asyncio.run(_follow(place, filter, arguments))
        return 0
    page = as_owner(
        place,
        lambda session: session.events(filter, after=arguments.after, limit=arguments.limit),
    )
    if page["truncated"]:
        _say_truncated()
    for event in page["events"]:
        _show(event, as_json=arguments.json)
    return 0


async def _follow(place: Chosen, filter: Filter, arguments: argparse.Namespace) -> None:
    """Read behind the cursor of the last event, whoever serves the log now."""
    cursor: str | None = arguments.after
    url, token = found(place)
    while True:
        try:
            async with RemoteSession(url, token) as session:
                if cursor is None:
                    cursor = (await session.events(filter, wait=NOW))["cursor"]
                async for told in session.stream(filter, after=cursor):
                    cursor = told.cursor
                    if told.body is None:
                        _say_truncated()
                    else:
                        _show(json.loads(told.body), as_json=arguments.json)
        except (Unreachable, TimedOut):
            print("homeport has gone; waiting for it to come back", file=sys.stderr)
            url, token = await _back(place)


async def _back(place: Chosen) -> tuple[str, str]:
    while True:
        await asyncio.sleep(AGAIN)
        try:
            return found(place)
        except CannotStart:
            continue


def _say_truncated() -> None:
    print("some events before these are older than what is kept", file=sys.stderr)


def _show(event: Json, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(event, ensure_ascii=False), flush=True)
        return
    at = datetime.fromisoformat(event["timestamp"])
    cause = f"  (of {event['cause']})" if "cause" in event else ""
    said = ", ".join(_said(event["data"]))
    where = event.get("device", "")
    print(f"{at:%Y-%m-%d %H:%M:%S}  {where:<28} {event['name']:<16} {said}{cause}", flush=True)


def _said(data: dict[str, Any]) -> list[str]:
    before, after = data.get("before"), data.get("after")
    if isinstance(before, dict) and isinstance(after, dict):
        return [f"{name} {before.get(name, '?')} → {value}" for name, value in after.items()]
    return [f"{name} {value}" for name, value in data.items() if value not in (None, [], "")]
