"""Tell a person something through the running homeport, or test whether that would work.

Exit code 1 says that nothing was sent: it failed, or it waits for the end of quiet hours.
"""

import argparse
import json
from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from cli.client import as_owner
from cli.options import add_json, add_place, chosen
from gateway.errors import InvalidArguments

EXAMPLE = "homeport notify test anna"
TEST = "This is a test: messages from homeport reach you here."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "words", metavar="[test] PERSON MESSAGE", nargs="+", help="a test needs no MESSAGE"
    )
    add_json(parser)
    add_place(parser)


def run(arguments: argparse.Namespace) -> int:
    """Send the message; return 1 where nothing went out."""
    person, message = understood(arguments.words)
    asked = {"to": person, "message": message}
    answer = as_owner(chosen(arguments), lambda session: session.call("notify", asked))
    return shown(answer, as_json=arguments.json)


def shown(answer: Mapping[str, Any], *, as_json: bool) -> int:
    """Print what became of the message; return 0 where at least one channel took it."""
    if as_json:
        print(json.dumps(answer, ensure_ascii=False))
    else:
        print(answer["summary"])
        table = Table("channel", "outcome", "detail")
        for row in answer["channels"]:
            table.add_row(row["channel"], row["outcome"], Text(row.get("detail", "")))
        Console().print(table)
    return 0 if any(row["outcome"] == "sent" for row in answer["channels"]) else 1


def understood(words: list[str]) -> tuple[str, str]:
    """Return the person and the message; raise InvalidArguments where one is missing."""
    match words:
        case ["test", person]:
            return person, TEST
        case ["test", person, message] | [person, message]:
            return person, message
        case ["test"] | [_]:
            raise InvalidArguments("say whom, and what", hint=f"Example: {EXAMPLE}")
    raise InvalidArguments("put the message into quotes", hint=f"Example: {EXAMPLE}")
