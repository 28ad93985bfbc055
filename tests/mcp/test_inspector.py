"""The MCP inspector's command line, an independent client, over HTTP and stdio."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.mcp.peers import Peers, found
from tests.mcp.serving import mcp_served, small_house

INSPECTOR = "@modelcontextprotocol/inspector/clients/launcher/build/index.js"
PORTABILITY_ERROR = 6
TOOL_ERROR = 5


async def _inspect(peers: Peers, home: Path, *arguments: str, code: int = 0) -> dict[str, Any]:
    asked = ["--cli", *arguments, "--format", "json", "-q"]
    ended, output, errors = await peers.run(INSPECTOR, *asked, home=home)
    assert ended == code, f"{ended}: {errors}"
    result: dict[str, Any] = json.loads(output)["result"]
    return result


@pytest.mark.parametrize("era", ["modern", "legacy"])
async def test_the_inspector_lists_calls_and_reads(era: str, tmp_path: Path) -> None:
    peers = found()
    async with small_house(tmp_path) as home, mcp_served(home.door) as url:
        token = await home.home.tokens.new("inspector", "owner")
        header = ["--header", f"Authorization: Bearer {token}"]
        to = [url, "--transport", "http", *header, "--protocol-era", era, "--method"]
        # With --strict it ends with PORTABILITY_ERROR where a schema is one that models reject.
        listed = await _inspect(peers, tmp_path, *to, "tools/list", "--strict")
        assert "set_light" in [tool["name"] for tool in listed["tools"]]
        call = [*to, "tools/call", "--tool-name", "get_state", "--tool-arg"]
        state = await _inspect(peers, tmp_path, *call, "targets=lamp-1")
        assert state["structuredContent"]["states"][0]["device"] == "lamp-1"
        wrong = await _inspect(peers, tmp_path, *call, "targets=lamp-9", code=TOOL_ERROR)
        assert wrong["structuredContent"]["code"] == "unknown_target"
        read = await _inspect(peers, tmp_path, *to, "resources/read", "--uri", "homeport://home")
        assert json.loads(read["contents"][0]["text"])["name"] == "Elm Street"


async def test_the_inspector_speaks_over_stdio(tmp_path: Path) -> None:
    peers = found()
    command = [sys.executable, "-m", "tests.mcp.stdio_house", str(tmp_path)]
    listed = await _inspect(peers, tmp_path, *command, "--method", "tools/list")
    assert "set_light" in [tool["name"] for tool in listed["tools"]]
