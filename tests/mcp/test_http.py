"""What comes in over HTTP, and on whose behalf."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.routing import Route

from mcp_server.http import mcp_app
from tests.incore import House
from tests.mcp.serving import ERAS, http_client, mcp_served, served, small_house

MODERN = "2026-07-28"
HANDSHAKE = "2025-06-18"
ACCEPTED = {"Accept": "application/json, text/event-stream", "Content-Type": "application/json"}
ENVELOPE = {
    "io.modelcontextprotocol/protocolVersion": MODERN,
    "io.modelcontextprotocol/clientCapabilities": {},
}


class Caller:
    """Sends requests as they are, with a token or without."""

    def __init__(self, home: House, url: str, requests: httpx2.AsyncClient) -> None:
        self.home = home
        self.url = url
        self.requests = requests

    async def token(self, preset: str = "owner") -> str:
        names = [row["name"] for row in self.home.home.tokens.list()]
        return await self.home.home.tokens.new(f"agent-{len(names)}", preset)

    async def post(
        self, body: Any, token: str | None, headers: dict[str, str] | None = None
    ) -> httpx2.Response:
        sent = ACCEPTED | (headers or {}) | ({"Authorization": f"Bearer {token}"} if token else {})
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return await self.requests.post(self.url, content=content, headers=sent)

    async def modern(
        self, method: str, token: str | None, headers: dict[str, str] | None = None, **params: Any
    ) -> httpx2.Response:
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params | {"_meta": ENVELOPE}}
        routing = {"MCP-Protocol-Version": MODERN, "Mcp-Method": method}
        if "name" in params:
            routing["Mcp-Name"] = params["name"]
        return await self.post(body, token, routing | (headers or {}))

    async def shake_hands(self, token: str) -> dict[str, str]:
        """Return the headers that belong to the new session."""
        about = {"protocolVersion": HANDSHAKE, "capabilities": {}} | {
            "clientInfo": {"name": "test", "version": "1"}
        }
        body = {"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": about}
        answer = await self.post(body, token)
        assert answer.status_code == 200, answer.text
        session = {
            "MCP-Protocol-Version": HANDSHAKE,
            "Mcp-Session-Id": answer.headers["mcp-session-id"],
        }
        ready = {"jsonrpc": "2.0", "method": "notifications/initialized"}
        assert (await self.post(ready, token, session)).status_code == 202
        return session


@asynccontextmanager
async def calling(state: Path, **settings: Any) -> AsyncIterator[Caller]:
    async with (
        small_house(state) as home,
        mcp_served(home.door, **settings) as url,
        httpx2.AsyncClient(timeout=30, trust_env=False) as requests,
    ):
        yield Caller(home, url, requests)


LIST = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}


@pytest.mark.parametrize(
    ("token", "challenge"), [(None, "Bearer"), ("wrong", 'Bearer error="invalid_token"')]
)
async def test_without_a_known_token_nothing_is_served(
    token: str | None, challenge: str, tmp_path: Path
) -> None:
    async with calling(tmp_path) as caller:
        for answer in (
            await caller.modern("server/discover", token),
            await caller.post(LIST, token),
            await caller.requests.get(caller.url),
        ):
            assert answer.status_code == 401
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.json()["code"] == "unauthorized"
        answer = await caller.modern("server/discover", token)
        assert answer.headers["www-authenticate"] == challenge


@pytest.mark.parametrize("scheme", ["bearer", "BEARER"])
async def test_the_scheme_may_be_written_in_any_case(scheme: str, tmp_path: Path) -> None:
    async with calling(tmp_path) as caller:
        header = {"Authorization": f"{scheme} {await caller.token()}"}
        assert (await caller.modern("server/discover", None, header)).status_code == 200


@pytest.mark.parametrize("era", ERAS)
async def test_each_token_sees_its_own_tools(era: str, tmp_path: Path) -> None:
    async with calling(tmp_path) as caller:
        owner, guest = await caller.token(), await caller.token("read-only")
        async with (
            http_client(caller.url, owner, era) as mine,
            http_client(caller.url, guest, era) as theirs,
        ):
            tools = {tool.name: tool for tool in (await mine.list_tools()).tools}
            seen = [tool.name for tool in (await theirs.list_tools()).tools]
            assert seen == [
                name
                for name, tool in tools.items()
                if tool.annotations is not None and tool.annotations.read_only_hint
            ]
            refused = await theirs.call_tool("set_light", {"targets": "all", "on": True})
            assert refused.is_error
            assert refused.structured_content is not None
            assert refused.structured_content["code"] == "not_allowed"


async def test_a_session_belongs_to_the_token_that_opened_it(tmp_path: Path) -> None:
    async with calling(tmp_path) as caller:
        owner, guest = await caller.token(), await caller.token("read-only")
        session = await caller.shake_hands(owner)
        assert (await caller.post(LIST, owner, session)).status_code == 200
        assert (await caller.post(LIST, guest, session)).status_code == 404
        assert (await caller.post(LIST, None, session)).status_code == 401


async def test_a_revoked_token_ends_at_once_also_in_an_open_session(tmp_path: Path) -> None:
    async with calling(tmp_path) as caller:
        token = await caller.token()
        session = await caller.shake_hands(token)
        await caller.home.home.tokens.revoke(caller.home.home.tokens.list()[-1]["name"])
        assert (await caller.post(LIST, token, session)).status_code == 401


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example"])
async def test_a_foreign_host_is_refused(host: str, tmp_path: Path) -> None:
    async with calling(tmp_path) as caller:
        token = await caller.token()
        assert (await caller.modern("ping", token, {"Host": host})).status_code == 421
        assert (await caller.post(LIST, token, {"Host": host})).status_code == 421


async def test_a_foreign_origin_is_refused(tmp_path: Path) -> None:
    async with calling(tmp_path) as caller:
        token = await caller.token()
        origin = {"Origin": "https://evil.example"}
        assert (await caller.modern("server/discover", token, origin)).status_code == 403
        local = {"Origin": "http://localhost:3000"}
        assert (await caller.modern("server/discover", token, local)).status_code == 200


async def test_named_hosts_are_let_in_with_and_without_a_port(tmp_path: Path) -> None:
    async with calling(tmp_path, allowed_hosts=["host.docker.internal"]) as caller:
        token = await caller.token()
        for host in ("host.docker.internal", "host.docker.internal:8420", "localhost"):
            answer = await caller.modern("server/discover", token, {"Host": host})
            assert answer.status_code == 200


async def test_an_outer_layer_may_check_the_host_instead(tmp_path: Path) -> None:
    async with calling(tmp_path, allowed_hosts=None) as caller:
        answer = await caller.modern("server/discover", await caller.token(), {"Host": "any"})
        assert answer.status_code == 200


async def test_a_huge_body_is_refused(tmp_path: Path) -> None:
    async with calling(tmp_path, most_bytes=10_000) as caller:
        token = await caller.token()
        assert (await caller.post(b" " * 10_001, token)).status_code == 413
        chunked = {"Transfer-Encoding": "chunked"}
        assert (await caller.post(b" " * 10_001, token, chunked)).status_code == 413


@pytest.mark.parametrize("body", [b"{", b"", b"\xff", b"[" * 5000, b"9" * 5000])
async def test_what_is_no_json_is_a_parse_error(body: bytes, tmp_path: Path) -> None:
    async with calling(tmp_path) as caller:
        token = await caller.token()
        for headers in ({"MCP-Protocol-Version": MODERN}, await caller.shake_hands(token)):
            answer = await caller.post(body, token, headers)
            assert answer.status_code == 400
            assert answer.json()["error"]["code"] in (-32700, -32600, -32602)
            assert "Traceback" not in answer.text


async def test_space_around_a_header_is_not_part_of_it(tmp_path: Path) -> None:
    async with calling(tmp_path) as caller:
        token = await caller.token()
        body = json.dumps(
            {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {"_meta": ENVELOPE}}
        )
        lines = [
            "POST /mcp HTTP/1.1",
            f"Host: {caller.url.split('/')[2]} \t",
            f"Authorization: Bearer  {token} ",
            f"MCP-Protocol-Version: {MODERN}\t",
            "Mcp-Method:\ttools/list ",
            "Accept: application/json, text/event-stream",
            "Content-Type: application/json",
            f"Content-Length: {len(body)}",
            "Connection: close",
        ]
        port = int(caller.url.split(":")[2].split("/")[0])
        async with asyncio.timeout(10):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write("\r\n".join([*lines, "", body]).encode())
            answer = await reader.read()
            writer.close()
            await writer.wait_closed()
        assert answer.startswith(b"HTTP/1.1 200 ")


async def test_it_stands_beside_other_routes_under_fastapi(tmp_path: Path) -> None:
    async with small_house(tmp_path) as home:
        app = FastAPI()

        @app.get("/healthz")
        async def healthz() -> dict[str, bool]:
            return {"ok": True}

        mcp, running = mcp_app(home.door)
        app.router.routes.append(Route("/mcp", mcp))
        token = await home.home.tokens.new("agent", "owner")
        async with running, served(app) as address, httpx2.AsyncClient(trust_env=False) as requests:
            assert (await requests.get(f"{address}/healthz")).json() == {"ok": True}
            for era in ERAS:
                async with http_client(f"{address}/mcp", token, era) as agent:
                    assert (await agent.list_tools()).tools


async def test_what_is_listened_to_ends_when_the_house_closes(tmp_path: Path) -> None:
    async with asyncio.timeout(20), small_house(tmp_path) as home:
        mcp, running = mcp_app(home.door)
        token = await home.home.tokens.new("agent", "owner")
        async with (
            running,
            served(Starlette(routes=[Route("/mcp", mcp)])) as address,
            http_client(f"{address}/mcp", token, "auto") as agent,
            agent.listen(tools_list_changed=True) as stream,
        ):
            mcp.close()
            assert [change async for change in stream] == []


async def test_a_session_that_was_ended_is_not_found(tmp_path: Path) -> None:
    async with calling(tmp_path) as caller:
        token = await caller.token()
        session = await caller.shake_hands(token)
        sent = session | {"Authorization": f"Bearer {token}"}
        assert (await caller.requests.delete(caller.url, headers=sent)).status_code == 200
        assert (await caller.post(LIST, token, session)).status_code == 404


async def test_an_unknown_method_is_not_found(tmp_path: Path) -> None:
    async with calling(tmp_path) as caller:
        answer = await caller.modern("no/such", await caller.token())
        assert answer.status_code == 404
        assert answer.json()["error"]["code"] == -32601
