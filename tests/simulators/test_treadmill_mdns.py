"""How the simulated treadmill is found on the LAN, and how it is missed."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from zeroconf import ServiceStateChange
from zeroconf.asyncio import AsyncServiceBrowser, AsyncServiceInfo, AsyncZeroconf

from simulators.treadmill_dircon import SERVICE_TYPE, Treadmill

ADDRESS, NEIGHBOUR = "127.0.78.13", "127.0.78.14"

pytestmark = [
    pytest.mark.timeout(30),
    pytest.mark.skipif(sys.platform != "linux", reason="needs several addresses on loopback"),
]


class Browser:
    """What an mDNS browser on loopback hears."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, str]] = []
        self._changed = asyncio.Event()

    def on_change(
        self, zeroconf: Any, service_type: str, name: str, state_change: ServiceStateChange
    ) -> None:
        self.seen.append((state_change.name, name.removesuffix(f".{SERVICE_TYPE}")))
        self._changed.set()

    async def until(self, change: str, name: str) -> None:
        async with asyncio.timeout(10):
            while (change, name) not in self.seen:
                self._changed.clear()
                await self._changed.wait()


@asynccontextmanager
async def browsing() -> AsyncIterator[tuple[Browser, AsyncZeroconf]]:
    ear = AsyncZeroconf(interfaces=["127.0.0.1"])
    browser = Browser()
    running = AsyncServiceBrowser(ear.zeroconf, SERVICE_TYPE, handlers=[browser.on_change])
    try:
        yield browser, ear
    finally:
        await running.async_cancel()
        await ear.async_close()


async def test_it_is_found_by_its_announcement() -> None:
    made = Treadmill(NEIGHBOUR, name="Gym 4711", port=36867, serial="4711", mac="02-00-00-00-47-11")
    async with browsing() as (browser, ear), made:
        await browser.until("Added", "Gym 4711")
        info = AsyncServiceInfo(SERVICE_TYPE, f"Gym 4711.{SERVICE_TYPE}")
        assert await info.async_request(ear.zeroconf, 3000)
        assert (info.parsed_addresses(), info.port) == ([NEIGHBOUR], 36867)
        assert info.decoded_properties == {
            "serial-number": "4711",
            "mac-address": "02-00-00-00-47-11",
            "ble-service-uuids": "0x1826",
        }


async def test_it_says_goodbye_when_stopped_and_nothing_when_its_power_is_cut() -> None:
    cut, stopped = Treadmill(ADDRESS, name="Gym cut"), Treadmill(NEIGHBOUR, name="Gym stopped")
    async with browsing() as (browser, _), cut, stopped:
        for treadmill in (cut, stopped):
            await browser.until("Added", treadmill.name)
        await cut.unplug()
        await stopped.stop()
        await browser.until("Removed", stopped.name)
        assert ("Removed", cut.name) not in browser.seen
