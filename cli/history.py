"""Show what a device measured: numbers in steps, a line in the terminal, or a picture."""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from cli.client import as_owner
from cli.options import add_json, add_place, chosen
from cli.remote import RemoteSession
from gateway.errors import InvalidArguments
from gateway.session import Json

EXAMPLE = "homeport history 'Living room' temperature --start -7d --plot week.svg"
BARS = "▁▂▃▄▅▆▇█"
TERMINAL = "-"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("target", metavar="TARGET", help="a device, an area or all")
    parser.add_argument("property", metavar="PROPERTY", help="temperature, energy.power")
    parser.add_argument("--start", help="-7d, monday or ISO; a day ago without")
    parser.add_argument("--end", help="the same; now without")
    parser.add_argument("--every", help="how long a step is: 5m, 1d")
    parser.add_argument(
        "--plot",
        nargs="?",
        const=TERMINAL,
        metavar="FILE",
        help="write a picture (.svg or .png) of one device; without FILE draw a line here",
    )
    add_json(parser)
    add_place(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print the past, or write the picture."""
    place = chosen(arguments)
    if arguments.plot not in (None, TERMINAL):
        path = Path(arguments.plot)
        picture = as_owner(place, lambda session: _picture(session, arguments, path))
        path.write_bytes(picture)
        print(f"{path} is written.")
        return 0
    answer = as_owner(place, lambda session: session.call("get_history", _asked(arguments)))
    if arguments.json:
        print(json.dumps(answer, ensure_ascii=False))
    elif arguments.plot == TERMINAL:
        for series in answer["series"]:
            print(f"{series['name']}  {line([point['mean'] for point in series['points']])}")
    else:
        print(answer["summary"])
        Console().print(_table(answer))
    return 0


def _asked(arguments: argparse.Namespace) -> dict[str, Any]:
    names = {"start": arguments.start, "end": arguments.end, "every": arguments.every}
    given = {name: value for name, value in names.items() if value is not None}
    return {"targets": arguments.target, "property": arguments.property} | given


async def _picture(session: RemoteSession, arguments: argparse.Namespace, path: Path) -> bytes:
    form = path.suffix.removeprefix(".")
    if form not in ("svg", "png"):
        raise InvalidArguments(f"{path} ends neither in .svg nor in .png", field="plot")
    meant = await session.call("get_state", {"targets": arguments.target})
    ids = sorted({state["device"] for state in meant["states"]})
    if len(ids) != 1:
        raise InvalidArguments("A picture is of one device", field="target")
    return await session.plot(
        ids[0],
        arguments.property,
        format="svg" if form == "svg" else "png",
        start=arguments.start,
        end=arguments.end,
        every=arguments.every,
    )


def line(values: Sequence[float]) -> str:
    """Return values as a line of bars."""
    if not values:
        return "nothing recorded"
    low, high = min(values), max(values)
    step = (high - low) / (len(BARS) - 1) or 1.0
    bars = "".join(BARS[round((value - low) / step)] for value in values)
    return f"{low:g} {bars} {high:g}"


def _table(answer: Json) -> Table:
    table = Table("device", "from", "min", "mean", "max")
    for series in answer["series"]:
        for point in series["points"]:
            shown = [f"{point[name]:g}" for name in ("min", "mean", "max")]
            table.add_row(series["name"], point["start"], *shown)
    return table
