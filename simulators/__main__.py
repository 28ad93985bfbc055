"""Stand the virtual house up until standard input ends.

    python -m simulators [NETWORK BROADCAST]

Reads one order a line: `unplug NAME`, `plug_in NAME`, `show`; answers each with a line of JSON.
"""

import asyncio
import json
import sys
from typing import Any

from simulators.house import VirtualHouse


async def main(*place: str) -> None:
    """Run a house at a place, by default on loopback."""
    house = VirtualHouse(*place) if place else VirtualHouse.here()
    async with house:
        told = {"things": house.things, "hosts": house.hosts, "codes": house.codes}
        print(json.dumps(told), flush=True)
        while order := await asyncio.to_thread(sys.stdin.readline):
            print(json.dumps(await obey(house, order.split())), flush=True)


async def obey(house: VirtualHouse, words: list[str]) -> dict[str, Any]:
    """Do what one line says, and tell what the devices themselves say."""
    match words:
        case ["unplug", name]:
            await getattr(house, name).unplug()
        case ["plug_in", name]:
            await getattr(house, name).plug_in()
    return truth(house)


def truth(house: VirtualHouse) -> dict[str, Any]:
    """Return the devices' own side of what an agent can change."""
    lamps: dict[str, Any] = {"hall": house.hall, "bedside": house.bedside, "sofa": house.sofa}
    radiator = house.ccu.device("HM-CC-RT-DN")
    shown = {
        "lamps": {name: lamp.on for name, lamp in lamps.items()},
        "coffee": house.coffee.on,
        "music": {player.room: player.transport for player in house.music.players},
        "study": house.ccu.value(f"{radiator}:4", "SET_TEMPERATURE"),
    }
    if house.treadmill not in house:
        return shown
    return shown | {
        "locked": {
            "front": house.mqtt.lock.locked,
            "back": house.bridge.value("Back door", "LockTargetState") == 1,
        },
        "spas": {
            "tub": house.hot_tub.heat_mode,
            "swim": house.swim_spa.target,
            "pool": house.pool.spa.heat,
        },
    }


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:3]))
