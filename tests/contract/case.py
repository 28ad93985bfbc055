"""What the suite must know of an adapter and of the simulator that it stands before."""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from gateway.adapter import Network, Sighting
from simulators.faults import FaultProxy

Fields = Mapping[str, Any]


@dataclass(frozen=True)
class Command:
    """A call of an acting tool; it must arrive at the simulator and then show in our state."""

    says: str
    device: str
    tool: str
    arguments: Fields
    arrived: Callable[[Any], bool]
    """Given the case: whether the simulator's own side is as the command wants it."""
    shows: Fields


@dataclass(frozen=True)
class ByHand:
    """A change at the device itself, and what must show in our state `within` seconds."""

    says: str
    device: str
    kind: str
    do: Callable[[Any], object]
    """Given the case: makes the change; what it returns is awaited where it can be."""
    shows: Fields
    within: float


class Case(ABC):
    """One adapter before its simulator. Every test makes a case of its own and starts it.

    `there` and `back` are commands to one device that undo each other; at first it is as `back`
    makes it. This device, and what `falls` with it, loses its power and stands behind a proxy;
    `elsewhere` is a command to another one.
    """

    adapter: ClassVar[str]
    """As `adapters.BUILTIN` names it."""
    ids: ClassVar[frozenset[str]]
    """Every device of the simulated house."""
    falls: ClassVar[frozenset[str]]
    """Those that lose their power, or their connection."""
    places: ClassVar[int] = 1
    """How many places on the network that is: each says once that it is gone."""
    there: ClassVar[Command]
    back: ClassVar[Command]
    elsewhere: ClassVar[Command]
    commands: ClassVar[tuple[Command, ...]]
    """One for each kind of command; each changes something."""
    by_hand: ClassVar[tuple[ByHand, ...]]
    bad_logins: ClassVar[Mapping[str, Fields]] = {}
    """Settings with which `locked` cannot be used, by what is wrong with them."""
    locked: ClassVar[str] = ""
    secrets: ClassVar[tuple[str, ...]] = ()
    """Texts of the settings that must never be seen anywhere."""
    not_applicable: ClassVar[Mapping[str, str]] = {}
    """Points that the protocol lacks: the test's name and the reason."""
    network: ClassVar[Network] = Network("127.0.0.1", "127.255.255.255")
    addresses: ClassVar[frozenset[str]]
    """Where the simulated devices live: what a search hears from elsewhere is somebody else's."""

    proxies: tuple[FaultProxy, ...] = ()
    """Before the places that fall; they listen where the case was started `proxied`."""
    proxied = False

    @property
    @abstractmethod
    def settings(self) -> Fields:
        """The adapter's section, with which everything works; changes are to be seen soon."""

    @abstractmethod
    async def start(self) -> None:
        """Start the simulators."""

    @abstractmethod
    async def stop(self) -> None:
        """Stop them, and leave no task and no socket behind."""

    @abstractmethod
    def sightings(self) -> list[Sighting]:
        """Return what a search would hear if the proxies stood in the places of what falls."""

    @abstractmethod
    async def unplug(self) -> None:
        """Take the power from what falls."""

    @abstractmethod
    async def plug_in(self) -> None:
        """Give it back."""

    async def wire(self, mode: Callable[[FaultProxy], Awaitable[None]]) -> None:
        """Switch every proxy: `case.wire(FaultProxy.silent)`."""
        for proxy in self.proxies:
            await mode(proxy)
