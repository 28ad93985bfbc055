"""TP-Link Kasa and Tapo plugs, strips, switches, dimmers and lamps, by python-kasa 0.12.

Older devices answer anybody, newer ones want the account that they were set up with. None tells of
its changes, so each is polled. The library is imported where it is used.
"""

import asyncio
import colorsys
import itertools
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from pydantic import Field, SecretStr

from adapters import kasa_connection as connection
from gateway import errors
from gateway.adapter import Adapter, AdapterSettings, Announced, Link, Sighting
from gateway.capabilities.energy import Energy, EnergyState
from gateway.capabilities.light import Light, LightChange, LightState
from gateway.capabilities.switch import Switch, SwitchChange, SwitchState
from gateway.device import Device, device_id
from gateway.limits import Limit

if TYPE_CHECKING:
    import kasa

LOG_IN = "log in with the TP-Link account: homeport login kasa"
LOG_IN_AGAIN = "the TP-Link account was refused, log in again: homeport login kasa"


class KasaSettings(AdapterSettings):
    """Newer devices want the TP-Link account that they were set up with."""

    username: SecretStr | None = None
    password: SecretStr | None = None
    poll: float = Field(5.0, gt=0, le=20)
    """Seconds between two looks at a device."""


class Part:
    """What the capabilities below share: they are one device, or one socket, of a unit."""

    def __init__(self, unit: "Unit", part: "kasa.Device") -> None:
        self.unit, self.part = unit, part

    def limits(self) -> dict[str, Limit]:
        """Return what the device says of its own limits."""
        return {}

    async def refresh(self) -> None:
        await self.unit.update()


class KasaSwitch(Part, Switch):
    def read(self) -> None:
        self.report(SwitchState(on=self.part.is_on))

    async def set_switch(self, change: SwitchChange) -> None:
        async with self.unit.speaking(silence=errors.TimedOut):
            await self.part.set_state(change.on)


class KasaLight(Part, Light):
    def __init__(self, unit: "Unit", part: "kasa.Device") -> None:
        from kasa import Module

        super().__init__(unit, part)
        self.lamp = part.modules[Module.Light]

    def limits(self) -> dict[str, Limit]:
        absent, has = Limit(absent=True), self.lamp.has_feature
        whites = self.lamp.get_feature("color_temp")
        limits = {
            "brightness": Limit(min=0, max=100, step=1) if has("brightness") else absent,
            "color_temperature": Limit(min=whites.minimum_value, max=whites.maximum_value, step=1)
            if whites
            else absent,
        }
        return limits if has("hsv") else limits | {"color": absent}

    def read(self) -> None:
        lamp, has = self.lamp, self.lamp.has_feature
        kelvin = lamp.color_temp if has("color_temp") else 0
        self.report(
            LightState(
                on=self.part.is_on,
                brightness=lamp.brightness if has("brightness") else None,
                color=to_color(*lamp.hsv[:2]) if has("hsv") and not kelvin else None,
                color_temperature=kelvin or None,
            )
        )

    async def set_light(self, change: LightChange) -> None:
        from kasa import LightState as Shown

        shown = Shown(light_on=change.lit)
        if change.lit and change.brightness is not None:
            shown.brightness = round(change.brightness)
        if change.color_temperature is not None:
            shown.color_temp = round(change.color_temperature)
        if change.color is not None:
            shown.hue, shown.saturation = to_hue(change.color)
            shown.color_temp = 0  # otherwise the lamp goes on showing white
        async with self.unit.speaking(silence=errors.TimedOut):
            await self.lamp.set_state(shown)


class KasaEnergy(Part, Energy):
    def read(self) -> None:
        from kasa import Module

        meter = self.part.modules[Module.Energy]
        self.report(
            EnergyState(
                power=meter.current_consumption,
                today=meter.consumption_today,
                total=meter.consumption_total,
                voltage=meter.voltage,
                current=meter.current,
            )
        )


Offer = KasaSwitch | KasaLight | KasaEnergy


class Unit:
    """One connected device with its sockets, and what they offer."""

    def __init__(self, connected: "kasa.Device") -> None:
        self.connected, self.host, self.mac = connected, connected.host, ""
        self.parts: list[tuple[kasa.Device, list[Offer]]] = []
        self._asking = asyncio.Lock()
        self._asked = self._answered = 0
        self._closed = False

    def learn(self) -> None:
        """Take up who the device is and what it and its sockets offer, as it said on connecting."""
        with connection.typed(self.host):
            self.mac = self.connected.mac
            for part in (self.connected, *self.connected.children):
                self.parts.append((part, self._offers(part)))
            self.read()

    def _offers(self, part: "kasa.Device") -> list[Offer]:
        from kasa import DeviceType, Module

        if part.children:
            return []
        offers: list[Offer] = []
        if Module.Light in part.modules:
            offers.append(KasaLight(self, part))
        elif part.device_type in (DeviceType.Plug, DeviceType.StripSocket, DeviceType.WallSwitch):
            offers.append(KasaSwitch(self, part))
        if offers and Module.Energy in part.modules:
            offers.append(KasaEnergy(self, part))
        return offers

    def read(self) -> None:
        """Report what the device answered last."""
        for offer in itertools.chain.from_iterable(offers for _, offers in self.parts):
            offer.read()

    async def update(self) -> None:
        """Ask the device and report; all who wait share one answer to a question yet to be sent."""
        before = self._asked
        async with self._asking:
            if self._answered > before:
                return
            self._asked += 1
            async with self.speaking():
                async with asyncio.timeout(connection.ANSWER_WITHIN):
                    await self.connected.update()
                if self.connected.mac != self.mac:
                    raise errors.Unreachable(f"another device answers at {self.host}")
                self.read()
            self._answered = self._asked

    @asynccontextmanager
    async def speaking(
        self, *, silence: type[errors.GatewayError] = errors.Unreachable
    ) -> AsyncIterator[None]:
        """Speak to the device, with errors of ours; whoever is late leaves no connection behind."""
        if self._closed:
            raise errors.Unreachable(f"{self.host} does not answer")
        try:
            with connection.typed(self.host, silence=silence):
                yield
        finally:
            if self._closed:
                await self.connected.disconnect()

    async def aclose(self) -> None:
        """Hang up."""
        self._closed = True
        await self.connected.disconnect()

    def devices(self) -> list[Device]:
        """Return the whole and, as its parts, the sockets, under the names that they have now."""
        model, alias = self.connected.model, self.connected.alias
        whole = _device(self.mac, alias or model, model)
        devices = []
        for number, (part, offers) in enumerate(self.parts):
            name = part.alias or f"{whole.name} {number}"
            device = _device(self.mac, name, model, part=number) if number else whole
            for offer in offers:
                device.offer(offer, **offer.limits())
            if offers or device is whole:
                devices.append(device)
        return devices


class KasaAdapter(Adapter[KasaSettings]):
    """Everything of TP-Link's that has a relay or a lamp."""

    name = "kasa"
    settings_type = KasaSettings
    library = "kasa"
    port = connection.OPEN_PORT
    probes = connection.PROBES

    def claims(self, sighting: Sighting) -> bool:
        if sighting.source != "broadcast":
            return True
        return connection.heard(sighting) is not None or connection.is_open(sighting)

    async def serve(self, at: Sighting, link: Link) -> None:
        from kasa import UnsupportedDeviceError

        try:
            connected = await self._connected(at, link)
        except UnsupportedDeviceError:
            return
        unit, announced = Unit(connected), Announced(link)
        try:
            unit.learn()
            while True:
                announced.tell(unit.devices())
                await asyncio.sleep(self.settings.poll)
                await unit.update()
        finally:
            await unit.aclose()

    async def _connected(self, at: Sighting, link: Link) -> "kasa.Device":
        found = connection.heard(at)
        if found is None:
            try:
                return await connection.connect_open(at.address, at.port)
            except errors.Unreachable:
                if at.source == "broadcast":
                    raise
            found = await connection.ask(at.address)
        username, password = self.settings.username, self.settings.password
        try:
            if username is None or password is None:
                raise errors.NeedsSetup(f"{at.address} wants a login: {LOG_IN}")
            secrets = (username.get_secret_value(), password.get_secret_value())
            return await connection.log_in(at.address, found, *secrets)
        except errors.NeedsSetup:
            needs = LOG_IN_AGAIN if password else LOG_IN
            model = found.device_model.partition("(")[0]
            link.announce(_device(found.mac, model, model, needs=(needs,)))
            raise


def _device(
    mac: str, name: str, model: str, *, part: int | None = None, needs: tuple[str, ...] = ()
) -> Device:
    plain = re.sub("[^0-9a-f]", "", mac.lower())
    whole = device_id("kasa", plain)
    return Device(
        f"{whole}-{part}" if part else whole,
        name,
        maker="TP-Link",
        model=model,
        part_of=whole if part else None,
        connections=() if part else (f"mac:{plain}",),
        needs=needs,
    )


def to_hue(color: str) -> tuple[int, int]:
    """Return the hue in degrees and the saturation in percent of #rrggbb."""
    red, green, blue = (byte / 255 for byte in bytes.fromhex(color[1:]))
    hue, saturation, _ = colorsys.rgb_to_hsv(red, green, blue)
    return round(hue * 360) % 360, round(saturation * 100)


def to_color(hue: int, saturation: int) -> str:
    """Return #rrggbb at full brightness."""
    parts = colorsys.hsv_to_rgb(hue / 360, saturation / 100, 1)
    return "#" + bytes(round(255 * part) for part in parts).hex()
