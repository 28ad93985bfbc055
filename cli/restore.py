"""Put a backup back. What is there is put aside, and homeport must not be serving meanwhile."""

import argparse
import json
from pathlib import Path

from cli.options import add_json, add_place, chosen
from cli.training import WORKOUTS
from gateway.backup import restore
from workouts.rows import MIGRATIONS

EXAMPLE = "homeport restore homeport.tar.gz"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help="what homeport backup has written")
    add_json(parser)
    add_place(parser)


def run(arguments: argparse.Namespace) -> int:
    """Return 0 once the backup is in place."""
    state = chosen(arguments).state
    with state.held():
        told = restore(state.path, arguments.file.absolute(), {WORKOUTS: len(MIGRATIONS)})
    if arguments.json:
        print(json.dumps(told))
    else:
        print(f"{state.path} is as it was at {told['made']}.")
        if told["aside"]:
            print(f"What was there is kept as {', '.join(told['aside'])}.")
    return 0
