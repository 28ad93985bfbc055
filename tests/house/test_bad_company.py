"""One device that is slow and one that sends garbage neither delay nor hide twenty others."""

import asyncio
import sys
import time
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from adapters.kasa import KasaAdapter, KasaSettings
from gateway.adapter import Network, Sighting
from gateway.links import Links
from simulators.faults import FaultProxy
from simulators.kasa import Plug
from tests.incore import house

GOOD = [f"127.0.79.{number}" for number in range(11, 31)]
SLOW, GARBAGE = "127.0.79.41", "127.0.79.42"
HIDDEN = {SLOW: "127.0.79.51", GARBAGE: "127.0.79.52"}
AT_ONCE = 3.0


@pytest.mark.skipif(sys.platform != "linux", reason="needs several addresses on loopback")
async def test_twenty_plugs_obey_at_once_beside_a_slow_and_a_broken_one(tmp_path: Path) -> None:
    plugs = {address: Plug(address) for address in GOOD}
    behind = {address: Plug(HIDDEN[address]) for address in HIDDEN}
    proxies = {address: FaultProxy((address, 9999), (HIDDEN[address], 9999)) for address in HIDDEN}
    async with AsyncExitStack() as stack:
        for device in (*plugs.values(), *behind.values(), *proxies.values()):
            await device.start()
            stack.push_async_callback(device.stop)
        opened = await stack.enter_async_context(house(tmp_path))
        adapter = KasaAdapter(KasaSettings(), Network("127.0.0.1", "127.255.255.255"))
        links = Links(opened.home.registry, [adapter])
        stack.push_async_callback(links.aclose)
        for address in (*GOOD, *HIDDEN):
            links.heard(Sighting("configured", address, 9999, "kasa"))
        async with asyncio.timeout(20):
            while sum(entry.online for entry in opened.home.registry) < 22:
                await asyncio.sleep(0.02)
        session = await opened.session()
        await proxies[SLOW].delay(10)
        await proxies[GARBAGE].garbage()

        begun = time.perf_counter()
        everybody = asyncio.create_task(session.call("set_switch", {"targets": "all", "on": True}))
        async with asyncio.timeout(AT_ONCE * 2):
            while not all(plug.on for plug in plugs.values()):
                await asyncio.sleep(0.01)
        assert time.perf_counter() - begun < AT_ONCE * 2
        assert not everybody.done()
        (one,) = [entry.id for entry in opened.home.registry if entry.address == GOOD[0]]
        async with asyncio.timeout(AT_ONCE * 2):
            alone = await session.call("set_switch", {"targets": one, "on": False})
        assert alone["counts"] == {"done": 1}
        assert not everybody.done()

        async with asyncio.timeout(30):
            answer = await everybody
        assert answer["counts"]["done"] == 20
        bad = {result["device"]: result["outcome"] for result in answer["results"]}
        assert len(bad) == 2
        assert set(bad.values()) <= {"failed", "unknown"}
