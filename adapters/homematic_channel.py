"""One channel of a Homematic device, and what every capability that stands on one shares."""

from abc import abstractmethod
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, ClassVar

from adapters.homematic_ccu import Central
from adapters.homematic_wire import typed
from gateway import errors
from gateway.capabilities.sensors import ButtonState
from gateway.capability import Capability
from gateway.limits import Limit

READABLE = 1
LARGEST = 1e9
"""What is beyond is no number that a device measures."""


class Channel:
    """One channel: its values as they were told last, and where it takes orders.

    `pressed` is what keys told, by their addresses: it outlives the connection.
    """

    def __init__(
        self, central: Central, address: str, told: str, pressed: dict[str, ButtonState]
    ) -> None:
        self.central, self.address, self.told, self.pressed = central, address, told, pressed
        self.described: Mapping[str, Any] = {}
        self.values: dict[str, Any] = {}
        self._since: dict[str, Any] = {}

    async def learn(self) -> None:
        """Ask which values there are."""
        described = await self.central.read("getParamsetDescription", self.address, "VALUES")
        with typed(self.address):
            self.described = {key: dict(one) for key, one in dict(described).items()}

    async def refresh(self, keys: set[str]) -> None:
        """Ask for these values; what the channel tells meanwhile is newer than the answer."""
        if not keys:
            return
        self._since = {}
        answer = await self.central.read("getParamset", self.address, "VALUES")
        with typed(self.address):
            read = dict(answer)
            missing = [key for key in keys - set(read) if self.readable(key)]
        for key in missing:
            with suppress(errors.GatewayError):
                read[key] = await self.central.read("getValue", self.address, key)
        self.values |= read | self._since

    def readable(self, key: str) -> bool:
        """Say whether the channel can be asked for a value."""
        return key in self.described and bool(self.described[key]["OPERATIONS"] & READABLE)

    def hear(self, key: str, value: Any) -> None:
        """Take note of a value."""
        self.values[key] = self._since[key] = value

    def number(self, *keys: str) -> float | None:
        """Return the first of these values that is told, as a number; None where none is one."""
        for key in keys:
            value = self.values.get(key)
            if isinstance(value, int | float) and abs(value) < LARGEST:
                return float(value)
        return None

    def truth(self, *keys: str) -> bool | None:
        """Return the first of these values that is told, as yes or no; some say 0 and 1."""
        number = self.number(*keys)
        return None if number is None else number != 0

    def percent(self, *keys: str, whole: float = 1.0) -> float | None:
        """Return a value as 0 to 100, where `whole` is all of it."""
        number = self.number(*keys)
        return None if number is None else round(min(max(number / whole, 0.0), 1.0) * 100, 1)

    async def write(self, **values: Any) -> None:
        """Give orders; return when the device has taken them."""
        await self.central.write(self.told, values)


class Offer(Capability):
    """What the capabilities below share: each stands on one channel, of which it reads values."""

    pushes = True
    reads: ClassVar[tuple[str, ...]]

    def __init__(self, channel: Channel) -> None:
        self.channel = channel

    @classmethod
    def fits(cls, channel: Channel) -> bool:
        """Say whether the channel has what this is about."""
        return any(key in channel.described for key in cls.reads)

    def limits(self) -> dict[str, Limit]:
        """Return what the channel says of its own limits."""
        return {}

    @abstractmethod
    def read(self) -> None:
        """Report what the channel told."""

    def heard(self, key: str) -> None:
        """Take note that the channel has just told this value."""
        if key in self.reads:
            self.read()

    async def refresh(self) -> None:
        await self.channel.refresh(set(self.reads))
        self.read()
