"""One connection to the Wi-Fi module of a Balboa spa, on pybalboa 1.1.

Frames as ccutrer/balboa_worldwide_app, doc/protocol.md, has them. What the library does in the
dark is made visible here: it drops what it cannot send, connects again by itself, and takes a
connection whose other end has hung up for a living one. It also reads a blower's state from the
wrong bits (its issue 38; bits 2 and 3 after issue 9 of balboa_worldwide_app).
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import cache
from typing import TYPE_CHECKING

from gateway import errors

if TYPE_CHECKING:
    from pybalboa import SpaClient, SpaControl

CONNECT_WITHIN, ANSWER_WITHIN, SEEN_WITHIN = 3.0, 2.5, 2.0
QUESTIONS = 3
STATUS, ANSWER = 0x13, 0x23
KIND, BODY = 3, slice(4, -1)
BLOWERS_AT, BLOWERS_FROM = 13, 2
NONSENSE = (LookupError, ValueError, TypeError, ArithmeticError, AssertionError)


class Panel:
    """A spa as its panel shows it; `on_status` is called whenever it says how things stand.

    Every wait ends with a GatewayError when the connection does, and no connection is made twice.
    """

    def __init__(self, host: str, port: int) -> None:
        self.name = f"the spa at {host}"
        self.spa = _client_type()(host, port)
        self.spa.__dict__["panel"] = self
        self.on_status: Callable[[], None] = lambda: None
        self._lock = asyncio.Lock()
        self._news = asyncio.Event()
        self._statuses = self._answers = 0
        self._fault: tuple[type[errors.GatewayError], str] | None = None

    async def open(self) -> None:
        """Connect and learn what the spa has."""
        try:
            async with asyncio.timeout(CONNECT_WITHIN):
                connected = await self.spa.connect()
        except TimeoutError:
            connected = False
        if not connected:
            raise errors.Unreachable(f"{self.name} does not answer")
        for _ in range(QUESTIONS):
            if await self.until(lambda: self.spa.configuration_loaded, ANSWER_WITHIN):
                return
            await self._send(self.spa.request_all_configuration)
        raise errors.Unreachable(f"{self.name} does not say what it has")

    async def aclose(self) -> None:
        """Hang up; whoever waits for the spa is told."""
        self._fail(errors.Unreachable, "is not served any more")
        await self.spa.disconnect()

    async def fresh(self) -> None:
        """Have the spa answer, and then say how things stand."""
        async with self._lock:
            await self._fresh()

    async def turn(self, control: "SpaControl", there: Callable[[int], bool], most: int) -> None:
        """Toggle a control until `there` holds of its state, at most so often.

        Each toggle is sent once, and the next one only when the panel has shown its effect.
        """
        async with self._lock:
            await self._fresh()
            for _ in range(most):
                if there(int(control.state)):
                    return
                await self._toggle(control)
            if not there(int(control.state)):
                raise errors.DeviceRefused(f"{self.name} keeps {control.name} as it is")

    async def warm(self, degrees: Callable[[], float]) -> None:
        """Set the target; `degrees` says it in the panel's present unit."""
        async with self._lock:
            await self._fresh()
            try:
                wanted = degrees()
                await self._send(lambda: self.spa.set_temperature(wanted))
            except (ValueError, OverflowError) as error:
                low, high = self.spa.temperature_minimum, self.spa.temperature_maximum
                detail = f"{self.name} takes {low:g} to {high:g} degrees of its own unit"
                raise errors.DeviceRefused(detail) from error
            await self._shown(lambda: self.spa.target_temperature == wanted)

    async def until(self, condition: Callable[[], bool], within: float) -> bool:
        """Wait until it is so; say whether it became so in time."""
        try:
            async with asyncio.timeout(within):
                while not condition():
                    self._check()
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            return condition()
        return True

    def heard(self, message: bytes) -> None:
        """Take note of a message that the library has read."""
        if message[KIND] == STATUS:
            self._statuses += 1
            for place, blower in enumerate(self.spa.blowers):
                shift = BLOWERS_FROM + 2 * place
                blower.update(message[BODY][BLOWERS_AT] >> shift & 3)
            self.on_status()
        elif message[KIND] == ANSWER:
            self._answers += 1
        self._news.set()

    def changed(self) -> None:
        """Have those who wait look again: a message came, or the connection went."""
        self._news.set()

    def muddled(self) -> None:
        """Take note of a message that cannot be read: nothing that follows can be trusted."""
        self._fail(errors.AdapterFault, "answers nonsense")

    async def _fresh(self) -> None:
        answers = self._answers
        await self._send(self.spa.request_filter_cycle)
        answered = await self.until(lambda: self._answers > answers, ANSWER_WITHIN)
        statuses = self._statuses
        if not answered or not await self.until(lambda: self._statuses > statuses, ANSWER_WITHIN):
            raise errors.Unreachable(f"{self.name} does not answer")

    async def _toggle(self, control: "SpaControl") -> None:
        before = int(control.state)
        # from any state the library reaches the next one in its cycle by one toggle
        following = control.options[(before + 1) % len(control.options)]
        await self._send(lambda: control.set_state(following))
        await self._shown(lambda: int(control.state) != before)

    async def _shown(self, condition: Callable[[], bool]) -> None:
        try:
            shown = await self.until(condition, SEEN_WITHIN)
        except errors.Unreachable as error:
            raise errors.TimedOut(f"{error.detail}; it may have obeyed") from error
        if not shown:
            raise errors.TimedOut(f"{self.name} does not show that it has obeyed")

    async def _send(self, send: Callable[[], Awaitable[object]]) -> None:
        """Send once; the library itself keeps silent about what it could not send."""
        self._check()
        try:
            async with asyncio.timeout(ANSWER_WITHIN):
                await send()
        except TimeoutError:
            raise errors.TimedOut(f"{self.name} does not listen") from None
        if not self.spa.connected:
            raise errors.TimedOut(f"{self.name} hung up while it was told")

    def _check(self) -> None:
        if self._fault is not None:
            kind, detail = self._fault
            raise kind(f"{self.name} {detail}")
        if not self.spa.connected:
            raise errors.Unreachable(f"{self.name} has hung up")

    def _fail(self, kind: type[errors.GatewayError], detail: str) -> None:
        self._fault = self._fault or (kind, detail)
        self._news.set()


@cache
def _client_type() -> "type[SpaClient]":
    from pybalboa import SpaClient

    # what it writes there is said by typed errors, once
    logging.getLogger("pybalboa").setLevel(logging.CRITICAL + 1)

    class Client(SpaClient):
        """The library's client for one connection, of which a panel is told everything."""

        panel: Panel
        tried = False

        @property
        def connected(self) -> bool:
            return super().connected and not (self._reader is not None and self._reader.at_eof())

        async def _connect(self) -> bool:
            if self.tried:
                return False
            self.tried = True
            return await super()._connect()

        async def request_all_configuration(self, wait: bool = False) -> None:
            await super().request_all_configuration(False)

        async def disconnect(self) -> None:
            if self._writer is not None:
                self._writer.transport.abort()
            await super().disconnect()

        def emit(self, event_name: str, *args: object, **kwargs: object) -> None:
            # the library's own listeners are shared by all spas
            self.panel.changed()

        def _process_message(self, data: bytes) -> None:
            try:
                super()._process_message(data)
                self.panel.heard(data)
            except NONSENSE:
                self.panel.muddled()

    return Client
