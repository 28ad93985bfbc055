"""A throw-away LAN with broadcast and multicast: the home on one side, the gateway on the other.

Each side is a nameless network namespace that lives as long as somebody is in it. The process that
holds it ends when its standard input closes, so a crash leaves no network behind either, unless
something that `run` started lives on. A user who is not root gets a user namespace around both
(see user_namespaces(7)).
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Literal, Self, TypeAlias

Side: TypeAlias = Literal["home", "gateway"]

GATEWAY = "10.77.0.254"
BROADCAST = "10.77.0.255"
HOMES = tuple(f"10.77.0.{number}" for number in range(11, 100))
# Nobody needs to live there: a default route is what lets 255.255.255.255 and multicast out.
ROUTER = "10.77.0.1"
TOOLS = ("ip", "unshare", "nsenter", "cat")
PATIENCE = 5.0


class LanUnavailable(OSError):
    """This machine lets us make no network of our own; the text says why."""


class Lan:
    """Two sides joined by a wire: `home` has the addresses HOMES, `gateway` has GATEWAY.

    `rootless` puts a user namespace around them; by default only where it is needed.
    """

    def __init__(self, rootless: bool | None = None) -> None:
        self.rootless = os.geteuid() != 0 if rootless is None else rootless
        self._holders: dict[Side, subprocess.Popen[bytes]] = {}
        self._started: list[subprocess.Popen[bytes]] = []

    @staticmethod
    def available() -> str | None:
        """Why no such network can be made here; None when it can."""
        try:
            with Lan():
                return None
        except LanUnavailable as reason:
            return str(reason)

    def run(
        self, side: Side, argv: Sequence[str], env: Mapping[str, str] | None = None
    ) -> subprocess.Popen[bytes]:
        """Start a process on a side, its output in a pipe; it and its group end with the LAN."""
        process = subprocess.Popen(
            self.command(side, argv),
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self._started.append(process)
        return process

    def command(self, side: Side, argv: Sequence[str]) -> list[str]:
        """The words that run `argv` on a side, for a caller who starts processes himself."""
        user = ["--user", "--preserve-credentials"] if self.rootless else []
        return ["nsenter", "--target", str(self._holders[side].pid), *user, "--net", "--", *argv]

    def __enter__(self) -> Self:
        if sys.platform != "linux":
            raise LanUnavailable("network namespaces exist only on Linux")
        missing = [tool for tool in TOOLS if shutil.which(tool) is None]
        if missing:
            raise LanUnavailable(f"missing: {', '.join(missing)}")
        try:
            self._build()
        except BaseException:
            self._tear_down()
            raise
        return self

    def __exit__(self, *error: object) -> None:
        self._tear_down()

    async def __aenter__(self) -> Self:
        return await asyncio.to_thread(self.__enter__)

    async def __aexit__(self, *error: object) -> None:
        await asyncio.to_thread(self.__exit__)

    def _build(self) -> None:
        user = ["--user", "--map-root-user"] if self.rootless else []
        self._hold("home", ["unshare", *user, "--net", "cat"])
        beside = ["unshare", "--net", "cat"]
        if self.rootless:
            home = str(self._holders["home"].pid)
            beside = ["nsenter", "--target", home, "--user", "--preserve-credentials", *beside]
        self._hold("gateway", beside)
        peer = f"link add eth0 type veth peer name eth0 netns {self._holders['gateway'].pid}"
        self._configure("home", [peer, *wired(HOMES)])
        self._configure("gateway", wired([GATEWAY]))

    def _hold(self, side: Side, argv: list[str]) -> None:
        holder = subprocess.Popen(
            argv,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            start_new_session=True,
        )
        self._holders[side] = holder
        assert holder.stdin and holder.stdout and holder.stderr
        with suppress(BrokenPipeError):
            holder.stdin.write(b"\n")
        if not holder.stdout.read(1):
            raise LanUnavailable(holder.stderr.read().decode().strip())

    def _configure(self, side: Side, lines: list[str]) -> None:
        done = subprocess.run(
            self.command(side, ["ip", "-batch", "-"]),
            input="\n".join(lines),
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
        if done.returncode:
            raise LanUnavailable(done.stderr.strip())

    def _tear_down(self) -> None:
        for process in (*self._started, *self._holders.values()):
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(PATIENCE)
            for pipe in (process.stdin, process.stdout, process.stderr):
                if pipe is not None:
                    pipe.close()
        self._started.clear()
        self._holders.clear()


def wired(addresses: Sequence[str]) -> list[str]:
    """The `ip` commands that bring up a side with these addresses."""
    return [
        "link set lo up",
        *(f"address add {address}/24 broadcast + dev eth0" for address in addresses),
        "link set eth0 up",
        f"route add default via {ROUTER} dev eth0",
    ]
