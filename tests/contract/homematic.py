"""The case of the Homematic adapter: pyhomematic before centrals with devices of pydevccu."""

from collections.abc import Mapping
from typing import Any, ClassVar

from gateway.adapter import Sighting
from simulators.faults import FaultProxy
from simulators.homematic import HOUSE, Ccu
from tests.contract.case import ByHand, Case, Command, Fields

ADDRESS, LOCKED_ADDRESS, BEHIND = "127.0.76.31", "127.0.76.32", "127.0.76.41"
PORT, IP_PORT = 2001, 2010
POLL = 1.0
SEEN_WITHIN = 3.0
USERNAME, PASSWORD = "anna-at-home", "pw/4%Rq:8@secret"

IP_DEVICES = {"HmIP-eTRV-2": "Bathroom radiator"}
DEVICES = {kind: name for kind, name in HOUSE.items() if kind not in IP_DEVICES}
DEVICES |= {"HM-LC-Sw2-FM": "Porch"}

SWITCH, GANGS, DIMMER, BLIND = "VCU0000321", "VCU0000330", "VCU0000108", "VCU0000045"
RADIATOR, IP_RADIATOR = "VCU0000050", "VCU3609622"
WINDOW, MOTION, KEYS = "VCU0000254", "VCU0000247", "VCU0000164"


def id_of(address: str) -> str:
    """Our id of a device, or of a channel that is a part of one."""
    return f"homematic-{address}".lower().replace(":", "-")


def central(address: str, port: int) -> str:
    """Our id of a central's interface."""
    return f"homematic-ccu-{address}-{port}".replace(".", "-")


def order(
    says: str, channel: str, tool: str, arguments: Fields, shows: Fields, **keys: Any
) -> Command:
    """A command that must reach a channel as these keys and values, in this order."""
    told = [(channel, key, value) for key, value in keys.items()]
    device = channel if channel.startswith(GANGS) else channel.partition(":")[0]

    def arrived(case: Any) -> bool:
        return bool(case.received()[-len(told) :] == told)

    return Command(says, id_of(device), tool, arguments, arrived, shows)


def hand(says: str, channel: str, kind: str, shows: Fields, **keys: Any) -> ByHand:
    """A change at a device that sets a value of a channel."""
    ((key, value),) = keys.items()
    device = channel.partition(":")[0]

    def change(case: Any) -> Any:
        ccu = case.ccu_ip if device == IP_RADIATOR else case.ccu
        return ccu.change_by_hand(channel, key, value)

    return ByHand(says, id_of(device), kind, change, shows, SEEN_WITHIN)


class HomematicCase(Case):
    """A central with radio devices, whose interface for Homematic IP stands beside it, and another
    without devices that wants a login. The radio interface loses its power and stands behind a
    proxy.
    """

    adapter = "adapters.homematic:HomematicAdapter"
    falls = frozenset(
        {
            central(ADDRESS, PORT),
            *map(id_of, (SWITCH, DIMMER, BLIND, RADIATOR, WINDOW, MOTION)),
            *(id_of(f"{device}{part}") for device in (GANGS, KEYS) for part in ("", ":1", ":2")),
        }
    )
    ids = falls | {
        central(ADDRESS, IP_PORT),
        central(LOCKED_ADDRESS, PORT),
        id_of(IP_RADIATOR),
    }
    addresses = frozenset({ADDRESS, LOCKED_ADDRESS})
    there = Command(
        "a plug turns on",
        id_of(SWITCH),
        "set_switch",
        {"on": True},
        lambda case: case.ccu.value(f"{SWITCH}:1", "STATE") is True,
        {"on": True},
    )
    back = Command(
        "a plug turns off",
        id_of(SWITCH),
        "set_switch",
        {"on": False},
        lambda case: case.ccu.value(f"{SWITCH}:1", "STATE") is False,
        {"on": False},
    )
    elsewhere = order(
        "a Homematic IP radiator is set to a temperature",
        f"{IP_RADIATOR}:1",
        "set_thermostat",
        {"temperature": 18.5, "unit": "C"},
        {"target_temperature": 18.5, "mode": "auto"},
        SET_POINT_TEMPERATURE=18.5,
    )
    commands = (
        there,
        elsewhere,
        order(
            "one gang of a relay turns on",
            f"{GANGS}:2",
            "set_switch",
            {"on": True},
            {"on": True},
            STATE=True,
        ),
        order(
            "a lamp turns on as bright as it was",
            f"{DIMMER}:1",
            "set_light",
            {"on": True},
            {"on": True, "brightness": 100},
            OLD_LEVEL=True,
        ),
        order(
            "a lamp is dimmed",
            f"{DIMMER}:1",
            "set_light",
            {"brightness": 35},
            {"on": True, "brightness": 35},
            LEVEL=0.35,
        ),
        order(
            "a blind opens halfway",
            f"{BLIND}:1",
            "set_shades",
            {"open": 50},
            {"target_open": 50},
            LEVEL=0.5,
        ),
        order(
            "a radiator is set to a temperature",
            f"{RADIATOR}:4",
            "set_thermostat",
            {"temperature": 21.5, "unit": "C"},
            {"target_temperature": 21.5, "mode": "auto"},
            SET_TEMPERATURE=21.5,
        ),
        order(
            "a radiator is set by hand",
            f"{RADIATOR}:4",
            "set_thermostat",
            {"mode": "heat"},
            {"target_temperature": 20, "mode": "heat"},
            MANU_MODE=20.0,
        ),
        order(
            "a radiator is turned off",
            f"{RADIATOR}:4",
            "set_thermostat",
            {"mode": "off"},
            {"mode": "off"},
            MANU_MODE=4.5,
        ),
        order(
            "a radiator boosts",
            f"{RADIATOR}:4",
            "set_thermostat",
            {"preset": "boost"},
            {"preset": "boost"},
            BOOST_MODE=True,
        ),
        order(
            "a Homematic IP radiator is turned off",
            f"{IP_RADIATOR}:1",
            "set_thermostat",
            {"mode": "off"},
            {"mode": "off"},
            CONTROL_MODE=1,
            SET_POINT_TEMPERATURE=4.5,
        ),
        order(
            "a Homematic IP radiator is set by hand",
            f"{IP_RADIATOR}:1",
            "set_thermostat",
            {"mode": "heat", "temperature": 23, "unit": "C"},
            {"target_temperature": 23, "mode": "heat"},
            CONTROL_MODE=1,
            SET_POINT_TEMPERATURE=23.0,
        ),
        order(
            "a Homematic IP radiator boosts",
            f"{IP_RADIATOR}:1",
            "set_thermostat",
            {"preset": "boost"},
            {"preset": "boost"},
            BOOST_MODE=True,
        ),
    )
    by_hand = (
        hand("a plug's button", f"{SWITCH}:1", "switch", {"on": True}, STATE=True),
        hand(
            "a dimmer's rocker", f"{DIMMER}:1", "light", {"on": True, "brightness": 20}, LEVEL=0.2
        ),
        hand("a blind's rocker", f"{BLIND}:1", "cover", {"open": 30, "moving": "no"}, LEVEL=0.3),
        hand(
            "a radiator's wheel",
            f"{RADIATOR}:4",
            "climate",
            {"target_temperature": 23.5},
            SET_TEMPERATURE=23.5,
        ),
        hand(
            "a room that gets warmer",
            f"{IP_RADIATOR}:1",
            "climate",
            {"temperature": 22.4},
            ACTUAL_TEMPERATURE=22.4,
        ),
        hand("a window", f"{WINDOW}:1", "contact", {"open": True}, STATE=True),
        hand("somebody on the stairs", f"{MOTION}:1", "occupancy", {"occupied": True}, MOTION=True),
        hand("daylight", f"{MOTION}:1", "measurement", {"illuminance": 200}, BRIGHTNESS=200),
        ByHand(
            "a short press",
            id_of(f"{KEYS}:1"),
            "button",
            lambda case: case.ccu.press(f"{KEYS}:1"),
            {"last": "short", "presses": 1},
            SEEN_WITHIN,
        ),
        ByHand(
            "a long press",
            id_of(f"{KEYS}:2"),
            "button",
            lambda case: case.ccu.press(f"{KEYS}:2", long=True),
            {"last": "long", "presses": 1},
            SEEN_WITHIN,
        ),
    )
    bad_logins: ClassVar[Mapping[str, Fields]] = {
        "wrong": {"username": USERNAME, "password": f"not-{PASSWORD}"},
        "missing": {"username": None, "password": None},
    }
    locked = central(LOCKED_ADDRESS, PORT)
    secrets = (USERNAME, PASSWORD)

    def __init__(self) -> None:
        self.ccu = Ccu(ADDRESS, PORT, devices=DEVICES)
        self.ccu_ip = Ccu(ADDRESS, IP_PORT, devices=IP_DEVICES)
        self.locked_ccu = Ccu(LOCKED_ADDRESS, PORT, devices={}, login=(USERNAME, PASSWORD))
        self.ccus: tuple[Ccu, ...] = (self.ccu, self.ccu_ip, self.locked_ccu)
        self.proxies = (FaultProxy((ADDRESS, PORT), (BEHIND, PORT)),)

    @property
    def settings(self) -> Fields:
        hosts = [ADDRESS, f"{ADDRESS}:{IP_PORT}", LOCKED_ADDRESS]
        return {"hosts": hosts, "poll": POLL, "username": USERNAME, "password": PASSWORD}

    async def start(self) -> None:
        # an interface is known by its address, so that the proxy must have that of what it hides
        self.ccu.address = BEHIND if self.proxied else ADDRESS
        for ccu in self.ccus:
            await ccu.start()

    async def stop(self) -> None:
        for ccu in self.ccus:
            await ccu.stop()

    def sightings(self) -> list[Sighting]:
        places = ((ADDRESS, PORT), (ADDRESS, IP_PORT), (LOCKED_ADDRESS, PORT))
        return [Sighting("configured", *place, "homematic") for place in places]

    async def unplug(self) -> None:
        await self.ccu.unplug()

    async def plug_in(self) -> None:
        await self.ccu.plug_in()

    def received(self) -> list[tuple[str, str, Any]]:
        """Everything that was written to devices; each central has kept the order."""
        return self.ccu.received + self.ccu_ip.received
