"""Treadmills by Bluetooth Low Energy: the radios of this home, whichever library drives them."""

import asyncio
import logging
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Protocol

from adapters.treadmill_ftms import SERVICE
from adapters.treadmill_link import Gatt
from gateway.adapter import Sighting
from gateway.errors import DeviceRefused, GatewayError, Unreachable

log = logging.getLogger("homeport.treadmill")

RADIO_PORT = 0
"""The port of a sighting that was heard by radio."""
CONNECT_WITHIN = 20.0
HANG_UP_WITHIN = 3.0
_MAC = re.compile(r"([0-9A-F]{2}:){5}[0-9A-F]{2}")
_LONG = "0000{:04x}-0000-1000-8000-00805f9b34fb"
_SHORT = re.compile(r"0000([0-9a-f]{4})-0000-1000-8000-00805f9b34fb")

Told = Callable[[str, str], None]
"""Called with the address and the name of what advertises the Fitness Machine Service."""


class Radio(Protocol):
    """Something that hears treadmills and connects to them."""

    async def scan(self, told: Told) -> None:
        """Listen once, for some seconds; raise Unreachable where there is nothing to listen by."""

    async def connect(self, address: str) -> Gatt:
        """Return a connection; raise Unreachable where nobody answers."""

    async def aclose(self) -> None:
        """Let go of the radio; what was connected is closed."""


class Radios:
    """All radios of this home. One that is not there is said once, in the debug log."""

    def __init__(self, radios: Sequence[Radio]) -> None:
        self._radios = radios
        self._silent: set[Radio] = set()
        self._heard_by: dict[str, Radio] = {}

    @classmethod
    def installed(cls, *, system: bool, transports: Sequence[str]) -> "Radios":
        """Return those whose library is installed; nothing is loaded or opened yet."""
        radios: list[Radio] = []
        if system and find_spec("bleak") is not None:
            from adapters.treadmill_bleak import BleakRadio

            radios.append(BleakRadio())
        if transports and find_spec("bumble") is not None:
            from adapters.treadmill_bumble import BumbleRadio

            radios += map(BumbleRadio, transports)
        return cls(radios)

    async def search(self, heard: Callable[[Sighting], None]) -> None:
        """Listen with every radio, once."""
        await asyncio.gather(*(self._scan(radio, heard) for radio in self._radios))

    async def connect(self, address: str) -> Gatt:
        """Return a connection by the radio that heard the address, else by any of them."""
        best = self._heard_by.get(address)
        why = Unreachable("this machine has no Bluetooth that homeport can use")
        for radio in sorted(self._radios, key=lambda one: one is not best):
            try:
                return await radio.connect(address)
            except Unreachable as error:
                why = error
        raise why

    async def aclose(self) -> None:
        """Let go of every radio."""
        for radio in self._radios:
            await radio.aclose()

    async def _scan(self, radio: Radio, heard: Callable[[Sighting], None]) -> None:
        def told(address: str, name: str) -> None:
            self._heard_by[address] = radio
            facts = {"name": name} if name else {}
            if _MAC.fullmatch(address):  # Apple's systems do not tell it
                facts["mac-address"] = address
            heard(Sighting("radio", address, RADIO_PORT, "treadmill", facts))

        try:
            await radio.scan(told)
        except Unreachable as error:
            if radio not in self._silent:
                log.debug("no treadmill can be heard by Bluetooth: %s", error.detail)
            self._silent.add(radio)
        else:
            self._silent.discard(radio)


@contextmanager
def typed(
    where: str,
    failures: tuple[type[Exception], ...],
    refusals: tuple[type[Exception], ...] = (),
    silence: type[GatewayError] = Unreachable,
) -> Iterator[None]:
    """Turn a library's errors, and the system's, into ours, and heed being cancelled."""
    silences: tuple[type[Exception], ...] = (OSError, EOFError, *failures)
    try:
        yield
    except refusals as error:
        raise DeviceRefused(f"{where} refused ({type(error).__name__})") from None
    except silences as error:  # a TimeoutError is an OSError
        raise silence(f"{where} does not answer by Bluetooth ({type(error).__name__})") from None
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        # with an answer in the same turn, wait_for forgets that it was cancelled (Python 3.11)
        raise asyncio.CancelledError


def long_uuid(number: int) -> str:
    """Return the UUID that a short number stands for."""
    return _LONG.format(number)


def short_uuid(uuid: str) -> int | None:
    """Return the short number of a UUID; None for one that has none."""
    found = _SHORT.fullmatch(uuid.lower())
    return int(found[1], 16) if found else None


FITNESS_MACHINE = long_uuid(SERVICE)
