"""Workouts: bring files in, list them, give one out as a file, say whose it is."""

import argparse
import asyncio
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn
from rich.table import Column, Table
from rich.text import Text

from cli.client import found
from cli.options import add_json, add_place, chosen
from cli.remote import RemoteSession, RemoteWorkouts
from gateway.errors import CannotStart, GatewayError, InvalidArguments, NotFound
from gateway.session import Json

EXAMPLE = "homeport workouts import export.zip --person anna"

PIECE = 1 << 18
LOOK_EVERY = 0.5
COLUMNS = ("id", "start", "activity", "minutes", "distance", "energy", "person", "title")
NOBODY = "nobody"

Value = TypeVar("Value")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    taking = verbs.add_parser(
        "import", help="FIT, TCX, GPX or Apple Health's export, zipped or not"
    )
    taking.add_argument("files", nargs="+", type=Path, metavar="FILE")
    taking.add_argument("--person", help="whose they are")
    listing = verbs.add_parser("list", help="the workouts of a stretch of time")
    listing.add_argument("--start", help="-7d, monday or ISO; 30 days ago without")
    listing.add_argument("--end", help="the same; now without")
    listing.add_argument("--person", help="only of this one")
    giving = verbs.add_parser("export", help="write one as a file")
    giving.add_argument("id", metavar="ID")
    giving.add_argument("--format", choices=("fit", "csv"), default="fit")
    giving.add_argument("--output", type=Path, metavar="FILE", help="- is standard output")
    assigning = verbs.add_parser("assign", help="say whose one is")
    assigning.add_argument("id", metavar="ID")
    assigning.add_argument("person", metavar="PERSON", help=f"{NOBODY}: whose is not known")
    for verb in (taking, listing, giving, assigning):
        add_json(verb)
        add_place(verb)


def run(arguments: argparse.Namespace) -> int:
    """Return 0, or 1 where one of the files was not taken in."""
    return VERBS[arguments.verb](arguments)


def _import(arguments: argparse.Namespace) -> int:
    console = Console(stderr=True)
    told: list[Json] = []
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    bare = arguments.json or not console.is_terminal
    with Progress(*columns, console=console, transient=True, disable=bare) as bars:
        for path in arguments.files:
            told.append(_taken(arguments, path, bars))
            if not arguments.json:
                _tell(told[-1])
    if arguments.json:
        print(json.dumps({"files": told}, ensure_ascii=False))
    return 1 if any("error" in one for one in told) else 0


def _taken(arguments: argparse.Namespace, path: Path, bars: Progress) -> Json:
    """Send one file; one that is refused does not keep the others from being taken in."""
    task = bars.add_task(f"sending {path.name}", total=None)
    try:
        bars.update(task, total=_size(path))
        work = _sending(path, arguments.person, bars, task)
        return {"file": str(path)} | _with_session(arguments, work)
    except CannotStart:
        raise
    except GatewayError as error:
        return {"file": str(path), "error": error.problem()}
    finally:
        bars.remove_task(task)


def _sending(
    path: Path, person: str | None, bars: Progress, task: TaskID
) -> Callable[[RemoteSession], Awaitable[Json]]:
    async def work(session: RemoteSession) -> Json:
        book = session.workouts()
        watching = asyncio.create_task(_watch(book, path.name, bars, task))
        try:
            return await book.take_in(path.name, _pieces(path, bars, task), person)
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)

    return work


async def _pieces(path: Path, bars: Progress, task: TaskID) -> AsyncIterator[bytes]:
    with await asyncio.to_thread(_opened, path) as file:
        while piece := await asyncio.to_thread(file.read, PIECE):
            yield piece
            bars.advance(task, len(piece))


async def _watch(book: RemoteWorkouts, name: str, bars: Progress, task: TaskID) -> None:
    """Show how far the file was read, once it was sent."""
    while True:
        await asyncio.sleep(LOOK_EVERY)
        with suppress(GatewayError):  # an older homeport does not tell
            for one in await book.going():
                if one["name"] == name and one["total"]:
                    said = f"reading {name}"
                    bars.update(task, description=said, total=one["total"], completed=one["read"])


def _tell(one: Json) -> None:
    if "error" not in one:
        print(one["summary"])
        for reason in one.get("reasons", ()):
            print(f"  skipped: {reason}")
        return
    print(f"homeport: {one['error']['detail']}", file=sys.stderr)
    if hint := one["error"].get("hint"):
        print(f"  {hint}", file=sys.stderr)


def _list(arguments: argparse.Namespace) -> int:
    asked: dict[str, Any] = {"by": "session"}
    for name in ("start", "end", "person"):
        if value := getattr(arguments, name):
            asked[name] = value
    answer = _with_session(arguments, lambda session: session.call("get_workouts", asked))
    if arguments.json:
        print(json.dumps(answer, ensure_ascii=False))
        return 0
    console = Console(highlight=False)
    console.print(Text(answer["summary"]))
    table = Table(Column("id", no_wrap=True), *COLUMNS[1:])
    for one in answer.get("sessions") or ():
        table.add_row(*(Text(_cell(one.get(column))) for column in COLUMNS))
    if table.row_count:
        console.print(table)
    return 0


def _export(arguments: argparse.Namespace) -> int:
    asked = (arguments.id, arguments.format)
    name, data = _with_session(arguments, lambda session: session.workouts().give_out(*asked))
    path: Path = arguments.output or Path(name)
    if str(path) == "-":
        sys.stdout.buffer.write(data)
        return 0
    try:
        path.write_bytes(data)
    except OSError as error:
        raise CannotStart(f"{path} cannot be written: {error.strerror or error}") from error
    told = {"file": str(path), "bytes": len(data)}
    print(json.dumps(told) if arguments.json else f"{path} is written.")
    return 0


def _assign(arguments: argparse.Namespace) -> int:
    person = None if arguments.person == NOBODY else arguments.person
    told = _with_session(arguments, lambda session: session.workouts().assign(arguments.id, person))
    print(json.dumps(told, ensure_ascii=False) if arguments.json else told["summary"])
    return 0


VERBS: dict[str, Callable[[argparse.Namespace], int]] = {
    "import": _import,
    "list": _list,
    "export": _export,
    "assign": _assign,
}


def _with_session(
    arguments: argparse.Namespace, work: Callable[[RemoteSession], Awaitable[Value]]
) -> Value:
    async def within(url: str, token: str) -> Value:
        async with RemoteSession(url, token) as session:
            return await work(session)

    return asyncio.run(within(*found(chosen(arguments))))


def _size(path: Path) -> int:
    with _opened(path) as file:
        return file.seek(0, 2)


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except FileNotFoundError:
        raise NotFound(f"There is no file {path}") from None
    except OSError as error:
        raise InvalidArguments(f"{path} cannot be read: {error.strerror or error}") from error


def _cell(value: Any) -> str:
    return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
