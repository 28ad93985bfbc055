"""A home in this process that commands in processes of their own find by its state folder."""

import asyncio
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from cli.state import StateFolder
from openapi.app import api
from tests.house.process import homeport
from tests.incore import House
from tests.openapi.serving import on_a_port


@asynccontextmanager
async def found(home: House, state: Path) -> AsyncIterator[None]:
    """Serve a home from its state folder."""
    with StateFolder(state).held() as held:
        async with on_a_port(api(home.door)) as url:
            held.tell(url)
            yield


async def command(*arguments: str, state: Path) -> "subprocess.CompletedProcess[str]":
    """Run a command while this process serves."""
    return await asyncio.to_thread(homeport, *arguments, state=state)
