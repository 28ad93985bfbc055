"""A Bluetooth client of the tests' own: a bumble host on a radio, and the bytes that it got."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import pytest
from bumble.core import UUID, AdvertisingData
from bumble.device import Connection, Device, Peer
from bumble.gatt_client import CharacteristicProxy
from bumble.hci import Address
from bumble.transport import open_transport

from tests.simulators.dircon_client import CONTROL, STATUS


class RadioClient:
    """A connection to a treadmill; `notified` has every value that came unasked, in order."""

    def __init__(self, connection: Connection) -> None:
        self.notified: list[tuple[int, bytes]] = []
        self.lost: int | None = None
        """Why the link ended."""
        self.connection = connection
        self._found: dict[int, CharacteristicProxy[Any]] = {}
        self._held: list[Any] = []
        self._peer = Peer(connection)
        self._changed = asyncio.Event()
        connection.on("disconnection", self._ended)

    async def discover(self) -> dict[int, int]:
        """The properties of each characteristic of the service, by number."""
        await self._peer.discover_services([UUID.from_16_bits(0x1826)])
        (service,) = self._peer.get_services_by_uuid(UUID.from_16_bits(0x1826))
        for found in await service.discover_characteristics():
            self._found[int.from_bytes(found.uuid.to_bytes(), "little")] = found
        return {number: int(found.properties) for number, found in self._found.items()}

    def values(self, characteristic: int) -> list[bytes]:
        """What was notified or indicated of one characteristic."""
        return [value for number, value in self.notified if number == characteristic]

    async def read(self, characteristic: int) -> bytes:
        """A characteristic's value."""
        return bytes(await self._found[characteristic].read_value())

    async def subscribe(self, *characteristics: int) -> None:
        """Ask for notifications, and for indications of the control point."""
        for number in characteristics:
            await self._found[number].subscribe(
                partial(self._hear, number),
                prefer_notify=number != CONTROL,
            )

    async def unsubscribe(self, characteristic: int) -> None:
        """Ask for nothing any more."""
        await self._found[characteristic].unsubscribe()

    async def agree_mtu(self, largest: int) -> None:
        """Agree on what fits into one value and three bytes."""
        await self._peer.request_mtu(largest)

    def hold_confirmations(self, patch: pytest.MonkeyPatch) -> None:
        """Leave indications unheard until the patch is undone and `confirm` called."""
        hear = "on_att_handle_value_indication"
        patch.setattr(self._peer.gatt_client, hear, self._held.append)

    def confirm(self) -> None:
        """Hear what was held."""
        for indication in self._held:
            self._peer.gatt_client.on_att_handle_value_indication(indication)

    async def write(self, hexadecimal: str, characteristic: int = CONTROL) -> None:
        """Write with response."""
        value = bytes.fromhex(hexadecimal)
        await self._found[characteristic].write_value(value, with_response=True)

    async def order(self, hexadecimal: str) -> str:
        """Write to the control point and return its response, both in hexadecimal."""
        before = len(self.values(CONTROL))
        await self.write(hexadecimal)
        await self.until(lambda: len(self.values(CONTROL)) > before)
        return self.values(CONTROL)[-1].hex()

    async def next(self, characteristic: int) -> bytes:
        """The next value that is notified of a characteristic."""
        before = len(self.values(characteristic))
        await self.until(lambda: len(self.values(characteristic)) > before)
        return self.values(characteristic)[-1]

    async def told(self, characteristic: int, hexadecimal: str) -> None:
        """Wait until a value has been notified, now or before."""
        value = bytes.fromhex(hexadecimal)
        await self.until(lambda: value in self.values(characteristic))

    async def until(self, condition: Any) -> None:
        """Wait until something that is told makes a condition true."""
        async with asyncio.timeout(5):
            while not condition():
                self._changed.clear()
                await self._changed.wait()

    def _hear(self, number: int, value: Any) -> None:
        self.notified.append((number, bytes(value)))
        self._changed.set()

    def _ended(self, reason: int) -> None:
        self.lost = reason
        self._changed.set()


@asynccontextmanager
async def host_on(radio: str, mac: str = "F5:F4:F3:F2:F1:F0") -> AsyncIterator[Device]:
    """A host with a radio, which is pulled out in the end."""
    transport = await open_transport(radio)
    device = Device.with_hci("client", Address(mac), transport.source, transport.sink)
    try:
        await device.power_on()
        yield device
    finally:
        await device.power_off()
        await transport.close()
        async with asyncio.timeout(3):
            await transport.source.terminated


async def heard(device: Device, mac: str) -> AdvertisingData:
    """What the device of an address advertises."""
    found: asyncio.Future[AdvertisingData] = asyncio.get_running_loop().create_future()

    def on_advertisement(advertisement: Any) -> None:
        if advertisement.address == Address(mac) and not found.done():
            found.set_result(advertisement.data)

    device.on("advertisement", on_advertisement)
    await device.start_scanning(filter_duplicates=False)
    async with asyncio.timeout(5):
        data = await found
    await device.stop_scanning()
    return data


async def connected(device: Device, mac: str) -> RadioClient:
    """A client that has discovered the service and listens to control point and status."""
    async with asyncio.timeout(5):
        client = RadioClient(await device.connect(Address(mac)))
        await client.discover()
        await client.subscribe(CONTROL, STATUS)
    return client
