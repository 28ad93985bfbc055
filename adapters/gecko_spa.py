"""One Gecko spa on the wire, by geckolib 0.4.20.

Of the library are used its packets, its tables of packs and its picture of the spa's memory, but
none of its loops and writes: those repeat a key press up to ten times, which would turn a blower on
and off again, say nothing of what was never sent, and set the pace of all spas at once.
"""

import asyncio
import logging
import struct
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import TYPE_CHECKING, Any

from adapters.gecko_greeting import Who
from gateway import errors

if TYPE_CHECKING:
    from geckolib import GeckoAsyncFacade, GeckoAsyncSpa

CONNECT_WITHIN, LOOK_WITHIN = 25.0, 8.0
TURN_WITHIN, ANSWER_WITHIN, SHOWN_WITHIN = 3.0, 3.0, 1.0
LOOK_EVERY = 120.0
LOOPS = ("Ping loop", "Refresh loop", "Facade update")
ONCE = 1
UNWATCHED = ("TempNotValid", "MinSetpointG", "MaxSetpointG")
"""What the library's facade does not tell of."""
NONSENSE = (LookupError, TypeError, ValueError, AttributeError, AssertionError, struct.error)


class Tasks:
    """What the library runs in the background; `failed` is told of the first that breaks."""

    def __init__(self, who: Who, failed: Callable[[BaseException], None]) -> None:
        self.unique_id, self.spa_name = who.mac, who.name
        self._failed = failed
        self._tasks: set[asyncio.Task[None]] = set()

    def add_task(self, coroutine: Coroutine[Any, Any, None], name_: str, key_: str) -> None:
        """Run it, as the library asks, unless it is one of its loops."""
        if name_ in LOOPS:
            coroutine.close()
            return
        task = asyncio.create_task(coroutine, name=f"{key_}:{name_}")
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def cancel_key_tasks(self, key_: str) -> None:
        """Cancel those of a group, as the library asks."""
        for task in self._tasks:
            if task.get_name().startswith(f"{key_}:"):
                task.cancel()

    async def aclose(self) -> None:
        """End them all."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._failed(error)


class Connection:
    """One spa, connected; one packet at a time is under way. `changed` is told of its news."""

    def __init__(
        self, who: Who, at: tuple[str, int], client: bytes, changed: Callable[[], None]
    ) -> None:
        self.who, self.host = who, at[0]
        self.facade: GeckoAsyncFacade
        self._at, self._client, self._changed = at, client, changed
        self._tasks = Tasks(who, self._broken)
        self._spa: GeckoAsyncSpa = None
        self._turn = asyncio.Lock()
        self._woken = asyncio.Event()
        self._failure: BaseException | None = None
        self._radio_lost = self._unsure = self._closed = False
        self._look_at = 0.0

    async def open(self) -> None:
        """Learn what the spa is and has; raise GatewayError where that fails."""
        from geckolib import (
            GeckoAsyncFacade,
            GeckoAsyncSpa,
            GeckoAsyncSpaDescriptor,
            GeckoAsyncStructure,
        )

        # It says the same at every attempt; what is worth saying the core says once.
        logging.getLogger("geckolib").setLevel(logging.CRITICAL + 1)
        found = GeckoAsyncSpaDescriptor(self.who.identity, self.who.name, self._at)
        spa = self._spa = GeckoAsyncSpa(self._client, found, self._tasks, self._event)
        spa.struct = GeckoAsyncStructure(None, self._write)
        with self.typed(errors.Unreachable):
            async with asyncio.timeout(CONNECT_WITHIN):
                await spa.connect()
            if not spa.is_connected:
                raise errors.AdapterFault(f"{self.host} has a pack that geckolib does not know")
            self.facade = GeckoAsyncFacade(spa, self._tasks)
        self.facade.watch(self._news)
        for tag in UNWATCHED:
            if tag in spa.accessors:
                spa.accessors[tag].watch(self._news)
        self._looked()

    async def aclose(self) -> None:
        """Hang up."""
        self._closed = True
        await self._tasks.aclose()
        if self._spa is not None:
            await self._spa.disconnect()

    def value(self, tag: str) -> Any:
        """Return what the spa's memory holds under a name, None where its pack has no such."""
        accessor = self._spa.accessors.get(tag)
        return None if accessor is None else accessor.value

    @property
    def wired(self) -> set[Any]:
        """What the pack's outputs lead to: P1H, P1L, BLO, …"""
        return {self.value(tag) for tag in self._spa.struct.all_outputs}

    @property
    def model(self) -> str:
        """What kind of pack it has."""
        return str(self._spa.pack_class.name)

    async def keep(self, poll: float) -> None:
        """Return at news, or after `poll` seconds if it answers; raise GatewayError if not."""
        try:
            async with asyncio.timeout(poll):
                await self._woken.wait()
        except TimeoutError:
            await self._check()
        self._woken.clear()
        if self._failure is not None:
            raise errors.AdapterFault(f"{self.host} answers nonsense") from self._failure
        if self._radio_lost:
            await self.look()

    async def _check(self) -> None:
        if asyncio.get_running_loop().time() >= self._look_at:
            await self.look()
            return
        try:
            await self._ping()
        except errors.Unreachable:
            await self._ping()

    async def _ping(self) -> None:
        from geckolib import GeckoPingProtocolHandler

        async with self._turn:
            with self.typed(errors.Unreachable):
                await self._ask(lambda: GeckoPingProtocolHandler.request(parms=self._spa.sendparms))

    async def look(self) -> None:
        """Read the spa's whole memory; raise Unreachable where it does not answer."""
        async with self._turn:
            await self._look()

    async def _look(self) -> None:
        from geckolib import GeckoStatusBlockProtocolHandler

        # Always all of it: late segments of another range could not be told from these.
        def ask() -> Any:
            return GeckoStatusBlockProtocolHandler.full_request(
                self._protocol.get_and_increment_sequence_counter(False), parms=self._spa.sendparms
            )

        with self.typed(errors.Unreachable):
            async with asyncio.timeout(LOOK_WITHIN):
                if not await self._spa.struct.get(self._protocol, ask):
                    raise TimeoutError
        self._looked()

    def _looked(self) -> None:
        self._radio_lost = self._unsure = False
        self._look_at = asyncio.get_running_loop().time() + LOOK_EVERY

    async def set(self, tag: str, value: Any) -> None:
        """Set what stands under a name; raise TimedOut where the spa does not take note of it."""
        async with self._writing():
            accessor = self._spa.accessors[tag]
            async with self._showing(accessor):
                await accessor.async_set_value(value)

    async def press(self, key: int, tag: str, wanted: Any) -> None:
        """Press a key, once, unless what it toggles is as wanted."""
        from geckolib import GeckoPackCommandProtocolHandler

        def command() -> Any:
            number = self._protocol.get_and_increment_sequence_counter(True)
            return GeckoPackCommandProtocolHandler.keypress(
                number, self._spa.pack_type, key, parms=self._spa.sendparms
            )

        async with self._writing():
            accessor = self._spa.accessors[tag]
            if accessor.value != wanted:
                async with self._showing(accessor):
                    await self._ask(command)

    async def _write(self, position: int, length: int, value: int) -> None:
        from geckolib import GeckoPackCommandProtocolHandler

        spa = self._spa
        await self._ask(
            lambda: GeckoPackCommandProtocolHandler.set_value(
                self._protocol.get_and_increment_sequence_counter(True),
                *(spa.pack_type, spa.config_version, spa.log_version),
                *(position, length, value),
                parms=spa.sendparms,
            )
        )

    async def _ask(self, packet: Callable[[], Any]) -> None:
        async with asyncio.timeout(ANSWER_WITHIN):
            if await self._protocol.get(packet, None, ONCE) is None:
                raise TimeoutError

    @property
    def _protocol(self) -> Any:
        protocol = self._spa._protocol  # the library shows no other way to send a packet once
        if self._closed or protocol is None:
            raise errors.Unreachable(f"{self.host} does not answer")
        return protocol

    @asynccontextmanager
    async def _writing(self) -> AsyncIterator[None]:
        """Hold the turn, with the memory as it is: a write sends the neighbours' bits as well."""
        try:
            async with asyncio.timeout(TURN_WITHIN):
                await self._turn.acquire()
        except TimeoutError:
            raise errors.Unreachable(f"{self.host} is slow to answer others") from None
        try:
            if self._unsure:
                await self._look()
            with self.typed(errors.TimedOut):
                yield
        finally:
            self._turn.release()

    @asynccontextmanager
    async def _showing(self, accessor: Any) -> AsyncIterator[None]:
        """After what is done inside, wait a little until the memory shows it; note if not."""
        shown = asyncio.Event()
        before, self._unsure = accessor.value, True

        def note(*_: object) -> None:
            shown.set()

        accessor.watch(note)
        try:
            yield
            with suppress(TimeoutError):
                async with asyncio.timeout(SHOWN_WITHIN):
                    await shown.wait()
            self._unsure = accessor.value == before
        finally:
            accessor.unwatch(note)

    @contextmanager
    def typed(self, silence: type[errors.GatewayError]) -> Iterator[None]:
        """Turn what the library raises into an error of ours; `silence` says what none means."""
        try:
            yield
        except TimeoutError as error:
            what = "its transmitter does not reach the spa" if self._radio_lost else "no answer"
            raise silence(f"{self.host} does not answer: {what}") from error
        except OSError as error:
            raise errors.Unreachable(f"{self.host} does not answer") from error
        except NONSENSE as error:
            raise errors.AdapterFault(f"{self.host} answers nonsense") from error

    async def _event(self, event: Any, **_: Any) -> None:
        if event.name == "ERROR_RF_ERROR":
            self._radio_lost = True
            self._woken.set()

    def _news(self, *_: object) -> None:
        self._changed()
        self._woken.set()

    def _broken(self, error: BaseException) -> None:
        self._failure = error
        self._woken.set()
