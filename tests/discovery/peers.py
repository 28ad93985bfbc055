"""What discovery is tested against on loopback: an adapter that only listens, and small devices
that answer broadcasts and SSDP searches."""

import asyncio
import itertools
import socket
import struct
import uuid
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any

from gateway.adapter import Adapter, AdapterSettings, Link, Network, Probe, Sighting
from gateway.discovery import Discovery

LOOPBACK = Network("127.0.0.1", "127.255.255.255")
WITHIN = 10.0
QUICK = 0.2
GROUP, SSDP_PORT = "239.255.255.250", 1900


def unique(prefix: str = "hp") -> str:
    """Return a word that no other test on this machine uses."""
    return f"{prefix}{uuid.uuid4().hex[:8]}"


class Listening(Adapter[AdapterSettings]):
    """An adapter that listens for what it is told to."""

    name = "listening"
    settings_type = AdapterSettings
    library = "pytest"

    async def serve(self, at: Sighting, link: Link) -> None:
        """Serve nothing."""


def adapter(
    *,
    mdns: Sequence[str] = (),
    ssdp: Sequence[str] = (),
    probes: Sequence[Probe] = (),
    hosts: Sequence[str] = (),
    port: int = 0,
    name: str = "listening",
) -> Listening:
    """Return an adapter that listens for these."""
    declared = {
        "name": name,
        "mdns": tuple(mdns),
        "ssdp": tuple(ssdp),
        "probes": tuple(probes),
        "port": port,
    }
    kind: type[Listening] = type("Declared", (Listening,), declared)
    return kind(AdapterSettings(hosts=list(hosts)), LOOPBACK)


class Ear:
    """Hears sightings, and waits for the right one."""

    def __init__(self) -> None:
        self.sightings: list[Sighting] = []
        self._heard = asyncio.Event()

    def __call__(self, sighting: Sighting) -> None:
        self.sightings.append(sighting)
        self._heard.set()

    async def first(self, wanted: Callable[[Sighting], bool]) -> Sighting:
        """Return the first sighting that is wanted, once it is there."""
        return (await self.several(1, wanted))[0]

    async def several(self, count: int, wanted: Callable[[Sighting], bool]) -> list[Sighting]:
        """Return so many sightings that are wanted, once they are there."""
        async with asyncio.timeout(WITHIN):
            while len(found := [one for one in self.sightings if wanted(one)]) < count:
                self._heard.clear()
                await self._heard.wait()
        return found


def named(what: str) -> Callable[[Sighting], bool]:
    """Return a test for sightings of this type, target or probe."""
    return lambda sighting: sighting.what == what


@asynccontextmanager
async def searching(
    adapters: Sequence[Adapter[Any]],
    heard: Callable[[Sighting], None],
    networks: Sequence[Network] = (LOOPBACK,),
    interval: float = QUICK,
    **more: Any,
) -> AsyncIterator[Discovery]:
    """Search until the block ends; the search must still run by then."""
    discovery = Discovery(networks, adapters, heard, interval=interval, **more)
    running = asyncio.create_task(discovery.run())
    try:
        yield discovery
        assert not running.done(), running
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def until(condition: Callable[[], object]) -> None:
    """Wait for a condition that tells nobody when it becomes true."""
    async with asyncio.timeout(WITHIN):
        while not condition():
            await asyncio.sleep(0.01)


def voice(address: str) -> socket.socket:
    """Return a socket that speaks as a device's own address."""
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton("127.0.0.1"))
    made.bind((address, 0))
    return made


class Answering(asyncio.DatagramProtocol):
    """Answers each packet that `answer` knows an answer to, as `address`; deaf to the first."""

    def __init__(
        self, address: str, answer: Callable[[bytes], bytes | None], deaf: int = 0
    ) -> None:
        self.heard: list[bytes] = []
        self.speaker = voice(address)
        self._answer = answer
        self._deaf = deaf

    def datagram_received(self, packet: bytes, sender: tuple[str | Any, int]) -> None:
        answer = self._answer(packet)
        if answer is None:
            return
        self.heard.append(packet)
        if len(self.heard) > self._deaf:
            self.speaker.sendto(answer, sender)

    def connection_lost(self, error: Exception | None) -> None:
        self.speaker.close()


@asynccontextmanager
async def lamp(
    address: str, reply: bytes = b"here", deaf: int = 0, question: bytes = b"who?"
) -> AsyncIterator[tuple[int, Answering]]:
    """A device that answers a broadcast; yields the port where it listens."""
    listening = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    listening.bind(("0.0.0.0", 0))

    def answer(packet: bytes) -> bytes | None:
        return reply if packet == question else None

    transport, protocol = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: Answering(address, answer, deaf), sock=listening
    )
    try:
        yield listening.getsockname()[1], protocol
    finally:
        transport.close()


def group_ear(*, alone: bool = False) -> socket.socket:
    """Return a socket that hears SSDP on loopback, beside others or alone."""
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    if not alone:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.bind(("" if alone else GROUP, SSDP_PORT))
    membership = struct.pack("4s4s", socket.inet_aton(GROUP), socket.inet_aton("127.0.0.1"))
    made.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, membership)
    return made


def reply_to(target: str, more: str = "") -> bytes:
    """Return an answer to an SSDP search."""
    return (
        "HTTP/1.1 200 OK\r\nCACHE-CONTROL: max-age=60\r\nEXT:\r\n"
        "LOCATION: http://203.0.113.9:4321/description.xml\r\n"
        f"SERVER: Test/1 UPnP/1.1 Lamp/2\r\nST: {target}\r\nUSN: uuid:1::{target}\r\n{more}\r\n"
    ).encode()


@asynccontextmanager
async def upnp(
    address: str, target: str, deaf: int = 0, alone: bool = False
) -> AsyncIterator[Answering]:
    """A device that answers SSDP searches for its target."""
    asked = f"\r\nST: {target}\r\n".encode()

    def answer(packet: bytes) -> bytes | None:
        return reply_to(target) if asked in packet else None

    transport, protocol = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: Answering(address, answer, deaf), sock=group_ear(alone=alone)
    )
    try:
        yield protocol
    finally:
        transport.close()


@contextmanager
def announcing(address: str) -> Iterator[Callable[[str, str, str], None]]:
    """A device that announces itself; yields `say(target, nts, more headers)`."""
    with voice(address) as speaker:

        def say(target: str, kind: str, more: str = "") -> None:
            lines = f"NOTIFY * HTTP/1.1\r\nHOST: {GROUP}:1900\r\nNT: {target}\r\nNTS: {kind}\r\n"
            speaker.sendto(f"{lines}{more}\r\n".encode(), (GROUP, SSDP_PORT))

        yield say


ADDRESSES = (f"127.0.91.{last}" for last in itertools.count(11))
