"""The case of the MQTT adapter: aiomqtt before Debian's mosquitto, where that is, or our broker."""

from collections.abc import Mapping
from typing import ClassVar

from gateway.adapter import Sighting
from simulators.faults import FaultProxy
from simulators.mqtt_broker import Broker
from simulators.mqtt_house import Group, MqttHouse
from simulators.mqtt_nodes import MeteredPlug
from tests.contract.case import Case, Fields
from tests.contract.mqtt_mosquitto import MOSQUITTO, Mosquitto
from tests.contract.mqtt_orders import (
    AWAY,
    BACK,
    BELL,
    BY_HAND,
    COMMANDS,
    FAN,
    GARAGE,
    HEAT,
    LAMP,
    LEAK,
    LOCK,
    MOTION,
    OTHER,
    PLUG,
    POOL,
    SETPOINT,
    SHADE,
    SPA,
    THERE,
)

ADDRESS, ELSEWHERE, LOCKED, BEHIND = (f"127.0.76.{last}" for last in (71, 72, 73, 74))
PORT = 1883
KEEPALIVE = 2
USERNAME, PASSWORD = "anna-at-home", "pw/4%Rq:8@secret"


def broker(address: str) -> str:
    """Our id of a broker."""
    return f"mqtt-broker-{address}-{PORT}".replace(".", "-")


class MqttCase(Case):
    """A broker with a house of eleven devices, one with a plug, and one that wants a login.

    The first loses its power and stands behind a proxy.
    """

    adapter = "adapters.mqtt:MqttAdapter"
    falls = frozenset(
        {broker(ADDRESS), LAMP, SHADE, LOCK, LEAK, MOTION, BELL, PLUG, HEAT, FAN, GARAGE, POOL}
        | {SETPOINT, SPA}
    )
    ids = falls | {broker(ELSEWHERE), OTHER, broker(LOCKED)}
    addresses = frozenset({ADDRESS, ELSEWHERE, LOCKED})
    there, back, elsewhere, commands, by_hand = THERE, BACK, AWAY, COMMANDS, BY_HAND
    bad_logins: ClassVar[Mapping[str, Fields]] = {
        "wrong": {"username": USERNAME, "password": f"not-{PASSWORD}"},
        "missing": {"username": None, "password": None},
    }
    locked = broker(LOCKED)
    secrets = (USERNAME, PASSWORD)

    def __init__(self) -> None:
        self.main: Mosquitto | Broker = Broker(ADDRESS) if MOSQUITTO is None else Mosquitto(ADDRESS)
        self.quiet, self.closed = Broker(ELSEWHERE), Broker(LOCKED, login=(USERNAME, PASSWORD))
        self.other = MeteredPlug("D4E5F6", "Tool bench", "tasmota_D4E5F6")
        self.others = Group(ELSEWHERE, PORT, "tool-bench", (self.other,))
        self.house = MqttHouse(ADDRESS, PORT)
        self.proxies = (FaultProxy((ADDRESS, PORT), (BEHIND, PORT)),)

    @property
    def settings(self) -> Fields:
        return {
            "hosts": [ADDRESS, ELSEWHERE, LOCKED],
            "username": USERNAME,
            "password": PASSWORD,
            "keepalive": KEEPALIVE,
            "writable": [SETPOINT, f"{POOL}/mode", f"{POOL}/pump", f"{POOL}/clean"],
        }

    async def start(self) -> None:
        # a broker is known by its address, so that the proxy must have that of what it hides
        self.main.address = BEHIND if self.proxied else ADDRESS
        self.house = MqttHouse(self.main.address, PORT)
        for one in (self.main, self.quiet, self.closed, self.others, self.house):
            await one.start()

    async def stop(self) -> None:
        for one in (self.house, self.others, self.closed, self.quiet, self.main):
            await one.stop()

    def sightings(self) -> list[Sighting]:
        return [Sighting("configured", one, PORT, "mqtt") for one in sorted(self.addresses)]

    async def unplug(self) -> None:
        await self.main.unplug()

    async def plug_in(self) -> None:
        await self.main.plug_in()
