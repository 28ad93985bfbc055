"""The case of the Gecko adapter: geckolib before two simulated spas with in.touch2."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, ClassVar

from adapters.gecko_greeting import PORT
from gateway.adapter import Sighting
from gateway.errors import InvalidArguments
from simulators import gecko_pack as pack
from simulators.fault_lines import Mode
from simulators.faults import FaultProxy
from simulators.gecko import Order, Spa
from tests.contract.case import ByHand, Case, Command, Fields
from tests.contract.running import Running, at_work, started

BROADCAST = "127.255.255.255"
POLL = 0.3
SEEN_WITHIN = 3.0

SPA, TUB = "gecko-020076000061", "gecko-020076000062"
PUMP, ONE_SPEED, BLOWER, LIGHT = f"{SPA}-p1", f"{SPA}-p2", f"{SPA}-bl", f"{SPA}-li"
FILTER, ECONOMY = f"{SPA}-filter", f"{SPA}-economy"
KEY_OF_THE_BLOWER = 6


def mac(id: str) -> str:
    """The MAC address from which a spa's id is made."""
    digits = id.removeprefix("gecko-")
    return ":".join(digits[at : at + 2] for at in range(0, 12, 2))


class Datagrams(FaultProxy):
    """A proxy of datagrams, to which a reset is a port that nobody listens at."""

    async def _switch(self, mode: Mode) -> None:
        await super()._switch(Mode("refuse") if mode.name == "reset" else mode)


class GeckoCase(Case):
    """A spa with two pumps, a blower and a light, and a smaller one that counts in °F.

    The first loses its power and stands behind a proxy.
    """

    adapter = "adapters.gecko:GeckoAdapter"
    falls = frozenset({SPA, PUMP, ONE_SPEED, BLOWER, LIGHT, FILTER, ECONOMY})
    ids = falls | {TUB, f"{TUB}-p1", f"{TUB}-filter", f"{TUB}-economy"}
    addresses = frozenset({"127.0.76.61", "127.0.76.62", "127.0.76.63"})
    there = Command(
        "the water is to be warmer",
        SPA,
        "set_pool_or_spa",
        {"temperature": 37.5, "unit": "C"},
        lambda case: case.spa.target == 37.5,
        {"target_temperature": 37.5},
    )
    back = Command(
        "the water is to be as before",
        SPA,
        "set_pool_or_spa",
        {"temperature": 36, "unit": "C"},
        lambda case: case.spa.target == 36,
        {"target_temperature": 36},
    )
    elsewhere = Command(
        "a spa that counts in °F is to be warmer",
        TUB,
        "set_pool_or_spa",
        {"temperature": 100, "unit": "F"},
        lambda case: case.tub.received[-1:] == [Order("set", 1, (680).to_bytes(2, "big"))],
        {"target_temperature": 37.78},
    )
    commands = (
        there,
        elsewhere,
        Command(
            "a pump runs slowly",
            PUMP,
            "set_fan",
            {"speed": 50},
            lambda case: case.spa.does("P1") == "LO",
            {"on": True, "speed": 50},
        ),
        Command(
            "a pump runs fast",
            PUMP,
            "set_fan",
            {"on": True},
            lambda case: case.spa.does("P1") == "HI",
            {"on": True, "speed": 100},
        ),
        Command(
            "a pump of one speed runs",
            ONE_SPEED,
            "set_fan",
            {"on": True},
            lambda case: case.spa.does("P2") == "HI",
            {"on": True},
        ),
        Command(
            "a blower runs",
            BLOWER,
            "set_fan",
            {"on": True},
            lambda case: case.spa.received == [Order("press", KEY_OF_THE_BLOWER)],
            {"on": True},
        ),
        Command(
            "the light turns on",
            LIGHT,
            "set_light",
            {"on": True},
            lambda case: case.spa.does("LI") == "HI",
            {"on": True},
        ),
    )
    by_hand = (
        ByHand(
            "the keypad's target",
            SPA,
            "water",
            lambda case: setattr(case.spa, "target", 38),
            {"target_temperature": 38, "heating": True},
            SEEN_WITHIN,
        ),
        ByHand(
            "water that cools",
            SPA,
            "water",
            lambda case: setattr(case.spa, "water", 34.5),
            {"temperature": 34.5, "heating": True},
            SEEN_WITHIN,
        ),
        ByHand(
            "a pump's key",
            PUMP,
            "fan",
            lambda case: case.spa.press(1),
            {"on": True, "speed": 50},
            SEEN_WITHIN,
        ),
        ByHand(
            "the blower's key",
            BLOWER,
            "fan",
            lambda case: case.spa.press(KEY_OF_THE_BLOWER),
            {"on": True},
            SEEN_WITHIN,
        ),
        ByHand(
            "the light's key", LIGHT, "light", lambda case: case.spa.press(16), {"on": True}, 3.0
        ),
        ByHand(
            "a filter cycle",
            FILTER,
            "select",
            lambda case: case.spa.note(pack.CLEANING, 1),
            {"option": "cleaning"},
            SEEN_WITHIN,
        ),
        ByHand(
            "economy mode",
            ECONOMY,
            "select",
            lambda case: case.spa.note(pack.ECONOMY, 1),
            {"option": "on"},
            SEEN_WITHIN,
        ),
    )
    not_applicable: ClassVar[Mapping[str, str]] = dict.fromkeys(
        (
            "test_a_bad_login_is_said_as_a_need_and_kept_secret",
            "test_a_good_login_is_kept_secret",
            "test_a_need_is_said_once_and_what_was_known_stays",
        ),
        "a spa has no login",
    )

    def __init__(self) -> None:
        self.spa = Spa("127.0.76.61", BROADCAST, name="Terrace spa", mac=mac(SPA))
        self.tub = Spa("127.0.76.62", BROADCAST, name="Tub", mac=mac(TUB), wired=("P1",), unit="F")
        self.proxies = (Datagrams(("127.0.76.63", PORT), (self.spa.address, PORT), udp=True),)

    @property
    def settings(self) -> Fields:
        return {"poll": POLL}

    async def start(self) -> None:
        await self.spa.start()
        await self.tub.start()

    async def stop(self) -> None:
        await self.spa.stop()
        await self.tub.stop()

    def sightings(self) -> list[Sighting]:
        places = (self.proxies[0].listen[0], self.tub.address)
        return [heard(spa, at) for spa, at in zip((self.spa, self.tub), places, strict=True)]

    async def unplug(self) -> None:
        await self.spa.unplug()

    async def plug_in(self) -> None:
        await self.spa.plug_in()


def heard(spa: Spa, address: str) -> Sighting:
    """What a search hears of a spa, or of what stands at `address` in its place."""
    payload = b"<HELLO>%s|%s</HELLO>" % (spa.identity, spa.name.encode())
    return Sighting("broadcast", address, PORT, "gecko", {"payload": payload.hex()})


@asynccontextmanager
async def served(tmp_path: Path) -> AsyncIterator[tuple[GeckoCase, Running]]:
    """A home with both spas, found."""
    async with started(case := GeckoCase()), at_work(case, tmp_path / "home") as running:
        await running.until(lambda: running.online(*case.ids))
        yield case, running


async def call(running: Running, tool: str, target: str, **arguments: Any) -> dict[str, Any]:
    """Call a tool on one device; return what became of it."""
    answer = await running.session.call(tool, {"targets": [target], **arguments})
    (result,) = answer["results"]
    return dict(result)


async def warm(running: Running, spa: str, temperature: float, unit: str) -> dict[str, Any]:
    """Set the water; what the door cannot even read is refused too."""
    try:
        return await call(running, "set_pool_or_spa", spa, temperature=temperature, unit=unit)
    except InvalidArguments:
        return {"outcome": "refused"}
