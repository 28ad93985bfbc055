"""MCP over standard input and output, for the one agent that started the process."""

import asyncio
import os
from contextlib import suppress
from threading import Thread
from typing import cast

import anyio
from mcp.server.stdio import stdio_server

from gateway.session import Session
from mcp_server.changes import OnChange
from mcp_server.server import HomeServer


async def serve_stdio(session: Session, watch: OnChange, *, version: str = "") -> None:
    """Serve `session` until the client closes the input, or until cancelled.

    It may be of this process (`door.open(token)` and `door.on_tools_changed`), or one that asks
    another and, when that goes, yet another: it then calls what it was given by `watch`, and the
    client asks for the tools again.
    """
    server = HomeServer(lambda _: session, watch, version=version)
    lines = cast("anyio.AsyncFile[str]", _Lines())
    async with stdio_server(stdin=lines) as (received, sent):
        await server.run(received, sent, server.create_initialization_options())


class _Lines:
    """The lines of standard input; the SDK iterates over them.

    Its own reader cannot be cancelled: the process would stay until the client goes.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._read: asyncio.Queue[str] = asyncio.Queue()
        Thread(target=self._read_all, name="standard input", daemon=True).start()

    def __aiter__(self) -> "_Lines":
        return self

    async def __anext__(self) -> str:
        line = await self._read.get()
        if not line:
            raise StopAsyncIteration
        return line

    def _read_all(self) -> None:
        # Not sys.stdin: Python, when it ends, would wait for the thread that reads from it.
        with (
            open(os.dup(0), encoding="utf-8", errors="replace") as lines,
            suppress(RuntimeError),  # the loop has ended, and nobody listens any more
        ):
            line = None
            while line != "":
                line = lines.readline()
                self._loop.call_soon_threadsafe(self._read.put_nowait, line)
