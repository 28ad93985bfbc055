"""Treadmills that speak Bluetooth's Fitness Machine Service: over TCP ("DIRCON") and by radio.

What may be told to a belt is decided in `treadmill_ftms`; nothing starts one or makes it faster.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import ClassVar

from pydantic import Field

from adapters import treadmill_ftms as ftms
from adapters.treadmill_bluetooth import RADIO_PORT, Radios
from adapters.treadmill_link import PORT, Dircon, Gatt
from adapters.treadmill_machine import Machine
from adapters.treadmill_memory import Memory, Who
from gateway.adapter import Adapter, AdapterSettings, Link, Network, Sighting
from gateway.device import Device, device_id
from gateway.errors import DeviceRefused, Unreachable
from gateway.limits import Limit

TOLD_WITHIN = 4.0
ASKED_AGAIN = 600.0
"""Seconds until what has no belt is asked again whether it has one."""
MAKER, MODEL, SERIAL = 0x2A29, 0x2A24, 0x2A25
"""Of Bluetooth's Device Information Service, where a machine has it."""


class TreadmillSettings(AdapterSettings):
    """Treadmills are found by mDNS and by Bluetooth; `hosts` are others that speak DIRCON."""

    bluetooth: bool = True
    """Search by Bluetooth, where this machine has it and `homeport[ble]` is installed."""
    bumble: list[str] = Field(default_factory=list, max_length=4)
    """Radios that the bumble library drives, by its names for them: usb:0"""
    unused_after: float = Field(300.0, ge=1, le=3600)
    """Seconds without a heart rate and a touch of the console before nobody counts as on it."""
    poll: float = Field(5.0, gt=0, le=20)
    """Seconds between two looks at whether a treadmill still answers."""


class TreadmillAdapter(Adapter[TreadmillSettings]):
    """Whatever has a belt and tells how it runs."""

    name = "treadmill"
    settings_type = TreadmillSettings
    library = ""
    extras: ClassVar[Mapping[str, str]] = {"ble": "bleak", "bumble": "bumble"}
    port = PORT
    mdns = ("_wahoo-fitness-tnp._tcp.local.",)

    def __init__(self, settings: TreadmillSettings, network: Network) -> None:
        super().__init__(settings, network)
        self._radios = Radios.installed(system=settings.bluetooth, transports=settings.bumble)
        self._memory = Memory()
        self._told: dict[str, Who] = {}
        self._news = asyncio.Event()
        self._serving: set[str] = set()
        self._homes: dict[str, str] = {}
        self._no_treadmills: dict[str, float] = {}

    def claims(self, sighting: Sighting) -> bool:
        place = _place(sighting)
        if who := Who.told(sighting):
            self._told[place] = who
            self._news.set()
        asked = sighting.source in ("configured", "known")
        return asked or time.monotonic() > self._no_treadmills.get(place, 0.0)

    def place(self, sighting: Sighting) -> str:
        """Return one place for a machine that is heard by radio and on the network."""
        mac = Who.told(sighting).mac
        return self._homes.setdefault(mac, sighting.address) if mac else sighting.address

    async def search(self, heard: Callable[[Sighting], None]) -> None:
        await self._radios.search(heard)

    async def aclose(self) -> None:
        await self._radios.aclose()

    async def serve(self, at: Sighting, link: Link) -> None:
        await self._memory.load(self.folder)
        gatt = await self._connect(at)
        try:
            has = await gatt.characteristics()
            if ftms.DATA not in has:  # a bicycle, most likely: others may want to speak to it
                self._no_treadmills[_place(at)] = time.monotonic() + ASKED_AGAIN
                return
            await self._serve(at, link, gatt, has)
        finally:
            await gatt.aclose()

    async def _connect(self, at: Sighting) -> Gatt:
        if at.port == RADIO_PORT:
            return await self._radios.connect(at.address)
        return await Dircon.connect(at.address, at.port)

    async def _serve(self, at: Sighting, link: Link, gatt: Gatt, has: frozenset[int]) -> None:
        who = await self._who(at, gatt, has)
        id = device_id(self.name, who.mac or who.serial or _place(at))
        if id in self._serving:
            raise Unreachable(f"{who.name or id} is connected already, at another address")
        self._serving.add(id)
        machine = Machine(gatt, self._memory.habits(id), self.settings.unused_after)
        try:
            await self._memory.save(self.folder)
            await machine.open(has)
            link.announce(await self._device(id, who, machine, has))
            while True:
                await machine.lasts(self.settings.poll)
                await self._memory.save(self.folder)
        finally:
            self._serving.discard(id)
            await machine.aclose()
            await self._memory.save(self.folder)

    async def _who(self, at: Sighting, gatt: Gatt, has: frozenset[int]) -> Who:
        """Return who answers: as the network tells, as it did before, or as the machine does."""
        place = _place(at)
        who = Who.told(at) or self._told.get(place) or self._memory.who(place)
        if not who:
            serial = await _text(gatt, SERIAL, has)
            who = Who(serial=serial) if serial else await self._wait_to_be_told(place)
        self._memory.answers(place, who)
        return who

    async def _wait_to_be_told(self, place: str) -> Who:
        """Return what mDNS says within a few seconds; over TCP a machine need not say who it is."""
        try:
            async with asyncio.timeout(TOLD_WITHIN):
                while place not in self._told:
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            return Who()
        return self._told[place]

    async def _device(self, id: str, who: Who, machine: Machine, has: frozenset[int]) -> Device:
        model = await _text(machine.gatt, MODEL, has)
        device = Device(
            id,
            who.name or model or "Treadmill",
            maker=await _text(machine.gatt, MAKER, has),
            model=model or "treadmill",
            connections=(f"mac:{who.mac}",) if who.mac else (),
        )
        unable = {} if machine.takes_speed else {"slow_treadmill": Limit(absent=True)}
        device.offer(machine, **unable)
        return device


def _place(at: Sighting) -> str:
    return f"{at.address} {at.port}"


async def _text(gatt: Gatt, which: int, has: frozenset[int]) -> str:
    if which not in has:
        return ""
    try:
        return (await gatt.read(which)).decode("utf-8", "replace").strip("\0 ")
    except DeviceRefused:
        return ""
