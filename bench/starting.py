"""How long until homeport answers, and what it holds while idle, as a process of its own."""

import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from bench.figure import Figure, median

ROUNDS = 5
IDLE_AFTER = 8.0
REMEMBERED = """
import asyncio, sys
from pathlib import Path
from tests.incore import house, lamp
async def main():
    async with house(Path(sys.argv[1])) as opened:
        opened.add(*(lamp(f"core-{n}", f"Lamp {n}", f"Room {n % 40}") for n in range(1000)))
asyncio.run(main())
"""


def run() -> list[Figure]:
    """Start it several times, the last time with 1,000 remembered devices and left alone."""
    with tempfile.TemporaryDirectory(prefix="homeport-bench-") as folder:
        times = [_start(Path(folder, str(number)))[0] for number in range(ROUNDS)]
        known = Path(folder, "known")
        known.mkdir()
        subprocess.run([sys.executable, "-c", REMEMBERED, str(known)], check=True, timeout=60)
        house = subprocess.Popen(
            [sys.executable, "-m", "simulators"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        with house:  # whose devices make every adapter load its library
            assert house.stdout is not None
            things = json.loads(house.stdout.readline())["things"]
            large, resident = _start(known, IDLE_AFTER)
    return [
        Figure("start until /healthz answers", median(times), "s", most=2),
        Figure("the same with 1,000 remembered devices", large, "s", most=2),
        Figure(f"idle memory, 3 adapters, {1000 + things:,} devices", resident, "MB", most=150),
    ]


def _start(state: Path, idle: float = 0.0) -> tuple[float, float]:
    environment = {name: value for name, value in os.environ.items() if "HOMEPORT" not in name}
    environment |= {
        "HOMEPORT_NETWORK__INTERFACE": "127.0.0.1",
        "HOMEPORT_ADAPTERS__HOMEMATIC__HOSTS": '["127.0.77.31:2001"]',
    }
    command = [sys.executable, "-m", "cli.main", "serve", "--port", "0", "--json"]
    begun = time.perf_counter()
    process = subprocess.Popen(
        [*command, "--state", str(state), "--log", "error"],
        stdout=subprocess.PIPE,
        env=environment,
        text=True,
    )
    try:
        assert process.stdout is not None
        url = json.loads(process.stdout.readline())["url"]
        with urllib.request.urlopen(f"{url}/healthz", timeout=5) as answer:
            answer.read()
        took = time.perf_counter() - begun
        time.sleep(idle)
        return took, _resident(process.pid)
    finally:
        process.terminate()
        process.wait(20)


def _resident(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    (kilobytes,) = [line.split()[1] for line in lines if line.startswith("VmRSS")]
    return int(kilobytes) / 1024
