"""The Gecko adapter before a spa that others simulate: geckolib's own simulator, on a real LAN.

It runs as a process of its own, and so does the home that finds it by a broadcast. Its snapshot is
written here: a pack inXM with configuration 9 and log 9, of which a few places have a value.
"""

import asyncio
import json
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from simulators.lan import Lan
from tests.contract.gecko_peer import SPA

REASON = Lan.available()
pytestmark = [
    pytest.mark.skipif(REASON is not None, reason=f"no network namespaces: {REASON}"),
    pytest.mark.skipif(find_spec("geckolib") is None, reason="geckolib is not installed"),
]
ROOT = Path(__file__).parents[2]

SIMULATOR = """
import asyncio, sys
from geckolib.utils.simulator import GeckoSimulator

async def run():
    spa = GeckoSimulator()
    spa.do_load(sys.argv[1])
    await spa.do_start("")
    print("listening", flush=True)
    await asyncio.Event().wait()

asyncio.run(run())
"""
PLACES = {
    15: (36 * 18).to_bytes(2, "big"),  # the target; above freezing, in tenths of a degree F
    93: bytes((1, 2, 3)),  # outputs: both windings of pump 1, the fast one of pump 2
    98: bytes((10,)),  # a blower
    102: bytes((14, 15)),  # the heater and the light
    265: (35 * 18).to_bytes(2, "big"),  # the water
    269: bytes((0b0010_0000,)),  # it is cleaning
    270: bytes((0b1000_0000,)),  # it heats
    272: (36 * 18).to_bytes(2, "big"),
    321: bytes((6,)),  # inXM
}


def write_snapshot(path: Path) -> Path:
    """Write what the simulator loads: versions, and the memory in hexadecimal."""
    memory = bytearray(1024)
    for place, data in PLACES.items():
        memory[place : place + len(data)] = data
    lines = [
        "Snapshot (ours)",
        "Spa pack inXM 186 v3.0",
        "intouch version EN 88 v15.0",
        "intouch version CO 89 v11.0",
        "Config version 9",
        "Log version 9",
        str([hex(byte) for byte in memory]),
    ]
    path.write_text("".join(f"INFO {line}\n" for line in lines))
    return path


def run(folder: Path) -> tuple[dict[str, Any], list[str]]:
    """Return what the home tells, and what the simulator has logged."""
    snapshot = write_snapshot(folder / "ours.snapshot")
    with Lan() as lan:
        spa = lan.run("home", [sys.executable, "-u", "-c", SIMULATOR, str(snapshot)])
        assert spa.stdout is not None
        assert spa.stdout.readline() == b"listening\n"
        home = [sys.executable, "-m", "tests.contract.gecko_peer", str(folder / "home")]
        client = lan.run("gateway", home, {"PYTHONPATH": str(ROOT)})
        said, _ = client.communicate(timeout=60)
        assert client.returncode == 0, said.decode()
        spa.terminate()
        logged, _ = spa.communicate(timeout=10)
    return json.loads(said), logged.decode().splitlines()


async def test_a_spa_that_others_simulate_is_found_read_and_told_no_more_than_is_safe(
    tmp_path: Path,
) -> None:
    told, logged = await asyncio.to_thread(run, tmp_path)
    states = told["states"]
    assert states[SPA]["water"] == {
        "body": "spa",
        "temperature": 35,
        "target_temperature": 36,
        "heat": True,
        "heating": True,
    }
    assert states[f"{SPA}-filter"]["select"] == {"option": "cleaning"}
    assert states[f"{SPA}-p1"]["fan"] == states[f"{SPA}-bl"]["fan"] == {"on": False}
    # It takes note of what it is told and does not do it, so that nothing shows afterwards.
    refused, unseen = {"refused", "invalid_arguments"}, ["unverified"] * 3
    assert set(told["outcomes"][:2]) <= refused
    assert told["outcomes"][2:] == unseen
    assert sorted(line for line in logged if "et a value" in line or "Key press" in line) == [
        "Key press 6",
        "Set a value (15 = b'\\x02\\xa3')",
        "Set a value (275 = b'@\\x00')",
    ]
