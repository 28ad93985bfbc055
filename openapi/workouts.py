"""The operations on workouts as files; what was trained is told by the tool get_workouts."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Annotated, Any

from pydantic import Field
from starlette.types import Receive, Scope

from gateway.errors import Malformed
from gateway.schema import Model
from gateway.session import Json, Session
from gateway.text import Untrusted
from openapi.guard import SESSION
from openapi.operation import Operation
from openapi.raw import Raw
from openapi.reading import parameters

IMPORT_PATH = "/v1/workouts/import"
MEDIA = {"fit": "application/vnd.ant.fit", "csv": "text/csv; charset=utf-8"}


class WhichFile(Model):
    """What the body is."""

    name: Annotated[str, Field(min_length=1, max_length=200)] = "file"
    """the file's name; what it is, is told by its content"""
    person: Annotated[str, Field(min_length=1, max_length=80)] | None = None
    """whose workouts they are"""


class Whose(Model):
    """Whose a workout is."""

    person: Annotated[str, Field(min_length=1, max_length=80)] | None = None
    """left out: nobody's"""


class TakenIn(Model):
    """What has become of a file."""

    summary: str
    format: str
    imported: int
    """workouts that are new"""
    merged: int
    """that were here already, from another source"""
    skipped: int
    """of which nothing can be said"""
    reasons: list[Untrusted] | None = None


class Importing(Model):
    """One import that goes on."""

    name: Untrusted
    read: int
    """bytes of the file"""
    total: int
    """bytes; 0 while it waits its turn"""


class Imports(Model):
    """The imports that go on."""

    imports: list[Importing]


class Assigned(Model):
    """Whose a workout is now."""

    summary: str
    id: str
    person: Untrusted | None = None


class WorkoutFile(Model):
    """One workout: FIT as the makers' programs read it, or CSV with a line a sample."""


WORKOUT_OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "POST",
        IMPORT_PATH,
        "import_workouts",
        "workouts",
        "Take in a FIT, TCX or GPX file, or Apple Health's export: all of it or nothing.",
        TakenIn,
        query=WhichFile,
        takes_file=True,
        problems=(400, 413, 507),
        owner_only=True,
    ),
    Operation(
        "GET",
        IMPORT_PATH,
        "list_imports",
        "workouts",
        "See how far the imports are that go on.",
        Imports,
        owner_only=True,
    ),
    Operation(
        "GET",
        "/v1/workouts/{workout}/{format}",
        "export_workout",
        "workouts",
        "Get one workout as a file.",
        WorkoutFile,
        media="application/vnd.ant.fit",
        other_media=("text/csv",),
        problems=(404,),
        owner_only=True,
    ),
    Operation(
        "POST",
        "/v1/workouts/{workout}",
        "assign_workout",
        "workouts",
        "Say whose a workout is.",
        Assigned,
        body=Whose,
        problems=(400, 404, 413, 507),
        owner_only=True,
    ),
)


async def _imports(session: Session, asked: Mapping[str, Any]) -> Json:
    return {"imports": await session.workouts().going()}


async def _export(session: Session, asked: Mapping[str, Any]) -> Raw:
    name, data = await session.workouts().give_out(asked["workout"], asked["format"])
    named = {"content-disposition": f'attachment; filename="{name}"'}
    return Raw(MEDIA[asked["format"]], data, named)


async def _assign(session: Session, asked: Mapping[str, Any]) -> Json:
    told = await session.workouts().assign(asked["workout"], asked.get("person"))
    return {name: value for name, value in told.items() if value is not None}


WORKOUT_RUNS: Mapping[str, Callable[[Session, Mapping[str, Any]], Awaitable[Json | Raw]]] = {
    "list_imports": _imports,
    "export_workout": _export,
    "assign_workout": _assign,
}


async def take_in(scope: Scope, receive: Receive) -> Json:
    """Hand a body of any size on while it comes; the book bounds it."""
    asked = parameters(WhichFile, scope["query_string"])
    session: Session = scope[SESSION]
    name, person = asked.get("name", "file"), asked.get("person")
    return await session.workouts().take_in(name, _pieces(receive), person)


async def _pieces(receive: Receive) -> AsyncIterator[bytes]:
    more = True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            raise Malformed("The connection ended before the file did")
        if piece := message.get("body", b""):
            yield piece
        more = message.get("more_body", False)
