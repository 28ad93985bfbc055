"""One secure connection to a HomeKit accessory, by aiohomekit's own, and what its failures mean.

Only the library's connection is used: it neither searches nor comes back by itself, as both are
the core's, and what it raises while bytes arrive ends the connection instead of the loop's
handler of errors. Numbers of errors are those of HAP R2, table 6-11.
"""

import asyncio
import json
import secrets
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

from gateway import errors

OPEN_WITHIN = 5.0
READ_WITHIN = 3.0
WRITE_WITHIN = 5.0
"""A bridge may have to wake what stands behind it."""
LIST_WITHIN = 8.0
CLOSED_WITHIN = 1.0
TIMED_MS = 5000
OUT_OF_REACH, BUSY, TIMED_OUT = -70402, -70403, -70408
NOT_AUTHORISED = 470
MEANINGLESS = (RuntimeError, ValueError, LookupError, TypeError, AttributeError)

Heard = Callable[[Any], None]
Value = TypeVar("Value")


class Forgotten(errors.NeedsSetup):
    """The accessory does not know us."""


class Stranger(errors.Unreachable):
    """Another accessory answers than the one that we were paired with."""


class Guard(asyncio.Protocol):
    """Stands between a transport and the library's protocol, and tells when it is over."""

    def __init__(
        self, inner: asyncio.Protocol, transport: asyncio.Transport, over: Callable[[], None]
    ) -> None:
        from aiohomekit.exceptions import HttpException

        self._inner, self._transport, self._over = inner, transport, over
        self._nonsense = (HttpException, *MEANINGLESS)

    def data_received(self, data: bytes) -> None:
        try:
            self._inner.data_received(data)
        except self._nonsense:
            self._transport.abort()

    def eof_received(self) -> bool | None:
        return self._inner.eof_received()

    def connection_lost(self, error: Exception | None) -> None:
        self._inner.connection_lost(error)
        self._over()


class Line:
    """A connection of the library's with a guard; without `keys` it is not secure.

    It is what the library calls the connection's owner.
    """

    description = None

    def __init__(
        self,
        address: str,
        port: int,
        keys: Mapping[str, str] | None = None,
        heard: Heard | None = None,
    ) -> None:
        from aiohomekit.controller.ip import connection as theirs

        self.name = f"the accessory at {address}"
        self.lost = asyncio.Event()
        self._heard = heard
        self._transport: asyncio.Transport | None = None
        owner: Any = self
        if keys is None:
            self.wire: Any = theirs.HomeKitConnection(owner, [address], port)
        else:
            data = {**keys, "AccessoryIP": address, "AccessoryPort": port}
            self.wire = theirs.SecureHomeKitConnection(owner, data)
        self.wire.closing = True  # what is lost stays lost
        # The library leaves out what it does not expect, such as why a reset accessory says no.
        post = self.wire.post_tlv
        self.wire.post_tlv = lambda target, body, expected=None: post(target, body)

    async def open(self) -> None:
        """Connect; the library's own way would go on for ever and log what we raise."""
        with typed(self.name):
            async with asyncio.timeout(OPEN_WITHIN):
                await self.wire._connect_once()

    async def connection_made(self, secure: bool) -> None:
        """The library's call, once as soon as there is a connection and once when it is secure."""
        self._transport = self.wire.transport
        self._transport.set_protocol(Guard(self.wire.protocol, self._transport, self.lost.set))

    def event_received(self, event: Any) -> None:
        """The library's call for what an accessory tells by itself."""
        if self._heard is not None:
            self._heard(event)

    async def aclose(self) -> None:
        """Hang up."""
        await self.wire.close()
        if self._transport is not None:
            self._transport.abort()
            with suppress(TimeoutError):
                async with asyncio.timeout(CLOSED_WITHIN):
                    await self.lost.wait()


class Session(Line):
    """A secure line: one request at a time, each of which outlives a caller who gives up."""

    def __init__(self, address: str, port: int, keys: Mapping[str, str], heard: Heard) -> None:
        super().__init__(address, port, keys, heard)
        self._asking = asyncio.Lock()
        self._work: set[asyncio.Task[Any]] = set()

    async def kept(self, work: Coroutine[Any, Any, Value]) -> Value:
        """Return what `work` returns; a caller who is cancelled does not break it off.

        A request that is broken off would take the connection with it.
        """
        task = asyncio.create_task(work)
        self._work.add(task)
        task.add_done_callback(self._done)
        return await asyncio.shield(task)

    async def get(self, target: str, within: float = READ_WITHIN) -> Any:
        """Return the JSON at `target`."""
        return await self._exchange("GET", target, None, within, errors.Unreachable)

    async def put(self, rows: Sequence[Mapping[str, Any]], *, timed: bool = False) -> Any:
        """Write characteristics; return what the accessory says of those that have failed.

        What opens doors may have to be announced, so that nobody can hold the order back and give
        it later (HAP R2, 6.7.2.4).
        """
        body: dict[str, Any] = {"characteristics": rows}
        if timed:
            body["pid"] = secrets.randbits(48)
            order = {"ttl": TIMED_MS, "pid": body["pid"]}
            told = await self._exchange("PUT", "/prepare", order, READ_WITHIN, errors.Unreachable)
            if isinstance(told, dict) and told.get("status"):
                raise refused(self.name, told["status"])
        return await self._exchange("PUT", "/characteristics", body, WRITE_WITHIN, errors.TimedOut)

    async def aclose(self) -> None:
        await super().aclose()
        await asyncio.gather(*self._work, return_exceptions=True)

    async def _exchange(
        self, method: str, target: str, body: Any, within: float, silence: type[errors.GatewayError]
    ) -> Any:
        from aiohomekit.exceptions import HttpErrorResponse

        sent = None if body is None else json.dumps(body, separators=(",", ":")).encode()
        headers = [
            ("Content-Length", str(len(sent or b""))),
            ("Content-Type", "application/hap+json"),
        ]
        async with self._asking:
            if self.lost.is_set():
                raise errors.Unreachable(f"{self.name} has hung up")
            with typed(self.name, silence=silence):
                try:
                    async with asyncio.timeout(within):
                        answer = await self.wire.request(
                            method, target, headers if sent else None, sent
                        )
                except HttpErrorResponse as refusal:
                    answer = refusal.response
        return _read(self.name, answer)

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._work.discard(task)
        if not task.cancelled():
            task.exception()


def _read(who: str, answer: Any) -> Any:
    if answer.code == NOT_AUTHORISED:
        raise errors.Unreachable(f"{who} has forgotten the connection")
    body = bytes(answer.body)
    if answer.code == 204 or (not body and answer.code == 200):
        return {}
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        raise errors.AdapterFault(f"{who} answers nonsense (HTTP {answer.code})") from None
    if answer.code not in (200, 207) and not _rows(told):
        raise refused(who, told.get("status", answer.code) if isinstance(told, dict) else None)
    return told


def _rows(told: Any) -> bool:
    return isinstance(told, dict) and isinstance(told.get("characteristics"), list)


def refused(who: str, status: Any) -> errors.GatewayError:
    """Return the error that an accessory's status means."""
    if status == OUT_OF_REACH:
        return errors.Unreachable(f"{who} cannot be reached by its bridge")
    if status == TIMED_OUT:
        return errors.TimedOut(f"{who} has not answered its bridge")
    if status == BUSY:
        return errors.DeviceRefused(f"{who} is busy")
    return errors.DeviceRefused(f"{who} refuses that (error {status})")


@contextmanager
def typed(who: str, *, silence: type[errors.GatewayError] = errors.Unreachable) -> Iterator[None]:
    """Turn what goes wrong on a line into errors of ours; `silence` says what no answer means."""
    from aiohomekit import exceptions as theirs
    from aiohomekit.protocol.tlv import TlvParseException

    try:
        yield
    except (theirs.AuthenticationError, theirs.InvalidSignatureError):
        raise Forgotten(f"{who} no longer knows homeport") from None
    except theirs.IncorrectPairingIdError:
        raise Stranger(f"another accessory answers as {who}") from None
    except (TimeoutError, OSError, theirs.AccessoryDisconnectedError):
        raise silence(f"{who} does not answer") from None
    except (theirs.HomeKitException, theirs.HttpException, TlvParseException, *MEANINGLESS):
        raise errors.AdapterFault(f"{who} answers nonsense") from None
