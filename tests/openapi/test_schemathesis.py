"""An independent reader of the document holds the served house to it, for each kind of token."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.clock import SetClock
from gateway.session import Json
from openapi.app import api
from openapi.document import document
from tests.core.rigs import every_kind, strip
from tests.incore import House, house, lamp
from tests.openapi.serving import on_a_port, template_of
from tests.workouts.trained import trained
from workouts.book import Book
from workouts.tool import tools

ROOT = Path(__file__).parents[2]
PROGRAM = Path(sys.executable).with_name("schemathesis")
SETTINGS = Path(__file__).with_name("schemathesis.toml")
SETTLED = ("--checks=all", "--max-examples=100", "--seed=1")
WITHIN = 240.0
APART = {
    "owner": (),
    # The header Allow is that of the page. A method that is the owner's alone is not in a guest's
    # document, and is answered 403 there.
    "read-only": ("--exclude-checks=allow_header_conformance",),
}

# Nothing of it is ever reached: this house has no way out.
WEBHOOKS = {"allow": ["http://127.0.0.1:9"]}
PEOPLE = {"anna": {"notify": ["ntfy:https://ntfy.example.org/anna"]}}
ELSEWHERE = {("GET", "/v1/events/stream"), ("POST", "/v1/workouts/import")}
"""Tried by tests/openapi/test_streaming.py and test_workout_pages.py."""


@dataclass
class Watched:
    """Stands before the application and remembers what it answered to one token."""

    app: ASGIApp
    described: Json
    token: str
    answered: set[tuple[str, str, int]] = field(default_factory=set)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        ours = (b"authorization", f"Bearer {self.token}".encode()) in scope["headers"]

        async def heard(message: Message) -> None:
            if ours and message["type"] == "http.response.start":
                path = template_of(self.described, scope["path"]) or scope["path"]
                self.answered.add((scope["method"], path, message["status"]))
            await send(message)

        await self.app(scope, receive, heard)

    def with_status(self, *statuses: int) -> set[tuple[str, str]]:
        """The methods and paths that ever answered so."""
        return {(method, path) for method, path, status in self.answered if status in statuses}


@asynccontextmanager
async def full_house(state: Path) -> AsyncIterator[House]:
    """A house of every kind with all that schemathesis.toml names."""
    spares = [lamp(f"spare-{number}", f"Spare {number}") for number in range(1, 5)]
    twins = [lamp(f"twin-{side}", "Twin", "Hall") for side in ("left", "right")]
    sockets = strip("strip-1", "Desk strip", {"left": "Printer", "right": "Screen"}, "Office")
    devices = (*every_kind(), *twins, *sockets, *spares)
    own = {"clock": SetClock(), "webhooks": WEBHOOKS, "people": PEOPLE}
    async with trained(state) as store, house(state, *devices, tools=tools(store), **own) as home:
        home.home.personal = Book(store, home.home.clock)
        session = await home.session()
        for _ in range(4):
            await session.call("subscribe_webhook", {"url": "http://127.0.0.1:9/hook"})
        for name in ("Evening", "Night"):
            await session.call("save_scene", {"name": name, "targets": "Office"})
        for spare in spares:
            await home.home.tokens.new(spare.id, "read-only")
        yield home


async def plan_of(home: House, token: str) -> str:
    """Return a plan that can be run once, of a device that nothing else touches."""
    home.add(lamp("planned", "Planned"))
    session = home.door.open(token)
    await session.call("edit_device", {"target": "planned", "protected": True})
    shown = await session.call("set_light", {"targets": "planned", "on": True, "dry_run": True})
    return str(shown["plan"])


async def run(url: str, token: str, plan: str, apart: tuple[str, ...], place: Path) -> None:
    """Run schemathesis to its end; it finds nothing."""
    running = await asyncio.create_subprocess_exec(
        *(str(PROGRAM), f"--config-file={SETTINGS}", "run", *SETTLED, *apart),
        *(f"--header=Authorization: Bearer {token}", f"{url}/openapi.json"),
        cwd=place,
        env=os.environ | {"PYTHONPATH": str(ROOT), "PLAN": plan},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        async with asyncio.timeout(WITHIN):
            said, _ = await running.communicate()
    finally:
        if running.returncode is None:
            running.kill()
            await running.wait()
    assert running.returncode == 0, said.decode()


@pytest.mark.timeout(300)
@pytest.mark.parametrize("preset", APART)
async def test_schemathesis_finds_nothing_and_gets_everywhere(preset: str, tmp_path: Path) -> None:
    async with full_house(tmp_path) as home:
        # Of all tokens, only the owner's first cannot be revoked by the run itself.
        owner = (tmp_path / "owner.token").read_text().strip()
        token = owner if preset == "owner" else await home.home.tokens.new("guest", preset)
        views = await home.door.open(token).tools()
        described = document(views, owner=preset == "owner")
        watched = Watched(api(home.door), described, token)
        async with on_a_port(watched) as url:
            await run(url, token, await plan_of(home, owner), APART[preset], tmp_path)
    operations = {
        (method.upper(), path) for path, page in described["paths"].items() for method in page
    }
    assert operations - watched.with_status(200) == ELSEWHERE & operations
    asking = {("POST", f"/v1/tools/{tool}") for tool in ("open_garage", "unlock_door")}
    assert operations & watched.with_status(401) == set()
    assert operations & watched.with_status(403) <= asking
