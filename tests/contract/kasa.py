"""The case of the Kasa adapter: python-kasa before simulated devices of both protocols."""

from collections.abc import Mapping
from typing import ClassVar

from adapters.kasa_connection import PROBES
from gateway.adapter import Sighting
from simulators.faults import FaultProxy
from simulators.kasa import ColorLamp, Dimmer, Lamp, Plug, Strip
from simulators.kasa_wire import Appliance
from simulators.klap import TapoPlug
from tests.contract.case import ByHand, Case, Command, Fields

BROADCAST = "127.255.255.255"
PORT, HTTP_PORT = 9999, 8074
POLL = 0.2
SEEN_WITHIN = 3.0
USERNAME, PASSWORD = "anna@example.com", "pw-7Gk2-secret"

PLUG, STRIP, DIMMER = "kasa-50c7bf000011", "kasa-50c7bf000012", "kasa-50c7bf000013"
LAMP, COLOR_LAMP, TAPO = "kasa-50c7bf000014", "kasa-50c7bf000015", "kasa-50c7bf000016"


def mac(id: str) -> str:
    """The MAC address from which a device's id is made."""
    digits = id.removeprefix("kasa-").upper()
    return ":".join(digits[at : at + 2] for at in range(0, 12, 2))


def heard(device: Appliance, address: str) -> Sighting:
    """What a search hears of a device, or of what stands at `address` in its place."""
    probe = next(probe for probe in PROBES if probe.port == device.probe_port)
    reply = device.answer_probe(probe.payload())
    assert reply is not None
    return Sighting("broadcast", address, probe.port, probe.name, {"payload": reply.hex()})


class KasaCase(Case):
    """Six devices: one of each kind, and one that wants a login.

    Plugs of both protocols lose their power and stand behind proxies.
    """

    adapter = "adapters.kasa:KasaAdapter"
    ids = frozenset(
        {PLUG, STRIP, DIMMER, LAMP, COLOR_LAMP, TAPO, *(f"{STRIP}-{n}" for n in (1, 2, 3))}
    )
    falls = frozenset({PLUG, TAPO})
    places = 2
    addresses = frozenset(f"127.0.74.{number}" for number in range(11, 17))
    there = Command(
        "a plug turns on",
        PLUG,
        "set_switch",
        {"on": True},
        lambda case: case.plug.on,
        {"on": True},
    )
    back = Command(
        "a plug turns off",
        PLUG,
        "set_switch",
        {"on": False},
        lambda case: not case.plug.on,
        {"on": False},
    )
    elsewhere = Command(
        "one socket of a strip turns on",
        f"{STRIP}-2",
        "set_switch",
        {"on": True},
        lambda case: [socket.on for socket in case.strip.sockets] == [False, True, False],
        {"on": True},
    )
    commands = (
        there,
        elsewhere,
        Command(
            "a plug behind a login turns on",
            TAPO,
            "set_switch",
            {"on": True},
            lambda case: case.tapo.on,
            {"on": True},
        ),
        Command(
            "a lamp turns on",
            LAMP,
            "set_light",
            {"on": True},
            lambda case: case.lamp.on and case.lamp.brightness == 100,
            {"on": True, "brightness": 100},
        ),
        Command(
            "a lamp is dimmed",
            LAMP,
            "set_light",
            {"brightness": 35},
            lambda case: (case.lamp.on, case.lamp.brightness) == (True, 35),
            {"on": True, "brightness": 35},
        ),
        Command(
            "a wall dimmer is dimmed",
            DIMMER,
            "set_light",
            {"brightness": 20},
            lambda case: (case.dimmer.on, case.dimmer.brightness) == (True, 20),
            {"on": True, "brightness": 20},
        ),
        Command(
            "a lamp shows a colour",
            COLOR_LAMP,
            "set_light",
            {"color": "#ff8800", "brightness": 60},
            lambda case: case.color() == (32, 100, 60),
            {"on": True, "color": "#ff8800", "brightness": 60},
        ),
        Command(
            "a lamp shows a dark colour between whole degrees",
            COLOR_LAMP,
            "set_light",
            {"color": "#3e7ad1"},
            lambda case: case.color() == (216, 70, 100),
            {"on": True, "color": "#4c94ff"},
        ),
        Command(
            "a lamp shows a white",
            COLOR_LAMP,
            "set_light",
            {"color_temperature": 4000},
            lambda case: case.color_lamp.on and case.color_lamp.color_temperature == 4000,
            {"on": True, "color_temperature": 4000},
        ),
    )
    by_hand = (
        ByHand("a button", PLUG, "switch", lambda case: case.press(), {"on": True}, SEEN_WITHIN),
        ByHand(
            "a socket's button",
            f"{STRIP}-3",
            "switch",
            lambda case: case.press_socket(),
            {"on": True},
            SEEN_WITHIN,
        ),
        ByHand(
            "a load on a plug that is on",
            PLUG,
            "energy",
            lambda case: case.load(42.5),
            {"power": 42.5},
            SEEN_WITHIN,
        ),
        ByHand(
            "a colour from the maker's app",
            COLOR_LAMP,
            "light",
            lambda case: case.paint(240),
            {"on": True, "color": "#0000ff"},
            SEEN_WITHIN,
        ),
    )
    bad_logins: ClassVar[Mapping[str, Fields]] = {
        "wrong": {"username": USERNAME, "password": f"not-{PASSWORD}"},
        "missing": {"username": None, "password": None},
    }
    locked = TAPO
    secrets = (USERNAME, PASSWORD)

    def __init__(self) -> None:
        self.plug = Plug("127.0.74.11", BROADCAST, mac=mac(PLUG), alias="Freezer")
        self.strip = Strip("127.0.74.12", BROADCAST, mac=mac(STRIP), alias="Desk")
        self.dimmer = Dimmer("127.0.74.13", BROADCAST, mac=mac(DIMMER), alias="Hall")
        self.lamp = Lamp("127.0.74.14", BROADCAST, mac=mac(LAMP), alias="Stairs")
        self.color_lamp = ColorLamp("127.0.74.15", BROADCAST, mac=mac(COLOR_LAMP), alias="Mood")
        self.tapo = TapoPlug(
            "127.0.74.16",
            BROADCAST,
            port=HTTP_PORT,
            username=USERNAME,
            password=PASSWORD,
            mac=mac(TAPO),
            alias="Kettle",
        )
        self.house: list[Appliance] = [
            self.plug,
            self.strip,
            self.dimmer,
            self.lamp,
            self.color_lamp,
            self.tapo,
        ]
        self.proxies = (
            FaultProxy(("127.0.74.21", PORT), (self.plug.address, PORT)),
            FaultProxy(("127.0.74.26", HTTP_PORT), (self.tapo.address, HTTP_PORT)),
        )

    @property
    def settings(self) -> Fields:
        return {"username": USERNAME, "password": PASSWORD, "poll": POLL}

    async def start(self) -> None:
        for device in self.house:
            await device.start()

    async def stop(self) -> None:
        for device in self.house:
            await device.stop()

    def sightings(self) -> list[Sighting]:
        at = {device: device.address for device in self.house}
        at[self.plug], at[self.tapo] = (proxy.listen[0] for proxy in self.proxies)
        return [heard(device, address) for device, address in at.items()]

    async def unplug(self) -> None:
        await self.plug.unplug()
        await self.tapo.unplug()

    async def plug_in(self) -> None:
        await self.plug.plug_in()
        await self.tapo.plug_in()

    def color(self) -> tuple[int, int, int] | None:
        """The hue, saturation and brightness that the lamp shows; None while it shows white."""
        lamp = self.color_lamp
        return None if lamp.color_temperature else (lamp.hue, lamp.saturation, lamp.brightness)

    def press(self) -> None:
        """Press the plug's own button."""
        self.plug.on = not self.plug.on

    def press_socket(self) -> None:
        """Press the button of the strip's third socket."""
        self.strip.sockets[2].on = not self.strip.sockets[2].on

    def load(self, watts: float) -> None:
        """Switch a load on behind the plug."""
        self.plug.on, self.plug.watts = True, watts

    def paint(self, hue: int) -> None:
        """Choose a colour with the maker's app."""
        lamp = self.color_lamp
        lamp.on, lamp.hue, lamp.saturation, lamp.color_temperature = True, hue, 100, 0
