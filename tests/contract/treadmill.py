"""The case of the treadmill adapter: two belts that run at 8 km/h and speak over TCP."""

import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, ClassVar

from adapters.treadmill import TreadmillAdapter
from adapters.treadmill_ftms import PAUSE, STOP
from gateway.adapter import Sighting
from simulators.faults import FaultProxy
from simulators.treadmill import Belt
from simulators.treadmill_dircon import PORT, Treadmill
from simulators.treadmill_ftms import Machine
from tests.contract.case import ByHand, Case, Command, Fields

GYM_ADDRESS, CELLAR_ADDRESS, PROXY = "127.0.76.41", "127.0.76.42", "127.0.76.45"
GYM, CELLAR = "treadmill-020000007641", "treadmill-020000007642"
RATE, SPEED, SEEN_WITHIN = 10, 8.0, 3.0
NO_LOGIN = "treadmills want no login"
NO_WAY_BACK = "nothing starts a belt or makes it faster again: tests/contract/test_treadmill*.py"


class Ahead:
    """A clock that can be set ahead, so that a belt is at its speed at once."""

    def __init__(self) -> None:
        self.by = 0.0

    def __call__(self) -> float:
        return time.monotonic() + self.by


def running_belt(speed: float = SPEED, rate: float = RATE) -> Belt:
    """A belt that somebody has started a while ago."""
    clock = Ahead()
    belt = Belt(rate=rate, clock=clock)
    belt.start(speed)
    clock.by = 60 / rate
    assert belt.speed == speed
    return belt


def order(says: str, device: str, tool: str, written: bytes, arguments: Fields) -> Command:
    """A command after which the belt was told just this, last, and stands still."""

    def arrived(case: "TreadmillCase") -> bool:
        belt = case.belts[device]
        return belt.written[-1:] == [written] and not belt.speed

    return Command(says, device, tool, arguments, arrived, {"running": False, "speed": 0})


def hand(says: str, do: Callable[[Belt], object], **shows: Any) -> ByHand:
    """Something that somebody does to the belt in the gym."""
    return ByHand(
        says, GYM, "treadmill", lambda case: do(case.belts[GYM]), shows, within=SEEN_WITHIN
    )


def slowed(case: "TreadmillCase") -> bool:
    """Whether the belt in the gym was slowed, at least once, and runs on."""
    belt = case.belts[GYM]
    orders = [int.from_bytes(one[1:], "little") for one in belt.written if one[0] == 2]
    return orders[:1] == [480] and 0 < belt.speed <= 4.8


class TreadmillCase(Case):
    """Before the belt in the gym stands a proxy; another one runs in the cellar."""

    adapter = "adapters.treadmill:TreadmillAdapter"
    ids = frozenset({GYM, CELLAR})
    falls = frozenset({GYM})
    addresses = frozenset({GYM_ADDRESS, CELLAR_ADDRESS})
    there = order("a belt is stopped", GYM, "stop_treadmill", STOP, {})
    elsewhere = order("another belt is paused", CELLAR, "stop_treadmill", PAUSE, {"pause": True})
    commands = (
        there,
        elsewhere,
        Command(
            "a belt is slowed",
            GYM,
            "slow_treadmill",
            {},
            slowed,
            {"running": True, "speed": 4.8},
        ),
    )
    by_hand = (
        hand("a slower speed", lambda belt: belt.set_speed(3.5), running=True, speed=3.5),
        hand("an incline", lambda belt: belt.set_incline(4.5), incline=4.5, in_use=True),
        hand(
            "a strap around a chest",
            lambda belt: setattr(belt, "heart_rate", 121),
            heart_rate=121,
            in_use=True,
        ),
        hand("a stop", lambda belt: belt.stop(), running=False, speed=0),
        hand("the safety key", lambda belt: belt.safety_key(), running=False, speed=0),
    )
    not_applicable: ClassVar[Mapping[str, str]] = {
        "test_a_bad_login_is_said_as_a_need_and_kept_secret": NO_LOGIN,
        "test_a_good_login_is_kept_secret": NO_LOGIN,
        "test_a_need_is_said_once_and_what_was_known_stays": NO_LOGIN,
        "test_two_callers_at_once_leave_one_truth": NO_WAY_BACK,
        "test_a_command_that_is_cancelled_leaves_the_device_usable": NO_WAY_BACK,
    }

    def __init__(self) -> None:
        self.gym = treadmill("Gym belt", GYM_ADDRESS, GYM, running_belt())
        self.cellar = treadmill("Cellar belt", CELLAR_ADDRESS, CELLAR, running_belt())
        self.belts = {GYM: self.gym.belt, CELLAR: self.cellar.belt}
        self.proxies = (FaultProxy((PROXY, PORT), (GYM_ADDRESS, PORT)),)

    @property
    def settings(self) -> Fields:
        return {"bluetooth": False, "poll": 1.0}

    async def start(self) -> None:
        # The composition gives an adapter its folder; the suite makes it without one.
        self._kept = tempfile.TemporaryDirectory()
        TreadmillAdapter.folder = Path(self._kept.name) / "treadmill"
        await self.gym.start()
        await self.cellar.start()

    async def stop(self) -> None:
        await self.gym.stop()
        await self.cellar.stop()
        TreadmillAdapter.folder = None
        self._kept.cleanup()

    def sightings(self) -> list[Sighting]:
        return [heard(self.gym, PROXY), heard(self.cellar, CELLAR_ADDRESS)]

    async def unplug(self) -> None:
        await self.gym.unplug()

    async def plug_in(self) -> None:
        await self.gym.plug_in()


def treadmill(name: str, address: str, id: str, belt: Belt, **quirks: Any) -> Treadmill:
    """A treadmill with the MAC address that its id is made of."""
    plain = id.removeprefix("treadmill-").upper()
    mac = "-".join(plain[at : at + 2] for at in range(0, len(plain), 2))
    return Treadmill(address, name=name, mac=mac, machine=Machine(belt, **quirks))


def heard(told: Treadmill, address: str) -> Sighting:
    """What mDNS would tell of a treadmill if it stood at `address`."""
    (kind,) = TreadmillAdapter.mdns
    facts = {"name": told.name, "serial-number": told.serial, "mac-address": told.mac}
    return Sighting("mdns", address, PORT, kind, facts)
