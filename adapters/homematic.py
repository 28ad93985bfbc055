"""Homematic and Homematic IP, by the XML-RPC interfaces of a central (CCU), on pyhomematic 0.1.78.

Nothing is searched for: the owner names the centrals. Each interface of one is a place of its own,
2001 for radio, 2010 for Homematic IP. Devices tell of their changes, so that only the central is
asked regularly whether it is there. Names are asked for as Homegear keeps them; a CCU keeps them
behind another interface, which the library calls without any bound.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

from pydantic import Field, SecretStr

from adapters.homematic_ccu import Central
from adapters.homematic_channel import Channel, Offer
from adapters.homematic_offers import offering
from adapters.homematic_wire import typed
from gateway import errors
from gateway.adapter import Adapter, AdapterSettings, Link, Network, Sighting
from gateway.capabilities.sensors import ButtonState
from gateway.device import Device, device_id

LOG_IN = "log in with an account of the central: homeport login homematic"
LOG_IN_AGAIN = "the central refused the account, log in again: homeport login homematic"
AWAY = "the central cannot reach it by radio"
ASK_AGAIN = 10.0
LOW_BATTERY = ("LOWBAT", "LOW_BAT")

log = logging.getLogger("homeport.homematic")


class HomematicSettings(AdapterSettings):
    """A central wants a login only where its owner has said so."""

    username: SecretStr | None = None
    password: SecretStr | None = None
    poll: float = Field(10.0, gt=0, le=10)
    """Seconds between two looks at a central; its devices tell of their changes by themselves."""
    callback_address: str | None = None
    """Where a central finds homeport, if that is not the address of this machine."""
    callback_port: int = Field(0, ge=0, le=65535)
    """The port on which a central tells of changes, 0 is any; a second interface takes the next."""


class Unit:
    """One device of a central: what its channels offer, and whether it can be reached."""

    def __init__(self, central: Central, found: Any, pressed: dict[str, ButtonState]) -> None:
        self.central, self.address, self.model = central, str(found.ADDRESS), str(found.TYPE)
        self.id = device_id("homematic", self.address)
        self.upkeep = Channel(central, f"{self.address}:0", "", pressed)
        self._found = [
            (number, Channel(central, address, told, pressed), kinds)
            for number, address, told, kinds in offering(self.model, found.CHANNELS)
        ]
        self.channels = {channel.address: channel for _, channel, _ in self._found}
        self.offers: list[tuple[int, Offer]] = []
        self.devices: list[Device] = []

    @property
    def away(self) -> bool:
        """Whether the central says that it cannot reach the device."""
        return bool(self.upkeep.truth("UNREACH"))

    async def learn(self) -> None:
        """Ask what the device offers; raise a GatewayError where the central does not say."""
        name = None
        with suppress(errors.GatewayError):
            name = await self.central.read("getMetadata", self.address, "NAME")
        for channel in (self.upkeep, *self.channels.values()):
            await channel.learn()
        self.offers = [
            (number, kind(channel))
            for number, channel, kinds in self._found
            for kind in kinds
            if kind.fits(channel)
        ]
        with typed(self.address):
            named = name if isinstance(name, str) and name else f"{self.model} {self.address}"
            self.devices = self._devices(named)

    async def refresh(self) -> None:
        """Ask for every value; what cannot be read now will be told when it changes."""
        await self._ask(self.upkeep, {"UNREACH", *LOW_BATTERY})
        for channel in () if self.away else self.channels.values():
            reads = (one.reads for _, one in self.offers if one.channel is channel)
            await self._ask(channel, {key for keys in reads for key in keys})
        for _, offer in self.offers:
            offer.read()
        self._read_battery()

    async def _ask(self, channel: Channel, keys: set[str]) -> None:
        with suppress(errors.GatewayError):
            await channel.refresh(keys)

    def hear(self, address: str, key: str, value: Any) -> None:
        """Take note of a value of a channel, and report it."""
        channel = self.upkeep if address == self.upkeep.address else self.channels.get(address)
        if channel is None:
            return
        channel.hear(key, value)
        for _, offer in self.offers:
            if offer.channel is channel:
                offer.heard(key)
        self._read_battery()

    def _read_battery(self) -> None:
        for device in self.devices[:1]:
            told = [one.truth(*LOW_BATTERY) for one in (self.upkeep, *self.channels.values())]
            device.battery_low = any(told) if any(one is not None for one in told) else None

    def _devices(self, name: str) -> list[Device]:
        """Return the whole and, where several channels are of one kind, these as its parts."""
        often = Counter(offer.name for _, offer in self.offers)
        shared = {offer.channel.address for _, offer in self.offers if often[offer.name] > 1}
        whole = _device(self.id, name, self.model, serial=self.address)
        devices = {0: whole}
        for number, offer in self.offers:
            device = whole
            if offer.channel.address in shared:
                part = _device(f"{self.id}-{number}", f"{name} {number}", self.model, of=self.id)
                device = devices.setdefault(number, part)
            device.offer(offer, **offer.limits())
        return list(devices.values())


class House:
    """What stands behind one interface: the central itself and its devices."""

    def __init__(
        self, at: Sighting, settings: HomematicSettings, link: Link, pressed: dict[str, ButtonState]
    ) -> None:
        self._settings, self._link, self._pressed = settings, link, pressed
        login = None
        if settings.username is not None and settings.password is not None:
            login = (settings.username.get_secret_value(), settings.password.get_secret_value())
        callback = (settings.callback_address, settings.callback_port)
        self._central = Central(at.address, at.port, login, callback, self)
        self._units: dict[str, Unit] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._opened = asyncio.Event()

    async def run(self) -> None:
        """Announce and report until the central is gone; raise why."""
        try:
            await self._central.open()
        except errors.NeedsSetup:
            self._link.announce(self._itself(LOG_IN_AGAIN if self._settings.password else LOG_IN))
            raise
        self._link.announce(self._itself())
        self._opened.set()
        while True:
            await asyncio.sleep(self._settings.poll)
            try:
                await self._central.check()
            except errors.GatewayError:
                await self._central.check()

    async def aclose(self) -> None:
        """Hang up."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._central.aclose()

    def came(self, devices: list[Any]) -> None:
        for found in devices:
            with suppress(errors.AdapterFault), typed(self._central.name):
                if found.ADDRESS not in self._units:
                    unit = Unit(self._central, found, self._pressed)
                    self._units[unit.address] = unit
                    if unit.channels:
                        self._spawn(self._take_up(unit))

    def went(self, addresses: list[str]) -> None:
        for address in addresses:
            unit = self._units.pop(address, None)
            if unit is not None:
                self._link.vanished(unit.id, "the central does not know it any more")

    def heard(self, address: str, key: str, value: Any) -> None:
        unit = self._units.get(address.partition(":")[0])
        if unit is None:
            return
        was = unit.away
        unit.hear(address, key, value)
        if unit.away and not was:
            self._link.vanished(unit.id, AWAY)
        elif was and not unit.away and unit.devices:
            self._spawn(self._announce(unit))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _take_up(self, unit: Unit) -> None:
        await self._opened.wait()
        while not unit.devices:
            try:
                await unit.learn()
            except errors.GatewayError as error:
                log.debug("%s cannot be taken up yet: %s", unit.id, error.detail)
                await asyncio.sleep(ASK_AGAIN)
        if unit.offers:
            await self._announce(unit)

    async def _announce(self, unit: Unit) -> None:
        """Say that a device is here, as it stands now; of one out of reach, who it is."""
        await unit.refresh()
        if self._units.get(unit.address) is not unit:
            return
        for device in unit.devices:
            self._link.announce(device)
        if unit.away:
            self._link.vanished(unit.id, AWAY)

    def _itself(self, *needs: str) -> Device:
        name = self._central.name
        return _device(device_id("homematic", f"ccu-{name}"), f"CCU {name}", "CCU", needs=needs)


class HomematicAdapter(Adapter[HomematicSettings]):
    """Everything of a central's that switches, dims, heats, shades or measures."""

    name = "homematic"
    settings_type = HomematicSettings
    library = "pyhomematic"
    port = 2001

    def __init__(self, settings: HomematicSettings, network: Network) -> None:
        super().__init__(settings, network)
        self._pressed: dict[str, ButtonState] = {}

    def claims(self, sighting: Sighting) -> bool:
        return ":" not in sighting.address  # the library speaks IPv4 and nothing else

    def place(self, sighting: Sighting) -> str:
        return f"{sighting.address}:{sighting.port}"

    async def serve(self, at: Sighting, link: Link) -> None:
        house = House(at, self.settings, link, self._pressed)
        try:
            await house.run()
        finally:
            await house.aclose()


def _device(
    id: str,
    name: str,
    model: str,
    *,
    serial: str | None = None,
    of: str | None = None,
    needs: tuple[str, ...] = (),
) -> Device:
    connections = () if serial is None else (f"serial:homematic:{serial}",)
    return Device(
        id,
        name,
        maker="eQ-3",
        model=model,
        part_of=of,
        connections=connections,
        needs=needs,
    )
