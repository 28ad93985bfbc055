"""How a simulated UPnP device is found: answers to M-SEARCH, and ssdp:alive and ssdp:byebye.

Follows the UPnP Device Architecture 1.0, chapter 1. A device listens on the group's port beside
others (SO_REUSEADDR) and speaks from a socket of its own address, because seekers take a device's
address from where the answer came from. On loopback the group is joined on 127.0.0.1, whatever
the device's address in 127.0.0.0/8. Answers go out at once, not spread over the seeker's MX.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import socket
import sys
from collections.abc import Mapping

GROUP, PORT = "239.255.255.250", 1900
HOPS = 4
MAX_AGE = 1800
ANNOUNCE_EVERY = 600.0
LINUX_IP_MULTICAST_ALL = 49


class Beacon(asyncio.DatagramProtocol):
    """Makes one device found under `targets` (search target → USN) from `start` to `stop`."""

    def __init__(
        self, address: str, targets: Mapping[str, str], location: str, extra: Mapping[str, str]
    ) -> None:
        self._address = address
        self._targets = dict(targets)
        self._described = {
            "CACHE-CONTROL": f"max-age = {MAX_AGE}",
            "LOCATION": location,
            **extra,
        }
        self._extra = {name: value for name, value in extra.items() if name != "SERVER"}
        self._listener: asyncio.DatagramTransport | None = None
        self._voice: socket.socket | None = None
        self._reminder: asyncio.TimerHandle | None = None

    async def start(self) -> None:
        """Listens, and says that the device is there."""
        self._voice = open_voice(self._address)
        try:
            listener = open_ear(self._address)
        except OSError:
            self.silence()
            raise
        loop = asyncio.get_running_loop()
        self._listener, _ = await loop.create_datagram_endpoint(lambda: self, sock=listener)
        self._announce()

    def stop(self) -> None:
        """Takes leave, and is silent."""
        for target, usn in self._targets.items():
            self._notify(target, usn, "ssdp:byebye", self._extra)
        self.silence()

    def silence(self) -> None:
        """Is no longer heard and no longer hears; idempotent."""
        if self._reminder is not None:
            self._reminder.cancel()
        if self._listener is not None:
            self._listener.close()
        if self._voice is not None:
            self._voice.close()
        self._reminder = self._listener = self._voice = None

    def datagram_received(self, data: bytes, address: tuple[str | int, ...]) -> None:
        """Answers a search for one of the targets, or for all."""
        request = read_headers(data)
        if request is None or "ssdp:discover" not in request.get("MAN", ""):
            return
        wanted = request.get("ST", "")
        for target, usn in self._targets.items():
            if wanted in (target, "ssdp:all"):
                answer = {**self._described, "EXT": "", "ST": target, "USN": usn}
                self._send(write_message("HTTP/1.1 200 OK", answer), address)

    def error_received(self, error: Exception) -> None:
        """A seeker that is gone before its answer arrives is nobody's fault."""

    def _announce(self) -> None:
        for target, usn in self._targets.items():
            self._notify(target, usn, "ssdp:alive", self._described)
        loop = asyncio.get_running_loop()
        self._reminder = loop.call_later(ANNOUNCE_EVERY, self._announce)

    def _notify(self, target: str, usn: str, kind: str, rest: Mapping[str, str]) -> None:
        headers = {"HOST": f"{GROUP}:{PORT}", "NT": target, "NTS": kind, "USN": usn, **rest}
        self._send(write_message("NOTIFY * HTTP/1.1", headers), (GROUP, PORT))

    def _send(self, message: bytes, to: tuple[str | int, ...]) -> None:
        # A link that is down loses datagrams; it does not keep a player from shutting down.
        with contextlib.suppress(OSError):
            if self._voice is not None:
                self._voice.sendto(message, to)


def interface_of(address: str) -> str:
    """The address of the interface that `address` lies on."""
    return "127.0.0.1" if ipaddress.ip_address(address).is_loopback else address


def open_voice(address: str) -> socket.socket:
    """A socket that speaks as `address`, to one peer or to the group."""
    voice = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    voice.setblocking(False)
    interface = socket.inet_aton(interface_of(address))
    voice.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, interface)
    voice.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, HOPS)
    try:
        voice.bind((address, 0))
    except OSError:
        voice.close()
        raise
    return voice


def open_ear(address: str) -> socket.socket:
    """A socket that hears the group on the interface of `address`, beside other listeners."""
    ear = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    ear.setblocking(False)
    ear.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        if sys.platform == "linux":
            ear.setsockopt(socket.IPPROTO_IP, LINUX_IP_MULTICAST_ALL, 0)
        else:
            ear.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        ear.bind((GROUP, PORT))
        membership = socket.inet_aton(GROUP) + socket.inet_aton(interface_of(address))
        ear.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, membership)
    except OSError:
        ear.close()
        raise
    return ear


def read_headers(data: bytes) -> dict[str, str] | None:
    """The headers of an M-SEARCH by upper-case name, or None for any other message."""
    lines = data.decode("utf-8", "replace").splitlines()
    if not lines or not lines[0].startswith("M-SEARCH * "):
        return None
    pairs = (line.partition(":") for line in lines[1:])
    return {name.strip().upper(): value.strip() for name, _, value in pairs}


def write_message(first: str, headers: Mapping[str, str]) -> bytes:
    """An SSDP message."""
    lines = [first, *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode()
