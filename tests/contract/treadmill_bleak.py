"""A backend that lets the real BleakClient speak through a bumble host: no BlueZ, no antenna."""

from typing import Any

from bleak.args import SizedBuffer
from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.backends.client import BaseBleakClient
from bleak.backends.descriptor import BleakGATTDescriptor
from bleak.backends.service import BleakGATTService, BleakGATTServiceCollection
from bleak.exc import BleakError, BleakGATTProtocolError, BleakGATTProtocolErrorCode
from bleak.uuids import normalize_uuid_str
from bumble.att import ATT_Error
from bumble.device import Connection, Device, Peer
from bumble.gatt import Characteristic
from bumble.hci import Address

USES = {
    "read": Characteristic.Properties.READ,
    "write": Characteristic.Properties.WRITE,
    "notify": Characteristic.Properties.NOTIFY,
    "indicate": Characteristic.Properties.INDICATE,
}


def backend_on(host: Device) -> type[BaseBleakClient]:
    """Return a backend whose clients connect by this host."""

    class BleakOverBumble(BaseBleakClient):
        connection: Connection | None = None

        @property
        def name(self) -> str:
            return self.address

        @property
        def mtu_size(self) -> int:
            assert self.connection is not None
            return self.connection.att_mtu

        @property
        def is_connected(self) -> bool:
            return self.connection is not None

        async def connect(self, pair: bool, **options: Any) -> None:
            self.connection = await host.connect(Address(self.address), timeout=5)
            self.connection.on("disconnection", self._lost)
            peer = Peer(self.connection)
            self.services = BleakGATTServiceCollection()
            await peer.discover_services()
            for service in peer.services:
                shown = BleakGATTService(service, service.handle, uuid(service.uuid))
                self.services.add_service(shown)
                for one in await service.discover_characteristics():
                    uses: Any = [name for name, use in USES.items() if one.properties & use]
                    self.services.add_characteristic(
                        BleakGATTCharacteristic(
                            one, one.handle, uuid(one.uuid), uses, lambda: 20, shown
                        )
                    )

        async def disconnect(self) -> None:
            if self.connection is not None:
                await self.connection.disconnect()

        async def pair(self, *arguments: Any, **options: Any) -> None:
            raise BleakError("there is nothing to pair")

        async def unpair(self) -> None:
            raise BleakError("there is nothing to unpair")

        async def read_gatt_char(
            self, characteristic: BleakGATTCharacteristic, *, use_cached: bool = False, **_: Any
        ) -> bytearray:
            return bytearray(await answered(characteristic.obj.read_value()))

        async def read_gatt_descriptor(
            self, descriptor: BleakGATTDescriptor, *, use_cached: bool = False, **_: Any
        ) -> bytearray:
            raise BleakError("no descriptor is read")

        async def write_gatt_char(
            self, characteristic: BleakGATTCharacteristic, data: SizedBuffer, response: bool
        ) -> None:
            value = bytes(data)
            await answered(characteristic.obj.write_value(value, with_response=response))

        async def write_gatt_descriptor(
            self, descriptor: BleakGATTDescriptor, data: SizedBuffer
        ) -> None:
            raise BleakError("no descriptor is written")

        async def start_notify(
            self, characteristic: BleakGATTCharacteristic, callback: Any, **_: Any
        ) -> None:
            def take(value: bytes) -> None:
                callback(bytearray(value))

            await answered(characteristic.obj.subscribe(take))

        async def stop_notify(self, characteristic: BleakGATTCharacteristic) -> None:
            await answered(characteristic.obj.unsubscribe())

        def _lost(self, reason: int) -> None:
            self.connection = None
            if self._disconnected_callback is not None:
                self._disconnected_callback()

    return BleakOverBumble


def uuid(found: Any) -> str:
    return normalize_uuid_str(found.to_hex_str("-"))


async def answered(call: Any) -> Any:
    try:
        return await call
    except ATT_Error as error:
        raise BleakGATTProtocolError(BleakGATTProtocolErrorCode(error.error_code)) from error
