"""The tour's part through water, doors and the treadmill, and how all of it is put to bed."""

import asyncio
import time
from typing import TYPE_CHECKING, Any

from simulators.house import VirtualHouse
from simulators.screenlogic_wire import OFF

if TYPE_CHECKING:
    from cli.tour import Call, Walk

UNUSED_AFTER = 2.0
"""Seconds that stand for the five minutes in which nobody has touched the treadmill."""
NOTICED_WITHIN = 15.0
WALKING, HEART_RATE = 5.0, 110
"""km/h and beats a minute of whoever gets on."""


def target_of(house: VirtualHouse) -> str:
    """Return the id of the Balboa spa: there are two more that are called Spa."""
    return f"balboa-{house.hot_tub.mac.hex()}"


async def water_and_doors(walk: "Walk", call: "Call") -> None:
    """Warm the hot tub, but not too warm, and find the door closed to agents."""
    house, lock = walk.house, walk.house.mqtt.lock
    tub = house.hot_tub
    await walk.step(
        "Make the hot tub 100 °F",
        call,
        "set_pool_or_spa",
        {"targets": target_of(house), "temperature": 100, "unit": "F"},
        lambda: f"set to {tub.target} °F",
        lambda _: tub.target == 100,
    )
    await walk.step(
        "104 °F is more than the owner allows",
        call,
        "set_pool_or_spa",
        {"targets": target_of(house), "temperature": 104, "unit": "F"},
        lambda: f"set to {tub.target} °F",
        lambda answer: answer.get("counts") == {"refused": 1} and tub.target == 100,
    )
    await walk.step(
        "No agent opens the front door by itself",
        call,
        "unlock_door",
        {"targets": "Front door"},
        lambda: f"locked {lock.locked}",
        lambda answer: answer.get("code") == "approval_needed",
    )


async def sleepy_time(walk: "Walk", call: "Call") -> None:
    """Put the whole house to bed by one call, once nobody is on the treadmill."""
    if walk.house.treadmill in walk.house:
        await _until(call, lambda state: state.get("in_use") is False)
    await walk.step(
        "Sleepy time",
        call,
        "run_scene",
        {"name": "sleepy time"},
        lambda: _told(walk.house),
        lambda _: _sleeps(walk.house),
    )


async def treadmill_in_use(walk: "Walk", call: "Call") -> None:
    """Nobody is stopped who did not ask for it; who asks is slowed, and never hurried."""
    belt = walk.house.treadmill.belt
    belt.heart_rate = HEART_RATE
    belt.start(WALKING)
    await _until(
        call, lambda state: bool(state.get("in_use")) and state.get("speed", 0) >= WALKING - 0.1
    )
    await walk.step(
        "Good night, while somebody walks: the belt runs on",
        call,
        "stop_treadmill",
        {"targets": "Treadmill", "pause": True, "if_unused": True},
        lambda: f"running at {belt.speed:.1f} km/h",
        lambda answer: answer.get("counts") == {"refused": 1} and belt.speed >= WALKING - 0.1,
    )
    await walk.step(
        "Slower, please",
        call,
        "slow_treadmill",
        {"targets": "Treadmill"},
        lambda: f"running at {belt.speed:.1f} km/h",
        lambda answer: answer.get("counts") == {"done": 1} and belt.speed <= 0.6 * WALKING + 0.1,
    )
    belt.heart_rate = None  # whoever it was gets off and forgets the belt


async def _until(call: "Call", is_so: Any) -> None:
    begun = time.perf_counter()
    while time.perf_counter() - begun < NOTICED_WITHIN:
        answer = await call("get_state", {"targets": "Treadmill", "kind": "treadmill"})
        states = answer.get("states") or [{}]
        if is_so(states[0].get("state", {})):
            return
        await asyncio.sleep(0.05)


def _at_night(house: VirtualHouse) -> dict[str, tuple[int, int]]:
    """Return how many of each sleep, and of how many; only of what stands here."""
    radiator = house.ccu.device("HM-CC-RT-DN")
    blind = house.ccu.device("HM-LC-Bl1-FM")
    lamps: list[Any] = [one for one in (house.hall, house.bedside, house.sofa) if one in house]
    music = house.music["Living room"].transport
    seen = {
        "lamps off": [not lamp.on for lamp in lamps],
        "music off": [music != "PLAYING"],
        "rooms at 17 °C": [house.ccu.value(f"{radiator}:4", "SET_TEMPERATURE") == 17],
        "shades closing": [
            any(one[0].startswith(blind) and one[2] == 0 for one in house.ccu.received)
        ],
    }
    if house.treadmill in house:
        seen["lamps off"].append(not house.mqtt.lamp.on)
        seen["shades closing"] += [
            house.bridge.value("Bay window shade", "TargetPosition") == 0,
            house.mqtt.shade.position < 100,
        ]
        seen["doors locked"] = [
            house.mqtt.lock.locked,
            house.bridge.value("Back door", "LockTargetState") == 1,
        ]
        seen["spas resting"] = [
            house.hot_tub.heat_mode == 1,
            house.swim_spa.target <= 10.5,
            house.pool.spa.heat == OFF,
        ]
        seen["treadmill paused"] = [house.treadmill.belt.paused]
    return {name: (sum(all_of), len(all_of)) for name, all_of in seen.items()}


def _told(house: VirtualHouse) -> str:
    seen = _at_night(house)
    counted = "; ".join(f"{name}: {count} of {all}" for name, (count, all) in seen.items())
    return f"{counted}; coffee machine's plug on {house.coffee.on} (bare switches are left alone)"


def _sleeps(house: VirtualHouse) -> bool:
    return house.coffee.on and all(count == all for count, all in _at_night(house).values())
