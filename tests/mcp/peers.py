"""Programs from npm that are run against homeport; without them their tests are skipped."""

import asyncio
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.mcp.serving import ROOT

OLDEST_NODE = 22
WITHIN = 90.0


class Peers:
    """A folder with node_modules (from tests/node/package.json) and a node to run them."""

    def __init__(self, folder: Path, node: str) -> None:
        self._modules = folder / "node_modules"
        self._node = node

    async def run(self, script: str, *arguments: str, home: Path) -> tuple[int, str, str]:
        """Return the exit code, the output and the errors of one of the programs."""
        path = os.pathsep.join((str(Path(self._node).parent), os.environ["PATH"]))
        process = await asyncio.create_subprocess_exec(
            self._node,
            str(self._modules / script),
            *arguments,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={"PATH": path, "HOME": str(home)},
            cwd=ROOT,
        )
        try:
            async with asyncio.timeout(WITHIN):
                output, errors = await process.communicate()
        except TimeoutError:
            process.kill()
            await process.wait()
            raise
        return process.returncode or 0, output.decode(), errors.decode()


def found() -> Peers:
    """Return the programs; skip the test, saying why, where they or a new enough node are not."""
    folder = Path(os.environ.get("HOMEPORT_NODE_TOOLS", ROOT / ".node"))
    if not (folder / "node_modules").is_dir():
        pytest.skip("the peers from npm are not installed: make setup does it where npm is")
    for node in (str(folder / "node_modules/.bin/node"), shutil.which("node")):
        if node and _version(node) >= OLDEST_NODE:
            return Peers(folder, node)
    pytest.skip(f"no node of version {OLDEST_NODE} or newer was found")


def _version(node: str) -> int:
    try:
        said = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=20)
    except OSError:
        return 0
    version = re.match(r"v(\d+)\.", said.stdout)
    return int(version.group(1)) if version else 0
