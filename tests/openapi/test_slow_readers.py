"""Who reads slowly, or not at all, keeps nobody waiting, and is told what went by for ever."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from gateway.retention import Kept, prune
from tests.openapi.streams import STREAM, WITHIN, Live, living

MANY = 20_000
BATCH = 1_000


@asynccontextmanager
async def deaf(live: Live) -> AsyncIterator[asyncio.StreamReader]:
    """Open a stream whose reader takes no byte from the socket until it is asked to."""
    place = urlsplit(live.url)
    wire = socket.socket()
    wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    wire.setblocking(False)
    await asyncio.get_running_loop().sock_connect(wire, (place.hostname, place.port))
    head = f"GET {STREAM} HTTP/1.0\r\nHost: localhost\r\nAuthorization: Bearer {live.token}\r\n\r\n"
    reader, writer = await asyncio.open_connection(sock=wire, limit=4096)
    writer.write(head.encode())
    async with asyncio.timeout(WITHIN):
        assert b" 200 " in await reader.readline()
    try:
        yield reader
    finally:
        writer.close()
        await asyncio.gather(writer.wait_closed(), return_exceptions=True)


async def frames(reader: asyncio.StreamReader) -> AsyncIterator[tuple[str, int]]:
    """Read on: each event's name, and its number or that of its cursor."""
    name = ""
    async for line in reader:
        word, _, value = line.decode().rstrip("\n").partition(": ")
        if word == "event":
            name = value
        elif word == "id":
            yield name, int(value.partition(".")[2])


async def produced(live: Live) -> None:
    """Log many events, each acknowledged by the disk."""
    append = live.home.home.events.append
    for _ in range(MANY // BATCH):
        made = [append("button.pressed", {"press": "short"}) for _ in range(BATCH)]
        async with asyncio.timeout(WITHIN):
            await asyncio.gather(*made)


@pytest.mark.parametrize("kept", [True, False])
async def test_a_reader_that_never_reads_holds_nothing_up_and_misses_nothing_unsaid(
    kept: bool, tmp_path: Path
) -> None:
    async with living(tmp_path) as live, deaf(live) as reader:
        first = live.home.home.events.last + 1
        await produced(live)
        last = live.home.home.events.last
        assert last == first + MANY - 1
        async with live.reading() as stream:
            live.press()
            assert json.loads((await anext(stream)).data)["seq"] == last + 1
        # What the kernel took of it, some megabytes, went out; the rest is in no buffer of ours.
        assert live.app.parts < MANY * 3 / 4
        if not kept:
            await prune(live.home.home.events, {False: Kept(days=1, megabytes=1)})
        told = []
        async with asyncio.timeout(WITHIN):
            async for name, number in frames(reader):
                told.append((name, number))
                if number == last + 1:
                    break
    numbers = [number for name, number in told if name != "truncated"]
    if kept:
        assert numbers == list(range(first, last + 2))
        assert len(numbers) == len(told)
        return
    gaps = [place for place, (one, two) in enumerate(pairwise(numbers), 1) if two != one + 1]
    assert len(gaps) == 1
    assert told[gaps[0]] == ("truncated", numbers[gaps[0] - 1])
    assert len(told) == len(numbers) + 1
