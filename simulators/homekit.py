"""HomeKit accessories: a bridge with what a house has, and a plug alone.

The peer is HAP-python 5.2 (Apache-2.0), which others wrote after Apple's "HomeKit Accessory
Protocol Specification, Non-Commercial Version": pairing, secure sessions, events and mDNS are its
own. Added are doors, locks and shades that take their time, and what a hand can do. It keeps its
pairings in memory and prints no code.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Callable
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pyhap.accessory import Accessory

from simulators.homekit_accessories import HOUSE, PRESSES, Made, plug
from simulators.homekit_driver import Announcer, Driver, QuietBridge
from simulators.mains import Mains

ADMIN = b"\x01"
logging.getLogger("pyhap").setLevel(logging.CRITICAL)  # what a device logs stays in the device
BRIDGE_ID, PLUG_ID = "4A:1C:9E:00:00:01", "4A:1C:9E:00:00:02"


class HomeKit(Mains):
    """What one address serves; `bridged` makes its accessories, one makes an accessory alone.

    `received` is every (name, characteristic, value) that controllers wrote, in order. `id` is
    its pairing id, `pin` its code.
    """

    def __init__(
        self,
        address: str = "127.0.77.81",
        broadcast: str | None = None,
        *,
        name: str = "Hall bridge",
        port: int = 51826,
        pin: str = "031-45-154",
        id: str = BRIDGE_ID,
        bridged: tuple[Callable[..., Made], ...] = HOUSE,
        interface: str = "127.0.0.1",
        travel: float = 0.5,
    ) -> None:
        self.address, self.port, self.name, self.pin, self.id = address, port, name, pin, id
        self.received: list[tuple[str, str, Any]] = []
        self.travel = travel
        self._bridged, self._interface = bridged, interface
        self._driver: Driver | None = None
        self._made: dict[str, Made] = {}
        self._running = False

    @property
    def public_key(self) -> bytes:
        """The key by which controllers know it, once it has started."""
        key: bytes = self._drive.state.public_key.public_bytes_raw()
        return key

    @property
    def paired(self) -> bool:
        """Whether a controller is paired with it."""
        return bool(self._drive.state.paired)

    @property
    def _drive(self) -> Driver:
        if self._driver is None:
            self._driver = self._make()
        return self._driver

    @property
    def prepared(self) -> int:
        """How many timed writes were announced."""
        return self._drive.prepared

    def trust(self, controller: str, public_key: bytes) -> None:
        """Be paired with a controller, as if it had given the code before."""
        self._drive.state.add_paired_client(controller.encode(), public_key, ADMIN)

    def introduce(self) -> dict[str, str]:
        """Be paired with a new controller; return what that keeps, under aiohomekit's names."""
        key, controller = Ed25519PrivateKey.generate(), str(uuid.uuid4())
        public = key.public_key().public_bytes_raw()
        self.trust(controller, public)
        return {
            "AccessoryPairingID": self.id,
            "AccessoryLTPK": self.public_key.hex(),
            "iOSPairingId": controller,
            "iOSDeviceLTSK": key.private_bytes_raw().hex(),
            "iOSDeviceLTPK": public.hex(),
        }

    def reset(self) -> None:
        """Forget every controller and hang up, as after a long press of its reset key."""
        for client in list(self._drive.state.paired_clients):
            if client in self._drive.state.paired_clients:
                self._drive.state.remove_paired_client(client)
        self.hang_up()
        if self._running:
            self._drive.async_update_advertisement()

    def hang_up(self) -> None:
        """Break every connection."""
        for connection in list(self._drive.http_server.connections.values()):
            connection.close()

    def value(self, name: str, characteristic: str) -> Any:
        """What an accessory itself knows, such as `value("Back door", "LockCurrentState")`."""
        return self._made[name].characteristic(characteristic).value

    def change_by_hand(self, name: str, characteristic: str, value: Any) -> None:
        """Something happens at an accessory: a door is locked, a room gets warmer."""
        self._made[name].characteristic(characteristic).set_value(value)

    def press(self, name: str, how: str = "short", key: int = 1) -> None:
        """Press a key of a button: short, double or long."""
        self._made[name].characteristic("ProgrammableSwitchEvent", key).set_value(PRESSES[how])

    def lose(self, name: str, away: bool = True) -> None:
        """Have the bridge lose an accessory behind it, such as for an empty battery."""
        self._made[name].accessory.away = away

    def refuse(self, name: str) -> None:
        """Have an accessory fail to carry out what is written."""
        self._made[name].refuse()

    def mute(self, name: str, characteristic: str) -> None:
        """Have a characteristic tell no changes: it has to be asked for."""
        one = self._made[name].characteristic(characteristic)
        one.override_properties({"Permissions": ["pr"]})

    def add_plug(self, name: str) -> int:
        """Add a plug to the bridge, which then has another configuration; return its aid."""
        made = plug(name)(self._drive, self._wrote, self.travel)
        self._made[name] = made
        self._drive.accessory.add_accessory(made.accessory)
        self._drive.config_changed()
        aid: int = made.accessory.aid
        return aid

    def move(self, port: int) -> None:
        """Listen at another port from its next start on."""
        self.port = self._drive.state.port = port
        self._drive.http_server._addr_port = (self.address, port)

    async def plug_in(self) -> None:
        """Answer and announce; OSError when the address is taken."""
        if self._running:
            return
        driver = self._drive
        driver.advertiser = Announcer(self._interface)
        self._running = True
        try:
            await driver.async_start()
        except OSError:
            self._running = False
            await driver.advertiser.async_close()
            raise

    async def unplug(self) -> None:
        """Leave no task and no socket behind; once is as good as twice."""
        if not self._running:
            return
        self._running = False
        for made in self._made.values():
            made.settle()
        driver = self._drive
        driver.leaving = set(driver.http_server.connections)
        driver.left.clear()
        await driver.async_stop()
        if driver.leaving:
            await driver.left.wait()

    def _make(self) -> Driver:
        driver = Driver(
            loop=asyncio.get_running_loop(),
            address=self.address,
            port=self.port,
            persist_file="",
            pincode=self.pin.encode(),
            mac=self.id,
        )
        made = [make(driver, self._wrote, self.travel) for make in self._bridged]
        self._made = {one.name: one for one in made}
        if len(made) == 1:
            top: Accessory = made[0].accessory
        else:
            top = QuietBridge(driver, self.name)
            top.set_info_service("1.0", "Simulated", "Bridge", self.id)
            for one in made:
                top.add_accessory(one.accessory)
        driver.add_accessory(top)
        return driver

    def _wrote(self, name: str, characteristic: str, value: Any) -> None:
        self.received.append((name, characteristic, value))


class HomeKitPlug(HomeKit):
    """A plug alone."""

    def __init__(
        self,
        address: str = "127.0.77.82",
        broadcast: str | None = None,
        *,
        name: str = "Aquarium plug",
        port: int = 51826,
        pin: str = "031-45-155",
        id: str = PLUG_ID,
        interface: str = "127.0.0.1",
    ) -> None:
        super().__init__(
            address,
            name=name,
            port=port,
            pin=pin,
            id=id,
            bridged=(plug(name),),
            interface=interface,
        )
