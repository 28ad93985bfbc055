"""UDP sockets of the search: opened when needed, read by the event loop, opened anew after
a failure.

The sockets are plain ones, not asyncio transports: a failing send is known at once and where
it was made, closing takes effect at once, and every event loop behaves the same.
"""

import asyncio
import errno
import socket
import sys
from collections.abc import Callable

LONGEST = 8192
AT_ONCE = 64
HOPS = 2
LINUX_IP_MULTICAST_ALL = 49

Received = Callable[[bytes, str], None]


class Wire:
    """One socket and who is told what arrives there: the packet and its sender's address."""

    def __init__(self, opening: Callable[[], socket.socket], received: Received) -> None:
        self._opening = opening
        self._received = received
        self._socket: socket.socket | None = None

    def open(self) -> socket.socket:
        """Return the socket, open and listened to; raise OSError."""
        if self._socket is None:
            self._socket = self._opening()
            asyncio.get_running_loop().add_reader(self._socket.fileno(), self._read)
        return self._socket

    def send(self, packet: bytes, to: tuple[str, int]) -> None:
        """Send; raise OSError, after which the next call opens another socket."""
        try:
            self.open().sendto(packet, to)
        except OSError:
            self.close()
            raise

    def close(self) -> None:
        """Close the socket; idempotent."""
        if self._socket is not None:
            asyncio.get_running_loop().remove_reader(self._socket.fileno())
            self._socket.close()
            self._socket = None

    def _read(self) -> None:
        for _ in range(AT_ONCE):
            if self._socket is None:
                return
            try:
                packet, sender = self._socket.recvfrom(LONGEST)
            except OSError:  # nothing more to read, or an earlier packet that was refused
                return
            self._received(packet, sender[0])


def broadcasting(interface: str) -> socket.socket:
    """Return a socket that speaks as `interface`, to one host or to all of its LAN."""

    def prepare(made: socket.socket) -> None:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        made.bind((interface, 0))

    return _opened(prepare)


def multicasting(interface: str, port: int = 0) -> socket.socket:
    """Return a socket that speaks as `interface` to groups on its LAN."""

    def prepare(made: socket.socket) -> None:
        made.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(interface))
        made.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, HOPS)
        if port:
            _share(made)
        made.bind((interface, port))

    return _opened(prepare)


def group_listening(group: str, port: int) -> socket.socket:
    """Return a socket that hears a group on the interfaces where it joins it, beside others."""

    def prepare(made: socket.socket) -> None:
        _share(made)
        if sys.platform == "linux":
            made.setsockopt(socket.IPPROTO_IP, LINUX_IP_MULTICAST_ALL, 0)
        made.bind((group, port))

    return _opened(prepare)


def join(listening: socket.socket, group: str, interface: str) -> None:
    """Hear the group on this interface too; having joined before is no error."""
    membership = socket.inet_aton(group) + socket.inet_aton(interface)
    try:
        listening.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, membership)
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise


def _share(made: socket.socket) -> None:
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)


def _opened(prepare: Callable[[socket.socket], None]) -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        made.setblocking(False)
        prepare(made)
    except OSError:
        made.close()
        raise
    return made
