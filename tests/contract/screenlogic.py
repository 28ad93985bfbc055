"""The case of the ScreenLogic adapter: screenlogicpy before two simulated pool controllers."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import ClassVar

from gateway.adapter import Sighting
from simulators import screenlogic_wire as wire
from simulators.faults import FaultProxy
from simulators.screenlogic import POOL, PROBE_PORT, SPA, PoolController
from simulators.screenlogic_wire import Circuit
from tests.contract.case import ByHand, Case, Command, Fields

BROADCAST = "127.255.255.255"
ADDRESS, OTHER_ADDRESS, BEFORE = "127.0.76.56", "127.0.76.57", "127.0.76.58"
PORT = 8056
MAC, OTHER_MAC = "00:C0:33:00:00:56", "00:C0:33:00:00:57"
CONTROLLER, OTHER = "screenlogic-00c033000056", "screenlogic-00c033000057"
WATERFALL, POOL_LIGHT, DECK = f"{CONTROLLER}-501", f"{CONTROLLER}-502", f"{CONTROLLER}-503"
POOL_WATER, SPA_WATER, PUMP = f"{CONTROLLER}-pool", f"{CONTROLLER}-spa", f"{CONTROLLER}-pump-1"
OTHER_SPA = f"{OTHER}-spa"
POLL, SEEN_WITHIN = 0.5, 3.0
NO_LOGIN = "the protocol adapter has no login on its own LAN"


def order(
    says: str, device: str, tool: str, arguments: Fields, shows: Fields, code: int, *numbers: int
) -> Command:
    """A command that must reach the controller as this message, last of all."""

    def arrived(case: "ScreenLogicCase") -> bool:
        return case.told(device)[-1:] == [(code, (0, *numbers))]

    return Command(says, device, tool, arguments, arrived, shows)


class ScreenLogicCase(Case):
    """A pool and a spa in °F, which fall, and others in °C."""

    adapter = "adapters.screenlogic:ScreenLogicAdapter"
    falls = frozenset({CONTROLLER, WATERFALL, POOL_LIGHT, DECK, POOL_WATER, SPA_WATER, PUMP})
    ids = falls | {OTHER, f"{OTHER}-pool", OTHER_SPA, f"{OTHER}-pump-1"}
    addresses = frozenset({ADDRESS, OTHER_ADDRESS})
    there = order(
        "a waterfall runs", WATERFALL, "set_switch", {"on": True}, {"on": True}, wire.PRESS, 501, 1
    )
    back = order(
        "a waterfall stops",
        WATERFALL,
        "set_switch",
        {"on": False},
        {"on": False},
        wire.PRESS,
        501,
        0,
    )
    elsewhere = order(
        "a spa in Celsius is set to a temperature",
        OTHER_SPA,
        "set_pool_or_spa",
        {"temperature": 38, "unit": "C"},
        {"target_temperature": 38},
        wire.SET_TEMPERATURE,
        SPA,
        38,
    )
    commands = (
        there,
        elsewhere,
        order("a lamp turns on", DECK, "set_light", {"on": True}, {"on": True}, wire.PRESS, 503, 1),
        order(
            "the pump of the spa runs",
            SPA_WATER,
            "set_switch",
            {"on": True},
            {"on": True},
            wire.PRESS,
            500,
            1,
        ),
        order(
            "a spa in Fahrenheit is set to a temperature",
            SPA_WATER,
            "set_pool_or_spa",
            {"temperature": 100, "unit": "F"},
            {"target_temperature": 37.78},
            wire.SET_TEMPERATURE,
            SPA,
            100,
        ),
        order(
            "a pool is heated",
            POOL_WATER,
            "set_pool_or_spa",
            {"heat": True},
            {"heat": True, "source": "heater", "heating": True},
            wire.SET_HEAT,
            POOL,
            wire.HEATER,
        ),
        order(
            "a pool is heated by the sun",
            POOL_WATER,
            "set_pool_or_spa",
            {"source": "solar"},
            {"heat": True, "source": "solar"},
            wire.SET_HEAT,
            POOL,
            wire.SOLAR,
        ),
    )
    by_hand = (
        ByHand(
            "a lamp's key",
            POOL_LIGHT,
            "light",
            lambda case: case.pool.turn(502, True),
            {"on": True},
            SEEN_WITHIN,
        ),
        ByHand(
            "the target at the controller",
            SPA_WATER,
            "water",
            lambda case: case.pool.set_temperature(SPA, 99),
            {"target_temperature": 37.22},
            SEEN_WITHIN,
        ),
        ByHand(
            "a pool that gets warmer",
            POOL_WATER,
            "water",
            lambda case: case.pool.measure(POOL, 82),
            {"temperature": 27.78},
            SEEN_WITHIN,
        ),
        ByHand(
            "a pump that stops with its pool",
            PUMP,
            "energy",
            lambda case: case.pool.turn(505, False),
            {"power": 0},
            SEEN_WITHIN,
        ),
        ByHand("sour water", CONTROLLER, "measurement", lambda case: case.sour(), {"ph": 7.1}, 3.0),
    )
    not_applicable: ClassVar[Mapping[str, str]] = {
        "test_a_bad_login_is_said_as_a_need_and_kept_secret": NO_LOGIN,
        "test_a_good_login_is_kept_secret": NO_LOGIN,
        "test_a_need_is_said_once_and_what_was_known_stays": NO_LOGIN,
    }

    def __init__(self) -> None:
        self.pool = PoolController(ADDRESS, BROADCAST, port=PORT, mac=MAC)
        self.other = PoolController(
            OTHER_ADDRESS,
            BROADCAST,
            port=PORT,
            mac=OTHER_MAC,
            celsius=True,
            solar=False,
            intellichem=False,
            circuits=(
                Circuit(500, "Spa", wire.SPA_FUNCTION, on=True),
                Circuit(505, "Pool", wire.POOL_FUNCTION),
            ),
        )
        self.proxies = (FaultProxy((BEFORE, PORT), (ADDRESS, PORT)),)

    @property
    def settings(self) -> Fields:
        return {"poll": POLL}

    def told(self, device: str) -> list[tuple[int, tuple[int, ...]]]:
        """Return what the controller of a device was told."""
        return (self.other if device.startswith(OTHER) else self.pool).received

    def sour(self) -> None:
        """Pour acid into the pool."""
        self.pool.chemistry.ph = 7.1
        self.pool.tell_chemistry()

    async def start(self) -> None:
        await self.pool.start()
        await self.other.start()

    async def stop(self) -> None:
        await self.pool.stop()
        await self.other.stop()

    def sightings(self) -> list[Sighting]:
        said = wire.found(OTHER_ADDRESS, PORT, self.other.name).hex()
        return [
            Sighting("configured", BEFORE, PORT, "screenlogic"),
            Sighting("broadcast", OTHER_ADDRESS, PROBE_PORT, "screenlogic", {"payload": said}),
        ]

    async def unplug(self) -> None:
        await self.pool.unplug()

    async def plug_in(self) -> None:
        await self.pool.plug_in()


class Odd(PoolController):
    """A controller that lets a test act at the moment when a write reaches it."""

    on_write: Callable[[], Awaitable[None]] | None = None

    def _write(self, code: int, numbers: tuple[int, ...]) -> None:
        super()._write(code, numbers)
        if self.on_write is not None:
            self.task = asyncio.ensure_future(self.on_write())


class OddCase(ScreenLogicCase):
    """The house of the case, whose first controller is odd."""

    pool: Odd

    def __init__(self) -> None:
        super().__init__()
        self.pool = Odd(ADDRESS, BROADCAST, port=PORT, mac=MAC)
