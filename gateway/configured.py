"""Hosts that the owner has configured: they are told of without being searched for."""

import asyncio
import ipaddress
import socket
from collections.abc import Callable, Iterable
from typing import Any

from gateway.adapter import Adapter, Sighting
from gateway.network import expand
from gateway.problems import Problems

NAME_WITHIN = 5.0
TURNS_BETWEEN_RANGES = 40
"""Most addresses of a range are empty: they are tried again about every five minutes."""


class Configured:
    """Tells of every adapter's hosts at each turn; names are looked up anew, as addresses
    change."""

    name = "configured hosts"

    def __init__(
        self,
        adapters: Iterable[Adapter[Any]],
        heard: Callable[[Sighting], None],
        problems: Problems,
    ) -> None:
        self._hosts: list[tuple[str, str, int]] = []
        self._ranges: list[Sighting] = []
        for adapter in adapters:
            for written in adapter.settings.hosts:
                found = expand([written], adapter.port)
                if "/" not in written:
                    self._hosts += [(adapter.name, host, port) for host, port in found]
                    continue
                facts = {"range": written}
                self._ranges += [
                    Sighting("configured", host, port, adapter.name, facts) for host, port in found
                ]
        self._heard = heard
        self._problems = problems

    async def search(self, turn: int) -> None:
        """Tell of the addresses at once, and of names as soon as they are looked up."""
        if turn % TURNS_BETWEEN_RANGES == 0:
            for sighting in self._ranges:
                self._heard(sighting)
        named = []
        for adapter, host, port in self._hosts:
            if _is_address(host):
                self._heard(Sighting("configured", host, port, adapter))
            else:
                named.append(self._look_up(adapter, host, port))
        await asyncio.gather(*named)

    async def aclose(self) -> None:
        """Nothing is open."""

    async def _look_up(self, adapter: str, host: str, port: int) -> None:
        where = f"{host}, configured for {adapter}"
        try:
            async with asyncio.timeout(NAME_WITHIN):
                found = await asyncio.get_running_loop().getaddrinfo(
                    host, port, family=socket.AF_INET, type=socket.SOCK_DGRAM
                )
        except (OSError, TimeoutError):
            self._problems.failed(where, "the name leads to no IPv4 address")
            return
        self._problems.works(where)
        self._heard(Sighting("configured", str(found[0][4][0]), port, adapter))


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
