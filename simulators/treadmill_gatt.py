"""The service of a simulated treadmill on a bumble device, and each client of it.

Errors of the control point follow the Fitness Machine Service 1.0 (4.16): a client whose
indications are off has it improperly configured, and one that has not confirmed a response yet has
a procedure in progress.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

from simulators.treadmill_ftms import CHARACTERISTICS, CONTROL, NOTIFIED, READ, SERVICE, Machine

if TYPE_CHECKING:
    from bumble.device import Connection, Device
    from bumble.gatt import Characteristic

INDICATES = 0x02

Served: TypeAlias = Mapping[int, "Characteristic[Any]"]


def serve(device: Device, machine: Machine, guest_of: Callable[[Connection], Guest]) -> Served:
    """Put the service on a device; its characteristics by number."""
    from bumble.att import ATT_Error, ErrorCode
    from bumble.core import UUID
    from bumble.gatt import Characteristic, CharacteristicValue, Service

    def read(number: int, connection: Connection) -> bytes:
        value = machine.read(number)
        if value is None:
            raise ATT_Error(ErrorCode.READ_NOT_PERMITTED)
        return value

    def write(number: int, connection: Connection, value: bytes) -> None:
        if number != CONTROL:
            raise ATT_Error(ErrorCode.WRITE_NOT_PERMITTED)
        guest_of(connection).write(value)

    def uses(number: int) -> Characteristic.Properties:
        known = Characteristic.Properties
        if number == CONTROL:
            return known.WRITE | known.INDICATE
        return known(known.READ * (number in READ) | known.NOTIFY * (number in NOTIFIED))

    served = {
        number: Characteristic(
            UUID.from_16_bits(number),
            uses(number),
            Characteristic.Permissions.READABLE | Characteristic.Permissions.WRITEABLE,
            CharacteristicValue(read=partial(read, number), write=partial(write, number)),
        )
        for number in CHARACTERISTICS
    }
    device.add_service(Service(UUID.from_16_bits(SERVICE), list(served.values())))
    return served


class Guest:
    """A client as long as it is connected."""

    def __init__(
        self, device: Device, connection: Connection, served: Served, machine: Machine
    ) -> None:
        self._device = device
        self._connection = connection
        self._served = served
        self._machine = machine
        self._responding: asyncio.Task[None] | None = None
        self._work: set[asyncio.Task[None]] = set()
        machine.join(self)

    def leave(self) -> None:
        """It is gone; what was on its way to it is lost."""
        self._machine.leave(self)
        for task in self._work:
            task.cancel()

    def notify(self, characteristic: int, value: bytes) -> None:
        """Pass on what it has subscribed to, cut to what its MTU takes."""
        served = self._served[characteristic]
        self._soon(self._device.notify_subscriber(self._connection, served, value))

    def write(self, value: bytes) -> None:
        """Obey, and indicate the response; ATT_Error where the service says so."""
        from bumble.att import ATT_Error, ErrorCode

        if not self._indicated():
            raise ATT_Error(ErrorCode.CCCD_IMPROPERLY_CONFIGURED)
        if self._in_progress():
            raise ATT_Error(ErrorCode.PROCEDURE_ALREADY_IN_PROGRESS)
        if not value:
            raise ATT_Error(ErrorCode.INVALID_ATTRIBUTE_LENGTH)
        self._responding = self._soon(self._respond(self._machine.write(self, value)))

    def _in_progress(self) -> bool:
        if self._responding is None or self._responding.done():
            return False
        # A confirmation has come some turns before whoever waits for it goes on.
        awaited = self._device.gatt_server.pending_confirmations[self._connection]
        return awaited is None or not awaited.done()

    def _indicated(self) -> bool:
        asked = self._device.gatt_server.subscribers.get(self._connection, {})
        return bool(asked.get(self._served[CONTROL].handle, b"\0")[0] & INDICATES)

    async def _respond(self, response: bytes) -> None:
        # A client that never confirms is no business of a belt's.
        with suppress(TimeoutError):
            await self._device.indicate_subscriber(
                self._connection, self._served[CONTROL], response
            )

    def _soon(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._work.add(task)
        task.add_done_callback(self._work.discard)
        return task
