"""What is read out of the words of HomeKit accessories, and what they offer."""

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from adapters import homekit_words as words
from adapters.homekit import HomeKitAdapter, HomeKitSettings
from adapters.homekit_lamps import MILLION, to_color, to_hue, to_kelvin
from adapters.homekit_model import Accessory, Characteristic, parse, values
from adapters.homekit_offer import Offer
from adapters.homekit_offers import OFFERS, Thing, offering
from adapters.homekit_pairing import Pairing, Pairings
from gateway.adapter import Network, Sighting
from gateway.capabilities.climate import ClimateChange
from gateway.capabilities.light import LightChange
from gateway.capabilities.sensors import ButtonState
from gateway.device import Device
from gateway.errors import AdapterFault, DeviceRefused, NeedsSetup

HUB = "homekit-4a1c9e000001"


class Wire:
    """An accessory that takes whatever is written."""

    def __init__(self) -> None:
        self.pressed: dict[str, ButtonState] = {}
        self.written: list[tuple[str, float]] = []

    async def write(self, values: Sequence[tuple[Characteristic, float]], offer: Offer) -> None:
        for one, value in values:
            one.value = one.fit(value)
            self.written.append((one.type, one.value))
        offer.read()

    async def read(self, characteristics: Iterable[Characteristic]) -> frozenset[int]:
        return frozenset()


class Told:
    """What an adapter tells the core."""

    def __init__(self) -> None:
        self.devices: list[Device] = []

    def announce(self, device: Device) -> None:
        self.devices.append(device)

    def vanished(self, device_id: str, reason: str) -> None:
        raise AssertionError(device_id)


def service(iid: int, type: str, *, name: str = "", **told: Any) -> dict[str, Any]:
    """A service with characteristics by their names in `words`: a value, or all that is told."""
    rows = [(words.NAME, name)] if name else []
    rows += [(getattr(words, word), value) for word, value in told.items()]
    characteristics = []
    for number, (kind, value) in enumerate(rows, start=iid + 1):
        about = value if isinstance(value, dict) else {"value": value}
        row = {"iid": number, "type": kind, "perms": ["pr", "pw", "ev"], "format": "float"}
        characteristics.append(row | about)
    return {"iid": iid, "type": type, "characteristics": characteristics}


def accessory(*services: dict[str, Any], aid: int = 1, name: str = "Thing") -> Accessory:
    about = service(1, words.INFORMATION, name=name)
    told = {"accessories": [{"aid": aid, "services": [about, *services]}]}
    if aid != 1:
        told["accessories"].append({"aid": 1, "services": [about]})
    return next(one for one in parse(told) if one.aid == aid)


def things(*services: dict[str, Any], aid: int = 1) -> list[Thing]:
    return list(offering(accessory(*services, aid=aid), HUB, Wire()))


def only(*services: dict[str, Any]) -> tuple[Any, Wire]:
    wire = Wire()
    ((thing),) = offering(accessory(*services), HUB, wire)
    (offer,) = thing.offers
    offer.read()
    return offer, wire


def shown(offer: Offer) -> dict[str, Any]:
    assert offer.state is not None
    return offer.state.model_dump(exclude_none=True)


def test_the_words_are_those_of_the_library() -> None:
    from aiohomekit.model.characteristics.characteristic_types import CharacteristicsTypes
    from aiohomekit.model.services.service_types import ServicesTypes

    theirs = {
        name: words.short(value)
        for kind in (CharacteristicsTypes, ServicesTypes)
        for name, value in vars(kind).items()
        if isinstance(value, str) and not name.startswith("_")
    }
    for ours, name in {
        "THERMOSTAT": "THERMOSTAT",
        "HEATER_COOLER": "HEATER_COOLER",
        "LOCK": "LOCK_MECHANISM",
        "GARAGE": "GARAGE_DOOR_OPENER",
        "WINDOW_COVERING": "WINDOW_COVERING",
        "FAN_V2": "FAN_V2",
        "BATTERY": "BATTERY_SERVICE",
        "DOORBELL": "DOORBELL",
        "PROGRAMMABLE_SWITCH": "STATELESS_PROGRAMMABLE_SWITCH",
        "TARGET_DOOR": "DOOR_STATE_TARGET",
        "CURRENT_DOOR": "DOOR_STATE_CURRENT",
        "TARGET_LOCK": "LOCK_MECHANISM_TARGET_STATE",
        "CURRENT_LOCK": "LOCK_MECHANISM_CURRENT_STATE",
        "TARGET_HEATING": "HEATING_COOLING_TARGET",
        "TARGET_HEATER_COOLER": "TARGET_HEATER_COOLER_STATE",
        "HEATING_THRESHOLD": "TEMPERATURE_HEATING_THRESHOLD",
        "COOLING_THRESHOLD": "TEMPERATURE_COOLING_THRESHOLD",
        "POSITION_STATE": "POSITION_STATE",
        "HOLD_POSITION": "POSITION_HOLD",
        "PRESS": "INPUT_EVENT",
        "COLOR_TEMPERATURE": "COLOR_TEMPERATURE",
        "LOW_BATTERY": "STATUS_LO_BATT",
        "PM25": "DENSITY_PM25",
        "CO2_LEVEL": "CARBON_DIOXIDE_LEVEL",
        "CONFIGURED_NAME": "CONFIGURED_NAME",
        "LABEL_INDEX": "SERVICE_LABEL_INDEX",
    }.items():
        assert getattr(words, ours) == theirs[name], ours


def test_a_colour_survives_the_way_there_and_back() -> None:
    for color in ("#ff0000", "#00ff00", "#3366ff", "#ffb46b", "#ffffff"):
        assert to_color(*to_hue(color)) == color


@given(some.integers(1500, 9000))
def test_a_colour_temperature_survives_whole_mireds(kelvin: int) -> None:
    back = to_kelvin(round(MILLION / kelvin))
    assert back is not None and abs(back - kelvin) <= 50


@pytest.mark.parametrize("mireds", [None, 0.0, 10.0, 5000.0])
def test_what_is_no_colour_temperature_is_not_told(mireds: float | None) -> None:
    assert to_kelvin(mireds) is None


async def test_a_lamp_is_given_all_at_once_in_its_own_units() -> None:
    lamp, wire = only(
        service(
            10,
            words.LIGHTBULB,
            ON=0,
            BRIGHTNESS={"value": 50, "format": "int"},
            HUE=0,
            SATURATION=0,
            COLOR_TEMPERATURE={"value": 200, "format": "uint32", "minValue": 140, "maxValue": 500},
        )
    )
    assert shown(lamp) == {"on": False, "brightness": 50, "color_temperature": 5000}
    await lamp.set_light(LightChange(brightness=30, color_temperature=2700))
    assert wire.written == [("25", 1), ("8", 30), ("CE", 370)]
    await lamp.set_light(LightChange(color="#ff0000"))
    assert shown(lamp) == {"on": True, "brightness": 30, "color": "#ff0000"}
    await lamp.set_light(LightChange(brightness=0))
    assert wire.written[-1] == ("25", 0)


async def test_an_air_conditioner_has_a_temperature_for_each_mode() -> None:
    cooler, wire = only(
        service(
            10,
            words.HEATER_COOLER,
            ACTIVE=0,
            CURRENT_HEATER_COOLER=0,
            TARGET_HEATER_COOLER={"value": 2, "format": "uint8", "valid-values": [1, 2]},
            CURRENT_TEMPERATURE=26,
            HEATING_THRESHOLD={"value": 20, "minValue": 16, "maxValue": 25},
            COOLING_THRESHOLD={"value": 24, "minValue": 18, "maxValue": 30},
        )
    )
    assert shown(cooler) == {"temperature": 26, "mode": "off", "doing": "off"}
    limits = cooler.limits(False)
    assert limits["mode"].enum == ["off", "heat", "cool"]
    assert (limits["temperature"].min, limits["temperature"].max) == (16, 30)
    with pytest.raises(DeviceRefused):
        await cooler.set_thermostat(ClimateChange(temperature=22))
    with pytest.raises(DeviceRefused, match="16 to 25"):
        await cooler.set_thermostat(ClimateChange(mode="heat", temperature=28))
    assert wire.written == []
    await cooler.set_thermostat(ClimateChange(mode="cool", temperature=22))
    assert wire.written == [("B0", 1), ("B2", 2), ("D", 22)]
    assert shown(cooler)["target_temperature"] == 22
    await cooler.set_thermostat(ClimateChange(mode="off"))
    assert wire.written[-1] == ("B0", 0)


Json = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats() | some.text(max_size=5),
    lambda inner: (
        some.lists(inner, max_size=4)
        | some.dictionaries(
            some.sampled_from(["accessories", "services", "characteristics", "aid", "iid", "type"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@given(Json)
def test_nonsense_is_a_fault_and_never_anything_else(answer: Any) -> None:
    list(values(answer))
    with suppress(AdapterFault):
        parse(answer)


@given(some.sampled_from(sorted(OFFERS)), Json)
def test_no_value_breaks_what_reads_it(type: str, value: Any) -> None:
    told: dict[str, Any] = {
        name: {"value": value}
        for name in vars(words)
        if name.isupper() and name not in ("BASE", "NAME", "CONFIGURED_NAME", "LABEL_INDEX")
    }
    for thing in things(service(10, type, **told)):
        for offer in thing.offers:
            offer.read()
            offer.heard(frozenset(offer.reads))
            offer.limits(False)


async def test_a_new_pairing_is_tried_at_the_next_search(tmp_path: Path) -> None:
    adapter = HomeKitAdapter(HomeKitSettings(), Network("127.0.0.1", "127.255.255.255"))
    adapter.folder = tmp_path / "homekit"
    facts = {"id": "4A:1C:9E:00:00:84", "name": "Plug", "sf": "1"}
    at = Sighting("mdns", "127.0.76.85", 9, HomeKitAdapter.mdns[0], facts)
    told, heard = Told(), list[Sighting]()
    await adapter.search(heard.append)
    with pytest.raises(NeedsSetup):
        await adapter.serve(at, told)
    assert [device.id for device in told.devices] == ["homekit-4a1c9e000084"]
    await adapter.search(heard.append)
    assert heard == []
    keys = dict.fromkeys(("AccessoryLTPK", "iOSPairingId", "iOSDeviceLTSK", "iOSDeviceLTPK"), "00")
    one = Pairing("Plug", "127.0.76.85", 9, {"AccessoryPairingID": facts["id"], **keys})
    await asyncio.to_thread(Pairings(adapter.folder).keep, one)
    await adapter.search(heard.append)
    assert [(one.source, one.what) for one in heard] == [("radio", "homekit")]
    assert adapter.place(heard[0]) == adapter.place(at) == "4a1c9e000084"
    await adapter.search(heard.append)
    assert len(heard) == 1


async def test_pairings_that_cannot_be_read_are_a_problem_of_the_search(tmp_path: Path) -> None:
    adapter = HomeKitAdapter(HomeKitSettings(), Network("127.0.0.1", "127.255.255.255"))
    adapter.folder = tmp_path
    (tmp_path / "pairings.json").write_text("{")
    heard: list[Sighting] = []
    with pytest.raises(NeedsSetup, match=r"pairings\.json cannot be read"):
        await adapter.search(heard.append)
    at = Sighting("mdns", "127.0.76.85", 9, HomeKitAdapter.mdns[0], {"id": "4A:1C:9E:00:00:84"})
    with pytest.raises(NeedsSetup):
        await adapter.serve(at, Told())
    (tmp_path / "pairings.json").unlink()
    await adapter.search(heard.append)
    assert len(heard) == 1
