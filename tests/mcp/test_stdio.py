"""A process that serves over stdio ends when it should, and says nothing else on the wire."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tests.mcp.serving import ROOT

PING = {"jsonrpc": "2.0", "id": 1, "method": "ping"}


@asynccontextmanager
async def _started(state: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.mcp.stdio_house", str(state)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
    )
    try:
        async with asyncio.timeout(20):
            yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def _ask(process: asyncio.subprocess.Process, line: bytes) -> dict[str, Any]:
    assert process.stdin is not None and process.stdout is not None
    process.stdin.write(line + b"\n")
    answer: dict[str, Any] = json.loads(await process.stdout.readline())
    return answer


async def test_it_ends_with_its_input(tmp_path: Path) -> None:
    async with _started(tmp_path) as process:
        assert (await _ask(process, json.dumps(PING).encode()))["result"] == {}
        assert process.stdin is not None
        process.stdin.close()
        assert await process.wait() == 0


async def test_it_ends_when_cancelled_while_the_client_stays(tmp_path: Path) -> None:
    async with _started(tmp_path) as process:
        await _ask(process, json.dumps(PING).encode())
        process.terminate()
        assert await process.wait() == 0


async def test_lines_that_are_no_messages_are_passed_over(tmp_path: Path) -> None:
    async with _started(tmp_path) as process:
        assert process.stdin is not None
        process.stdin.write(b"\n{\n\xff\xfe\n[]\n" + b"x" * 200_000 + b"\n")
        named = PING | {"id": "ümläut"}
        answer = await _ask(process, json.dumps(named, ensure_ascii=False).encode())
        assert answer == {"jsonrpc": "2.0", "id": "ümläut", "result": {}}
