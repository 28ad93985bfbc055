"""Devices that live in this process: the smallest honest adapter, for the core's own tests.

Makers' adapters are tested against wire simulators in tests/contract; these are for what the
core does with any device.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from gateway.capabilities.climate import Climate, ClimateChange, ClimateState
from gateway.capabilities.cover import Cover, CoverChange, CoverState
from gateway.capabilities.energy import Energy, EnergyState
from gateway.capabilities.light import Light, LightChange, LightState
from gateway.capabilities.media import (
    ControlMusic,
    Favourite,
    Favourites,
    Media,
    MediaState,
    PlayMusic,
    Queue,
)
from gateway.capabilities.switch import Switch, SwitchChange, SwitchState
from gateway.capability import Capability, Nothing
from gateway.clock import Clock
from gateway.device import Device
from gateway.entry import Entry
from gateway.home import Home
from gateway.limits import Limit
from gateway.local import LocalDoor
from gateway.outside import Outside
from gateway.session import Session
from gateway.settings import Settings
from gateway.tool import Tool
from gateway.tools import catalog

SECTIONS = ("events", "history", "webhooks", "people", "mail", "limits", "workouts")


class Obedient:
    """What the devices below share: they obey, remember, and can be told to misbehave."""

    pushes = True
    told: list[Any]
    fails: BaseException | None = None
    takes: float = 0.0
    ignores = False

    async def hear(self, change: Any) -> bool:
        self.told = [*getattr(self, "told", []), change]
        if self.takes:
            await asyncio.sleep(self.takes)
        if self.fails is not None:
            raise self.fails
        return not self.ignores


class CoreSwitch(Obedient, Switch):
    async def set_switch(self, change: SwitchChange) -> None:
        if await self.hear(change):
            self.report(SwitchState(on=change.on))


class CoreLight(Obedient, Light):
    async def set_light(self, change: LightChange) -> None:
        if not await self.hear(change):
            return
        state = self.state if isinstance(self.state, LightState) else LightState(on=False)
        asked = change.model_dump(exclude_unset=True, exclude={"on"})
        if change.lit is not None:
            asked["on"] = change.lit
        self.report(state.model_copy(update=asked))


class CoreMedia(Obedient, Media):
    async def play_music(self, change: PlayMusic, others: Sequence[Media] = ()) -> None:
        if await self.hear(change):
            self._update(playing=True, title=change.what, volume=change.volume)
            for other in others:
                assert isinstance(other, CoreMedia)
                other._update(playing=True, title=change.what, volume=change.volume)

    async def control_music(self, change: ControlMusic) -> None:
        if not await self.hear(change):
            return
        volume = change.volume
        if change.change is not None and isinstance(self.state, MediaState):
            volume = min(100.0, max(0.0, (self.state.volume or 0) + change.change))
        playing = {"pause": False, "stop": False, "resume": True}.get(change.do or "")
        self._update(playing=playing, volume=volume, muted=change.mute)

    async def favourites(self, about: Nothing) -> Favourites:
        return Favourites(favourites=[Favourite(name="Jazz", type="station")])

    async def queue(self, about: Nothing) -> Queue:
        return Queue(tracks=[])

    def _update(self, **values: Any) -> None:
        state = self.state if isinstance(self.state, MediaState) else MediaState(playing=False)
        known = {name: value for name, value in values.items() if value is not None}
        self.report(state.model_copy(update=known))


class CoreClimate(Obedient, Climate):
    async def set_thermostat(self, change: ClimateChange) -> None:
        if not await self.hear(change):
            return
        state = self.state if isinstance(self.state, ClimateState) else ClimateState()
        asked = change.model_dump(exclude_unset=True)
        if "temperature" in asked:
            asked["target_temperature"] = asked.pop("temperature")
        self.report(state.model_copy(update=asked))


class CoreCover(Obedient, Cover):
    async def set_shades(self, change: CoverChange) -> None:
        if await self.hear(change):
            self.report(CoverState(open=50, target_open=change.open, moving="no"))


class CoreEnergy(Energy):
    pushes = True


def lamp(id: str, name: str, area: str | None = None, **limits: Limit) -> Device:
    light = CoreLight()
    light.report(LightState(on=False, brightness=50))
    return made(id, name, area, light, limits)


def plug(id: str, name: str, area: str | None = None) -> Device:
    switch = CoreSwitch()
    switch.report(SwitchState(on=False))
    device = made(id, name, area, switch, {})
    energy = CoreEnergy()
    energy.report(EnergyState(power=12.5, total=3.2))
    device.offer(energy)
    return device


def speaker(id: str, name: str, area: str | None = None) -> Device:
    media = CoreMedia()
    media.report(MediaState(playing=True, volume=20, muted=False))
    return made(id, name, area, media, {})


def thermostat(id: str, name: str, area: str | None = None, **limits: Limit) -> Device:
    climate = CoreClimate()
    climate.report(ClimateState(temperature=20.5, target_temperature=21, mode="heat"))
    return made(id, name, area, climate, limits)


def shade(id: str, name: str, area: str | None = None) -> Device:
    cover = CoreCover()
    cover.report(CoverState(open=100, target_open=100, moving="no"))
    return made(id, name, area, cover, {})


def made(
    id: str, name: str, area: str | None, capability: Capability, limits: dict[str, Limit]
) -> Device:
    """A device in this process that can do one thing."""
    device = Device(id, name, maker="Core", model="In-core", area=area)
    device.offer(capability, **limits)
    return device


class House:
    """One opened home with in-core devices, and the owner's session."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.door = LocalDoor(home)

    async def session(self, preset: str = "owner") -> Session:
        names = [row["name"] for row in self.home.tokens.list()]
        token = await self.home.tokens.new(f"{preset}-{len(names)}", preset)
        return self.door.open(token)

    def add(self, *devices: Device) -> list[Entry]:
        announce = self.home.registry.announce
        return [announce(device, "core", f"core-{device.id}", 0) for device in devices]

    def entry(self, id: str) -> Entry:
        entry = self.home.registry.get(id)
        assert entry is not None
        return entry

    def capability(self, id: str, kind: str) -> Any:
        return self.entry(id).capabilities[kind]


@asynccontextmanager
async def house(
    state: Path,
    *devices: Device,
    clock: Clock | None = None,
    outside: Outside | None = None,
    tools: Iterable[Tool] = (),
    **settings: Any,
) -> AsyncIterator[House]:
    """Open a home in `state` with these devices, in UTC unless told otherwise.

    `settings` are those of [home], and whole sections by their names.
    """
    own = {name: settings.pop(name) for name in SECTIONS if name in settings}
    chosen = Settings.model_validate(own | {"home": {"timezone": "UTC"} | settings})
    home = await Home.open(chosen, state, catalog(*tools), clock, outside)
    opened = House(home)
    opened.add(*devices)
    try:
        yield opened
    finally:
        await home.aclose()
