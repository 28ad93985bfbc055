"""What never reaches a pool controller, and what reaches it once."""

import asyncio
import math
import sys
from pathlib import Path
from typing import Any

import pytest

from gateway.capabilities.water import WaterChange
from gateway.errors import DeviceRefused
from gateway.limits import Bound, check, hard
from gateway.quantities import to_celsius
from simulators import screenlogic_wire as wire
from simulators.screenlogic import POOL, SPA
from tests.contract.screenlogic import (
    DECK,
    OTHER_SPA,
    POOL_WATER,
    SPA_WATER,
    WATERFALL,
    OddCase,
    ScreenLogicCase,
)
from tests.contract.water import DANGEROUS, call, capability, served

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="needs several addresses on loopback"
)


@pytest.mark.parametrize(
    ("degrees", "unit"),
    [
        (104.1, "F"),
        (200, "F"),
        (39, "F"),
        *DANGEROUS,
    ],
)
async def test_no_dangerous_temperature_reaches_a_controller(
    degrees: Any, unit: str, tmp_path: Path
) -> None:
    case = ScreenLogicCase()
    async with served(case, tmp_path) as running:
        for device in (SPA_WATER, POOL_WATER, OTHER_SPA):
            told = await call(running, "set_pool_or_spa", device, temperature=degrees, unit=unit)
            assert told["outcome"] == "refused", told
        assert (case.pool.received, case.other.received) == ([], [])


@pytest.mark.parametrize(("degrees", "unit"), [(101, "F"), (104, "F"), (38.5, "C"), (40, "C")])
async def test_a_spa_stays_under_its_owners_cap_where_a_pool_may_be_warmer(
    degrees: float, unit: str, tmp_path: Path
) -> None:
    case = ScreenLogicCase()
    async with served(case, tmp_path) as running:
        for device in (SPA_WATER, OTHER_SPA):
            told = await call(running, "set_pool_or_spa", device, temperature=degrees, unit=unit)
            assert told["outcome"] == "refused", told
        assert (case.pool.received, case.other.received) == ([], [])
        told = await call(running, "set_pool_or_spa", POOL_WATER, temperature=degrees, unit=unit)
        assert told["outcome"] == "done", told
        ((code, (_, body, sent)),) = case.pool.received
        assert (code, body) == (wire.SET_TEMPERATURE, POOL)
        assert sent <= 104


async def test_every_temperature_within_the_limits_arrives_in_the_controllers_degrees(
    tmp_path: Path,
) -> None:
    case = ScreenLogicCase()
    async with served(case, tmp_path) as running:
        for fahrenheit in (41, 60, 86, 99, 100):
            case.pool.received.clear()
            told = await call(
                running, "set_pool_or_spa", SPA_WATER, temperature=fahrenheit, unit="F"
            )
            assert told["outcome"] == "done", told
            assert case.pool.received == [(wire.SET_TEMPERATURE, (0, SPA, fahrenheit))]
        for celsius in (5, 20, 38):
            case.other.received.clear()
            told = await call(running, "set_pool_or_spa", OTHER_SPA, temperature=celsius, unit="C")
            assert told["outcome"] == "done", told
            assert case.other.received == [(wire.SET_TEMPERATURE, (0, SPA, celsius))]


@pytest.mark.parametrize("celsius", [math.nan, math.inf, -math.inf, 41.0, 60.0, 102.0, -10.0])
async def test_past_the_door_the_controllers_own_range_still_holds(
    celsius: float, tmp_path: Path
) -> None:
    case = ScreenLogicCase()
    async with served(case, tmp_path) as running:
        water = capability(running, SPA_WATER, "water")
        with pytest.raises(DeviceRefused):
            await water.set_pool_or_spa(WaterChange.model_construct(temperature=celsius))
        assert case.pool.received == []


async def test_a_unit_that_is_changed_at_the_controller_is_seen_before_anything_is_sent(
    tmp_path: Path,
) -> None:
    case = ScreenLogicCase()
    async with served(case, tmp_path) as running:
        case.pool.celsius = True
        for body in case.pool.bodies:
            body.temperature, body.target, body.low, body.high = 25, 26, 5, 40
        water = capability(running, SPA_WATER, "water")
        await water.set_pool_or_spa(WaterChange(temperature=37.0))
        assert case.pool.received == [(wire.SET_TEMPERATURE, (0, SPA, 37))]
        await running.until(
            lambda: running.entry(SPA_WATER).limits["water"]["temperature"].max == 40
        )
        assert running.shows(SPA_WATER, "water", {"target_temperature": 37})


async def test_a_command_whose_answer_is_lost_is_sent_once(tmp_path: Path) -> None:
    case = OddCase()
    async with served(case, tmp_path, proxied=True) as running:
        (proxy,) = case.proxies
        case.pool.on_write = proxy.silent
        told = await call(running, "set_switch", WATERFALL, on=True)
        assert told["outcome"] == "unknown", told
        await running.until(lambda: not running.online(WATERFALL))
        await case.pool.task
        await proxy.pass_through()
        await running.until(lambda: running.found(WATERFALL))
        assert case.pool.received == [(wire.PRESS, (0, 501, 1))]


async def test_a_command_that_waits_for_another_is_not_sent_once_nobody_waits_for_it(
    tmp_path: Path,
) -> None:
    case = OddCase()
    async with served(case, tmp_path, proxied=True) as running:
        await case.wire(lambda proxy: proxy.delay(1.0))
        first = asyncio.create_task(call(running, "set_switch", WATERFALL, on=True))
        await running.until(lambda: bool(case.pool.received))
        second = asyncio.create_task(call(running, "set_light", DECK, on=True))
        for _ in range(3):
            await asyncio.sleep(0)
        second.cancel()
        await asyncio.gather(second, return_exceptions=True)
        assert (await first)["outcome"] == "done"
        assert case.pool.received == [(wire.PRESS, (0, 501, 1))]


async def test_every_degree_fahrenheit_can_be_asked_for(tmp_path: Path) -> None:
    case = ScreenLogicCase()
    async with served(case, tmp_path) as running:
        own = running.entry(POOL_WATER).limits["water"]
        bounds = [Bound("hard", hard("water", {})), Bound("own", own)]
        for fahrenheit in range(41, 105):
            asked = {"temperature": to_celsius(fahrenheit)}
            celsius = check("water", asked, bounds, "Pool").values["temperature"]
            assert round(celsius * 1.8 + 32, 3) == fahrenheit
