"""One interface of a Homematic central, held by pyhomematic 0.1.78 and kept within bounds.

The library receives what the central tells and knows its devices; we ask and write by ourselves,
because it lets one call through at a time, waits for ever, swallows errors and shares what it
knows between centrals. It is never given the login: what it is given it would hand to anybody on
the network who calls for it. The calls are those of eQ-3's "HomeMatic XML-RPC-Schnittstelle".
"""

import asyncio
import base64
import logging
import secrets
import xmlrpc.client
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, Protocol

from adapters.homematic_wire import FAILURE, Line, typed
from gateway import errors

ASK_WITHIN, READ_WITHIN, WRITE_WITHIN = 3.0, 5.0, 7.0
SUBSCRIBE_WITHIN, LEAVE_WITHIN = 8.0, 2.0
PONG_WITHIN, FIRST_PONG_WITHIN = 5.0, 10.0
HEAR_WITHIN = 3.0
READERS, WRITERS = 3, 4
"""At most so many at once, so that what is out of reach by radio holds nothing else."""
PORTS = 10

REMOTE = "ccu"
ENCODING = "ISO-8859-1"
TOLD = (
    "deleteDevices",
    "error",
    "event",
    "listDevices",
    "newDevices",
    "readdedDevice",
    "replaceDevice",
    "updateDevice",
)


class Hearer(Protocol):
    """Who is told, in the event loop, what the central tells."""

    def heard(self, address: str, key: str, value: Any) -> None:
        """Take note of a value of a channel."""

    def came(self, devices: list[Any]) -> None:
        """Take note of all devices that the central has: the library's, with their channels."""

    def went(self, addresses: list[str]) -> None:
        """Take note that the central has these no more."""


class _Ears:
    """What the central may call: it knows our secret name, and nobody else does."""

    def __init__(self, functions: Any, interface: str) -> None:
        self._functions, self._interface = functions, interface

    def _listMethods(self) -> list[str]:
        return list(TOLD)

    def _dispatch(self, method: str, arguments: Iterable[Any]) -> Any:
        given = list(arguments)
        if method not in TOLD or given[:1] != [self._interface]:
            raise xmlrpc.client.Fault(FAILURE, "unknown method name")
        return getattr(self._functions, method)(*given)


class _Nobody:
    """Stands where the library looks for the device of an event that is the central's own."""

    def event(self, interface_id: str, key: str, value: Any) -> None:
        """Take no note."""


def _say_nothing(*_: Any) -> None:
    """Whoever calls here and breaks off is no news for the terminal."""


class Central:
    """One connection to one interface; `login` is a user and a password.

    `callback` is the address that the central is told to call, where it is not the one that we
    have, and the first port to listen on, 0 for any.
    """

    def __init__(
        self,
        host: str,
        port: int,
        login: tuple[str, str] | None,
        callback: tuple[str | None, int],
        hearer: Hearer,
    ) -> None:
        self.host, self.port = host, port
        self.name = f"{host}:{port}"
        self._headers: list[tuple[str, str]] = []
        if login:
            token = base64.b64encode(":".join(login).encode()).decode()
            self._headers.append(("Authorization", f"Basic {token}"))
        self._callback, self._hearer = callback, hearer
        self._pool = ThreadPoolExecutor(READERS + WRITERS + 1, thread_name_prefix="homematic")
        self._reading, self._writing = asyncio.Semaphore(READERS), asyncio.Semaphore(WRITERS)
        self._loop = asyncio.get_running_loop()
        self._pong = asyncio.Event()
        self._lines: set[Line] = set()
        self._server: Any = None
        self._interface = self._told = ""
        self._closed = False

    async def open(self) -> None:
        """Have the central tell of its devices and of every change from now on.

        Raises NeedsSetup where it refuses the login.
        """
        await self._ask(ASK_WITHIN, "getVersion")
        await self._loop.run_in_executor(self._pool, self._subscribe)
        await self.check(FIRST_PONG_WITHIN)

    async def check(self, within: float = PONG_WITHIN) -> None:
        """Raise a GatewayError unless the central answers and what it tells arrives here."""
        self._pong.clear()
        await self._ask(ASK_WITHIN, "ping", self._interface)
        try:
            async with asyncio.timeout(within):
                await self._pong.wait()
        except TimeoutError:
            raise errors.Unreachable(
                f"{self.name} answers, but its news do not arrive here: let it connect to "
                f"{self._told}, or set callback_address and callback_port"
            ) from None

    async def read(self, method: str, *arguments: Any) -> Any:
        """Return what the central answers to a question; raise a GatewayError where it does not."""
        async with self._reading:
            return await self._ask(READ_WITHIN, method, *arguments)

    async def write(self, address: str, values: dict[str, Any]) -> None:
        """Set values of a channel; return when the device has taken them.

        Raises TimedOut where that is not known.
        """
        call: tuple[Any, ...] = ("putParamset", address, "VALUES", values)
        if len(values) == 1:
            ((key, value),) = values.items()
            call = ("setValue", address, key, value)
        async with self._writing:
            await self._ask(WRITE_WITHIN, *call, silence=errors.TimedOut)

    async def aclose(self) -> None:
        """Take the subscription back and leave no thread and no socket."""
        if self._told:
            with suppress(errors.GatewayError):
                await self._ask(LEAVE_WITHIN, "init", self._told)
        self._closed = True
        for line in list(self._lines):
            line.cut()
        await asyncio.to_thread(self._end)

    async def _ask(
        self,
        within: float,
        method: str,
        *arguments: Any,
        silence: type[errors.GatewayError] = errors.Unreachable,
    ) -> Any:
        if self._closed:
            raise errors.Unreachable(f"{self.name} does not answer")
        with typed(self.name, silence=silence):
            # the line's own bound starts anew with every byte
            async with asyncio.timeout(within + 0.5):
                return await self._loop.run_in_executor(
                    self._pool, self._call, within, method, arguments
                )

    def _call(self, within: float, method: str, arguments: tuple[Any, ...]) -> Any:
        line = Line(within, self._headers)
        proxy = xmlrpc.client.ServerProxy(f"http://{self.name}", line, encoding=ENCODING)
        self._lines.add(line)
        try:
            return getattr(proxy, method)(*arguments)
        finally:
            line.close()
            self._lines.discard(line)

    def _subscribe(self) -> None:
        self._server = server = self._listen()
        (proxy,) = server.proxies.values()
        line = proxy._ServerProxy__transport = Line(SUBSCRIBE_WITHIN, self._headers)
        address, port = self._callback[0] or server._local, server._localport
        proxy._callbackip, proxy._callbackport = address, port
        server.start()
        self._lines.add(line)
        self._told = f"http://{address}:{port}"
        server.proxyInit()
        self._lines.discard(line)
        line.close()
        if server.failed_inits:
            self._told = ""
            raise errors.Unreachable(f"{self.name} takes no subscription")

    def _listen(self) -> Any:
        """Return the library's server, bound and contained, not yet started."""
        from pyhomematic import _hm

        # It says the same at every attempt; what is worth saying the core says once.
        logging.getLogger("pyhomematic").setLevel(logging.CRITICAL + 1)
        server = self._bound(_hm.ServerThread)
        server.daemon, server.name = True, f"homematic {self.name}"
        functions, (self._interface,) = server._rpcfunctions, server.proxies
        for store in ("devices", "devices_all", "_devices_raw_dict", "_paramsets"):
            setattr(functions, store, {REMOTE: {}})
        functions._devices_raw = {REMOTE: []}
        functions.devices_all[REMOTE] |= dict.fromkeys(("CENTRAL", "CENTRAL:0"), _Nobody())
        server.server.register_instance(_Ears(functions, self._interface))
        bounds = {"timeout": HEAR_WITHIN, "log_message": _say_nothing}
        server.server.RequestHandlerClass = type("Bounded", (_hm.RequestHandler,), bounds)
        server.server.handle_error = _say_nothing
        return server

    def _bound(self, server: Any) -> Any:
        from gateway.network import address_towards  # what that imports starts a process

        address, first = address_towards(self.host), self._callback[1]
        for port in range(first, first + PORTS) if first else (0,):
            with suppress(OSError):
                return server(
                    local=address,
                    localport=port,
                    remotes={REMOTE: {"ip": self.host, "port": self.port}},
                    interface_id=f"homeport{secrets.token_hex(8)}",
                    eventcallback=self._event,
                    systemcallback=self._system,
                )
        raise errors.Unreachable(f"no port from {first} on is free for what {self.name} tells")

    def _event(self, interface_id: str, address: str, value_key: str, value: Any) -> None:
        """Run by the library, in its thread."""
        if value_key == "PONG":
            self._loop.call_soon_threadsafe(self._pong.set)
        else:
            self._pass_on(self._hearer.heard, address, value_key, value)

    def _system(self, source: str, *details: Any) -> None:
        """Run by the library, in its thread."""
        functions = self._server._rpcfunctions
        if source == "newDevices":
            self._pass_on(self._hearer.came, list(functions.devices[REMOTE].values()))
        elif source == "deleteDevice":
            for address in details[1]:
                functions.devices[REMOTE].pop(address, None)
                functions.devices_all[REMOTE].pop(address, None)
            self._pass_on(self._hearer.went, list(details[1]))

    def _pass_on(self, method: Any, *arguments: Any) -> None:
        def tell() -> None:
            if not self._closed:
                method(*arguments)

        self._loop.call_soon_threadsafe(tell)

    def _end(self) -> None:
        self._pool.shutdown(cancel_futures=True)
        server = self._server
        if server is None:
            return
        if server.ident is None:
            server.server.server_close()
            return
        server.failed_inits.append(self._interface)  # its own way to leave could last for ever
        server.stop()
        server.join()
