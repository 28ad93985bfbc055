"""Spas with a Balboa control and its Wi-Fi module, by pybalboa 1.1.

The panel says about once a second how things stand. Pumps, blowers, lights and the heat mode are
toggles: each is sent once, after a fresh look, and never again. `heat` is the panel's mode Ready;
in Rest it heats during filter cycles only. Filter cycles have no kind of ours and are not told.
"""

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from pydantic import Field

from adapters.balboa_panel import Panel
from gateway.adapter import Adapter, AdapterSettings, Link, Probe, Sighting
from gateway.capabilities.fan import Fan, FanChange, FanState
from gateway.capabilities.light import Light, LightChange, LightState
from gateway.capabilities.switch import Switch, SwitchChange, SwitchState
from gateway.capabilities.water import Water, WaterChange, WaterState
from gateway.device import Device, device_id
from gateway.errors import DeviceRefused
from gateway.limits import Limit
from gateway.quantities import to_celsius, to_fahrenheit

if TYPE_CHECKING:
    from pybalboa import SpaControl

PORT, PROBE_PORT = 4257, 30303
HOST_NAME = b"BWG"
DIGITS = 8
"""Enough that a hundred steps of a degree Fahrenheit end on a whole one."""
DEGREE_FAHRENHEIT = round(5 / 9, DIGITS)
READY, REST, HEATING = 0, 1, 1
MODES = 3


class BalboaSettings(AdapterSettings):
    """A spa tells of its changes by itself."""

    poll: float = Field(5.0, gt=0, le=10)
    """Seconds between two questions whether a spa is still there."""


class Part:
    """What the capabilities below share: they are of one panel, and here one control of it."""

    pushes = True

    def __init__(self, panel: Panel, control: "SpaControl") -> None:
        self.panel, self.control = panel, control

    @property
    def steps(self) -> int:
        """How many speeds it has."""
        return len(self.control.options) - 1

    @property
    def level(self) -> int | None:
        """Which of its speeds it runs at, 0 for none; None while the panel does not say."""
        level = int(self.control.state)
        return level if level >= 0 else None

    def limits(self) -> dict[str, Limit]:
        """Return what there is to say of its limits."""
        return {}

    async def turn_on(self, on: bool) -> None:
        """Turn it on or off; a speed that it has is kept."""
        await self.panel.turn(self.control, lambda level: (level > 0) is on, self.steps)

    async def refresh(self) -> None:
        await self.panel.fresh()


class SpaFan(Part, Fan):
    """A pump or a blower, with as many speeds as its panel cycles through."""

    writable = True

    def limits(self) -> dict[str, Limit]:
        speed = Limit(absent=True)
        if self.steps > 1:
            speed = Limit(min=0, max=100, step=round(100 / self.steps, 6))
        return {"speed": speed} if self.writable else {"on": Limit(read_only=True), "speed": speed}

    def read(self) -> None:
        if self.level is not None:
            share = 100 * self.level / self.steps if self.steps > 1 and self.level else None
            self.report(FanState(on=self.level > 0, speed=share))

    async def set_fan(self, change: FanChange) -> None:
        if not self.writable:
            raise DeviceRefused("the panel runs this pump by itself")
        if change.speed is None:
            await self.turn_on(change.running)
        else:
            wanted = round(change.speed * self.steps / 100)
            await self.panel.turn(self.control, lambda level: level == wanted, self.steps)


class SpaCirculation(SpaFan):
    """The pump that the panel runs by itself."""

    writable = False


class SpaLight(Part, Light):
    def limits(self) -> dict[str, Limit]:
        return dict.fromkeys(("brightness", "color", "color_temperature"), Limit(absent=True))

    def read(self) -> None:
        if self.level is not None:
            self.report(LightState(on=self.level > 0))

    async def set_light(self, change: LightChange) -> None:
        await self.turn_on(bool(change.lit))


class SpaSwitch(Part, Switch):
    def read(self) -> None:
        if self.level is not None:
            self.report(SwitchState(on=self.level > 0))

    async def set_switch(self, change: SwitchChange) -> None:
        await self.turn_on(change.on)


class SpaWater(Part, Water):
    """The water; its control is the heat mode."""

    @property
    def celsius(self) -> bool:
        """Whether the panel counts in °C, in steps of half a degree."""
        return int(self.panel.spa.temperature_unit) == 1

    def limits(self) -> dict[str, Limit]:
        spa = self.panel.spa
        low, high, step = spa.temperature_minimum, spa.temperature_maximum, 0.5
        if not self.celsius:
            low, high = (round((bound - 32) / 1.8, DIGITS) for bound in (low, high))
            step = DEGREE_FAHRENHEIT
        return {"temperature": Limit(min=low, max=high, step=step), "source": Limit(absent=True)}

    def read(self) -> None:
        spa = self.panel.spa
        measured = spa.temperature
        self.report(
            WaterState(
                body="spa",
                temperature=None if measured is None else self._ours(measured),
                target_temperature=self._ours(spa.target_temperature),
                heat=int(self.control.state) == READY,
                heating=int(spa.heat_state) == HEATING,
            )
        )

    async def set_pool_or_spa(self, change: WaterChange) -> None:
        wanted = change.temperature
        if wanted is not None:
            await self.panel.warm(lambda: self._theirs(wanted))
        if change.heat is not None:
            await self.panel.turn(
                self.control, lambda mode: (mode == READY) is change.heat, MODES - 1
            )

    def _ours(self, degrees: float) -> float:
        return degrees if self.celsius else to_celsius(degrees)

    def _theirs(self, celsius: float) -> float:
        return round(2 * celsius) / 2 if self.celsius else round(to_fahrenheit(celsius))


Offer = SpaFan | SpaLight | SpaSwitch | SpaWater


class Spa:
    """A spa with everything that its panel switches."""

    def __init__(self, panel: Panel) -> None:
        self.panel = panel
        self.offers = list(_offers(panel))
        self._shape = self._decided()
        panel.on_status = self.read

    def read(self) -> None:
        """Report how things stand."""
        for offer in self.offers:
            offer.read()

    def reshaped(self) -> bool:
        """Say whether another unit or range was set at the panel since the last `devices`."""
        return self._shape != self._decided()

    def devices(self) -> list[Device]:
        """Return the spa and, as its parts, what it has several of."""
        self._shape = self._decided()
        spa = self.panel.spa
        mac = "".join(filter(str.isalnum, spa.mac_address.lower()))
        whole = Device(
            device_id("balboa", mac),
            "Spa",
            maker="Balboa",
            model=spa.model,
            connections=(f"mac:{mac}",),
        )
        devices = [whole]
        often = Counter(offer.name for offer in self.offers)
        alike = Counter(offer.control.control_type for offer in self.offers)
        for offer in self.offers:
            device = whole
            if often[offer.name] > 1:
                called = offer.control.name
                if alike[offer.control.control_type] == 1:
                    called = called.rstrip(" 0123456789")
                device = Device(
                    device_id(whole.id, offer.control.name),
                    f"Spa {called.lower()}",
                    maker="Balboa",
                    model=spa.model,
                    part_of=whole.id,
                )
                devices.append(device)
            device.offer(offer, **offer.limits())
        return devices

    def _decided(self) -> tuple[float, float, int]:
        spa = self.panel.spa
        return spa.temperature_minimum, spa.temperature_maximum, int(spa.temperature_unit)


class BalboaAdapter(Adapter[BalboaSettings]):
    """Hot tubs and swim spas with a Balboa control."""

    name = "balboa"
    settings_type = BalboaSettings
    library = "pybalboa"
    port = PORT
    probes = (Probe("balboa", PROBE_PORT, lambda: b"Discovery"),)

    def claims(self, sighting: Sighting) -> bool:
        if sighting.source != "broadcast":
            return True
        return sighting.facts.get("payload", "").startswith(HOST_NAME.hex())

    async def serve(self, at: Sighting, link: Link) -> None:
        panel = Panel(at.address, PORT if at.port in (0, PROBE_PORT) else at.port)
        try:
            await panel.open()
            spa = Spa(panel)
            spa.read()
            while True:
                for device in spa.devices():
                    link.announce(device)
                while not await panel.until(spa.reshaped, self.settings.poll):
                    await panel.fresh()
        finally:
            await panel.aclose()


def _offers(panel: Panel) -> Iterator[Offer]:
    spa = panel.spa
    yield SpaWater(panel, spa.heat_mode)
    for control in (*spa.pumps, *spa.blowers):
        yield SpaFan(panel, control)
    if spa.circulation_pump is not None:
        yield SpaCirculation(panel, spa.circulation_pump)
    for control in spa.lights:
        yield SpaLight(panel, control)
    for control in (*spa.misters, *spa.aux):
        yield SpaSwitch(panel, control)
