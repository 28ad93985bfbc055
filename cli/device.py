"""Give a device the owner's name, area or role. What is set here wins over the maker for ever."""

import argparse
import json
from collections.abc import Awaitable
from typing import Any

from cli.client import as_owner
from cli.options import add_json, add_place, chosen
from cli.remote import RemoteSession
from gateway.session import Json

EXAMPLE = 'homeport device rename kasa-50c7bf000001 "Coffee machine"'

VERBS = {
    "rename": ("NAME", "call it so"),
    "area": ("AREA", "say where it is"),
    "alias": ("ALIAS", "names beside its own; replaces those it had"),
    "use-as": ("light|fan|plug", "make a lamp or a fan of a plug, or a plug again"),
    "protect": ("yes|no", "keep it out of all, areas and scenes"),
    "forget": ("", "drop it; it comes back as new when it is heard again"),
    "show": ("", "everything that is known of it"),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    for verb, (value, help) in VERBS.items():
        one = verbs.add_parser(verb, help=help)
        one.add_argument("target", metavar="DEVICE", help="its id or exact name")
        if value:
            one.add_argument("value", metavar=value, nargs="*" if verb == "alias" else None)
        add_json(one)
        add_place(one)


def run(arguments: argparse.Namespace) -> int:
    """Print what the device is now."""
    answer = as_owner(chosen(arguments), lambda session: _told(session, arguments))
    if arguments.json:
        print(json.dumps(answer, ensure_ascii=False))
    else:
        print(answer.get("summary") or json.dumps(answer, ensure_ascii=False, indent=2))
    return 0


def _told(session: RemoteSession, arguments: argparse.Namespace) -> Awaitable[Json]:
    if arguments.verb == "forget":
        return session.forget(arguments.target)
    if arguments.verb == "show":
        return session.device(arguments.target)
    return session.call("edit_device", {"target": arguments.target} | _change(arguments))


def _change(arguments: argparse.Namespace) -> dict[str, Any]:
    match arguments.verb:
        case "rename":
            return {"name": arguments.value}
        case "area":
            return {"area": arguments.value}
        case "alias":
            return {"aliases": arguments.value}
        case "use-as":
            return {"use_as": arguments.value}
        case _:
            return {"protected": arguments.value in ("yes", "true", "on")}
