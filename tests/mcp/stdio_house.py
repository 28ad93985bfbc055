"""Serves a small house to whoever started this process: `python -m tests.mcp.stdio_house STATE`."""

import asyncio
import signal
import sys
from contextlib import suppress
from pathlib import Path

from mcp_server.stdio import serve_stdio
from tests.mcp.serving import small_house


async def main(state: Path) -> None:
    async with small_house(state) as home:
        session = await home.session()
        serving = asyncio.create_task(
            serve_stdio(session, home.door.on_tools_changed, version="1.2.3")
        )
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, serving.cancel)
        with suppress(asyncio.CancelledError):
            await serving


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
