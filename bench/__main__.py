"""Runs the benches and prints a table of each; exit code 1 where a figure misses its bar."""

import argparse
import json
import sys
from importlib import import_module
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.figure import Figure

BENCHES = (
    "tokens",
    "finding",
    "overhead",
    "starting",
    "webhooks",
    "killed",
    "history",
    "treadmill",
)


def main() -> int:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description=__doc__,
        epilog="example: python -m bench tokens overhead --json results.json",
    )
    parser.add_argument("names", nargs="*", choices=[*BENCHES, []], metavar="BENCH")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    arguments = parser.parse_args()
    figures: list[Figure] = []
    console = Console()
    for name in arguments.names or BENCHES:
        console.print(f"[dim]{name} …[/]")
        found = import_module(f"bench.{name}").run()
        console.print(_table(name, found))
        figures += found
    if arguments.json:
        arguments.json.write_text(json.dumps([one.shown() for one in figures], indent=1) + "\n")
    return 0 if all(one.met is not False for one in figures) else 1


def _table(name: str, figures: list[Figure]) -> Table:
    table = Table("what", "value", "bar", "", title=name)
    for one in figures:
        mark = {True: "[green]met[/]", False: "[red]missed[/]", None: ""}[one.met]
        table.add_row(one.what, one.value_text, one.bar_text, mark)
    return table


if __name__ == "__main__":
    sys.exit(main())
