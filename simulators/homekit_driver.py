"""HAP-python's driver and mDNS as the simulator uses them: in memory, and closed clean."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any

from pyhap.accessory import Bridge
from pyhap.accessory_driver import AccessoryDriver
from zeroconf import IPVersion
from zeroconf.asyncio import AsyncZeroconf


class Driver(AccessoryDriver):  # type: ignore[misc]
    """HAP-python's, without its file: what it would keep there stays in memory."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.leaving: set[Any] = set()
        """The clients whose connections are being closed."""
        self.left = asyncio.Event()
        self.prepared = 0
        """How many timed writes were announced."""

    def connection_lost(self, client: Any) -> None:
        """HAP-python's call when a connection is closed."""
        super().connection_lost(client)
        self.leaving.discard(client)
        if not self.leaving:
            self.left.set()

    def prepare(self, *about: Any) -> Any:
        """HAP-python's call when a timed write is announced."""
        self.prepared += 1
        return super().prepare(*about)

    def persist(self) -> None:
        """Nothing is written."""

    def async_persist(self) -> None:
        """Nothing is written."""


class Announcer(AsyncZeroconf):
    """mDNS that says goodbye to the end before it closes, and then nothing more."""

    def __init__(self, interface: str) -> None:
        super().__init__(interfaces=[interface], ip_version=IPVersion.V4Only)
        self._said: list[asyncio.Future[Any]] = []

    async def async_register_service(self, *about: Any, **more: Any) -> Awaitable[Any]:
        return self._kept(await super().async_register_service(*about, **more))

    async def async_update_service(self, *about: Any) -> Awaitable[Any]:
        return self._kept(await super().async_update_service(*about))

    async def async_unregister_service(self, *about: Any) -> Awaitable[Any]:
        for said in self._said:
            said.cancel()
        return self._kept(await super().async_unregister_service(*about))

    async def async_close(self) -> None:
        await asyncio.gather(*self._said, return_exceptions=True)
        await super().async_close()

    def _kept(self, saying: Awaitable[Any]) -> Awaitable[Any]:
        said = asyncio.ensure_future(saying)
        self._said.append(said)
        return said


class Quiet:
    """An accessory that does not print its code."""

    def setup_message(self) -> None:
        """Nothing is printed."""


class QuietBridge(Quiet, Bridge):  # type: ignore[misc]
    """A bridge."""
