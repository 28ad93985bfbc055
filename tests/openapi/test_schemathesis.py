"""An independent reader of the document holds the served house to it."""

import asyncio
import sys
from pathlib import Path

from tests.openapi.serving import on_a_port, serving

PROGRAM = Path(sys.executable).with_name("schemathesis")
SETTINGS = Path(__file__).with_name("schemathesis.toml")


async def test_schemathesis_finds_nothing(tmp_path: Path) -> None:
    async with serving(tmp_path) as house, on_a_port(house.app) as url:
        arguments = (
            f"--config-file={SETTINGS}",
            "run",
            "--max-examples=50",
            "--generation-deterministic",
            f"--header=Authorization: Bearer {house.owner}",
            f"{url}/openapi.json",
        )
        async with asyncio.timeout(110):
            running = await asyncio.create_subprocess_exec(
                PROGRAM,
                *arguments,
                cwd=tmp_path,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
            )
            said, _ = await running.communicate()
    assert running.returncode == 0, said.decode()
