"""Show what a device measured: numbers in steps, a drawing in the terminal, or a picture."""

import argparse
import json
from pathlib import Path
from typing import Any, Literal

from rich.console import Console
from rich.table import Table
from rich.text import Text

from cli.client import as_owner
from cli.drawing import bars_of, drawn, sparkline
from cli.options import add_json, add_place, chosen
from cli.remote import RemoteSession
from gateway.errors import CannotStart, InvalidArguments
from gateway.session import Json

EXAMPLE = "homeport history 'Living room' temperature --start -7d --plot week.svg"
HERE = "-"
ROOM = 20
"""Columns for a line of bars in a table."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("target", metavar="TARGET", help="a device, an area or all")
    parser.add_argument("property", metavar="PROPERTY", help="temperature, energy.power")
    parser.add_argument("--start", help="-7d, monday or ISO; a day ago without")
    parser.add_argument("--end", help="the same; now without")
    parser.add_argument("--every", help="how long a step is: 5m, 1d")
    parser.add_argument(
        "--plot",
        nargs="?",
        const=HERE,
        metavar="FILE",
        help="write a picture (.svg or .png) of one device; without FILE draw it here",
    )
    add_json(parser)
    add_place(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print the past, or write the picture."""
    place, picture = chosen(arguments), arguments.plot not in (None, HERE)
    path = Path(arguments.plot) if picture else None
    answer, drawing = as_owner(place, lambda session: _asked(session, arguments, path))
    if path is not None:
        _write(path, drawing)
        said = {"file": str(path), "bytes": len(drawing)}
        print(json.dumps(said) if arguments.json else f"{path} is written.")
    elif arguments.json:
        print(json.dumps(answer, ensure_ascii=False))
    else:
        _show(answer, drawing=arguments.plot == HERE)
    return 0


async def _asked(
    session: RemoteSession, arguments: argparse.Namespace, path: Path | None
) -> tuple[Json, bytes]:
    form = _form(path) if path is not None else None
    names = ("start", "end", "every")
    given: dict[str, Any] = {
        name: getattr(arguments, name) for name in names if getattr(arguments, name) is not None
    }
    what = {"targets": arguments.target, "property": arguments.property}
    answer = await session.call("get_history", what | given)
    if form is None:
        return answer, b""
    if len(answer["series"]) != 1:
        raise InvalidArguments("A picture is of one device", hint=_which(answer), field="target")
    series = answer["series"][0]
    picture = await session.plot(series["device"], series["property"], format=form, **given)
    return answer, picture


def _form(path: Path) -> Literal["svg", "png"]:
    match path.suffix.lower():
        case ".svg":
            return "svg"
        case ".png":
            return "png"
    raise InvalidArguments(f"{path} ends neither in .svg nor in .png", field="plot")


def _which(answer: Json) -> str:
    return f"Name one: {', '.join(series['device'] for series in answer['series'][:8])}."


def _write(path: Path, picture: bytes) -> None:
    try:
        path.write_bytes(picture)
    except OSError as error:
        raise CannotStart(f"{path} cannot be written: {error.strerror or error}") from error


def _show(answer: Json, *, drawing: bool) -> None:
    console = Console(highlight=False)
    console.print(Text(answer["summary"]))
    if drawing:
        for series in answer["series"]:
            console.print(Text(_titled(series)))
            for row in drawn(series["points"], most=max(10, console.width - 12)):
                console.print(Text(row), no_wrap=True, crop=True)
        return
    if len(answer["series"]) == 1:
        console.print(_steps(answer["series"][0], answer.get("every", "")))
    else:
        console.print(_overview(answer))


def _titled(series: Json, between: str = ": ") -> str:
    unit = f", {series['unit']}" if "unit" in series else ""
    return f"{series['name']}{between}{series['property']}{unit}"


def _overview(answer: Json) -> Table:
    """Return a row for each device, with its steps as a line of bars."""
    counts = any("total" in series for series in answer["series"])
    columns = ("min", "mean", "max", "last", *(("total",) if counts else ()))
    table = Table("device", *columns, "")
    for series in answer["series"]:
        numbers = [_number(series, name) for name in columns]
        name = Text(_titled(series, "\n"))
        table.add_row(name, *numbers, sparkline(series["points"], most=ROOM))
    return table


def _steps(series: Json, every: str) -> Table:
    counts = any("total" in point for point in series["points"])
    columns = ("min", "mean", "max", *(("total",) if counts else ()))
    title = f"{_titled(series)}, in steps of {every}" if every else _titled(series)
    table = Table("from", *columns, "", title=Text(title))
    bars = bars_of(series["points"])
    for point, bar in zip(series["points"], bars, strict=True):
        table.add_row(point["start"], *(_number(point, name) for name in columns), bar)
    return table


def _number(shown: Json, name: str) -> str:
    return f"{shown[name]:g}" if name in shown else ""
