"""Keep the login that a maker's devices ask for, in a file that only the owner can read."""

import argparse
import getpass
import json
import sys
import tomllib
from pathlib import Path
from typing import Any

from cli.adapters import adapter_kinds
from cli.options import add_json, add_place, chosen
from gateway.errors import CannotStart, did_you_mean
from gateway.private import write_private

EXAMPLE = "homeport login kasa"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("adapter", metavar="ADAPTER", help="such as kasa")
    parser.add_argument("--username", help="asked for where it is left out")
    add_json(parser)
    add_place(parser)


def run(arguments: argparse.Namespace) -> int:
    """Write secrets.toml (0600); the password comes from the terminal or standard input."""
    name = _known(arguments.adapter)
    path = chosen(arguments).state.path / "secrets.toml"
    username = arguments.username or input("User name: ")
    typed = getpass.getpass("Password: ") if sys.stdin.isatty() else sys.stdin.readline()
    password = typed.rstrip("\n")
    if not username or not password:
        raise CannotStart("a login has a user name and a password", exit_code=2)
    _keep(path, name, {"username": username, "password": password})
    if arguments.json:
        print(json.dumps({"adapter": name, "file": str(path)}))
    else:
        print(
            f"The login for {name} is kept. A homeport that is running takes it at its next start."
        )
    return 0


def _known(name: str) -> str:
    kinds = {
        kind.name
        for kind in adapter_kinds()
        if {"username", "password"} <= set(kind.settings_type.model_fields)
    }
    if name not in kinds:
        hint = did_you_mean(name, kinds) or f"Those with a login: {', '.join(sorted(kinds))}."
        raise CannotStart(f"no adapter {name!r} has a login", exit_code=2, hint=hint)
    return name


def _keep(path: Path, name: str, login: dict[str, str]) -> None:
    try:
        kept: dict[str, Any] = tomllib.loads(path.read_text("utf-8")) if path.exists() else {}
        kept.setdefault("adapters", {})[name] = login
        write_private(path, _toml(kept["adapters"]))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise CannotStart(f"{path} cannot be written: {error}", exit_code=4) from error


def _toml(adapters: dict[str, dict[str, str]]) -> str:
    """Return the logins as TOML; its basic strings are JSON's."""
    lines = []
    for name, login in sorted(adapters.items()):
        lines.append(f"[adapters.{name}]")
        lines += [f"{key} = {json.dumps(value)}" for key, value in login.items()]
    return "\n".join(lines) + "\n"
