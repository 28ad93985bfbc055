"""How a Gecko spa is found: what is searched for with HELLO says its identity and its name.

The bytes are those that geckolib 0.4.20 sends and takes; the maker has published nothing.
"""

import asyncio
import re
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from gateway import errors

PORT = 10022
SEARCH = b"<HELLO>1</HELLO>"
HELLO = re.compile(rb"<HELLO>([!-;=-{}~]{1,64})\|([^<>]{0,200})</HELLO>")
GREETINGS, GREETED_WITHIN = 3, 1.0


@dataclass(frozen=True)
class Who:
    """What a spa says of itself when it is searched for."""

    identity: bytes
    name: str

    @property
    def mac(self) -> str:
        """The digits of its transmitter's MAC address; empty where its identity holds none."""
        digits = re.fullmatch(r"SPA((?:[0-9a-f]{2}:?){6})", self.identity.decode(), re.IGNORECASE)
        return digits[1].replace(":", "").lower() if digits else ""


def heard(payload: bytes) -> Who | None:
    """Return who answers a search; None where it is no spa, such as our own echo."""
    said = HELLO.fullmatch(payload)
    return Who(said[1], said[2].decode("latin1")) if said else None


async def greet(host: str, port: int) -> Who:
    """Return who stands there; raise Unreachable where nobody says so."""
    answer: asyncio.Future[Who] = asyncio.get_running_loop().create_future()
    try:
        transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: _Greeting(answer), remote_addr=(host, port)
        )
    except OSError as error:
        raise errors.Unreachable(f"{host} does not answer") from error
    try:
        for _ in range(GREETINGS):
            transport.sendto(SEARCH)
            with suppress(TimeoutError):
                async with asyncio.timeout(GREETED_WITHIN):
                    return await asyncio.shield(answer)
    finally:
        transport.close()
    raise errors.Unreachable(f"{host} does not answer")


class _Greeting(asyncio.DatagramProtocol):
    def __init__(self, answer: asyncio.Future[Who]) -> None:
        self._answer = answer

    def datagram_received(self, data: bytes, addr: Any) -> None:
        who = heard(data)
        if who is not None and not self._answer.done():
            self._answer.set_result(who)
