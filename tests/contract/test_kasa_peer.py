"""The Kasa adapter before plugs that others simulate: npm's tplink-smarthome-simulator.

It is found in the folder that HOMEPORT_NODE_TOOLS names, by default `.node` beside this project:
`npm install --prefix .node tplink-smarthome-simulator@5.0.1`.
"""

import asyncio
import json
import os
import shutil
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.adapter import Sighting
from simulators.faults import FaultProxy
from simulators.kasa_protocol import LENGTH, decrypt, encrypt, read_json
from tests.contract.kasa import PORT, KasaCase
from tests.contract.running import Running, at_work, started

TOOLS = Path(os.environ.get("HOMEPORT_NODE_TOOLS") or Path(__file__).parents[2] / ".node")
PACKAGE = TOOLS / "node_modules" / "tplink-smarthome-simulator"
MODELS = {"hs100": "127.0.74.91", "hs110": "127.0.74.92"}
BEHIND = "127.0.74.93"

# It ends with its standard input, so that nothing is left behind.
SCRIPT = """
const {Device} = require('tplink-smarthome-simulator');
const devices = Object.entries(JSON.parse(process.argv[1])).map(([model, address], i) =>
  new Device({address, port: 9999, model, responseDelay: 0,
    data: {alias: model, mac: `50:c7:bf:8f:58:0${i}`, deviceId: `A${i}`}}));
process.stdin.on('end', () => process.exit()).resume();
Promise.all(devices.map((device) => device.start())).then(() => console.log('listening'));
"""

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="needs several addresses on loopback"),
    pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed"),
    pytest.mark.skipif(not PACKAGE.is_dir(), reason=f"{PACKAGE.name} is not in {TOOLS}"),
]


class PeerCase(KasaCase):
    """Two plugs of the peer's; before the second stands a proxy."""

    ids = frozenset({"kasa-50c7bf8f5800", "kasa-50c7bf8f5801"})
    falls = frozenset({"kasa-50c7bf8f5801"})

    def __init__(self) -> None:
        super().__init__()
        self.proxies = (FaultProxy((BEHIND, PORT), (MODELS["hs110"], PORT)),)

    async def start(self) -> None:
        self.node = await asyncio.create_subprocess_exec(
            "node",
            "-e",
            SCRIPT,
            json.dumps(MODELS),
            cwd=TOOLS,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        assert self.node.stdout is not None
        async with asyncio.timeout(20):
            assert await self.node.stdout.readline() == b"listening\n"

    async def stop(self) -> None:
        assert self.node.stdin is not None
        self.node.stdin.close()
        async with asyncio.timeout(10):
            await self.node.wait()

    def sightings(self) -> list[Sighting]:
        places = (MODELS["hs100"], BEHIND)
        return [Sighting("configured", address, PORT, "kasa") for address in places]


async def relays() -> set[bool]:
    """What the plugs themselves say, asked without the adapter and its library."""
    found = set()
    for address in MODELS.values():
        reader, writer = await asyncio.open_connection(address, PORT)
        question = encrypt(b'{"system":{"get_sysinfo":{}}}')
        writer.write(LENGTH.pack(len(question)) + question)
        (length,) = LENGTH.unpack(await reader.readexactly(LENGTH.size))
        answer = read_json(decrypt(await reader.readexactly(length)))
        found.add(answer["system"]["get_sysinfo"]["relay_state"] == 1)
        writer.close()
        await writer.wait_closed()
    return found


@pytest.fixture
async def peers(tmp_path: Path) -> AsyncIterator[Running]:
    async with (
        started(case := PeerCase(), proxied=True),
        at_work(case, tmp_path / "home") as running,
    ):
        await running.until(lambda: running.online(*case.ids))
        yield running


async def test_plugs_that_others_simulate_are_found_and_switched(peers: Running) -> None:
    assert {entry.name: entry.kinds for entry in peers.registry} == {
        "hs100": ("switch",),
        "hs110": ("switch", "energy"),
    }
    await peers.session.call("set_switch", {"targets": "all", "on": False})
    for on in (True, False):
        answer = await peers.session.call("set_switch", {"targets": "all", "on": on})
        assert answer["counts"] == {"done": 2}
        assert await relays() == {on}


async def test_answers_of_a_peer_that_break_off_are_survived(peers: Running) -> None:
    await peers.case.wire(lambda proxy: proxy.truncated(10))
    await peers.until(lambda: peers.offline() == peers.case.falls)
    await peers.case.wire(FaultProxy.pass_through)
    await peers.until(lambda: peers.found(*peers.case.ids))
