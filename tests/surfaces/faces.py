"""The ways in: MCP in both eras, HTTP and the command line, each to a house of its own."""

import asyncio
import contextlib
import io
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import httpx2
from mcp import Client, MCPError
from mcp.client.streamable_http import streamable_http_client

from cli.house import House as Composed
from cli.house import listen, serve, url_of
from cli.main import main
from cli.state import StateFolder
from gateway.clock import SetClock
from gateway.limits import Limit
from gateway.links import Links
from gateway.messages import Address, Message
from gateway.outside import Outside
from gateway.session import Json, nothing_done
from gateway.settings import Settings
from openapi.problems import MEDIA
from tests.incore import House, house, lamp, plug, shade, speaker, thermostat
from tests.inhouse import remote, the_rest
from tests.workouts.trained import trained
from workouts.tool import tools

WITHIN = 60.0
PEOPLE = {"anna": {"notify": ["webhook:http://127.0.0.1:9/anna"]}}


class Mute:
    """Takes every message and sends none."""

    async def send(self, address: Address, message: Message) -> str | None:
        return None


@dataclass(frozen=True)
class Place:
    """A served house: where it is, and whose token a face is to carry."""

    home: House
    url: str
    state: Path
    token: str


@dataclass(frozen=True)
class Face:
    """What one way in offers: its tools as it shows them, a tool's call, and a device."""

    tools: list[Json]
    call: Callable[[str, Mapping[str, Any]], Awaitable[Json]]
    device: Callable[[str], Awaitable[Json]]


@asynccontextmanager
async def served(state: Path, preset: str = "owner") -> AsyncIterator[Place]:
    """Serve a small house, always the same, at a time that stands still."""
    devices = (
        lamp("core-1", "Ceiling", "Kitchen", brightness=Limit(step=5)),
        lamp("core-2", "Bedside", "Bedroom", brightness=Limit(absent=True)),
        plug("core-3", "Kettle", "Kitchen"),
        speaker("core-4", "Beam", "Living room"),
        thermostat("core-5", "Radiator", "Bedroom"),
        shade("core-6", "Blind", "Bedroom"),
        *the_rest(),
        remote("button-1", "Bed button"),
    )
    settings = Settings.model_validate({"server": {"port": 0}})
    folder = StateFolder(state)
    with folder.held() as held, listen(settings) as listener:
        async with (
            asyncio.timeout(WITHIN),
            trained(state) as store,
            house(
                state,
                *devices,
                clock=SetClock(),
                people=PEOPLE,
                outside=Outside(channels=Mute()),
                tools=tools(store),
            ) as opened,
        ):
            composed = Composed(opened.home, opened.door, Links(opened.home.registry, []))
            ready = asyncio.Event()
            serving = asyncio.create_task(serve(composed, settings, listener, ready.set))
            try:
                await ready.wait()
                url = url_of(listener)
                held.tell(url)
                token = folder.owner_token()
                if preset != "owner":
                    token = await opened.home.tokens.new("guest", preset)
                yield Place(opened, url, state, token)
            finally:
                serving.cancel()
                await asyncio.gather(serving, return_exceptions=True)


@asynccontextmanager
async def over_mcp(place: Place, mode: str, version: str) -> AsyncIterator[Face]:
    """An agent's client that speaks one version; isError is held to what an answer says."""
    async with _web(place) as web:
        transport = streamable_http_client(f"{place.url}/mcp", http_client=web)
        async with Client(transport, mode=mode) as client:
            assert client.protocol_version == version

            async def call(tool: str, arguments: Mapping[str, Any]) -> Json:
                try:
                    answer = await client.call_tool(tool, dict(arguments))
                except MCPError as error:
                    return dict(error.data)
                found = dict(answer.structured_content or {})
                assert bool(answer.is_error) == ("code" in found or nothing_done(found))
                return found

            async def device(id: str) -> Json:
                try:
                    read = await client.read_resource(f"homeport://devices/{id}")
                except MCPError as error:
                    return {name: value for name, value in error.data.items() if name != "uri"}
                (content,) = read.contents
                return dict(json.loads(content.text))  # type: ignore[union-attr]

            listed = (await client.list_tools()).tools
            shown = [one.model_dump(by_alias=True, exclude_none=True) for one in listed]
            yield Face([_of_listing(one, _own_answer) for one in shown], call, device)


@asynccontextmanager
async def over_http(place: Place) -> AsyncIterator[Face]:
    """A plain client; status and content type are held to what an answer says."""
    async with _web(place) as web:

        async def ask(method: str, path: str, **request: Any) -> Json:
            answer = await web.request(method, path, **request)
            found: Json = answer.json()
            failed = answer.headers["content-type"] == MEDIA
            assert answer.status_code == (found["status"] if failed else 200)
            return found

        async def call(tool: str, arguments: Mapping[str, Any]) -> Json:
            return await ask("POST", f"/v1/tools/{tool}", json=dict(arguments))

        async def device(id: str) -> Json:
            return await ask("GET", f"/v1/devices/{id}")

        tools = _of_document(await ask("GET", "/openapi/tools.json"))
        listed = (await ask("GET", "/v1/tools"))["tools"]
        assert tools == [_of_listing(one, lambda schema: schema) for one in listed]
        assert tools == _of_document(await ask("GET", "/openapi.json"))
        yield Face(tools, call, device)


@asynccontextmanager
async def by_command(place: Place) -> AsyncIterator[Face]:
    """The command line; the exit code is held to what an answer says."""

    async def say(*words: str) -> Json:
        command = [*words, "--json", "--state", str(place.state)]
        code, said = await asyncio.to_thread(run, command)
        found: Json = json.loads(said)
        assert code == int("code" in found or nothing_done(found))
        return found

    async def call(tool: str, arguments: Mapping[str, Any]) -> Json:
        return await say("call", tool, json.dumps(dict(arguments)))

    _, said = await asyncio.to_thread(run, ["openapi"])
    yield Face(_of_document(json.loads(said)), call, lambda id: say("device", "show", id))


FACES: dict[str, Callable[[Place], AbstractAsyncContextManager[Face]]] = {
    "MCP 2026-07-28": partial(over_mcp, mode="auto", version="2026-07-28"),
    "MCP 2025-11-25": partial(over_mcp, mode="legacy", version="2025-11-25"),
    "HTTP": over_http,
    "command line": by_command,
}


def _web(place: Place) -> httpx2.AsyncClient:
    headers = {"Authorization": f"Bearer {place.token}"}
    return httpx2.AsyncClient(base_url=place.url, headers=headers, trust_env=False, timeout=30)


def run(command: list[str]) -> tuple[int, str]:
    """Run a command in this process; return its exit code and what it printed."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        code = main(command)
    return code, said.getvalue()


def _own_answer(schema: Json) -> Json:
    """MCP's is of an answer or of a problem, since some clients hold errors against it too."""
    own: Json = schema["anyOf"][0]
    return own


def _of_listing(tool: Json, answer: Callable[[Json], Json]) -> Json:
    hints = tool["annotations"]
    return {
        "name": tool["name"],
        "description": tool["description"],
        "input": tool["inputSchema"],
        "output": answer(tool["outputSchema"]),
        "hints": [hints[f"{hint}Hint"] for hint in ("readOnly", "destructive", "idempotent")],
    }


def _of_document(document: Json) -> list[Json]:
    pages = [page["post"] for page in document["paths"].values() if "post" in page]
    return [
        {
            "name": one["operationId"],
            "description": one["description"],
            "input": one["requestBody"]["content"]["application/json"]["schema"],
            "output": one["responses"]["200"]["content"]["application/json"]["schema"],
            "hints": [one[f"x-{hint}"] for hint in ("read-only", "destructive", "idempotent")],
        }
        for one in pages
        if "x-read-only" in one
    ]
