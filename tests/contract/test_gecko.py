"""What Gecko spas do beyond the contract, and what never reaches one."""

import asyncio
import math
import random
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from adapters.gecko import GeckoAdapter, GeckoSettings
from adapters.gecko_greeting import PORT, SEARCH
from gateway.adapter import Network, Sighting
from gateway.capabilities.water import Water, WaterChange
from simulators import gecko_pack as pack
from simulators.gecko import Order
from tests.contract.gecko import (
    BLOWER,
    ECONOMY,
    FILTER,
    KEY_OF_THE_BLOWER,
    LIGHT,
    ONE_SPEED,
    PUMP,
    SPA,
    TUB,
    GeckoCase,
    call,
    heard,
    served,
    warm,
)

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="needs several addresses on loopback"
)
CAP = 38 * 18


def adapter() -> GeckoAdapter:
    return GeckoAdapter(GeckoSettings(), Network("127.0.0.1", "127.255.255.255"))


def setpoint(celsius: float) -> Order:
    return Order("set", pack.SETPOINT.at, round(celsius * 18).to_bytes(2, "big"))


def test_what_answers_is_claimed_and_what_merely_echoes_is_not() -> None:
    case = GeckoCase()
    for spa in (case.spa, case.tub):
        assert adapter().claims(heard(spa, spa.address))
    for payload in (SEARCH, b"<HELLO>IOSabc</HELLO>", b"<HELLO>|Spa</HELLO>", b"\xff", b""):
        sighting = Sighting("broadcast", "127.0.76.61", PORT, "gecko", {"payload": payload.hex()})
        assert not adapter().claims(sighting)
    assert not adapter().claims(Sighting("configured", "fe80::1", PORT, "gecko"))


@given(payload=some.binary().map(bytes.hex) | some.text())
def test_whatever_is_heard_can_be_judged(payload: str) -> None:
    adapter().claims(Sighting("broadcast", "127.0.76.61", PORT, "gecko", {"payload": payload}))


@pytest.mark.parametrize(
    ("temperature", "unit"),
    [
        *((celsius, "C") for celsius in (38.5, 39, 40, 40.5, 60, 102, 9, 4, -20, 1e300)),
        *((fahrenheit, "F") for fahrenheit in (101, 105, 140, 40, 38)),
        (math.nan, "C"),
        (math.inf, "F"),
    ],
)
async def test_what_is_not_safe_is_refused_and_nothing_is_sent(
    temperature: float, unit: str, tmp_path: Path
) -> None:
    async with served(tmp_path) as (case, running):
        for spa in (SPA, TUB):
            assert (await warm(running, spa, temperature, unit))["outcome"] == "refused"
        assert case.spa.received == case.tub.received == []


async def test_nothing_hotter_than_the_owners_cap_ever_reaches_a_spa(tmp_path: Path) -> None:
    some_degrees = random.Random(4)
    async with served(tmp_path) as (case, running):
        for spa in [SPA, TUB] * 20:
            unit = some_degrees.choice("CF")
            degrees = some_degrees.uniform(30, 45) if unit == "C" else some_degrees.uniform(86, 113)
            result = await warm(running, spa, round(degrees, 1), unit)
            assert result["outcome"] in ("refused", "done", "already")
        orders = case.spa.received + case.tub.received
        assert len(orders) > 10
        assert {(order.name, order.at) for order in orders} == {("set", pack.SETPOINT.at)}
        assert max(int.from_bytes(order.data, "big") for order in orders) <= CAP


async def test_what_is_in_range_arrives_as_the_right_bytes_in_the_keypads_own_degrees(
    tmp_path: Path,
) -> None:
    async with served(tmp_path) as (case, running):
        for celsius in (10, 37.5, 38):
            result = await warm(running, SPA, celsius, "C")
            assert result["outcome"] == "done"
            assert case.spa.received[-1] == setpoint(celsius)
        for fahrenheit, told in ((100, 680), (100.4, 680), (95, 630), (50, 180)):
            result = await warm(running, TUB, fahrenheit, "F")
            assert result["outcome"] in ("done", "already")
            assert case.tub.received[-1] == Order("set", 1, told.to_bytes(2, "big"))


async def test_the_library_itself_would_send_anything(tmp_path: Path) -> None:
    async with served(tmp_path) as (case, running):
        water = running.entry(SPA).capabilities["water"]
        assert isinstance(water, Water)
        await water.set_pool_or_spa(WaterChange(temperature=60))
        assert case.spa.received == [setpoint(60)]


async def test_the_limits_are_the_packs_own_and_follow_the_keypads_unit(tmp_path: Path) -> None:
    async with served(tmp_path) as (case, running):
        limit = running.entry(SPA).limits["water"]["temperature"]
        assert (limit.min, limit.max, limit.step) == (10, 40, 0.5)
        case.spa.unit = "F"
        await running.until(
            lambda: running.entry(SPA).limits["water"]["temperature"].step == pytest.approx(5 / 9)
        )
        assert running.state(SPA, "water").model_dump()["target_temperature"] == 36
        result = await warm(running, SPA, 37.5, "C")
        assert (result["outcome"], result["adjusted"]) == ("done", True)
        assert case.spa.received == [Order("set", 1, (680).to_bytes(2, "big"))]


@pytest.mark.parametrize("unit", ["C", "F"])
async def test_a_heater_is_off_at_its_lowest_target_and_on_again_by_a_temperature(
    tmp_path: Path, unit: str
) -> None:
    async with served(tmp_path) as (case, running):
        case.spa.unit = unit
        assert running.shows(SPA, "water", {"heat": True})
        off = await call(running, "set_pool_or_spa", SPA, heat=False)
        assert off["outcome"] == "done" and case.spa.target == pytest.approx(10, abs=0.3)
        on = await call(running, "set_pool_or_spa", SPA, heat=True)
        assert on["outcome"] == "refused" and "send one" in on["error"]["detail"]
        on = await call(running, "set_pool_or_spa", SPA, heat=True, temperature=36, unit="C")
        assert on["outcome"] == "done" and case.spa.target == pytest.approx(36, abs=0.3)


async def test_what_is_shown_cannot_be_set(tmp_path: Path) -> None:
    async with served(tmp_path) as (case, running):
        for fact, option in ((FILTER, "purging"), (ECONOMY, "on")):
            result = await call(running, "set_option", fact, option=option)
            assert result["outcome"] == "refused"
        assert case.spa.received == []


async def test_water_that_the_spa_cannot_measure_has_no_temperature(tmp_path: Path) -> None:
    async with served(tmp_path) as (case, running):
        case.spa.note(pack.NO_TEMPERATURE, 1)
        await running.until(lambda: running.shows(SPA, "water", {"temperature": None}))
        case.spa.note(pack.NO_TEMPERATURE, 0)
        await running.until(lambda: running.shows(SPA, "water", {"temperature": 36}))


async def test_a_pump_offers_the_speeds_that_it_has(tmp_path: Path) -> None:
    async with served(tmp_path) as (case, running):
        assert running.entry(PUMP).limits["fan"]["speed"].step == 50
        assert running.entry(ONE_SPEED).limits["fan"]["speed"].absent
        assert (await call(running, "set_fan", ONE_SPEED, speed=50))["outcome"] == "refused"
        assert case.spa.received == []
        for arguments, word in (({"speed": 40}, "LO"), ({"on": True, "speed": 100}, "HI")):
            assert (await call(running, "set_fan", PUMP, **arguments))["outcome"] == "done"
            assert case.spa.does("P1") == word
        assert (await call(running, "set_fan", PUMP, speed=0))["outcome"] == "done"
        assert case.spa.does("P1") == "OFF"


async def test_two_that_share_a_byte_do_not_undo_each_other(tmp_path: Path) -> None:
    async with served(tmp_path) as (case, running):
        answer = await running.session.call("set_fan", {"targets": [PUMP, ONE_SPEED], "on": True})
        assert answer["counts"] == {"done": 2}
        assert (case.spa.does("P1"), case.spa.does("P2")) == ("HI", "HI")


async def test_what_the_spa_did_not_tell_of_is_read_before_a_neighbour_is_set(
    tmp_path: Path,
) -> None:
    async with served(tmp_path) as (case, running):
        case.spa.tells = False
        answer = await running.session.call("set_fan", {"targets": [PUMP, ONE_SPEED], "on": True})
        assert answer["counts"] == {"done": 2}
        assert (case.spa.does("P1"), case.spa.does("P2")) == ("HI", "HI")


async def test_a_key_that_toggles_is_pressed_once_even_where_nobody_says_that_it_arrived(
    tmp_path: Path,
) -> None:
    async with served(tmp_path) as (case, running):
        case.spa.acknowledges = False
        result = await call(running, "set_fan", BLOWER, on=True)
        assert result["outcome"] == "done"  # it has told of the change all the same
        case.spa.tells = False
        result = await call(running, "set_fan", BLOWER, on=False)
        assert result["outcome"] == "unknown"
        assert result["error"]["code"] == "timed_out"
        case.spa.tells = case.spa.acknowledges = True
        assert case.spa.received == [Order("press", KEY_OF_THE_BLOWER)] * 2
        # It is off by now, of which we were not told: it is asked, and the key left alone.
        assert (await call(running, "set_fan", BLOWER, on=False))["outcome"] == "done"
        assert len(case.spa.received) == 2
        assert case.spa.does("BL") == "OFF"


async def test_two_who_want_the_blower_on_press_its_key_once(tmp_path: Path) -> None:
    async with served(tmp_path) as (case, running):
        both = (call(running, "set_fan", BLOWER, on=True) for _ in range(2))
        outcomes = {result["outcome"] for result in await asyncio.gather(*both)}
        assert outcomes == {"done", "already"}
        assert case.spa.received == [Order("press", KEY_OF_THE_BLOWER)]


async def test_a_light_is_set_and_not_toggled(tmp_path: Path) -> None:
    async with served(tmp_path) as (case, running):
        for on in (True, False):
            assert (await call(running, "set_light", LIGHT, on=on))["outcome"] == "done"
        assert [(order.name, order.at) for order in case.spa.received] == [("set", 307)] * 2
