"""Gecko spas with in.touch2, by geckolib 0.4.20 (GPL-3): water, pumps, blower and lights.

Found by a broadcast, they tell of their changes by themselves. The library refuses no temperature
and sends 60 °C as it sends 36; what may be set is the core's to say. A pump and a light are set,
as geckolib 1.0.16 does it; a blower has nothing but its key, which toggles it.
"""

import uuid

from pydantic import Field

from adapters.gecko_greeting import PORT, SEARCH, Who, greet, heard
from adapters.gecko_offers import GeckoBlower, GeckoFact, GeckoLight, GeckoPump, GeckoWater, Offer
from adapters.gecko_spa import Connection
from gateway.adapter import Adapter, AdapterSettings, Announced, Link, Network, Probe, Sighting
from gateway.device import Device, device_id
from gateway.errors import Unreachable


class GeckoSettings(AdapterSettings):
    """Spas want no login."""

    poll: float = Field(5.0, gt=0, le=10)
    """Seconds between two looks whether a spa still answers; it tells of changes by itself."""


class Spa:
    """One spa with its parts, and what they offer."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.offers: list[tuple[str, str, Offer]] = []

    def learn(self) -> None:
        """Take up what the connected spa has."""
        water = GeckoWater(self.connection)
        with self.connection.typed(Unreachable):
            self.offers = [("", "", water), *self._things(), *self._facts()]
            self.read()

    def read(self) -> None:
        """Report what has changed."""
        for _, _, offer in self.offers:
            offer.read()

    def devices(self) -> list[Device]:
        """Return the whole and its parts, within the limits that they have now."""
        who, devices = self.connection.who, []
        whole = device_id("gecko", who.mac or who.identity.decode())
        for part, name, offer in self.offers:
            device = Device(
                f"{whole}-{part}" if part else whole,
                f"{who.name} {name}" if part else who.name,
                maker="Gecko",
                model=self.connection.model,
                part_of=whole if part else None,
                connections=(f"mac:{who.mac}",) if who.mac and not part else (),
            )
            device.offer(offer, **offer.limits())
            devices.append(device)
        return devices

    def _things(self) -> list[tuple[str, str, Offer]]:
        from geckolib import GeckoConstants

        spa, found = self.connection, list[tuple[str, str, Offer]]()
        for one in spa.facade.actual_user_devices:
            key, demand = one["device"], one["user_demand"]["demand"]
            options = one["user_demand"]["options"]
            name, number, _, kind = GeckoConstants.DEVICES[key]
            offer: Offer
            if kind == GeckoConstants.DEVICE_CLASS_PUMP:
                offer = GeckoPump(spa, key, demand, self._speeds(key, options))
            elif kind == GeckoConstants.DEVICE_CLASS_BLOWER:
                offer = GeckoBlower(spa, key, number)
            else:
                offer = GeckoLight(spa, demand, options)
            found.append((key.lower(), name.lower(), offer))
        return found

    def _speeds(self, key: str, options: list[str]) -> list[str]:
        """Return what can be wanted of a pump: its slow winding may not be connected."""
        wired = self.connection.wired
        only_fast = f"{key}H" in wired and f"{key}L" not in wired
        return [option for option in options if not (only_fast and option == "LO")]

    def _facts(self) -> list[tuple[str, str, Offer]]:
        spa = self.connection
        cycle = GeckoFact(spa, {"Clean": "cleaning", "Purge": "purging"}, "idle")
        facts: list[tuple[str, str, Offer]] = [("filter", "filter cycle", cycle)]
        if spa.facade.eco_mode is not None:
            economy = GeckoFact(spa, {"EconActive": "on"}, "off")
            facts.append(("economy", "economy mode", economy))
        return facts


class GeckoAdapter(Adapter[GeckoSettings]):
    """Every spa with an in.touch2."""

    name = "gecko"
    settings_type = GeckoSettings
    library = "geckolib"
    port = PORT
    probes = (Probe("gecko", PORT, lambda: SEARCH),)

    def __init__(self, settings: GeckoSettings, network: Network) -> None:
        super().__init__(settings, network)
        self._client = f"IOS{uuid.uuid4()}".encode()

    def claims(self, sighting: Sighting) -> bool:
        if ":" in sighting.address:
            return False  # a spa speaks IPv4 and nothing else
        return sighting.source != "broadcast" or _said(sighting) is not None

    async def serve(self, at: Sighting, link: Link) -> None:
        place = (at.address, at.port or PORT)
        who = await greet(*place)
        spa = Spa(Connection(who, place, self._client, lambda: spa.read()))
        announced = Announced(link)
        try:
            await spa.connection.open()
            spa.learn()
            while True:
                announced.tell(spa.devices())
                await spa.connection.keep(self.settings.poll)
        finally:
            await spa.connection.aclose()


def _said(sighting: Sighting) -> Who | None:
    try:
        return heard(bytes.fromhex(sighting.facts.get("payload", "")))
    except ValueError:
        return None
