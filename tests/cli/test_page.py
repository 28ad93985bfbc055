"""The receivers on the page about events run as they stand, and believe only what is signed."""

import asyncio
import json
import os
import re
import shutil
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import pytest

from gateway.conditions import parse
from gateway.signing import new_secret, signed
from tests.docs.project import read

PAGE = read("docs/events.md")
RUNS = {"python": (sys.executable, "receiver.py"), "js": (shutil.which("node"), "receiver.mjs")}
BODY = b'{"name":"button.pressed","data":{"press":"short"}}'


@asynccontextmanager
async def receiver(kind: str, folder: Path, secret: str) -> AsyncIterator[str]:
    """Run the receiver of the page and return where it listens."""
    program, name = RUNS[kind]
    if program is None:
        pytest.skip(f"{kind} is not here")
    (block,) = re.findall(rf"^```{kind}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    (folder / name).write_text(block, "utf-8")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = await asyncio.create_subprocess_exec(
        program,
        str(folder / name),
        env={**os.environ, "HOMEPORT_WEBHOOK_SECRET": secret, "PORT": str(port)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        yield f"http://127.0.0.1:{port}"
        assert process.stdout is not None
        async with asyncio.timeout(10):
            assert b"button.pressed" in await process.stdout.readline()
    finally:
        process.kill()
        await process.wait()


async def post(url: str, headers: dict[str, str]) -> int:
    """Post a delivery as soon as somebody listens."""
    async with asyncio.timeout(30), aiohttp.ClientSession() as session:
        while True:
            try:
                async with session.post(url, data=BODY, headers=headers) as answer:
                    return answer.status
            except aiohttp.ClientConnectorError:
                await asyncio.sleep(0.05)


@pytest.mark.parametrize("kind", RUNS)
async def test_the_receiver_of_the_page_believes_what_is_signed(kind: str, tmp_path: Path) -> None:
    secret, now = new_secret(), int(datetime.now(UTC).timestamp())
    async with receiver(kind, tmp_path, secret.text) as url:
        assert await post(url, signed([secret], "h1-1.w1", now, BODY)) == 204
        both = signed([new_secret(), secret], "h1-1.w1", now, BODY)
        assert await post(url, both) == 204
        assert await post(url, signed([new_secret()], "h1-1.w1", now, BODY)) == 401
        assert await post(url, signed([secret], "h1-1.w1", now - 400, BODY)) == 401
        assert await post(url, {}) == 401


def test_the_page_shows_an_event_that_is_one() -> None:
    (shown,) = re.findall(r"^```json\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    event = json.loads(shown)
    assert event["eventId"] == f"{event['home']}-{event['seq']}"
    assert event["cursor"] == f"{event['home']}.{event['seq']}"


def test_every_condition_on_the_page_can_be_read() -> None:
    table = PAGE.partition("| `where` | is true of |")[2].partition("\n\n")[0]
    conditions = re.findall(r"^\| `(.+?)` \|", table, re.MULTILINE)
    assert len(conditions) >= 5
    for condition in conditions:
        parse(condition)
