"""Copy everything that homeport remembers into one file, whether it is serving or not.

The file holds the secrets of webhooks: only its owner can read it. Keep it so.
"""

import argparse
import json
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from cli.options import add_json, add_place, chosen
from cli.training import WORKOUTS
from gateway.backup import back_up

EXAMPLE = "homeport backup homeport.tar.gz --with-history"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help="a .tar.gz; replaced where it is")
    parser.add_argument("--with-history", action="store_true", help="what was measured, too")
    parser.add_argument(
        "--with-secrets", action="store_true", help="the owner's token and logins, too"
    )
    add_json(parser)
    add_place(parser)


def run(arguments: argparse.Namespace) -> int:
    """Return 0 once the file is on the disk."""
    target: Path = arguments.file.absolute()
    state = chosen(arguments).state.path
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as shown:
        task = shown.add_task("copying", total=None)
        told = back_up(
            state,
            target,
            history=arguments.with_history,
            secrets=arguments.with_secrets,
            version=_version(),
            more=(WORKOUTS,),
            progress=lambda left, all: shown.update(task, total=all, completed=all - left),
        )
    size = target.stat().st_size
    if arguments.json:
        print(json.dumps(told | {"file": str(target), "bytes": size}))
    else:
        print(f"{target} holds everything up to {told['made']} ({size / 1e6:.1f} MB).")
    return 0


def _version() -> str:
    try:
        return version("homeport")
    except PackageNotFoundError:
        return "0"
