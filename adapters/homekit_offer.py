"""What the capabilities of HomeKit share: each stands on services of one accessory."""

from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar, Protocol

from adapters.homekit_model import READ, Accessory, Characteristic, Service
from gateway.capabilities.sensors import ButtonState
from gateway.capability import Capability
from gateway.limits import Limit


class Speaker(Protocol):
    """What an offer needs of the accessory that it belongs to."""

    pressed: dict[str, ButtonState]
    """What keys told, by their devices' ids: it outlives the connection."""

    async def write(self, values: Sequence[tuple[Characteristic, float]], offer: "Offer") -> None:
        """Give orders, then read and report what became of them."""

    async def read(self, characteristics: Iterable[Characteristic]) -> frozenset[int]:
        """Ask for values; return the accessories that cannot be reached."""


class Offer(Capability):
    """A capability that has at least one of the characteristics `has`, and reads `reads`."""

    pushes = True
    reads: ClassVar[tuple[str, ...]]
    has: ClassVar[tuple[str, ...]]
    merges: ClassVar[bool] = False
    """Whether services of different types are one such capability together."""
    acts: ClassVar[bool] = False
    """Whether it is told to do something."""

    def __init__(self, speaker: Speaker, device: str, services: Sequence[Service]) -> None:
        self.speaker, self.device, self.services = speaker, device, services

    @classmethod
    def fits(cls, service: Service) -> bool:
        """Say whether the service has what this is about."""
        return any(type in service.characteristics for type in cls.has)

    def limits(self, writable: bool) -> dict[str, Limit]:
        """Return what the accessory says of its own limits; `writable` is the owner's word."""
        return {}

    @abstractmethod
    def read(self) -> None:
        """Report what was told."""

    def heard(self, changed: frozenset[str]) -> None:
        """Take note that the accessory has just told characteristics of these types."""
        self.read()

    def get(self, type: str) -> Characteristic | None:
        """Return a characteristic, of the first service that has it."""
        for service in self.services:
            if type in service.characteristics:
                return service.characteristics[type]
        return None

    def number(self, type: str) -> float | None:
        """Return a value as a number; None where it is not told."""
        found = self.get(type)
        return None if found is None else found.number()

    def truth(self, type: str) -> bool | None:
        """Return a value as yes or no; some say 0 and 1."""
        number = self.number(type)
        return None if number is None else number != 0

    def read_from(self) -> list[Characteristic]:
        """Return the characteristics that it can be asked for."""
        found = (self.get(type) for type in self.reads)
        return [one for one in found if one is not None and READ in one.may]

    async def write(self, values: Mapping[str, float]) -> None:
        """Write characteristics in this order; those that the service lacks are left out."""
        found = [(self.get(type), value) for type, value in values.items()]
        await self.speaker.write([(one, value) for one, value in found if one is not None], self)

    async def refresh(self) -> None:
        await self.speaker.read(self.read_from())
        self.read()


def device_of(hub: str, accessory: Accessory) -> str:
    """Return our id of an accessory: the one with aid 1 is the bridge, or is alone."""
    return hub if accessory.aid == 1 else f"{hub}-{accessory.aid}"


def steps(found: Characteristic | None, *, digits: int = 2) -> Limit:
    """Return the range that a characteristic takes, as it is."""
    if found is None:
        return Limit(absent=True)
    step = round(found.step, digits) if found.step else None
    return Limit(min=found.low, max=found.high, step=step)
