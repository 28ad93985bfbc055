"""Power and sockets of a simulated TP-Link device; `kasa` and `klap` say what goes over them.

On Linux a house stands on loopback: each device has an address of its own in 127.0.0.0/8 and hears
the broadcast address 127.255.255.255 by a second socket that is bound to it. On a real or virtual
LAN it hears the LAN's broadcast address and 255.255.255.255. On macOS only 127.0.0.1 exists, and it
has no broadcast address: pass `broadcast=None` and give each device ports of its own.
"""

from __future__ import annotations

import hashlib
import socket
from typing import Any, NamedTuple, TypedDict, Unpack

from simulators.box import Box, Line


class Command(NamedTuple):
    """A write that arrived, such as `system.set_relay_state`, and the child ids it was for."""

    name: str
    arguments: dict[str, Any]
    sockets: tuple[str, ...] = ()


class Identity(TypedDict, total=False):
    """What tells a device apart; what is left out follows from its address and port."""

    alias: str
    device_id: str
    mac: str
    model: str


class Appliance(Box):
    """Something with a mains plug, an address, one UDP and one TCP port.

    `received` has every write that reached it, in order, also those it refused; reads are not kept.
    """

    kind = "appliance"
    default_model = ""
    id_prefix = "8006"

    def __init__(
        self,
        address: str,
        broadcast: str | None = None,
        *,
        port: int,
        probe_port: int,
        **identity: Unpack[Identity],
    ) -> None:
        super().__init__(address, broadcast, port=port, probe_port=probe_port)
        self.mac = identity.get("mac", mac_of(address, port))
        out_of_the_box = f"TP-LINK_{self.kind}_{self.mac[-5:].replace(':', '')}"
        self.alias = identity.get("alias", out_of_the_box)
        self.device_id = identity.get("device_id", self.id_prefix + digest(self.mac, 36))
        self.model = identity.get("model", self.default_model)
        self.received: list[Command] = []

    def answer_probe(self, datagram: bytes) -> bytes | None:
        """What goes back for a datagram; None for silence, ValueError for one it cannot read."""
        raise NotImplementedError

    def converse(self, received: bytearray) -> bytes:
        """Takes whole requests off the front and returns the replies; ValueError hangs up."""
        raise NotImplementedError

    def take(self, line: Line) -> None:
        line.write(self.converse(line.received))


def mac_of(address: str, port: int) -> str:
    """A locally administered MAC that no other address and port in the house has."""
    numbers = [2, *socket.inet_aton(address), port % 256]
    return ":".join(f"{number:02X}" for number in numbers)


def digest(text: str, length: int) -> str:
    """Hexadecimal digits that are the same for the same text."""
    return hashlib.sha256(text.encode()).hexdigest().upper()[:length]
