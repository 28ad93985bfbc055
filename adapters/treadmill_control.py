"""A treadmill's control point: one procedure at a time, each sent once, through one gate."""

import asyncio
from collections.abc import Callable

from adapters import treadmill_ftms as ftms
from adapters.treadmill_ftms import Measured
from adapters.treadmill_link import Gatt
from gateway.errors import DeviceRefused, TimedOut

RESPONSE_WITHIN = 1.25


class Control:
    """Control over one treadmill: asked for when it is needed, and dropped at the first doubt.

    `measured` tells the speed at the moment of a write; the gate judges by it.
    """

    def __init__(self, gatt: Gatt, measured: Callable[[], Measured | None]) -> None:
        self._gatt = gatt
        self._measured = measured
        self._procedure = asyncio.Lock()
        self._waiting: tuple[int, asyncio.Future[int]] | None = None
        self._answers = False
        self.held = False

    async def open(self) -> None:
        """Listen for answers. Some hosts say that none come; then the belt alone shows it."""
        try:
            await self._gatt.subscribe(ftms.CONTROL_POINT, self._on_response)
        except DeviceRefused:
            return
        self._answers = True

    def drop(self) -> None:
        """Control is lost, or not to be relied upon; nothing asks for it again by itself."""
        self.held = False

    async def tell(self, make: Callable[[], bytes]) -> None:
        """Write what `make` makes at that moment, once; return when the machine accepts it.

        Control is asked for before where it is not held. Raises DeviceRefused, TimedOut where it
        may have happened, and what `make` and the gate raise.
        """
        async with self._procedure:
            if not self.held:
                await self._write(ftms.REQUEST_CONTROL)
                self.held = True
            await self._write(make())

    async def halt(self) -> None:
        """Stop the belt with the control that there is; asks for none."""
        async with self._procedure:
            await self._write(ftms.STOP)

    async def _write(self, write: bytes) -> None:
        """The one place where anything is written to a treadmill."""
        allowed = ftms.allowed(write, self._measured())
        answer = asyncio.get_running_loop().create_future()
        self._waiting = (write[0], answer)
        try:
            await self._gatt.write(ftms.CONTROL_POINT, allowed)
            result = await self._answer(answer)
        finally:
            self._waiting = None
        if result == ftms.SUCCESS:
            return
        if result == ftms.NOT_PERMITTED:
            self.drop()
        reason = ftms.RESULTS.get(result, f"result {result}")
        raise DeviceRefused(f"the treadmill refused: {reason}")

    async def _answer(self, answer: asyncio.Future[int]) -> int:
        if not self._answers:
            return ftms.SUCCESS
        try:
            async with asyncio.timeout(RESPONSE_WITHIN):
                return await answer
        except TimeoutError:
            raise TimedOut("the treadmill took the order and gave no answer") from None

    def _on_response(self, data: bytes) -> None:
        said = ftms.response(data)
        if said is None or self._waiting is None:
            return
        operation, answer = self._waiting
        if said[0] == operation and not answer.done():
            answer.set_result(said[1])
