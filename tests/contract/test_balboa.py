"""What Balboa spas do beyond the contract: what never reaches a panel, and what does once."""

import asyncio
import logging
import math
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from adapters.balboa_panel import Panel
from gateway.capabilities.fan import FanChange
from gateway.capabilities.water import WaterChange
from gateway.errors import DeviceRefused
from gateway.limits import Bound, check, hard
from gateway.quantities import to_celsius
from simulators.balboa import ALL, PORT, READY, READY_IN_REST, REST, STATUS, Spa, framed
from tests.contract.balboa import (
    ADDRESS,
    BLOWER,
    BROADCAST,
    EVERY,
    MAC,
    OTHER,
    PUMP,
    SET_TEMPERATURE,
    SPA,
    BalboaCase,
    toggles,
)
from tests.contract.running import census, started
from tests.contract.water import DANGEROUS, call, capability, served

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="needs several addresses on loopback"
)
CIRCULATION = f"{SPA}-circulation-pump"
NOTICED_WITHIN = 3.0


class Odd(Spa):
    """A spa that can be made to misbehave when a key is pressed over the network."""

    on_toggle: Callable[[], Awaitable[None]] | None = None
    deaf = False
    keeps = False

    def _toggle(self, code: int) -> None:
        if self.on_toggle is not None:
            self.task = asyncio.ensure_future(self.on_toggle())
        if not self.deaf:
            super()._toggle(code)
        if self.keeps and not self.pumps[0]:
            self.pumps[0] = 1


class OddCase(BalboaCase):
    """The house of the case, whose first spa is odd."""

    spa: Odd

    def __init__(self) -> None:
        super().__init__()
        self.spa = Odd(ADDRESS, BROADCAST, mac=MAC, every=EVERY)


@pytest.mark.parametrize(
    ("degrees", "unit"),
    [
        (100.5, "F"),
        (101, "F"),
        (104, "F"),
        (104.9, "F"),
        (1000, "F"),
        (38.1, "C"),
        (39, "C"),
        (40, "C"),
        (41, "F"),
        *DANGEROUS,
    ],
)
async def test_no_dangerous_temperature_reaches_a_spa(
    degrees: Any, unit: str, tmp_path: Path
) -> None:
    case = BalboaCase()
    async with served(case, tmp_path) as running:
        for device in (SPA, OTHER):
            told = await call(running, "set_pool_or_spa", device, temperature=degrees, unit=unit)
            assert told["outcome"] == "refused", told
            assert case.told(device) == []


async def test_every_temperature_within_the_limits_arrives_as_its_byte(tmp_path: Path) -> None:
    case = BalboaCase()
    async with served(case, tmp_path) as running:
        sent = [(SPA, float(degrees), "F", degrees) for degrees in (80, 81, 95, 98, 100)]
        sent += [(OTHER, half / 2, "C", half) for half in (53, 60, 76)]
        for device, degrees, unit, byte in sent:
            case.told(device).clear()
            told = await call(running, "set_pool_or_spa", device, temperature=degrees, unit=unit)
            assert told["outcome"] == "done", told
            assert case.told(device) == [bytes([SET_TEMPERATURE, byte])]


async def test_a_celsius_that_no_fahrenheit_panel_can_show_is_rounded_and_said_so(
    tmp_path: Path,
) -> None:
    case = BalboaCase()
    async with served(case, tmp_path) as running:
        told = await call(running, "set_pool_or_spa", SPA, temperature=38, unit="C")
        assert (told["outcome"], told["adjusted"]) == ("done", True)
        assert case.spa.received == [bytes([SET_TEMPERATURE, 100])]


async def test_every_degree_fahrenheit_can_be_asked_for(tmp_path: Path) -> None:
    case = BalboaCase()
    async with served(case, tmp_path) as running:
        bounds = [
            Bound("hard", hard("water", {})),
            Bound("own", running.entry(SPA).limits["water"]),
        ]
        for fahrenheit in range(80, 105):
            asked = {"temperature": to_celsius(fahrenheit)}
            celsius = check("water", asked, bounds, "Spa").values["temperature"]
            assert round(celsius * 1.8 + 32, 3) == fahrenheit


@pytest.mark.parametrize("celsius", [math.nan, math.inf, -math.inf, 41.0, 60.0, 102.0, -10.0])
async def test_past_the_door_the_panels_own_range_still_holds(
    celsius: float, tmp_path: Path
) -> None:
    case = BalboaCase()
    async with served(case, tmp_path) as running:
        water = capability(running, SPA, "water")
        with pytest.raises(DeviceRefused):
            await water.set_pool_or_spa(WaterChange.model_construct(temperature=celsius))
        assert case.spa.received == []


async def test_the_range_that_is_set_at_the_panel_decides_the_limits(tmp_path: Path) -> None:
    case = BalboaCase()
    async with served(case, tmp_path) as running:
        case.spa.press("range")
        await running.until(lambda: running.entry(SPA).limits["water"]["temperature"].min == 10)
        told = await call(running, "set_pool_or_spa", SPA, temperature=100, unit="F")
        assert told["outcome"] == "refused"
        told = await call(running, "set_pool_or_spa", SPA, temperature=60, unit="F")
        assert told["outcome"] == "done"
        assert case.spa.received == [bytes([SET_TEMPERATURE, 60])]


async def test_a_toggle_whose_effect_is_never_seen_is_sent_once(tmp_path: Path) -> None:
    case = OddCase()
    async with served(case, tmp_path, proxied=True) as running:
        (proxy,) = case.proxies
        case.spa.on_toggle = proxy.silent
        told = await call(running, "set_fan", PUMP, speed=100)
        assert told["outcome"] in ("unknown", "failed"), told
        assert case.spa.received == toggles(0x04)
        await case.spa.task
        case.spa.on_toggle = None
        await proxy.pass_through()
        await running.until(lambda: running.found(SPA))
        assert case.spa.received == toggles(0x04)
        # it shows that the first one arrived: one more is what is missing
        assert (await call(running, "set_fan", PUMP, speed=100))["outcome"] == "done"
        assert case.spa.received == toggles(0x04, 2)


async def test_a_second_toggle_waits_for_the_first_to_be_seen(tmp_path: Path) -> None:
    case = OddCase()
    async with served(case, tmp_path) as running:
        case.spa.deaf = True
        assert (await call(running, "set_fan", PUMP, speed=100))["outcome"] == "unknown"
        assert case.spa.received == toggles(0x04)


async def test_a_pump_that_its_panel_keeps_running_is_refused_and_no_more(tmp_path: Path) -> None:
    case = OddCase()
    async with served(case, tmp_path) as running:
        case.spa.keeps = True
        case.spa.press("pump1")
        await running.until(lambda: running.shows(PUMP, "fan", {"on": True, "speed": 50}))
        told = await call(running, "set_fan", PUMP, on=False)
        assert (told["outcome"], told["error"]["code"]) == ("failed", "device_refused")
        assert case.spa.received == toggles(0x04, 2)


async def test_what_somebody_has_done_at_the_panel_is_not_undone_by_a_toggle(
    tmp_path: Path,
) -> None:
    case = BalboaCase()
    async with served(case, tmp_path) as running:
        case.spa.press("light1")
        await capability(running, SPA, "light").turn_on(True)
        assert case.spa.received == []
        assert case.spa.lights == [1]


@pytest.mark.parametrize(("mode", "presses"), [(REST, 1), (READY_IN_REST, 2), (READY, 0)])
async def test_a_spa_is_made_ready_by_as_many_toggles_as_it_takes(
    mode: int, presses: int, tmp_path: Path
) -> None:
    case = BalboaCase()
    case.spa.heat_mode = mode
    async with served(case, tmp_path) as running:
        assert running.shows(SPA, "water", {"heat": mode == READY})
        told = await call(running, "set_pool_or_spa", SPA, heat=True)
        assert told["outcome"] == ("done" if presses else "already")
        assert (case.spa.heat_mode, case.spa.received) == (READY, toggles(0x51, presses))


async def test_a_running_circulation_pump_is_no_blower(tmp_path: Path) -> None:
    case = BalboaCase()
    async with served(case, tmp_path) as running:
        assert running.shows(CIRCULATION, "fan", {"on": True})
        assert running.shows(BLOWER, "fan", {"on": False})
        told = await call(running, "set_fan", CIRCULATION, on=False)
        assert told["outcome"] == "refused"
        with pytest.raises(DeviceRefused):
            await capability(running, CIRCULATION, "fan").set_fan(FanChange(on=False))
        assert case.spa.received == []


async def test_two_who_serve_one_spa_see_the_same(tmp_path: Path) -> None:
    case = BalboaCase()
    before = census()
    async with started(case):
        panels = [Panel(ADDRESS, PORT) for _ in range(2)]
        for panel in panels:
            await panel.open()
        one, other = panels
        light = one.spa.lights[0]
        await one.turn(light, lambda level: level == 1, 1)
        assert await other.until(lambda: int(other.spa.lights[0].state) == 1, NOTICED_WITHIN)
        for panel in panels:
            await panel.aclose()
    assert census() == before


async def test_a_spa_that_hangs_up_is_offline_at_once_and_connected_again_by_the_core(
    tmp_path: Path,
) -> None:
    case = BalboaCase()
    async with served(case, tmp_path) as running:
        attempts = running.attempts
        (line,) = case.spa.lines
        line.hang_up()
        await running.until(lambda: not running.online(SPA), NOTICED_WITHIN)
        assert running.attempts == attempts + 1
        await running.until(lambda: running.online(SPA))
        assert len(case.spa.lines) == 1


async def test_a_status_that_cannot_be_read_is_said_once_and_typed(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    case = BalboaCase()
    async with served(case, tmp_path) as running:
        (line,) = case.spa.lines
        line.write(framed(ALL + bytes([STATUS, 1, 2, 3])))
        await running.until(lambda: not running.online(SPA), NOTICED_WITHIN)
        assert "answers nonsense" in running.entry(SPA).reason
        assert [record.levelno for record in caplog.records] == [logging.WARNING]
        await running.until(lambda: running.online(SPA))
