"""Radios that the bumble library drives itself: by USB, a serial line or TCP."""

import asyncio
import contextlib
from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any, TypeVar

from adapters.treadmill_bluetooth import CONNECT_WITHIN, HANG_UP_WITHIN, Told, typed
from adapters.treadmill_ftms import SERVICE, advertises_treadmill
from adapters.treadmill_link import ANSWER_WITHIN, Gatt, Heard
from gateway.errors import DeviceRefused, GatewayError, TimedOut, Unreachable

if TYPE_CHECKING:
    from bumble.device import Advertisement, Connection, Device, Peer
    from bumble.gatt_client import CharacteristicProxy
    from bumble.hci import Address
    from bumble.transport.common import Transport

SCAN_FOR = 2.0
OPEN_WITHIN = 5.0
MTU = 247
"""So that a record fits into one notification."""
_OURS = "homeport"
_SHORT = 2
"""Bytes of a short UUID."""

Answer = TypeVar("Answer")


class BumbleRadio:
    """The radio behind one of bumble's transports; opened when it is needed first."""

    def __init__(self, transport: str) -> None:
        self._name = transport
        self._transport: Transport | None = None
        self._device: Device | None = None
        self._one_at_a_time = asyncio.Lock()
        self._heard: dict[str, Address] = {}
        self._awaited: set[str] = set()
        self._enough = asyncio.Event()
        """What somebody waits for has been heard: nobody need listen any longer."""

    async def scan(self, told: Told) -> None:
        async with self._one_at_a_time:
            await self._listen(await self._open(), told)

    async def connect(self, address: str) -> Gatt:
        from bumble.core import BaseBumbleError
        from bumble.device import Peer

        self._await(address)
        async with self._one_at_a_time:
            device = await self._open()
            if address not in self._heard:
                await self._listen(device, lambda address, name: None)
            self._awaited.discard(address)
            if address not in self._heard:
                raise Unreachable(f"{address} is not heard by Bluetooth")
            with typed(address, (BaseBumbleError,)):
                whom = self._heard[address]
                connection = await device.connect(whom, timeout=CONNECT_WITHIN / 2)
        gatt = BumbleGatt(address, connection, Peer(connection))
        async with contextlib.AsyncExitStack() as failing:
            failing.push_async_callback(gatt.aclose)
            await gatt.learn()
            failing.pop_all()
        return gatt

    def _await(self, address: str) -> None:
        self._awaited.add(address)
        if address in self._heard:
            self._enough.set()

    async def aclose(self) -> None:
        from bumble.core import BaseBumbleError

        device, self._device = self._device, None
        transport, self._transport = self._transport, None
        if device is not None:
            with contextlib.suppress(BaseBumbleError, OSError):
                async with asyncio.timeout(HANG_UP_WITHIN):
                    await device.power_off()
        if transport is not None:
            await transport.close()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(HANG_UP_WITHIN):
                    await transport.source.terminated

    async def _listen(self, device: "Device", told: Told) -> None:
        from bumble.core import BaseBumbleError

        def hear(advertised: "Advertisement") -> None:
            name = _fitness_machine(advertised)
            if name is not None:
                address = advertised.address.to_string(with_type_qualifier=False)
                self._heard[address] = advertised.address
                told(address, name)
                if address in self._awaited:
                    self._enough.set()

        device.on(device.EVENT_ADVERTISEMENT, hear)
        try:
            with typed(self._name, (BaseBumbleError,)):
                self._enough.clear()
                await device.start_scanning()
                try:
                    with contextlib.suppress(TimeoutError):
                        async with asyncio.timeout(SCAN_FOR):
                            await self._enough.wait()
                finally:
                    await device.stop_scanning()
        finally:
            device.remove_listener(device.EVENT_ADVERTISEMENT, hear)

    async def _open(self) -> "Device":
        from bumble.core import BaseBumbleError
        from bumble.device import Device
        from bumble.hci import Address
        from bumble.transport import open_transport

        if self._transport is not None and self._transport.source.terminated.done():
            await self.aclose()
        if self._device is not None:
            return self._device
        async with contextlib.AsyncExitStack() as failing:
            failing.push_async_callback(self.aclose)
            with typed(self._name, (BaseBumbleError,)):
                async with asyncio.timeout(OPEN_WITHIN):
                    self._transport = await open_transport(self._name)
                    own = Address.generate_static_address()
                    device = Device.with_hci(_OURS, own, *self._transport)
                    await device.power_on()
            failing.pop_all()
        self._device = device
        return device


class BumbleGatt:
    """A connection of bumble's."""

    def __init__(self, where: str, connection: "Connection", peer: "Peer") -> None:
        self.where = where
        self.gone = asyncio.Event()
        self._connection, self._peer = connection, peer
        self._found: dict[int, CharacteristicProxy[bytes]] = {}
        self._asking: set[asyncio.Future[Any]] = set()
        connection.on(connection.EVENT_DISCONNECTION, lambda reason: self.gone.set())

    async def learn(self) -> None:
        """Find out what the device has."""
        await self._speak(self._peer.request_mtu(MTU))
        await self._speak(self._peer.discover_services())
        for service in self._peer.services:
            await self._speak(service.discover_characteristics())
            for one in service.characteristics:
                if len(short := one.uuid.to_bytes()) == _SHORT:
                    self._found.setdefault(int.from_bytes(short, "little"), one)

    async def characteristics(self) -> frozenset[int]:
        return frozenset(self._found)

    async def read(self, which: int) -> bytes:
        return bytes(await self._speak(self._known(which).read_value()))

    async def write(self, which: int, value: bytes) -> None:
        writing = self._known(which).write_value(value, with_response=True)
        await self._speak(writing, TimedOut)

    async def subscribe(self, which: int, heard: Heard) -> None:
        await self._speak(self._known(which).subscribe(heard))

    async def aclose(self) -> None:
        from bumble.core import BaseBumbleError

        try:
            if not self.gone.is_set():
                async with asyncio.timeout(HANG_UP_WITHIN):
                    await self._connection.disconnect()
        except (BaseBumbleError, OSError):
            return  # it is gone already
        finally:
            self.gone.set()
            for asking in (left := list(self._asking)):
                asking.cancel()
            await asyncio.gather(*left, return_exceptions=True)

    async def _speak(
        self, call: Awaitable[Answer], silence: type[GatewayError] = Unreachable
    ) -> Answer:
        from bumble.att import ATT_Error
        from bumble.core import BaseBumbleError, InvalidStateError

        # the library does not bear it that a question is cancelled: its answer may still come
        asking = asyncio.ensure_future(call)
        self._asking.add(asking)
        asking.add_done_callback(self._asking.discard)
        try:
            with typed(self.where, (BaseBumbleError,), (ATT_Error, InvalidStateError), silence):
                async with asyncio.timeout(ANSWER_WITHIN):
                    return await asyncio.shield(asking)
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if not asking.cancelled() or (task is not None and task.cancelling()):
                raise
            # so it gives up on questions when the connection is lost
            raise silence(f"the connection to {self.where} is lost") from None

    def _known(self, which: int) -> "CharacteristicProxy[bytes]":
        if which not in self._found:
            raise DeviceRefused(f"{self.where} has no such characteristic")
        return self._found[which]


def _fitness_machine(advertised: "Advertisement") -> str | None:
    """Return the name of what may be a treadmill by what it advertises; None for all else."""
    from bumble.core import AdvertisingData

    kinds, said = AdvertisingData.Type, advertised.data.ad_structures
    services = (
        kinds.COMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS,
        kinds.INCOMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS,
    )
    wanted = SERVICE.to_bytes(_SHORT, "little")
    listed = b"".join(data for kind, data in said if kind in services)
    in_list = wanted in (listed[at : at + _SHORT] for at in range(0, len(listed), _SHORT))
    of_service = [data for kind, data in said if kind == kinds.SERVICE_DATA_16_BIT_UUID]
    own = next((data[_SHORT:] for data in of_service if data[:_SHORT] == wanted), b"")
    if not (in_list or own) or not advertises_treadmill(own):
        return None
    names = (kinds.COMPLETE_LOCAL_NAME, kinds.SHORTENED_LOCAL_NAME)
    return next((data.decode("utf-8", "replace") for kind, data in said if kind in names), "")
