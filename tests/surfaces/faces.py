"""The ways in: MCP in both eras, HTTP and the command line, each to a house of its own."""

import asyncio
import contextlib
import io
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
from mcp.client import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError

from cli.house import House as Composed
from cli.house import listen, serve, url_of
from cli.main import main
from cli.state import StateFolder
from gateway.clock import SetClock
from gateway.limits import Limit
from gateway.links import Links
from gateway.settings import Settings
from tests.incore import House, house, lamp, plug, shade, speaker, thermostat

Answer = dict[str, Any]
Call = Callable[[str, Mapping[str, Any]], Awaitable[Answer]]
Listing = list[dict[str, Any]]


@asynccontextmanager
async def served(state: Path) -> AsyncIterator[tuple[House, str, str]]:
    """Serve a small house, always the same, at a time that stands still."""
    devices = (
        lamp("core-1", "Ceiling", "Kitchen", brightness=Limit(step=5)),
        lamp("core-2", "Bedside", "Bedroom", brightness=Limit(absent=True)),
        plug("core-3", "Kettle", "Kitchen"),
        speaker("core-4", "Beam", "Living room"),
        thermostat("core-5", "Radiator", "Bedroom"),
        shade("core-6", "Blind", "Bedroom"),
    )
    settings = Settings.model_validate({"server": {"port": 0}})
    folder = StateFolder(state)
    with folder.held() as held, listen(settings) as listener:
        async with house(state, *devices, clock=SetClock()) as opened:
            composed = Composed(opened.home, opened.door, Links(opened.home.registry, []))
            ready = asyncio.Event()
            serving = asyncio.create_task(serve(composed, settings, listener, ready.set))
            try:
                async with asyncio.timeout(30):
                    await ready.wait()
                held.tell(url_of(listener))
                yield opened, url_of(listener), folder.owner_token()
            finally:
                serving.cancel()
                await asyncio.gather(serving, return_exceptions=True)


@asynccontextmanager
async def over_mcp(state: Path, mode: str) -> AsyncIterator[tuple[Call, Listing]]:
    headers = {"Authorization": f"Bearer {StateFolder(state).owner_token()}"}
    holder = StateFolder(state).holder()
    assert holder is not None
    async with httpx2.AsyncClient(headers=headers, trust_env=False, timeout=30) as web:
        transport = streamable_http_client(f"{holder.url}/mcp", http_client=web)
        async with Client(transport, mode=mode) as client:

            async def call(tool: str, arguments: Mapping[str, Any]) -> Answer:
                try:
                    answer = await client.call_tool(tool, dict(arguments))
                except MCPError as error:
                    return dict(error.data)
                assert answer.structured_content is not None
                return dict(answer.structured_content)

            listed = (await client.list_tools()).tools
            yield (
                call,
                [
                    {
                        "name": tool.name,
                        "description": tool.description,
                        "input": tool.input_schema,
                        # the schema of an answer or of a problem: some clients check errors too
                        "output": (tool.output_schema or {})["anyOf"][0],
                    }
                    for tool in listed
                ],
            )


@asynccontextmanager
async def over_http(state: Path) -> AsyncIterator[tuple[Call, Listing]]:
    headers = {"Authorization": f"Bearer {StateFolder(state).owner_token()}"}
    holder = StateFolder(state).holder()
    assert holder is not None
    async with httpx2.AsyncClient(
        base_url=str(holder.url), headers=headers, trust_env=False, timeout=30
    ) as web:

        async def call(tool: str, arguments: Mapping[str, Any]) -> Answer:
            return dict((await web.post(f"/v1/tools/{tool}", json=dict(arguments))).json())

        document = (await web.get("/openapi/tools.json")).json()
        operations = [page["post"] for page in document["paths"].values()]
        yield (
            call,
            [
                {
                    "name": one["operationId"],
                    "description": one["description"],
                    "input": one["requestBody"]["content"]["application/json"]["schema"],
                    "output": one["responses"]["200"]["content"]["application/json"]["schema"],
                }
                for one in operations
            ],
        )


@asynccontextmanager
async def by_command(state: Path) -> AsyncIterator[tuple[Call, Listing]]:
    async def call(tool: str, arguments: Mapping[str, Any]) -> Answer:
        command = ["call", tool, json.dumps(dict(arguments)), "--json", "--state", str(state)]
        return dict(json.loads(await asyncio.to_thread(_said, command)))

    async with over_http(state) as (_, listing):
        yield call, listing


def _said(command: list[str]) -> str:
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        main(command)
    return said.getvalue()


FACES: dict[str, Callable[[Path], Any]] = {
    "MCP 2026-07-28": lambda state: over_mcp(state, "auto"),
    "MCP 2025-11-25": lambda state: over_mcp(state, "legacy"),
    "HTTP": over_http,
    "command line": by_command,
}
