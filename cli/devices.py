"""List the devices of the running homeport: where they are, what they do, what they need."""

import argparse
import json

from rich.console import Console
from rich.table import Table

from cli.client import as_owner
from cli.options import add_json, add_place, chosen
from gateway.session import Json

EXAMPLE = "homeport devices --unknown"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--unknown", action="store_true", help="what was heard and nobody claims")
    parser.add_argument("--all", action="store_true", help="hidden twins too")
    add_json(parser)
    add_place(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print a table, or JSON."""
    found = as_owner(
        chosen(arguments),
        lambda session: session.devices(all=arguments.all, unknown=arguments.unknown),
    )
    if arguments.json:
        print(json.dumps(found, ensure_ascii=False))
    elif arguments.unknown:
        Console().print(_unknown(found))
    else:
        Console().print(table(found))
    return 0


def table(found: Json) -> Table:
    """Return the devices as people would rather look at them."""
    shown = Table(title=f"{len(found['devices'])} devices")
    for heading in ("id", "name", "area", "kinds", "state", "address"):
        shown.add_column(heading, overflow="fold")
    for device in found["devices"]:
        shown.add_row(
            device["id"],
            device["name"],
            device.get("area", ""),
            " ".join(device["kinds"]),
            _state(device),
            device["address"],
        )
    return shown


def _state(device: Json) -> str:
    if device.get("problems"):
        return "; ".join(device["problems"])
    values = [
        f"{name} {value:g}" if isinstance(value, float) else f"{name} {value}"
        for state in device["state"].values()
        for name, value in state.items()
        if not isinstance(value, list)
    ]
    return ", ".join(values[:4])


def _unknown(found: Json) -> Table:
    shown = Table(title=f"{len(found['devices'])} places that nobody claims")
    for heading in ("address", "ports", "looks like", "evidence"):
        shown.add_column(heading, overflow="fold")
    for one in found["devices"]:
        words = " ".join(one[name] for name in ("maker", "model", "name") if one.get(name))
        shown.add_row(
            one["address"],
            " ".join(map(str, one["ports"])),
            one.get("guess") or words,
            "; ".join(map(str, one["evidence"][:3])),
        )
    return shown
