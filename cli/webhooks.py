"""Webhooks: where events are posted to, what became of the deliveries, and dead letters."""

import argparse
import getpass
import json
import sys
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from cli.client import as_owner
from cli.filters import add_filter, chosen_filter
from cli.options import add_json, add_place, chosen
from gateway.presets import PRESETS
from gateway.session import Json

EXAMPLE = "homeport webhooks add http://127.0.0.1:9000/hook --names button.pressed"

VERBS = {
    "list": "all webhooks",
    "add": "post events to a receiver from now on; its secret is shown once",
    "remove": "end a webhook; what waits for it is thrown away",
    "test": "post a test event",
    "rotate": "make a new secret; the old one signs beside it for a day",
    "enable": "let a disabled webhook go on",
    "log": "the latest attempts",
    "dead": "what could not be delivered",
    "replay": "deliver dead letters again",
}
TOOLS = {
    "list": "list_webhooks",
    "add": "subscribe_webhook",
    "remove": "unsubscribe_webhook",
    "test": "test_webhook",
    "rotate": "rotate_webhook",
    "enable": "enable_webhook",
    "log": "list_webhooks",
    "dead": "list_webhooks",
    "replay": "replay_webhook",
}
COLUMNS = {
    "list": ("webhooks", ("id", "agent", "url", "filter", "preset", "pending", "disabled")),
    "log": ("deliveries", ("at", "event", "attempt", "outcome", "status", "error", "milliseconds")),
    "dead": ("dead", ("at", "event", "reason", "delivery")),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    for verb, help in VERBS.items():
        one = verbs.add_parser(verb, help=help)
        if verb == "add":
            _add_new(one)
        elif verb != "list":
            one.add_argument("id", metavar="ID", help="such as w1")
        if verb == "replay":
            one.add_argument("--delivery", help="one dead letter; all without")
        add_json(one)
        add_place(one)


def _add_new(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("url", metavar="URL", help="its host must be in [webhooks] allow")
    add_filter(parser)
    parser.add_argument("--preset", choices=PRESETS, default="standard")
    parser.add_argument("--ordering", choices=("device", "none"), default="device")
    parser.add_argument("--max-age", type=int, metavar="SECONDS", help="drop older events")
    parser.add_argument("--secret-stdin", action="store_true", help="take the secret from there")


def run(arguments: argparse.Namespace) -> int:
    """Return 0, or 1 where a test was not taken."""
    asked = _asked(arguments)
    answer = as_owner(chosen(arguments), lambda session: session.call(TOOLS[arguments.verb], asked))
    if arguments.json:
        print(json.dumps(answer, ensure_ascii=False))
    elif arguments.verb in COLUMNS:
        Console().print(_table(answer, *COLUMNS[arguments.verb]))
    else:
        print(answer["summary"])
        if answer.get("secret"):
            print(f"Its secret, shown this once: {answer['secret']}")
        if arguments.verb == "add":
            print(f"Try it: homeport webhooks test {answer['id']}")
    return 0 if answer.get("ok", True) else 1


def _asked(arguments: argparse.Namespace) -> dict[str, Any]:
    if arguments.verb == "list":
        return {}
    if arguments.verb != "add":
        delivery = getattr(arguments, "delivery", None)
        return {"id": arguments.id} | ({"delivery": delivery} if delivery else {})
    asked: dict[str, Any] = {
        "url": arguments.url,
        "preset": arguments.preset,
        "ordering": arguments.ordering,
    }
    if kept := chosen_filter(arguments).model_dump(exclude_none=True):
        asked["filter"] = kept
    if arguments.max_age is not None:
        asked["max_age"] = arguments.max_age
    if arguments.secret_stdin:
        typed = getpass.getpass("Secret: ") if sys.stdin.isatty() else sys.stdin.readline()
        asked["secret"] = typed.strip()
    return asked


def _table(answer: Json, rows: str, columns: tuple[str, ...]) -> Table:
    table = Table(*columns)
    for row in answer.get(rows, ()):
        table.add_row(*(Text(_cell(row.get(column, ""))) for column in columns))
    return table


def _cell(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else str(value)
