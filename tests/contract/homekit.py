"""The case of the HomeKit adapter: aiohomekit before accessories of HAP-python."""

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from adapters.homekit import HomeKitAdapter
from adapters.homekit_pairing import Pairing, Pairings, plain
from gateway.adapter import Sighting
from simulators.faults import FaultProxy
from simulators.homekit import BRIDGE_ID, PLUG_ID, HomeKit, HomeKitPlug
from tests.contract.case import ByHand, Case, Command, Fields

ADDRESS, PLUG_ADDRESS, BEHIND = "127.0.76.81", "127.0.76.82", "127.0.76.83"
PORT = 51826
POLL = 1.0
SEEN_WITHIN = 4.0
HUB, PLUG = f"homekit-{plain(BRIDGE_ID)}", f"homekit-{plain(PLUG_ID)}"

AIDS = {
    "Gallery lamp": 2,
    "Back door": 3,
    "Carport door": 4,
    "Bay window shade": 5,
    "Hall thermostat": 6,
    "Study sensor": 8,
    "Study window": 9,
    "Cellar leak sensor": 10,
    "Bedroom fan": 11,
    "Bedside button": 12,
    "Boiler relay": 13,
}
"""HAP-python leaves 7 out."""
KEYS = (8, 11)
"""The iids of the two keys of the button."""


def id_of(name: str) -> str:
    """Our id of an accessory behind the bridge."""
    return f"{HUB}-{AIDS[name]}"


def key_of(number: int) -> str:
    """Our id of a key of the button."""
    return f"{id_of('Bedside button')}-{KEYS[number - 1]}"


def paired(home: HomeKit, at: tuple[str, int]) -> Pairing:
    """Have an accessory trust us, and return the pairing, as both had it from earlier."""
    return Pairing(home.name, *at, home.introduce())


def heard(home: HomeKit, at: tuple[str, int]) -> Sighting:
    """What mDNS says of an accessory, at this address."""
    facts = {"id": home.id, "md": home.name, "name": home.name, "sf": "0", "c#": "2"}
    return Sighting("mdns", *at, HomeKitAdapter.mdns[0], facts)


def order(
    says: str, name: str, tool: str, arguments: Fields, shows: Fields, **values: Any
) -> Command:
    """A command that must reach an accessory as these characteristics, in this order."""
    told = [(name, key, value) for key, value in values.items()]

    def arrived(case: Any) -> bool:
        return bool(case.received()[-len(told) :] == told)

    return Command(says, id_of(name), tool, arguments, arrived, shows)


def hand(says: str, name: str, kind: str, shows: Fields, **values: Any) -> ByHand:
    """A change at an accessory."""

    def change(case: Any) -> None:
        for key, value in values.items():
            case.hub.change_by_hand(name, key, value)

    return ByHand(says, id_of(name), kind, change, shows, SEEN_WITHIN)


class HomeKitCase(Case):
    """A bridge with a house behind it, which loses its power and stands behind a proxy, and a plug
    alone. Both are paired with us.
    """

    adapter = "adapters.homekit:HomeKitAdapter"
    falls = frozenset({HUB, *map(id_of, AIDS), key_of(1), key_of(2)})
    ids = falls | {PLUG}
    addresses = frozenset({ADDRESS, PLUG_ADDRESS})
    there = order(
        "a lamp turns on", "Gallery lamp", "set_light", {"on": True}, {"on": True}, On=True
    )
    back = order(
        "a lamp turns off", "Gallery lamp", "set_light", {"on": False}, {"on": False}, On=False
    )
    elsewhere = Command(
        "a plug turns on",
        PLUG,
        "set_switch",
        {"on": True},
        lambda case: case.plug.received[-1:] == [("Aquarium plug", "On", True)],
        {"on": True},
    )
    commands = (
        there,
        elsewhere,
        order(
            "a lamp is dimmed",
            "Gallery lamp",
            "set_light",
            {"brightness": 35},
            {"on": True, "brightness": 35},
            On=True,
            Brightness=35,
        ),
        order(
            "a lamp is coloured",
            "Gallery lamp",
            "set_light",
            {"color": "#00ff00"},
            {"on": True, "color": "#00ff00"},
            On=True,
            Hue=120,
            Saturation=100,
        ),
        order(
            "a lamp is white",
            "Gallery lamp",
            "set_light",
            {"color_temperature": 4000},
            {"on": True, "color_temperature": 4000},
            On=True,
            ColorTemperature=250,
        ),
        order(
            "a door is locked", "Back door", "lock_door", {}, {"locked": True}, LockTargetState=1
        ),
        order(
            "a shade closes halfway",
            "Bay window shade",
            "set_shades",
            {"open": 50},
            {"target_open": 50},
            TargetPosition=50,
        ),
        order(
            "a thermostat is set to a temperature",
            "Hall thermostat",
            "set_thermostat",
            {"temperature": 21.5, "unit": "C"},
            {"target_temperature": 21.5, "mode": "heat"},
            TargetTemperature=21.5,
        ),
        order(
            "a thermostat is turned off",
            "Hall thermostat",
            "set_thermostat",
            {"mode": "off"},
            {"mode": "off", "doing": "off"},
            TargetHeatingCoolingState=0,
        ),
        order(
            "a thermostat keeps a room between two temperatures",
            "Hall thermostat",
            "set_thermostat",
            {"mode": "auto", "low": 18, "high": 26, "unit": "C"},
            {"mode": "auto", "target_low": 18, "target_high": 26},
            TargetHeatingCoolingState=3,
            HeatingThresholdTemperature=18,
            CoolingThresholdTemperature=26,
        ),
        order(
            "a fan turns at a speed",
            "Bedroom fan",
            "set_fan",
            {"speed": 70},
            {"on": True, "speed": 70},
            Active=1,
            RotationSpeed=70,
        ),
    )
    by_hand = (
        hand(
            "a lamp's dimmer",
            "Gallery lamp",
            "light",
            {"on": True, "brightness": 20},
            On=True,
            Brightness=20,
        ),
        hand("a thumb turn", "Back door", "lock", {"locked": True}, LockCurrentState=1),
        hand("a jammed bolt", "Back door", "lock", {"jammed": True}, LockCurrentState=2),
        hand(
            "a garage door opens",
            "Carport door",
            "garage",
            {"open": True, "moving": "opening"},
            CurrentDoorState=2,
        ),
        hand("a shade's cord", "Bay window shade", "cover", {"open": 30}, CurrentPosition=30),
        hand(
            "a thermostat's wheel",
            "Hall thermostat",
            "climate",
            {"target_temperature": 23.5},
            TargetTemperature=23.5,
        ),
        hand(
            "a room that gets warmer",
            "Hall thermostat",
            "climate",
            {"temperature": 22.4},
            CurrentTemperature=22.4,
        ),
        hand(
            "daylight",
            "Study sensor",
            "measurement",
            {"illuminance": 900},
            CurrentAmbientLightLevel=900,
        ),
        hand(
            "somebody in the study",
            "Study sensor",
            "occupancy",
            {"occupied": True},
            MotionDetected=True,
        ),
        hand("a window", "Study window", "contact", {"open": True}, ContactSensorState=1),
        hand("water on the floor", "Cellar leak sensor", "leak", {"leaking": True}, LeakDetected=1),
        hand("a fan's knob", "Bedroom fan", "fan", {"on": True, "speed": 40}, Active=1),
        hand("a boiler", "Boiler relay", "switch", {"on": True}, On=True),
        ByHand(
            "a short press",
            key_of(1),
            "button",
            lambda case: case.hub.press("Bedside button"),
            {"last": "short", "presses": 1},
            SEEN_WITHIN,
        ),
        ByHand(
            "a long press of the other key",
            key_of(2),
            "button",
            lambda case: case.hub.press("Bedside button", "long", key=2),
            {"last": "long", "presses": 1},
            SEEN_WITHIN,
        ),
    )
    not_applicable: ClassVar[Mapping[str, str]] = dict.fromkeys(
        (
            "test_a_bad_login_is_said_as_a_need_and_kept_secret",
            "test_a_good_login_is_kept_secret",
            "test_a_need_is_said_once_and_what_was_known_stays",
        ),
        "no login in settings: a pairing is a key of its own (test_homekit_pairing)",
    )

    def __init__(self) -> None:
        self.hub = HomeKit(ADDRESS, travel=0.2)
        self.plug = HomeKitPlug(PLUG_ADDRESS)
        self.proxies = (FaultProxy((ADDRESS, PORT), (BEHIND, PORT)),)
        self.folder = Path()

    @property
    def settings(self) -> Fields:
        return {"poll": POLL}

    async def start(self) -> None:
        if self.proxied:
            self.hub = HomeKit(BEHIND, travel=0.2)
        self.folder = Path(tempfile.mkdtemp())
        # The composition gives an adapter its folder; the suite makes it without one.
        HomeKitAdapter.folder = self.folder / "homekit"
        kept = Pairings(HomeKitAdapter.folder)
        for home, at in ((self.hub, (ADDRESS, PORT)), (self.plug, (PLUG_ADDRESS, PORT))):
            kept.keep(paired(home, at))
            await home.start()

    async def stop(self) -> None:
        HomeKitAdapter.folder = None
        for home in (self.hub, self.plug):
            await home.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def sightings(self) -> list[Sighting]:
        return [heard(self.hub, (ADDRESS, PORT)), heard(self.plug, (PLUG_ADDRESS, PORT))]

    async def unplug(self) -> None:
        await self.hub.unplug()

    async def plug_in(self) -> None:
        await self.hub.plug_in()

    def received(self) -> list[tuple[str, str, Any]]:
        """Everything that was written to accessories behind the bridge."""
        return self.hub.received
