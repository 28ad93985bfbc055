"""Call a tool of the running homeport, as an agent would, and print its answer."""

import argparse
import json
import sys
from typing import Any

from cli.client import as_owner
from cli.options import add_json, add_place, chosen
from gateway.errors import InvalidArguments
from gateway.session import nothing_done

EXAMPLE = """homeport call set_light '{"targets": "kitchen", "brightness": 40}'"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("tool", metavar="TOOL", help="such as check_devices")
    parser.add_argument("arguments", metavar="JSON", nargs="?", default="{}", help="- reads stdin")
    add_json(parser)
    add_place(parser)


def run(arguments: argparse.Namespace) -> int:
    """Return 0, or 1 where nothing at all was done."""
    given = sys.stdin.read() if arguments.arguments == "-" else arguments.arguments
    asked = _object(given)
    answer = as_owner(chosen(arguments), lambda session: session.call(arguments.tool, asked))
    if arguments.json:
        print(json.dumps(answer, ensure_ascii=False))
    else:
        print(answer.get("summary", ""))
        rest = {name: value for name, value in answer.items() if name != "summary"}
        print(json.dumps(rest, ensure_ascii=False, indent=2))
    return 1 if nothing_done(answer) else 0


def _object(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError as error:
        raise InvalidArguments(f"the arguments are no JSON: {error}", hint=EXAMPLE) from error
    if not isinstance(found, dict):
        raise InvalidArguments("the arguments are no JSON object", hint=EXAMPLE)
    return found
