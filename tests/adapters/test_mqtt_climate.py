"""Thermostats and water heaters on MQTT."""

import pytest

from gateway.capabilities.climate import ClimateChange
from gateway.capabilities.water import WaterChange
from gateway.errors import InvalidArguments
from gateway.limits import hard
from tests.adapters.mqtt_configs import CLIMATE
from tests.adapters.mqtt_rig import Bench


async def test_fahrenheit_is_converted_once_and_keeps_whole_degrees() -> None:
    bench = Bench(CLIMATE | {"temperature_unit": "F", "min_temp": 45, "max_temp": 95})
    bench.hear("c/mode", "heat")
    bench.hear("c/t", "70")
    bench.hear("c/now", "68.5")
    shown = bench.shows("climate")
    assert (shown["target_temperature"], shown["temperature"]) == (21.11, 20.28)
    limit = bench.device.limits["climate"]["temperature"]
    assert (round(limit.min or 0, 2), round(limit.max or 0, 2)) == (7.22, 35)
    climate = bench.capability("climate")
    await climate.set_thermostat(ClimateChange(temperature=21.111111))
    assert bench.sent == [("c/t/set", "70")]
    bench.hear("c/t", "70")
    assert climate.shows(climate.state, {"target_temperature": 21.111111})


async def test_a_thermostat_that_is_off_wants_a_mode_unless_there_is_one() -> None:
    bench = Bench(CLIMATE)
    bench.hear("c/mode", "off")
    with pytest.raises(InvalidArguments, match="heat, cool"):
        await bench.capability("climate").set_thermostat(ClimateChange(temperature=21))
    assert bench.sent == []
    only = Bench(CLIMATE | {"modes": ["off", "heat"]})
    only.hear("c/mode", "off")
    await only.capability("climate").set_thermostat(ClimateChange(temperature=21))
    assert only.sent == [("c/mode/set", "heat"), ("c/t/set", "21")]


async def test_a_thermostat_keeps_between_two_temperatures() -> None:
    bench = Bench(
        CLIMATE
        | {
            "modes": ["off", "heat_cool"],
            "temperature_low_state_topic": "c/low",
            "temperature_low_command_topic": "c/low/set",
            "temperature_high_state_topic": "c/high",
            "temperature_high_command_topic": "c/high/set",
        }
    )
    bench.hear("c/mode", "heat_cool")
    bench.hear("c/low", "19")
    bench.hear("c/high", "24")
    assert bench.shows("climate") == {"target_low": 19, "target_high": 24, "mode": "auto"}
    change = ClimateChange(low=18, high=25, mode="auto")
    await bench.capability("climate").set_thermostat(change)
    assert bench.sent == [("c/mode/set", "heat_cool"), ("c/low/set", "18"), ("c/high/set", "25")]


async def test_a_water_heater_falls_under_the_strictest_limit() -> None:
    bench = Bench(
        {
            "platform": "water_heater",
            "mode_state_topic": "w/mode",
            "mode_command_topic": "w/mode/set",
            "modes": ["off", "eco"],
            "temperature_state_topic": "w/t",
            "temperature_command_topic": "w/t/set",
        }
    )
    bench.hear("w/t", "36")
    bench.hear("w/mode", "eco")
    assert bench.shows("water") == {"body": "spa", "target_temperature": 36, "heat": True}
    assert hard("water", bench.shows("water"))["temperature"].max == 40
    await bench.capability("water").set_pool_or_spa(WaterChange(heat=False))
    assert bench.sent == [("w/mode/set", "off")]
