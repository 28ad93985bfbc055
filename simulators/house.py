"""The virtual house: every simulated device at an address of its own, started as one.

On loopback each device has an address of 127.0.0.0/8, which Linux answers without being told.
macOS knows 127.0.0.1 alone: there `VirtualHouse.small()` stands one device per port, and says so.
On a LAN (a network namespace) the same house takes addresses of that LAN.
"""

import ipaddress
import sys
from typing import Any, Self

from simulators.homematic import HOUSE, Ccu
from simulators.kasa import ColorLamp, Dimmer, Lamp, Plug, Strip
from simulators.klap import TapoPlug
from simulators.sonos import Household

KEYS = 2
"""Of the push-button in the hall."""
LOGIN = ("owner@example.com", "correct horse")


class VirtualHouse:
    """Eight Kasa sockets and lamps, a Tapo plug, two Sonos players and a Homematic central."""

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
        for lit in (self.coffee, self.hall, self.sofa):
            lit.on = True
        self.devices: list[Any] = [
            self.coffee,
            self.desk,
            self.hall,
            self.bedside,
            self.sofa,
            self.heater,
            self.music,
            self.ccu,
        ]

    @classmethod
    def small(cls) -> Self:
        """Return a house on 127.0.0.1 alone: one plug, one player, one central."""
        house = cls("127.0.0.0/24")
        house.coffee = Plug("127.0.0.1", None, alias="Kitchen coffee machine")
        house.music = Household({"Living room": "127.0.0.1"})
        house.ccu = Ccu("127.0.0.1")
        house.devices = [house.coffee, house.music, house.ccu]
        return house

    @classmethod
    def here(cls) -> Self:
        """Return the largest house that this system's loopback has room for."""
        return cls.small() if sys.platform == "darwin" else cls()

    @property
    def things(self) -> int:
        """How many things a person would count: sockets and keys too, and the central itself."""
        kasa = [device for device in self.devices if device not in (self.music, self.ccu)]
        sockets = sum(len(device.sockets) for device in kasa if isinstance(device, Strip))
        return len(kasa) + sockets + len(self.music.players) + 1 + len(HOUSE) + KEYS

    @property
    def hosts(self) -> dict[str, list[str]]:
        """Where stands what no search finds: an owner has to say it."""
        return {"homematic": [f"{self.ccu.address}:{self.ccu.port}"]}

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
