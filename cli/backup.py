"""Copy everything that homeport remembers into one file, whether it is serving or not."""

import argparse
import json
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from cli.options import add_json, add_place, chosen
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
    target = arguments.file.absolute()
    with Progress(console=Console(stderr=True), transient=True) as shown:
        task = shown.add_task("copying", total=None)
        told = back_up(
            chosen(arguments).state.path,
            target,
            history=arguments.with_history,
            secrets=arguments.with_secrets,
            progress=lambda left, all: shown.update(task, total=all, completed=all - left),
        )
    if arguments.json:
        print(json.dumps(told | {"file": str(target), "bytes": target.stat().st_size}))
    else:
        print(f"{target} holds everything up to {told['made']}.")
    return 0
