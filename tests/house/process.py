"""homeport as a process of its own, in a state folder and settings of the test's own."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from adapters import BUILTIN

COMMAND = (sys.executable, "-m", "cli.main")
LOOPBACK = {
    "HOMEPORT_NETWORK__INTERFACE": "127.0.0.1",
    "HOMEPORT_NETWORK__BROADCAST": "127.255.255.255",
    "HOMEPORT_HOME__TIMEZONE": "UTC",
}
ADAPTERS = [named.partition(".")[2].partition(":")[0] for named in BUILTIN]
ALONE = LOOPBACK | {f"HOMEPORT_ADAPTERS__{name.upper()}__ENABLED": "false" for name in ADAPTERS}
"""Without adapters: another test may have its simulated devices on loopback at the same time."""


def environment(state: Path, more: Mapping[str, str] = {}) -> dict[str, str]:
    """Return the variables of a user who has nothing but this state folder."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HOMEPORT")}
    own = {"HOMEPORT_STATE": str(state), "XDG_CONFIG_HOME": str(state / "config")}
    return kept | own | dict(more)


def at_a_terminal() -> None:
    """Heed Ctrl-C, in a child before it begins: what runs in the background may ignore it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def homeport(
    *arguments: str, state: Path, more: Mapping[str, str] = ALONE, within: float = 60
) -> "subprocess.CompletedProcess[str]":
    """Run one command to its end."""
    return subprocess.run(
        [*COMMAND, *arguments],
        capture_output=True,
        text=True,
        env=environment(state, more),
        stdin=subprocess.DEVNULL,
        timeout=within,
    )


@dataclass(frozen=True)
class Serving:
    """A homeport that serves."""

    url: str
    state: Path
    process: asyncio.subprocess.Process

    @property
    def token(self) -> str:
        return (self.state / "owner.token").read_text().strip()

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


@asynccontextmanager
async def serving(
    state: Path,
    more: Mapping[str, str] = ALONE,
    prefix: Sequence[str] = (),
    end: signal.Signals = signal.SIGTERM,
) -> AsyncIterator[Serving]:
    """Run `homeport serve` until the block ends; it must end well by itself then."""
    await asyncio.to_thread(state.mkdir, exist_ok=True)
    process = await asyncio.create_subprocess_exec(
        *prefix,
        *COMMAND,
        *("serve", "--port", "0", "--json", "--log", "warning"),
        env=environment(state, more),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(30):
            first: dict[str, Any] = json.loads(await process.stdout.readline())
        yield Serving(first["url"], state, process)
    finally:
        if process.returncode is None:
            process.send_signal(end)
        async with asyncio.timeout(30):
            await process.wait()
