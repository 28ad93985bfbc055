"""A Homematic central (CCU): one XML-RPC interface process with a house's devices on its radio.

The peer is pydevccu 0.1.8 (see `homematic_radio`). Added is what it lacks: a mains plug, a login,
`ping`, clients that are told after the call that caused the news and never make anybody wait, and
news in one `system.multicall`, as in the log of ioBroker.hm-rpc issue 20.

Known limits of the peer: one device of each type; a fault for every write to an enumeration of a
Homematic IP device; `getServiceMessages` always names the same unknown device. A real CCU serves
Homematic IP from a second process: `Ccu(port=2010, devices={"HmIP-eTRV-2": "Bathroom radiator"})`.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import http.client
import queue
import socket
import threading
import xmlrpc.client
from collections.abc import Callable, Iterator, Mapping
from socketserver import ThreadingMixIn
from typing import Any
from xml.parsers.expat import ExpatError
from xmlrpc.server import SimpleXMLRPCRequestHandler, SimpleXMLRPCServer

from simulators.homematic_radio import Event, Radio, Value
from simulators.mains import Mains

PATIENCE = 3.0
POLL = 0.02
UNANSWERED = (OSError, http.client.HTTPException, xmlrpc.client.Error, ExpatError)
HOUSE = {
    "HM-LC-Sw1-Pl": "Fountain",
    "HM-LC-Dim1T-Pl": "Reading lamp",
    "HM-LC-Bl1-FM": "Bedroom blind",
    "HM-CC-RT-DN": "Study radiator",
    "HmIP-eTRV-2": "Bathroom radiator",
    "HM-Sec-SCo": "Kitchen window",
    "HM-Sec-MDIR-2": "Stairs motion",
    "HM-PB-2-WM55": "Hall push-button",
}


class Patient(xmlrpc.client.Transport):
    """HTTP that gives up after PATIENCE seconds, which xmlrpc.client by itself never does."""

    def make_connection(self, host: Any) -> http.client.HTTPConnection:
        connection = super().make_connection(host)
        connection.timeout = PATIENCE
        return connection


class Clients:
    """Who asked for news, and the one thread that tells them, in order.

    Like pydevccu, it drops a client that cannot be reached; a fault in its answer is no reason to.
    """

    def __init__(self, devices: list[dict[str, Any]]) -> None:
        self._devices = devices
        self._known: dict[str, tuple[str, xmlrpc.client.ServerProxy]] = {}
        self._jobs: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._teller: threading.Thread | None = None

    def open(self) -> None:
        """Start telling."""
        self._jobs = queue.SimpleQueue()
        self._teller = threading.Thread(target=self._work, args=(self._jobs,), name="ccu-news")
        self._teller.daemon = True
        self._teller.start()

    def close(self) -> None:
        """Forget every client, as a central without power does."""
        self._known.clear()
        self._jobs.put(None)
        if self._teller:
            self._teller.join()
            self._teller = None

    def init(self, url: str, interface: str = "") -> str:
        """The XML-RPC call: without an interface it takes the subscriptions of that URL back."""
        for name, (known, _) in list(self._known.items()):
            if known == url and not interface:
                self._known.pop(name, None)
        if interface:
            client = xmlrpc.client.ServerProxy(url, Patient(), "ISO-8859-1")
            self._known[interface] = url, client
            self._jobs.put(lambda: self._introduce(interface, client))
        return ""

    def subscribed(self, interface: str) -> bool:
        """The XML-RPC call `clientServerInitialized`."""
        return interface in self._known

    def tell(self, events: list[Event]) -> None:
        """Have every client told, soon."""
        self._jobs.put(lambda: self._announce(events))

    def _work(self, jobs: queue.SimpleQueue[Callable[[], None] | None]) -> None:
        while job := jobs.get():
            job()

    def _introduce(self, interface: str, client: Any) -> None:
        with self._listening(interface, client):
            known = {device["ADDRESS"] for device in client.listDevices(interface)}
            here = {device["ADDRESS"] for device in self._devices}
            if here - known:
                new = [device for device in self._devices if device["ADDRESS"] not in known]
                client.newDevices(interface, new)
            if known - here:
                client.deleteDevices(interface, sorted(known - here))

    def _announce(self, events: list[Event]) -> None:
        for interface, (_, client) in list(self._known.items()):
            batch = xmlrpc.client.MultiCall(client)
            for event in events:
                batch.event(interface, *event)
            with self._listening(interface, client):
                batch()

    @contextlib.contextmanager
    def _listening(self, interface: str, client: Any) -> Iterator[None]:
        try:
            yield
        except xmlrpc.client.Fault:
            return
        except UNANSWERED:
            if self._known.get(interface, ("", None))[1] is client:
                self._known.pop(interface, None)
        finally:
            client("close")()


class Handler(SimpleXMLRPCRequestHandler):
    """One request; 401 without the login that the server asks for."""

    rpc_paths = ("/", "/RPC2")
    timeout = PATIENCE
    server: Server

    def do_POST(self) -> None:
        if self.server.login in (None, self.headers.get("Authorization")):
            super().do_POST()
            return
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(401)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """A caller that says nothing in time is no news for the terminal."""


class Server(ThreadingMixIn, SimpleXMLRPCServer):
    """The listening side; it hands calls to `answer`, and `sever` cuts those under way."""

    def __init__(
        self, address: tuple[str, int], login: str | None, answer: Callable[..., Any]
    ) -> None:
        super().__init__(
            address, Handler, logRequests=False, allow_none=True, encoding="ISO-8859-1"
        )
        self.register_introspection_functions()
        self.register_multicall_functions()
        self.login = login
        self._answer = answer
        self._lines: set[socket.socket] = set()

    def _dispatch(self, method: str, params: Any) -> Any:
        if method.startswith("system."):
            return super()._dispatch(method, params)
        return self._answer(method, params)

    def process_request(self, request: Any, client_address: Any) -> None:
        self._lines.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._lines.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller that went away or sent no HTTP is its own affair."""

    def sever(self) -> None:
        for line in list(self._lines):
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)


class Ccu(Mains):
    """A central on an address of its own; `devices` maps the types it has to the owner's names.

    `travel` is the seconds its blinds take from closed to open, `login` a user and a password.
    """

    def __init__(
        self,
        address: str = "127.0.77.31",
        port: int = 2001,
        *,
        devices: Mapping[str, str] = HOUSE,
        login: tuple[str, str] | None = None,
        travel: float = 0.5,
    ) -> None:
        self.address = address
        self.port = port
        self._radio = Radio(devices, travel, self._tell)
        self._clients = Clients(self._radio.peer.devices)
        self._login: str | None = None
        if login:
            self._login = f"Basic {base64.b64encode(':'.join(login).encode()).decode()}"
        self._server: Server | None = None
        self._thread: threading.Thread | None = None

    @property
    def received(self) -> list[Event]:
        """Every (address, key, value) that clients wrote, in order, refused ones too."""
        return self._radio.received

    def device(self, kind: str) -> str:
        """The address of the device of that type, such as VCU0000321 for HM-LC-Sw1-Pl."""
        address: str = self._radio.peer.supported_devices[kind]
        return address

    def value(self, address: str, key: str) -> Value:
        """What the device itself knows, such as `value("VCU0000321:1", "STATE")`."""
        return self._radio.value(address, key)

    async def plug_in(self) -> None:
        """Answer calls; OSError when the address is taken."""
        if self._server is None:
            await asyncio.to_thread(self._open)

    async def unplug(self) -> None:
        """Leave no thread and no socket behind; once is as good as twice."""
        if self._server is not None:
            await asyncio.to_thread(self._close)

    async def change_by_hand(self, address: str, key: str, value: Value) -> None:
        """Something happens at the device: a window opens, a battery fades, a knob is turned."""
        self._radio.change(address, key, value)

    async def press(self, address: str, long: bool = False) -> None:
        """Press the button of a channel such as VCU0000164:1."""
        self._radio.press(address, long)

    def _tell(self, events: list[Event]) -> None:
        self._clients.tell(events)

    def _answer(self, method: str, params: tuple[Any, ...]) -> Any:
        if method == "init":
            return self._clients.init(*params)
        if method == "clientServerInitialized":
            return self._clients.subscribed(*params)
        if method == "ping":
            self._tell([("CENTRAL", "PONG", *params)])
            return True
        return self._radio.answer(method, params)

    def _open(self) -> None:
        self._server = Server((self.address, self.port), self._login, self._answer)
        self.port = self._server.server_address[1]
        self._clients.open()
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(POLL,), name="ccu-calls", daemon=True
        )
        self._thread.start()

    def _close(self) -> None:
        server, self._server = self._server, None
        if server is None or self._thread is None:
            return
        server.shutdown()
        server.sever()
        server.server_close()
        self._thread.join()
        self._clients.close()
        self._radio.settle()
