"""What pool controllers do beyond the contract."""

import asyncio
import logging
import struct
import sys
from pathlib import Path

import pytest

from adapters.screenlogic import ScreenLogicAdapter, ScreenLogicSettings
from adapters.screenlogic_line import Line, port_of, port_told
from gateway.adapter import Sighting
from gateway.capabilities.fan import FanChange
from gateway.errors import DeviceRefused, TimedOut
from simulators import screenlogic_wire as wire
from simulators.screenlogic import PROBE_PORT
from tests.contract.running import census, started
from tests.contract.screenlogic import (
    ADDRESS,
    CONTROLLER,
    OTHER,
    OTHER_SPA,
    POOL_WATER,
    PORT,
    PUMP,
    SPA_WATER,
    WATERFALL,
    ScreenLogicCase,
)
from tests.contract.water import call, capability, served

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="needs several addresses on loopback"
)
NOTICED_WITHIN = 3.0


async def test_a_refusal_of_the_controller_is_a_refusal(tmp_path: Path) -> None:
    case = ScreenLogicCase()
    async with served(case, tmp_path) as running:
        del case.pool.circuits[501]
        told = await call(running, "set_switch", WATERFALL, on=True)
        assert (told["outcome"], told["error"]["code"]) == ("failed", "device_refused")
        assert running.online(WATERFALL)


async def test_water_is_measured_and_heated_only_while_its_pump_runs(tmp_path: Path) -> None:
    case = ScreenLogicCase()
    async with served(case, tmp_path) as running:
        assert running.shows(SPA_WATER, "water", {"temperature": None, "heating": False})
        assert (await call(running, "set_pool_or_spa", SPA_WATER, heat=True))["outcome"] == "done"
        assert running.shows(SPA_WATER, "water", {"heat": True, "heating": False})
        assert (await call(running, "set_switch", SPA_WATER, on=True))["outcome"] == "done"
        await running.until(
            lambda: running.shows(SPA_WATER, "water", {"heating": True, "temperature": 33.33})
        )
        assert (await call(running, "set_pool_or_spa", SPA_WATER, heat=False))["outcome"] == "done"
        await running.until(lambda: running.shows(SPA_WATER, "water", {"heating": False}))


async def test_heat_comes_back_from_where_it_came(tmp_path: Path) -> None:
    case = ScreenLogicCase()
    async with served(case, tmp_path) as running:
        for change in ({"source": "solar_preferred"}, {"heat": False}, {"heat": True}):
            told = await call(running, "set_pool_or_spa", POOL_WATER, **change)
            assert told["outcome"] == "done", told
        assert [numbers[2] for _, numbers in case.pool.received] == [2, 0, 2]
        told = await call(running, "set_pool_or_spa", OTHER_SPA, source="solar")
        assert told["outcome"] == "refused"
        assert case.other.received == []


async def test_what_follows_the_circuits_cannot_be_told(tmp_path: Path) -> None:
    case = ScreenLogicCase()
    async with served(case, tmp_path) as running:
        assert running.entry(PUMP).name == "Pool Pump"
        assert running.shows(PUMP, "energy", {"power": 900})
        for change in ({"on": False}, {"speed": 50}):
            assert (await call(running, "set_fan", PUMP, **change))["outcome"] == "refused"
        with pytest.raises(DeviceRefused):
            await capability(running, PUMP, "fan").set_fan(FanChange(on=False))
        assert case.pool.received == []


async def test_probes_say_what_they_measure_and_no_more(tmp_path: Path) -> None:
    case = ScreenLogicCase()
    case.other.chemistry = wire.Chemistry(ph=0.0, orp=0, salt=0)
    async with served(case, tmp_path) as running:
        assert running.state(CONTROLLER, "measurement").model_dump(exclude_none=True) == {
            "temperature": 23.89,
            "ph": 7.4,
            "orp": 680,
            "salt": 3200,
        }
        seen = running.state(OTHER, "measurement")
        assert seen.model_dump(exclude_none=True) == {"temperature": 24}


async def test_news_that_cannot_be_read_are_said_once_and_typed(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    case = ScreenLogicCase()
    async with served(case, tmp_path) as running:
        (line,) = case.pool.clients
        line.write(wire.message(0x8000, wire.STATUS_CHANGED, b"\x01\x02"))
        await running.until(lambda: not running.online(CONTROLLER), NOTICED_WITHIN)
        assert "answers nonsense" in running.entry(CONTROLLER).reason
        assert [record.levelno for record in caplog.records] == [logging.WARNING]
        await running.until(lambda: running.online(CONTROLLER))


async def test_two_who_serve_one_controller_hear_the_same() -> None:
    case = ScreenLogicCase()
    before = census()
    async with started(case):
        lines = [Line(ADDRESS, PORT) for _ in range(2)]
        heard = asyncio.Event()
        for line in lines:
            await line.open()
        lines[1].on_news = heard.set
        case.pool.turn(501, True)
        async with asyncio.timeout(NOTICED_WITHIN):
            await heard.wait()
        for line in lines:
            await line.aclose()
    assert census() == before


async def test_a_close_in_the_middle_of_a_question_ends_it() -> None:
    case = ScreenLogicCase()
    before = census()
    async with started(case, proxied=True):
        (proxy,) = case.proxies
        line = Line(*proxy.listen)
        await line.open()
        await proxy.silent()
        from screenlogicpy import requests

        press = line.tell(requests.async_request_pool_button_press, 501, 1)
        telling = asyncio.create_task(press)
        await asyncio.sleep(0)
        await line.aclose()
        with pytest.raises(TimedOut):
            await telling
    assert census() == before


async def test_a_controller_that_is_known_by_its_address_alone_is_asked_for_its_port() -> None:
    case = ScreenLogicCase()
    known = Sighting("known", ADDRESS, PROBE_PORT, "screenlogic")
    async with started(case):
        assert await port_of(known) == PORT
    assert await port_of(known) == 80


@pytest.mark.parametrize("payload", ["", "zz", "02000000", struct.pack("<I8x", 3).hex()])
def test_what_does_not_answer_like_a_controller_is_left_to_others(payload: str) -> None:
    case = ScreenLogicCase
    adapter = ScreenLogicAdapter(ScreenLogicSettings(), case.network)
    heard = Sighting("broadcast", ADDRESS, PROBE_PORT, "screenlogic", {"payload": payload})
    assert port_told(heard) is None
    assert not adapter.claims(heard)
