"""Say what works on this machine and what does not, and what to do about it."""

import argparse
import json
import os
import socket
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib.util import find_spec

from rich.console import Console
from rich.table import Table

from cli.adapters import load_adapters
from cli.client import as_owner
from cli.options import Chosen, add_json, add_place, chosen
from gateway.errors import GatewayError
from gateway.network import networks

EXAMPLE = "homeport doctor"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    what: str
    ok: bool
    said: str


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_json(parser)
    add_place(parser)


def run(arguments: argparse.Namespace) -> int:
    """Return 0 where everything is well, else 1."""
    findings = list(_look(arguments))
    if arguments.json:
        print(json.dumps({"findings": [asdict(one) for one in findings]}, ensure_ascii=False))
    else:
        table = Table("", "what", "", title="homeport doctor")
        for one in findings:
            table.add_row("[green]ok[/]" if one.ok else "[red]look[/]", one.what, one.said)
        Console().print(table)
    return 0 if all(one.ok for one in findings) else 1


def _look(arguments: argparse.Namespace) -> Iterator[Finding]:
    version = ".".join(map(str, sys.version_info[:3]))
    yield Finding("Python", sys.version_info >= (3, 11), version)
    try:
        place = chosen(arguments)
    except GatewayError as error:
        yield Finding("settings", False, error.detail)
        return
    yield Finding("settings", True, f"home {place.settings.home.name!r}")
    yield from _network(place)
    yield _state(place)
    yield from _running(place)


def _network(place: Chosen) -> Iterator[Finding]:
    try:
        searched = networks(place.settings.network.interface, place.settings.network.broadcast)
    except GatewayError as error:
        yield Finding("network", False, error.detail)
        return
    said = ", ".join(f"{one.interface} (broadcast {one.broadcast})" for one in searched)
    yield Finding("network", bool(searched), said or "no private IPv4 address on this machine")
    try:
        loaded = load_adapters(place.settings, searched)
    except GatewayError as error:
        yield Finding("adapters", False, f"{error.detail}; {error.hint}")
        return
    for adapter in loaded.adapters:
        lacking = [extra for extra, name in adapter.extras.items() if find_spec(name) is None]
        more = " or ".join(f"pip install 'homeport[{extra}]'" for extra in lacking)
        said = f"ready; it can do more with {more}" if lacking else "ready"
        yield Finding(f"adapter {adapter.name}", True, said)
    for missing in loaded.missing:
        yield Finding("adapter", False, missing)


def _state(place: Chosen) -> Finding:
    path = place.state.path
    parent = next(one for one in (path, *path.parents) if one.exists())
    writable = os.access(parent, os.W_OK)
    return Finding("state folder", writable, f"{path}{'' if writable else ' is not writable'}")


def _running(place: Chosen) -> Iterator[Finding]:
    holder = place.state.holder()
    if holder is None or holder.url is None:
        server = place.settings.server
        with socket.socket() as probe:
            taken = probe.connect_ex((server.host, server.port)) == 0
        said = f"port {server.port} is taken by another program" if taken else "not running"
        yield Finding("homeport", not taken, said)
        return
    try:
        info = as_owner(place, lambda session: session.call("get_home_info", {}))
    except GatewayError as error:
        yield Finding("homeport", False, error.detail)
        return
    yield Finding("homeport", True, f"{info['summary']} It listens at {holder.url}.")
    for problem in info["problems"]:
        yield Finding("the house", False, problem)
