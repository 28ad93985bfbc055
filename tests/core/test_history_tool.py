"""get_history tells the past of the devices meant, in the home's units, and always fits."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway.budget import BUDGET
from gateway.capabilities import KINDS
from gateway.clock import SetClock
from gateway.errors import InvalidArguments, UnknownTarget
from gateway.history_units import meant, measure
from gateway.tools.history import step
from tests.core.rigs import error_of
from tests.incore import House, house, plug, shade, thermostat

NOW = datetime(2026, 1, 6, 12, tzinfo=UTC)
HOT, METER = "climate.temperature", "energy.total"


@asynccontextmanager
async def measured(folder: Path, **settings: Any) -> AsyncIterator[House]:
    """Two thermostats, a plug and a shade; the hall and the plug have a day behind them."""
    clock = SetClock(NOW - timedelta(days=1))
    devices = (
        thermostat("hall", "Hall", "Floor"),
        thermostat("bath", "Bath", "Floor"),
        plug("plug-1", "Freezer"),
        shade("shade-1", "Shade"),
    )
    async with house(folder, *devices, clock=clock, **settings) as opened:
        history = opened.home.history
        await history.drop()  # what they said when they were found
        for minutes in range(24 * 60, 0, -10):
            at = NOW - timedelta(minutes=minutes)
            history.record("hall", HOT, at, 20.0 + minutes % 120 / 60)
            history.record("plug-1", METER, at, 100 + (24 * 60 - minutes) / 100)
            history.record("plug-1", "switch.on", at, float(minutes % 120 < 60))
        clock.present = NOW
        yield opened


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[House]:
    async with measured(tmp_path) as opened:
        yield opened


async def ask(home: House, targets: str | list[str], property: str, **more: Any) -> dict[str, Any]:
    session = await home.session()
    found = await session.call("get_history", {"targets": targets, "property": property} | more)
    assert next(iter(found)) == "summary"
    assert len(json.dumps(found["series"], separators=(",", ":"))) <= BUDGET
    return dict(found)


async def test_the_last_day_is_told_in_steps_that_fit(home: House) -> None:
    found = await ask(home, "Hall", "temperature")
    (hall,) = found["series"]
    assert {name: hall[name] for name in ("device", "name", "property", "unit")} == {
        "device": "hall",
        "name": "Hall",
        "property": HOT,
        "unit": "°C",
    }
    assert (hall["min"], hall["max"]) == (20.0, 21.83)
    assert hall["mean"] == pytest.approx(20.92, abs=0.01)
    assert found["every"] == "30 min"
    assert len(hall["points"]) == 48
    assert hall["points"][0]["start"] == "2026-01-05T12:00:00+00:00"
    assert found["summary"] == (
        "2026-01-05 12:00 to 12:00: “Hall”: temperature 20 to 21.83 °C, mean 20.9 °C, "
        "last 20.17 °C."
    )


async def test_a_home_of_fahrenheit_is_told_fahrenheit(tmp_path: Path) -> None:
    async with measured(tmp_path, units="us") as home:
        (hall,) = (await ask(home, "hall", HOT))["series"]
        assert (hall["unit"], hall["min"]) == ("°F", 68.0)
        assert hall["points"][0]["mean"] > 68


async def test_energy_is_how_much_the_meter_rose(home: House) -> None:
    found = await ask(home, "Freezer", "energy", start="-6h", every="1h")
    (freezer,) = found["series"]
    assert (freezer["property"], freezer["unit"]) == (METER, "kWh")
    assert freezer["total"] == pytest.approx(3.6, abs=0.001)
    assert [point["total"] for point in freezer["points"]] == [pytest.approx(0.6)] * 6
    assert "3.6 kWh more on the meter" in found["summary"]


async def test_yes_and_no_is_told_as_a_share_of_the_time(home: House) -> None:
    found = await ask(home, "Freezer", "on")
    assert "“Freezer”: on for 50 % of the time" in found["summary"]


async def test_several_devices_share_the_room_and_those_without_it_are_left_out(
    home: House,
) -> None:
    found = await ask(home, "all", "temperature")
    assert [one["device"] for one in found["series"]] == ["hall", "bath"]
    assert "“Bath”: nothing was recorded of climate.temperature" in found["summary"]
    assert found["series"][1]["points"] == []


async def test_steps_that_do_not_fit_are_made_longer_and_said_so(home: House) -> None:
    found = await ask(home, "hall", "temperature", every="1m")
    assert found["every"] == "30 min"
    assert "steps of 1 min do not fit into an answer: these are of 30 min" in found["summary"]


async def test_a_hundred_devices_still_fit(tmp_path: Path) -> None:
    devices = [thermostat(f"room-{n}", f"Room {n} of a large house") for n in range(100)]
    async with house(tmp_path, *devices) as home:
        found = await ask(home, "all", "temperature")
        assert 10 < len(found["series"]) < 100
        assert not any(one["points"] for one in found["series"])
        assert f"{100 - len(found['series'])} of them do not fit" in found["summary"]


async def test_an_unknown_property_names_the_nearest_that_the_devices_have(home: House) -> None:
    asked = {"targets": "hall", "property": "temprature"}
    problem = (await error_of(await home.session(), "get_history", asked)).problem()
    assert (problem["code"], problem["field"]) == ("invalid_arguments", "property")
    assert problem["choices"][0] == HOT
    assert HOT in problem["hint"]


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        ({"every": "soon"}, "every"),
        ({"every": "1s"}, "every"),
        ({"start": "whenever"}, "start"),
        ({"start": "2026-01-05", "end": "2026-01-04"}, "start"),
    ],
)
async def test_nonsense_is_refused_by_its_field(
    home: House, arguments: dict[str, str], field: str
) -> None:
    session = await home.session()
    asked = {"targets": "hall", "property": "temperature"} | arguments
    with pytest.raises(InvalidArguments) as caught:
        await session.call("get_history", asked)
    assert caught.value.more["field"] in (field, "end")


async def test_a_device_that_is_not_there_is_unknown(home: House) -> None:
    session = await home.session()
    with pytest.raises(UnknownTarget):
        await session.call("get_history", {"targets": "cellar", "property": "temperature"})


def test_steps_are_nice_and_few() -> None:
    assert step(timedelta(days=1), None, 1) == 1800
    assert step(timedelta(days=7), None, 1) == 4 * 3600
    assert step(timedelta(days=31), None, 1) == 86_400
    assert step(timedelta(hours=1), 60.0, 1) == 60
    assert step(timedelta(days=1), None, 4) == 2 * 3600
    assert step(timedelta(days=1), None, 29) is None


def test_what_things_are_measured_in_is_read_off_the_declarations() -> None:
    units = {
        "energy.power": "W",
        "energy.total": "kWh",
        "climate.target_temperature": "°C",
        "light.brightness": "%",
        "light.color_temperature": "K",
        "cover.open": "%",
        "media.volume": "%",
        "contact.open": None,
        "no.such": None,
    }
    assert {prop: measure(prop).unit for prop in units} == units
    assert measure("contact.open").yes_no
    assert measure("light.on").yes_no
    assert not measure("cover.open").yes_no
    assert measure("energy.today").counts
    assert set(KINDS)


def test_a_word_means_a_property_a_field_or_a_kind() -> None:
    known = ["switch.on", "energy.power", "energy.total", "measurement.temperature", HOT]
    assert meant("energy.power", known) == "energy.power"
    assert meant("Power", known) == "energy.power"
    assert meant("energy", known) == METER
    assert meant("temperature", known) == HOT
    assert meant("humidity", known) is None
