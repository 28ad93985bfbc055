"""The contract of an adapter: the code that turns one maker's devices into ours.

An adapter is one file. It says in data what it listens for, and `serve`s one place on the
network at a time: connect, announce devices, report until they go away, raise a GatewayError
when the connection fails. Retries, offline marks and logging are the core's.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, ClassVar, Generic, Literal, Protocol, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from gateway.device import Device

Source = Literal["mdns", "ssdp", "broadcast", "configured", "known", "radio"]
"""`radio` is what an adapter heard by a search of its own, such as Bluetooth."""


class AdapterSettings(BaseModel):
    """What every adapter can be told in `[adapters.NAME]`."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    enabled: bool = True
    hosts: list[str] = Field(default_factory=list)
    """Addresses, or address:port, beside what discovery finds."""


Settings = TypeVar("Settings", bound=AdapterSettings)


@dataclass(frozen=True, slots=True)
class Network:
    """The one LAN that is searched: this machine's address on it, and its broadcast address."""

    interface: str
    broadcast: str


@dataclass(frozen=True, slots=True)
class Sighting:
    """Evidence that something is on the network, before anybody has claimed it.

    `what` is the mDNS type, the SSDP target or the probe's name; `facts` what it said of itself.
    """

    source: Source
    address: str
    port: int
    what: str
    facts: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Probe:
    """A broadcast that devices answer: the payload is made when it is first needed."""

    name: str
    port: int
    payload: Callable[[], bytes]


class Link(Protocol):
    """What an adapter tells the core about the place that it serves."""

    def announce(self, device: Device) -> None:
        """Say that this device is here and answers. Again after its facts have changed."""

    def vanished(self, device_id: str, reason: str) -> None:
        """Say that one device of several does not answer any more."""


class Announced:
    """The devices of one place, announced again whenever a fact of one of them has changed."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._facts: list[dict[str, Any]] = []

    def tell(self, devices: Sequence[Device]) -> None:
        """Announce all of them, unless they are as they were."""
        before, self._facts = self._facts, [device.facts() for device in devices]
        if self._facts != before:
            for device in devices:
                self._link.announce(device)


class Adapter(ABC, Generic[Settings]):
    """Base of every adapter. Constructing one does no I/O."""

    name: ClassVar[str]
    settings_type: ClassVar[type[AdapterSettings]]
    library: ClassVar[str]
    """The module that it imports, empty where it needs none; our extra has the adapter's name."""
    extras: ClassVar[Mapping[str, str]] = MappingProxyType({})
    """Modules that add something where they are installed, by our extra that brings them."""
    port: ClassVar[int] = 0
    """Where a configured host without a port is served."""
    mdns: ClassVar[tuple[str, ...]] = ()
    ssdp: ClassVar[tuple[str, ...]] = ()
    probes: ClassVar[tuple[Probe, ...]] = ()

    folder: Path | None = None
    """Where it may keep what it has to remember (made when it is first needed, 0700), if anywhere.
    """

    def __init__(self, settings: Settings, network: Network) -> None:
        self.settings = settings
        self.network = network

    def claims(self, sighting: Sighting) -> bool:
        """Say whether a sighting that was asked for is really ours; by default yes."""
        return True

    def place(self, sighting: Sighting) -> str:
        """Return what is served once however often it is heard: by default the address."""
        return sighting.address

    @abstractmethod
    async def serve(self, at: Sighting, link: Link) -> None:
        """Serve what stands at `at` until it fails (raise a GatewayError) or is not ours (return).

        Cancelled when homeport stops; whatever was opened must be closed in `finally`.
        """

    async def search(self, heard: Callable[[Sighting], None]) -> None:
        """Search once where the core cannot, such as by radio; called at every interval."""
        return

    async def aclose(self) -> None:
        """Close what all places share; the links have ended."""
        return
