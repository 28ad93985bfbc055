"""Bluetooth of this machine's own system, by bleak 3: BlueZ, and what others have."""

import asyncio
from typing import TYPE_CHECKING, Any

from adapters.treadmill_bluetooth import (
    CONNECT_WITHIN,
    FITNESS_MACHINE,
    HANG_UP_WITHIN,
    Told,
    short_uuid,
    typed,
)
from adapters.treadmill_ftms import advertises_treadmill
from adapters.treadmill_link import ANSWER_WITHIN, Gatt, Heard
from gateway.errors import DeviceRefused, GatewayError, TimedOut, Unreachable

if TYPE_CHECKING:
    from bleak import BleakClient
    from bleak.backends.characteristic import BleakGATTCharacteristic
    from bleak.backends.client import BaseBleakClient
    from bleak.backends.device import BLEDevice

SCAN_FOR = 4.0


class BleakRadio:
    """bleak, with a `backend` for its clients where the system's own is not meant."""

    def __init__(self, backend: "type[BaseBleakClient] | None" = None) -> None:
        self._backend = backend
        self._devices: dict[str, BLEDevice] = {}

    async def scan(self, told: Told) -> None:
        from bleak import BleakScanner
        from bleak.exc import BleakError

        with typed("the system", (BleakError,)):
            found = await BleakScanner.discover(
                SCAN_FOR, return_adv=True, service_uuids=[FITNESS_MACHINE]
            )
        for address, (device, advertised) in found.items():
            data = advertised.service_data.get(FITNESS_MACHINE, b"")
            listed = data or FITNESS_MACHINE in advertised.service_uuids
            if listed and advertises_treadmill(data):
                self._devices[address] = device
                told(address, advertised.local_name or device.name or "")

    async def connect(self, address: str) -> Gatt:
        from bleak import BleakClient
        from bleak.exc import BleakError

        gone = asyncio.Event()
        client = BleakClient(
            self._devices.get(address, address),
            disconnected_callback=lambda _: gone.set(),
            timeout=CONNECT_WITHIN,
            backend=self._backend,
        )
        gatt = BleakGatt(address, client, gone)
        try:
            with typed(address, (BleakError,)):
                async with asyncio.timeout(CONNECT_WITHIN):
                    await client.connect()
        except (GatewayError, asyncio.CancelledError):
            await gatt.aclose()
            raise
        return gatt

    async def aclose(self) -> None:
        self._devices.clear()


class BleakGatt:
    """A connection of bleak's."""

    def __init__(self, where: str, client: "BleakClient", gone: asyncio.Event) -> None:
        self.where, self.gone = where, gone
        self._client = client

    async def characteristics(self) -> frozenset[int]:
        return frozenset(self._found())

    async def read(self, which: int) -> bytes:
        characteristic = self._known(which)
        return bytes(await self._speak(self._client.read_gatt_char(characteristic)))

    async def write(self, which: int, value: bytes) -> None:
        writing = self._client.write_gatt_char(self._known(which), value, response=True)
        await self._speak(writing, TimedOut)

    async def subscribe(self, which: int, heard: Heard) -> None:
        def take(_: "BleakGATTCharacteristic", value: bytearray) -> None:
            heard(bytes(value))

        await self._speak(self._client.start_notify(self._known(which), take))

    async def aclose(self) -> None:
        from bleak.exc import BleakError

        try:
            async with asyncio.timeout(HANG_UP_WITHIN):
                await self._client.disconnect()
        except (BleakError, OSError, EOFError):
            return  # it is gone already, or the system will find out
        finally:
            self.gone.set()

    async def _speak(self, call: Any, silence: type[GatewayError] = Unreachable) -> Any:
        from bleak.exc import BleakError, BleakGATTProtocolError

        with typed(self.where, (BleakError,), (BleakGATTProtocolError,), silence):
            async with asyncio.timeout(ANSWER_WITHIN):
                return await call

    def _found(self) -> dict[int, "BleakGATTCharacteristic"]:
        from bleak.exc import BleakError

        with typed(self.where, (BleakError,)):
            every = list(self._client.services.characteristics.values())
        numbered = ((short_uuid(one.uuid), one) for one in reversed(every))
        return {number: one for number, one in numbered if number is not None}

    def _known(self, which: int) -> "BleakGATTCharacteristic":
        found = self._found().get(which)
        if found is None:
            raise DeviceRefused(f"{self.where} has no such characteristic")
        return found
