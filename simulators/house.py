"""The virtual house: every simulated device at an address of its own, started as one.

On loopback each device has an address of 127.0.0.0/8, which Linux answers without being told.
macOS knows 127.0.0.1 alone: there `VirtualHouse.small()` stands one device per port, and says so.
On a LAN (a network namespace) the same house takes addresses of that LAN.
"""

import ipaddress
import sys
from typing import Any, Self

from simulators import balboa, gecko
from simulators.homekit import HomeKit, HomeKitPlug
from simulators.homematic import HOUSE, Ccu
from simulators.kasa import ColorLamp, Dimmer, Lamp, Plug, Strip
from simulators.klap import TapoPlug
from simulators.mqtt_broker import Broker
from simulators.mqtt_house import MqttHouse
from simulators.screenlogic import PoolController
from simulators.screenlogic_wire import HEATER
from simulators.sonos import Household
from simulators.treadmill_dircon import Treadmill

KEYS = 2
"""Of the push-button in the hall."""
POOL_PORT = 8080
"""A controller's own is 80, which not everybody may listen on; its answer to the search tells."""
LOGIN = ("owner@example.com", "correct horse")


class VirtualHouse:
    """Lamps, plugs, music, heating, shades, locks, pool, spas and a treadmill, of ten makes."""

    def __init__(self, network: str = "127.0.77.0/24", broadcast: str = "127.255.255.255") -> None:
        self.network = network
        first = ipaddress.ip_network(network).network_address
        at = [str(first + offset) for offset in range(100)]
        self.coffee = Plug(at[11], broadcast, alias="Kitchen coffee machine")
        self.desk = Strip(
            at[12], broadcast, alias="Desk", sockets=("Monitor", "Printer", "Charger")
        )
        self.hall = Dimmer(at[13], broadcast, alias="Hall lamp")
        self.bedside = Lamp(at[14], broadcast, alias="Bedside lamp")
        self.sofa = ColorLamp(at[15], broadcast, alias="Sofa lamp")
        user, password = LOGIN
        self.heater = TapoPlug(
            at[16], broadcast, port=8016, username=user, password=password, alias="Towel heater"
        )
        self.music = Household({"Living room": at[21], "Kitchen": at[22]})
        self.ccu = Ccu(at[31])
        loopback = first.is_loopback
        announced = [("127.0.0.1" if loopback else at[number]) for number in (41, 42)]
        self.bridge = HomeKit(at[41], broadcast, interface=announced[0])
        self.aquarium = HomeKitPlug(at[42], broadcast, interface=announced[1])
        self.broker = Broker(at[51])
        self.mqtt = MqttHouse(at[51])
        self.pool = PoolController(at[61], broadcast, port=POOL_PORT)
        self.hot_tub = balboa.Spa(at[62], broadcast)
        self.swim_spa = gecko.Spa(at[63], broadcast, name="Swim spa")
        self.treadmill = Treadmill(at[71], name="Treadmill")
        self.counted = {
            self.bridge: 14,
            self.aquarium: 1,
            self.broker: 1,
            self.mqtt: len(self.mqtt.things) + 2,
            self.pool: 7,
            self.hot_tub: 5,
            self.swim_spa: 7,
            self.treadmill: 1,
        }
        for lit in (self.coffee, self.hall, self.sofa):
            lit.on = True
        self.pool.spa.heat = HEATER
        self.treadmill.belt.start(4.0)
        self.devices: list[Any] = [
            self.coffee,
            self.desk,
            self.hall,
            self.bedside,
            self.sofa,
            self.heater,
            self.music,
            self.ccu,
            self.bridge,
            self.aquarium,
            self.broker,
            self.mqtt,
            self.pool,
            self.hot_tub,
            self.swim_spa,
            self.treadmill,
        ]

    @classmethod
    def small(cls) -> Self:
        """Return a house on 127.0.0.1 alone: one plug, one player, one central."""
        house = cls("127.0.0.0/24")
        house.coffee = Plug("127.0.0.1", None, alias="Kitchen coffee machine")
        house.music = Household({"Living room": "127.0.0.1"})
        house.ccu = Ccu("127.0.0.1")
        house.devices, house.counted = [house.coffee, house.music, house.ccu], {}
        return house

    @classmethod
    def here(cls) -> Self:
        """Return the largest house that this system's loopback has room for."""
        return cls.small() if sys.platform == "darwin" else cls()

    @property
    def things(self) -> int:
        """How many things a person would count: sockets and keys too, and the centrals."""
        others = (self.music, self.ccu, *self.counted)
        kasa = [device for device in self.devices if device not in others]
        sockets = sum(len(device.sockets) for device in kasa if isinstance(device, Strip))
        counted = sum(self.counted.values())
        return len(kasa) + sockets + len(self.music.players) + 1 + len(HOUSE) + KEYS + counted

    @property
    def hosts(self) -> dict[str, list[str]]:
        """Where stands what no search finds: an owner has to say it."""
        found = {"homematic": [f"{self.ccu.address}:{self.ccu.port}"]}
        if self.broker in self.devices:
            found["mqtt"] = [f"{self.broker.address}:{self.broker.port}"]
        return found

    @property
    def codes(self) -> dict[str, str]:
        """The codes of the HomeKit accessories that stand here, by their ids without colons."""
        here = [one for one in (self.bridge, self.aquarium) if one in self]
        return {one.id.replace(":", "").lower(): one.pin for one in here}

    def __contains__(self, device: object) -> bool:
        return device in self.devices

    async def start(self) -> None:
        """Plug everything in; raise OSError where an address or a port is taken."""
        try:
            for device in self.devices:
                await device.start()
        except OSError:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Leave no socket, task or thread behind."""
        for device in reversed(self.devices):
            await device.stop()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()
