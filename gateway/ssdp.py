"""SSDP: searches, answers and announcements, as the UPnP Device Architecture 1.1, chapter 1, has
them.

A device is where its packet came from, whatever address its LOCATION claims.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from urllib.parse import urlsplit

from gateway.adapter import Network, Sighting
from gateway.datagrams import Wire, group_listening, join, multicasting
from gateway.problems import Problems, reason

GROUP, PORT = "239.255.255.250", 1900
ALL = "ssdp:all"
ALL_EVERY = 8
MOST_HEADERS, LONGEST_NAME, LONGEST_VALUE = 40, 60, 500
_NO_FACTS = frozenset({"st", "nt", "nts", "host", "date", "ext", "cache-control", "man", "mx"})

Heard = Callable[[Sighting], None]


@dataclass(frozen=True, slots=True)
class Message:
    """What a device said: `what` it is, whether it takes its leave, and its headers in lower
    case."""

    what: str
    leaves: bool
    headers: dict[str, str]

    @property
    def port(self) -> int:
        """The port of LOCATION; 0 where there is none."""
        try:
            url = urlsplit(self.headers.get("location", ""))
            return url.port or {"http": 80, "https": 443}.get(url.scheme, 0)
        except ValueError:
            return 0

    def sighting(self, address: str) -> Sighting:
        """Return the message as evidence of something at the address that it came from."""
        facts = {name: text for name, text in self.headers.items() if name not in _NO_FACTS}
        return Sighting("ssdp", address, self.port, self.what, facts)


def read(packet: bytes) -> Message | None:
    """Return an answer or an announcement; None for anything else, however malformed."""
    first, *lines = packet.decode("utf-8", "replace").replace("\r\n", "\n").split("\n")
    headers: dict[str, str] = {}
    for line in lines[:MOST_HEADERS]:
        name, colon, text = line.partition(":")
        tidy = name.strip().lower()
        if colon and 0 < len(tidy) <= LONGEST_NAME:
            headers.setdefault(tidy, text.strip()[:LONGEST_VALUE])
    match first.split():
        case [version, "200", *_] if version.startswith("HTTP/1."):
            what, said = headers.get("st"), "ssdp:alive"
        case ["NOTIFY", "*", version] if version.startswith("HTTP/1."):
            what, said = headers.get("nt"), headers.get("nts", "").lower()
        case _:
            return None
    if not what or said not in ("ssdp:alive", "ssdp:update", "ssdp:byebye"):
        return None
    return Message(what, said == "ssdp:byebye", headers)


def search_for(target: str) -> bytes:
    """Return the packet that asks who is a `target`; answers come within a second."""
    lines = (
        "M-SEARCH * HTTP/1.1",
        f"HOST: {GROUP}:{PORT}",
        'MAN: "ssdp:discover"',
        "MX: 1",
        f"ST: {target}",
    )
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


class Ssdp:
    """Searches on every LAN, and one listener for what announces itself."""

    name = "SSDP"

    def __init__(
        self,
        networks: Sequence[Network],
        targets: Iterable[str],
        heard: Heard,
        gone: Heard,
        problems: Problems,
    ) -> None:
        self._targets = tuple(dict.fromkeys(targets))
        self._heard = heard
        self._gone = gone
        self._problems = problems
        self._wires = {
            one.interface: Wire(partial(multicasting, one.interface), self._received)
            for one in networks
        }
        self._listener = Wire(partial(group_listening, GROUP, PORT), self._received)

    async def search(self, turn: int) -> None:
        """Ask everywhere for what the adapters want, and now and then for everything."""
        self._listen()
        targets = (*self._targets, ALL) if turn < 3 or turn % ALL_EVERY == 0 else self._targets
        for interface, wire in self._wires.items() if targets else ():
            where = f"SSDP on {interface}"
            try:
                for target in targets:
                    wire.send(search_for(target), (GROUP, PORT))
            except OSError as error:
                self._problems.failed(where, reason(error))
            else:
                self._problems.works(where)

    async def aclose(self) -> None:
        """Close every socket."""
        for wire in (self._listener, *self._wires.values()):
            wire.close()

    def _listen(self) -> None:
        """Open the listener where it is not, and join where an interface has come back."""
        where = f"SSDP announcements on port {PORT}"
        try:
            listening = self._listener.open()
        except OSError as error:
            self._problems.failed(where, reason(error))
            return
        self._problems.works(where)
        for interface in self._wires:
            where = f"SSDP announcements on {interface}"
            try:
                join(listening, GROUP, interface)
            except OSError as error:
                self._problems.failed(where, reason(error))
            else:
                self._problems.works(where)

    def _received(self, packet: bytes, sender: str) -> None:
        message = read(packet)
        if message is not None:
            (self._gone if message.leaves else self._heard)(message.sighting(sender))
