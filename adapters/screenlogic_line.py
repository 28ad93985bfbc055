"""One connection to a ScreenLogic protocol adapter, on the requests of screenlogicpy 0.10.

The library's own gateway sends a request up to four times and connects again by itself; here each
is sent once over a connection that is made once, and the core decides about retries. A request
is a task of its own, because the library takes the cancelling of whoever waits for an answer.
"""

import asyncio
import random
import struct
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

from gateway import errors
from gateway.adapter import Sighting

PORT, PROBE_PORT = 80, 1444
QUESTION = bytes([1, *bytes(7)])
ANSWER = struct.Struct("<I4BH2B")
ANSWERED = 2
ASK_WITHIN = 1.0
STATUS_CHANGED, CHEMISTRY_CHANGED = 12500, 12505
CLIENTS = (32767, 65535)
PUMPS, FIRST_PUMP, INTELLICHEM = 8, 0x10, 0x8000
NONSENSE = (struct.error, LookupError, ValueError, TypeError, AttributeError)

Request = Callable[..., Awaitable[Any]]


class Line:
    """A connection; `data` is what the library has read from it, `on_news` is told of news.

    Every wait ends with a GatewayError when the connection does.
    """

    def __init__(self, host: str, port: int) -> None:
        self.host, self.port, self.mac = host, port, ""
        self.name = f"the pool controller at {host}"
        self.data: dict[str, Any] = {}
        self.on_news: Callable[[], None] = lambda: None
        self._protocol: Any = None
        self._asking = asyncio.Lock()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._ended = asyncio.Event()
        self._fault: type[errors.GatewayError] = errors.Unreachable

    async def open(self) -> None:
        """Connect, log in, learn how the pool is built, and have changes told."""
        from screenlogicpy import requests
        from screenlogicpy.requests import login

        with typed(self.name):
            transport, self._protocol = await login.async_create_connection(
                self.host, self.port, self._ended.set
            )
        self.mac = await self.ask(_greeted(transport), data=False)
        await self.ask(_logged_in, data=False)
        await self.ask(requests.async_request_gateway_version)
        await self.update()
        for code, decode in ((STATUS_CHANGED, _status()), (CHEMISTRY_CHANGED, _chemistry())):
            self._protocol.register_async_message_callback(code, self._told, decode)
        await self.ask(requests.async_request_add_client, random.randint(*CLIENTS), data=False)

    async def aclose(self) -> None:
        """Hang up; whoever waits for an answer is told."""
        if self._protocol is not None:
            self._protocol.transport.abort()
            await self._ended.wait()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def ask(
        self,
        request: Request,
        *arguments: Any,
        data: bool = True,
        silence: type[errors.GatewayError] = errors.Unreachable,
    ) -> Any:
        """Return the library's answer to one of its requests, which is sent once, if at all.

        `data` says whether it keeps what is answered; `silence` what no answer means.
        """
        await self._asking.acquire()
        if self._protocol is None or not self._protocol.is_connected:
            self._asking.release()
            raise self._gone()
        kept = (self.data,) if data else ()
        task = asyncio.ensure_future(request(self._protocol, *kept, *arguments, max_retries=0))
        self._tasks.add(task)
        task.add_done_callback(self._asked)
        await asyncio.wait({task})
        with typed(self.name, silence=silence):
            return task.result()

    async def tell(self, request: Request, *numbers: int) -> None:
        """Send a command once, and look what became of it."""
        await self.ask(request, *numbers, data=False, silence=errors.TimedOut)
        try:
            await self.status()
        except errors.GatewayError as error:
            raise errors.TimedOut(f"{error.detail}; it may have obeyed") from error

    async def update(self) -> None:
        """Ask for everything."""
        await self.config()
        await self.status()
        await self.details()

    async def config(self) -> None:
        """Ask how the pool is built, and in which unit its controller counts."""
        from screenlogicpy import requests

        await self.ask(requests.async_request_pool_config)

    async def status(self) -> None:
        """Ask how things stand."""
        from screenlogicpy import requests

        await self.ask(requests.async_request_pool_status)
        self._spread()

    async def details(self) -> None:
        """Ask the pumps and the chemistry controller, where there are any."""
        from screenlogicpy import requests

        for number in self.pumps():
            await self.ask(requests.async_request_pump_status, number)
        if self.equipment() & INTELLICHEM:
            await self.ask(requests.async_request_chemistry)
        self._spread()

    async def ended(self, within: float) -> None:
        """Raise a GatewayError when the connection ends; return where it lasts so long."""
        try:
            async with asyncio.timeout(within):
                await self._ended.wait()
        except TimeoutError:
            return
        raise self._gone()

    def equipment(self) -> int:
        """Return the bits that say what the controller has."""
        return int(self.data["controller"]["equipment"]["flags"])

    def pumps(self) -> list[int]:
        """Return the numbers of the pumps that tell of themselves."""
        has = self.equipment()
        return [number for number in range(PUMPS) if has & FIRST_PUMP << number]

    async def _told(self, message: bytes, decode: Callable[[bytes, Any], Any]) -> None:
        try:
            decode(message, self.data)
        except NONSENSE:
            self._lose()
        else:
            self._spread()

    def _spread(self) -> None:
        try:
            self.on_news()
        except NONSENSE:
            self._lose()

    def _gone(self) -> errors.GatewayError:
        what = "answers nonsense" if self._fault is errors.AdapterFault else "has hung up"
        return self._fault(f"{self.name} {what}")

    def _lose(self) -> None:
        self._fault = errors.AdapterFault
        self._protocol.transport.abort()

    def _asked(self, task: asyncio.Task[Any]) -> None:
        self._asking.release()
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()  # whoever asked may have gone


def port_told(sighting: Sighting) -> int | None:
    """Return the port in the answer to a broadcast; None where it is no such answer."""
    try:
        said = bytes.fromhex(sighting.facts.get("payload", ""))
        kind, *_, port, _, _ = ANSWER.unpack_from(said)
    except (ValueError, struct.error):
        return None
    return int(port) if kind == ANSWERED else None


async def port_of(sighting: Sighting) -> int:
    """Return where a controller is to be connected; one known by its address alone is asked."""
    if sighting.source == "broadcast":
        return port_told(sighting) or PORT
    if sighting.port not in (0, PROBE_PORT):
        return sighting.port
    loop = asyncio.get_running_loop()
    heard: asyncio.Future[bytes] = loop.create_future()
    try:
        ear, _ = await loop.create_datagram_endpoint(
            lambda: _Ear(heard), remote_addr=(sighting.address, PROBE_PORT)
        )
    except OSError:
        return PORT
    try:
        ear.sendto(QUESTION)
        async with asyncio.timeout(ASK_WITHIN):
            facts = {"payload": (await heard).hex()}
    except TimeoutError:
        return PORT
    finally:
        ear.abort()
    said = Sighting("broadcast", sighting.address, PROBE_PORT, sighting.what, facts)
    return port_told(said) or PORT


class _Ear(asyncio.DatagramProtocol):
    """Hears one answer."""

    def __init__(self, heard: "asyncio.Future[bytes]") -> None:
        self._heard = heard

    def datagram_received(self, data: bytes, addr: object) -> None:
        if not self._heard.done():
            self._heard.set_result(data)


@contextmanager
def typed(name: str, *, silence: type[errors.GatewayError] = errors.Unreachable) -> Iterator[None]:
    """Turn what the library raises into an error of ours; `silence` says what no answer means."""
    from screenlogicpy.const import common

    try:
        yield
    except common.ScreenLogicConnectionError as error:
        raise silence(f"{name} does not answer") from error
    except (common.ScreenLogicRequestError, common.ScreenLogicLoginError) as error:
        raise errors.DeviceRefused(f"{name} refuses that") from error
    except (common.ScreenLogicException, *NONSENSE) as error:
        raise errors.AdapterFault(f"{name} answers nonsense") from error
    except OSError as error:
        raise silence(f"{name} does not answer") from error


def _greeted(transport: asyncio.Transport) -> Request:
    from screenlogicpy.requests import login

    def greet(protocol: Any, max_retries: int) -> Any:
        return login.async_gateway_connect(transport, protocol, max_retries)

    return greet


async def _logged_in(protocol: Any, max_retries: int) -> None:
    from screenlogicpy.requests import login

    await login.async_gateway_login(protocol, max_retries)


def _status() -> Callable[[bytes, Any], Any]:
    from screenlogicpy.requests.status import decode_pool_status

    decode: Callable[[bytes, Any], Any] = decode_pool_status
    return decode


def _chemistry() -> Callable[[bytes, Any], Any]:
    from screenlogicpy.requests.chemistry import decode_chemistry

    decode: Callable[[bytes, Any], Any] = decode_chemistry
    return decode
