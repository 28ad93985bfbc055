"""A simulated treadmill on Bluetooth Low Energy: the service of `treadmill_ftms`, without a radio.

    async with RadioTreadmill("127.0.77.52") as treadmill:
        treadmill.belt.start(5.0)
        treadmill.radio  # the bumble transport for a client's host, from any process

As a process of its own, which reads one order a line and answers each with a line of JSON:

    python -m simulators.treadmill_bluetooth 127.0.77.52 9001 --rate 10 --miles

Orders: start [SPEED], speed N, incline N, heart [N], touch, pause, stop, safety_key, revoke, drop,
unplug, plug_in, show. It takes one connection at a time, as cheap belts do, and advertises whenever
it has none. Needs bumble, which is imported when it starts; advertising and ATT errors follow
Bluetooth SIG's Fitness Machine Service 1.0 (3.1 advertising, 4.16 control point).
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import struct
import sys
from typing import TYPE_CHECKING, Any, Unpack, get_args

from simulators.mains import Mains
from simulators.treadmill_air import PORT, TURNS, Air, lose_links, vanish
from simulators.treadmill_ftms import SERVICE, Habits, Machine, Quirk
from simulators.treadmill_gatt import Guest, Served, serve

if TYPE_CHECKING:
    from bumble.controller import Controller
    from bumble.device import Connection, Device

    from simulators.treadmill import Belt

TREADMILL = 1 << 0
AVAILABLE = 1 << 0
ADVERTISED_EVERY = 100
"""milliseconds"""


class RadioTreadmill(Mains):
    """One treadmill; `address` and `port` are where clients get a radio that hears it.

    `mac` is its Bluetooth address, a random static one that follows from where it is unless given.
    """

    def __init__(
        self,
        address: str = "127.0.0.1",
        *,
        name: str = "TREAD",
        port: int = PORT,
        mac: str | None = None,
        service_data: bool = True,
        air: Air | None = None,
        machine: Machine | None = None,
        **habits: Unpack[Habits],
    ) -> None:
        """`name` has at most 15 bytes; `air` is one that others share.

        Without `service_data` it advertises the bare service.
        """
        made = hashlib.sha256(f"{address}:{port}:{name}".encode()).hexdigest().upper()
        self.mac = mac or ":".join(["F0", *(made[at : at + 2] for at in range(0, 10, 2))])
        self.name = name
        self.service_data = service_data
        self.air = air or Air(address, port)
        self.machine = machine or Machine.of(**habits)
        self.guests: dict[Connection, Guest] = {}
        self._owns_air = air is None
        self._controller: Controller | None = None
        self._device: Device | None = None
        self._served: Served = {}
        self._alone = asyncio.Event()
        self._alone.set()

    @property
    def belt(self) -> Belt:
        """The belt, with its console."""
        return self.machine.belt

    @property
    def radio(self) -> str:
        """The bumble transport that gives a client's host a radio which hears this treadmill."""
        return self.air.radio

    async def start(self) -> None:
        """Comes up with the state it has; nothing happens when it is up."""
        if self._owns_air:
            await self.air.start()
        await self.plug_in()

    async def stop(self) -> None:
        """Leaves no socket and no task behind; nothing happens when it is down."""
        await self.unplug()
        if self._owns_air:
            await self.air.stop()

    async def plug_in(self) -> None:
        """Advertises."""
        if self._device is not None:
            return
        from bumble.controller import Controller
        from bumble.device import Device
        from bumble.hci import Address
        from bumble.host import Host
        from bumble.transport.common import AsyncPipeSink

        self._controller = Controller(self.name, link=self.air.link)
        host = Host(self._controller, AsyncPipeSink(self._controller))
        self._device = Device(name=self.name, address=Address(self.mac), host=host)
        self._served = serve(self._device, self.machine, self.guests.__getitem__)
        self._device.on("connection", self._connected)
        await self._device.power_on()
        await self._device.start_advertising(
            auto_restart=True,
            advertising_data=self._advertisement(),
            advertising_interval_min=ADVERTISED_EVERY,
            advertising_interval_max=ADVERTISED_EVERY,
        )

    async def unplug(self) -> None:
        """Power is gone without a word; the belt keeps its state and radios stay plugged in."""
        device, self._device = self._device, None
        controller, self._controller = self._controller, None
        if device is None or controller is None:
            return
        await device.stop_advertising()
        vanish(controller, self.air.link)
        await self._left_alone()
        await device.power_off()

    async def drop_clients(self) -> None:
        """The link is lost; whoever comes again is welcome."""
        if self._controller is not None:
            lose_links(self._controller, self.air.link)
            await self._left_alone()

    def _connected(self, connection: Connection) -> None:
        assert self._device is not None
        guest = self.guests[connection] = Guest(
            self._device, connection, self._served, self.machine
        )
        self._alone.clear()

        def gone(reason: int) -> None:
            guest.leave()
            del self.guests[connection]
            if not self.guests:
                self._alone.set()

        connection.on("disconnection", gone)

    async def _left_alone(self) -> None:
        for _ in range(TURNS):
            await asyncio.sleep(0)
        await self._alone.wait()

    def _advertisement(self) -> bytes:
        from bumble.core import AdvertisingData

        known = AdvertisingData.Type
        service = struct.pack("<H", SERVICE)
        told = [
            (known.FLAGS, b"\x06"),
            (known.COMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS, service),
        ]
        if self.service_data:
            data = service + struct.pack("<BH", AVAILABLE, TREADMILL)
            told.append((known.SERVICE_DATA_16_BIT_UUID, data))
        told.append((known.COMPLETE_LOCAL_NAME, self.name.encode()))
        return bytes(AdvertisingData(told))


async def obey(treadmill: RadioTreadmill, words: list[str]) -> dict[str, Any]:
    """Do what one line says, and tell what the belt itself says."""
    belt = treadmill.belt
    match words:
        case ["start" | "speed" | "incline" as order, number]:
            orders = {"start": belt.start, "speed": belt.set_speed, "incline": belt.set_incline}
            orders[order](float(number))
        case ["start" | "touch" | "pause" | "stop" | "safety_key" as order]:
            getattr(belt, order)()
        case ["heart", *number]:
            belt.heart_rate = int(number[0]) if number else None
        case ["revoke"]:
            treadmill.machine.revoke_control()
        case ["drop"]:
            await treadmill.drop_clients()
        case ["unplug" | "plug_in" as order]:
            await getattr(treadmill, order)()
    return truth(treadmill)


def truth(treadmill: RadioTreadmill) -> dict[str, Any]:
    """Return the belt's own side of what a client may read or write."""
    belt = treadmill.belt
    return {
        "mac": treadmill.mac,
        "radio": treadmill.radio,
        "state": belt.state,
        "speed": belt.speed,
        "incline": belt.incline,
        "distance": belt.distance,
        "elapsed": belt.elapsed,
        "energy": belt.energy,
        "clients": len(treadmill.guests),
        "written": [value.hex() for value in belt.written],
    }


async def main(arguments: argparse.Namespace) -> None:
    """Run a treadmill until standard input ends."""
    treadmill = RadioTreadmill(
        arguments.address,
        port=arguments.port,
        name=arguments.name,
        service_data=not arguments.bare,
        rate=arguments.rate,
        miles=arguments.miles,
        split=arguments.split,
        quirks=arguments.quirk,
    )
    async with treadmill:
        print(json.dumps(truth(treadmill)), flush=True)
        while order := await asyncio.to_thread(sys.stdin.readline):
            print(json.dumps(await obey(treadmill, order.split())), flush=True)


def parser() -> argparse.ArgumentParser:
    """The words that a treadmill of its own process is started with."""
    words = argparse.ArgumentParser(prog="python -m simulators.treadmill_bluetooth")
    words.add_argument("address", nargs="?", default="127.0.0.1")
    words.add_argument("port", nargs="?", type=int, default=PORT)
    words.add_argument("--name", default="TREAD")
    words.add_argument("--rate", type=float, default=1.0)
    words.add_argument("--miles", action="store_true")
    words.add_argument("--split", action="store_true")
    words.add_argument("--bare", action="store_true", help="advertise no service data")
    words.add_argument("--quirk", action="append", default=[], choices=get_args(Quirk))
    return words


if __name__ == "__main__":
    asyncio.run(main(parser().parse_args()))
