"""Temperatures: the home's unit unless another is named, converted once, never silently."""

from pathlib import Path

import pytest

from gateway.errors import InvalidArguments
from tests.core.rigs import error_of, one, told
from tests.incore import house, thermostat

HALL = "heat-1"


async def test_72_in_a_metric_home_is_refused_with_the_hint(tmp_path: Path) -> None:
    async with house(tmp_path, thermostat(HALL, "Hall heating")) as home:
        session = await home.session()
        error = await error_of(session, "set_thermostat", {"targets": HALL, "temperature": 72})
        assert isinstance(error, InvalidArguments)
        assert error.detail == "temperature 72 looks like Fahrenheit: send unit F"
        assert error.hint is not None and "5 to 35" in error.hint
        assert told(home, HALL, "climate") == []


async def test_72_called_celsius_is_refused_just_so(tmp_path: Path) -> None:
    async with house(tmp_path, thermostat(HALL, "Hall heating")) as home:
        session = await home.session()
        asked = {"targets": HALL, "temperature": 72, "unit": "C"}
        error = await error_of(session, "set_thermostat", asked)
        assert "looks like Fahrenheit" in error.detail


async def test_21_in_a_us_home_is_refused_likewise(tmp_path: Path) -> None:
    async with house(tmp_path, thermostat(HALL, "Hall heating"), units="us") as home:
        session = await home.session()
        error = await error_of(session, "set_thermostat", {"targets": HALL, "temperature": 21})
        assert isinstance(error, InvalidArguments)
        assert "looks like Celsius" in error.detail and "unit C" in error.detail
        assert told(home, HALL, "climate") == []


@pytest.mark.parametrize(
    ("units", "given", "unit", "celsius"),
    [
        ("metric", 21, None, 21),
        ("metric", 21, "C", 21),
        ("metric", 72, "F", 22.22),
        ("us", 72, None, 22.22),
        ("us", 72, "F", 22.22),
        ("us", 21, "C", 21),
        ("metric", 41, "F", 5),
        ("metric", 95, "F", 35),
    ],
)
async def test_a_temperature_is_converted_once(
    tmp_path: Path, units: str, given: float, unit: str | None, celsius: float
) -> None:
    async with house(tmp_path, thermostat(HALL, "Hall heating"), units=units) as home:
        session = await home.session()
        said = {} if unit is None else {"unit": unit}
        asked = {"targets": HALL, "temperature": given, **said}
        result = await one(session, "set_thermostat", **asked)
        assert result["outcome"] in ("done", "already")
        assert home.capability(HALL, "climate").state.target_temperature == celsius


async def test_fahrenheit_beyond_the_hard_limit_is_refused_in_either_home(tmp_path: Path) -> None:
    async with house(tmp_path, thermostat(HALL, "Hall heating"), units="us") as home:
        session = await home.session()
        result = await one(session, "set_thermostat", targets=HALL, temperature=120)
        assert result["outcome"] == "refused"
        assert result["error"]["code"] == "out_of_limits"


async def test_a_planned_temperature_is_not_converted_twice(tmp_path: Path) -> None:
    async with house(tmp_path, thermostat(HALL, "Hall heating"), units="us") as home:
        session = await home.session()
        asked = {"targets": HALL, "temperature": 68, "dry_run": True}
        planned = await session.call("set_thermostat", asked)
        assert planned["results"][0]["after"] == {"target_temperature": 20}
        await session.call("run_plan", {"plan": planned["plan"]})
        assert home.capability(HALL, "climate").state.target_temperature == 20


async def test_answers_speak_the_homes_unit(tmp_path: Path) -> None:
    async with house(tmp_path, thermostat(HALL, "Hall heating"), units="us") as home:
        session = await home.session()
        answer = await session.call("set_thermostat", {"targets": HALL, "temperature": 68})
        assert answer["summary"] == "“Hall heating” is 68.9 °F, set to 68.0 °F."
        info = await session.call("get_home_info", {})
        assert info["units"] == "US (°F)"


async def test_a_mode_needs_no_unit_and_takes_one(tmp_path: Path) -> None:
    async with house(tmp_path, thermostat(HALL, "Hall heating"), units="us") as home:
        session = await home.session()
        await session.call("set_thermostat", {"targets": HALL, "mode": "off", "unit": "F"})
        assert home.capability(HALL, "climate").state.mode == "off"
