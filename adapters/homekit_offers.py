"""What the services of HomeKit offer, and which of them are parts of their accessory."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from adapters import homekit_words as words
from adapters.homekit_climate import HomeKitHeaterCooler, HomeKitThermostat
from adapters.homekit_lamps import HomeKitFan, HomeKitLight, HomeKitOutlet, HomeKitSwitch
from adapters.homekit_model import Accessory, Service, numbered
from adapters.homekit_offer import Offer, Speaker, device_of
from adapters.homekit_openings import HomeKitCover, HomeKitGarage, HomeKitLock
from adapters.homekit_sensors import (
    HomeKitButton,
    HomeKitContact,
    HomeKitLeak,
    HomeKitMeasurement,
    HomeKitOccupancy,
)

OFFERS: Mapping[str, type[Offer]] = {
    words.LIGHTBULB: HomeKitLight,
    words.OUTLET: HomeKitOutlet,
    words.SWITCH: HomeKitSwitch,
    words.FAN: HomeKitFan,
    words.FAN_V2: HomeKitFan,
    words.THERMOSTAT: HomeKitThermostat,
    words.HEATER_COOLER: HomeKitHeaterCooler,
    words.LOCK: HomeKitLock,
    words.GARAGE: HomeKitGarage,
    words.WINDOW_COVERING: HomeKitCover,
    words.WINDOW: HomeKitCover,
    words.CONTACT_SENSOR: HomeKitContact,
    words.LEAK_SENSOR: HomeKitLeak,
    words.MOTION_SENSOR: HomeKitOccupancy,
    words.OCCUPANCY_SENSOR: HomeKitOccupancy,
    words.TEMPERATURE_SENSOR: HomeKitMeasurement,
    words.HUMIDITY_SENSOR: HomeKitMeasurement,
    words.LIGHT_SENSOR: HomeKitMeasurement,
    words.CO2_SENSOR: HomeKitMeasurement,
    words.AIR_QUALITY_SENSOR: HomeKitMeasurement,
    words.BATTERY: HomeKitMeasurement,
    words.PROGRAMMABLE_SWITCH: HomeKitButton,
    words.DOORBELL: HomeKitButton,
}
SWITCH = "switch"


@dataclass(frozen=True, slots=True)
class Thing:
    """What becomes one device: an accessory, or one service of several alike."""

    id: str
    name: str
    part_of: str | None
    offers: tuple[Offer, ...]


def offering(accessory: Accessory, hub: str, speaker: Speaker) -> Iterator[Thing]:
    """Yield what an accessory is, then its parts; `hub` is our id of whom it is reached by."""
    own, kinds = device_of(hub, accessory), _by_kind(accessory)
    name = accessory.told(words.NAME) or own
    whole: list[Offer] = []
    parts: list[Thing] = []
    for kind, found in kinds.items():
        together = _together(kind, found, kinds)
        if together:
            whole.append(_offer(together, own, speaker))
        apart = [service for service in found if service not in together]
        for service, called in numbered(apart, name):
            id = f"{own}-{service.iid}"
            parts.append(Thing(id, called, own, (_offer([service], id, speaker),)))
    yield Thing(own, name, None if own == hub else hub, tuple(whole))
    yield from parts


def _by_kind(accessory: Accessory) -> dict[str, list[Service]]:
    found: dict[str, list[Service]] = {}
    for service in accessory.services:
        offer = OFFERS.get(service.type)
        if offer is not None and not service.hidden and offer.fits(service):
            found.setdefault(offer.name, []).append(service)
    return found


def _together(
    kind: str, found: Sequence[Service], kinds: Mapping[str, Sequence[Service]]
) -> Sequence[Service]:
    """Return the services that the accessory itself has under this kind.

    A switch beside something else that acts is a part, so that who switches a thermostat does
    not switch whatever that is.
    """
    others = (OFFERS[services[0].type] for other, services in kinds.items() if other != kind)
    if kind == SWITCH and any(offer.acts for offer in others):
        return ()
    if OFFERS[found[0].type].merges:
        types = [service.type for service in found]
        return [service for service in found if types.count(service.type) == 1]
    return found if len(found) == 1 else ()


def _offer(services: Sequence[Service], device: str, speaker: Speaker) -> Offer:
    return OFFERS[services[0].type](speaker, device, services)
