"""Sensors, buttons and remotes on MQTT."""

import asyncio
from typing import Any

import pytest

from tests.adapters.mqtt_rig import Bench


async def test_sensors_gather_and_a_second_of_a_kind_is_a_part() -> None:
    def sensor(kind: str, unit: str, topic: str) -> dict[str, Any]:
        told = {"device_class": kind, "unit_of_measurement": unit}
        return {"platform": "sensor", "state_topic": topic, "name": topic} | told

    bench = Bench(
        sensor("temperature", "°F", "indoor"),
        sensor("pressure", "inHg", "air"),
        sensor("temperature", "°C", "outdoor"),
        sensor("power", "kW", "load"),
        sensor("energy", "Wh", "energy today"),
        sensor("duration", "s", "uptime"),
        {"platform": "sensor", "state_topic": "words", "name": "Words"},
    )
    for topic, value in (
        ("indoor", "70"),
        ("air", "30"),
        ("outdoor", "7"),
        ("load", "1.5"),
        ("energy today", "1200"),
        ("uptime", "99"),
        ("words", "fine \u202e"),
    ):
        bench.hear(topic, value)
    assert bench.shows("measurement") == {"temperature": 21.11, "pressure": 1015.917}
    assert bench.shows("energy") == {"power": 1500, "today": 1.2}
    assert bench.shows("number") == {"value": 99, "unit": "s"}
    assert bench.shows("select") == {"option": "fine"}
    (part,) = bench.unit.devices[1:]
    state = part.capabilities["measurement"].state
    assert state is not None
    assert state.model_dump(exclude_none=True) == {"temperature": 7}


@pytest.mark.parametrize("payload", ["140", "-3", "", "None", "unavailable"])
async def test_what_a_sensor_cannot_mean_is_no_value(payload: str) -> None:
    humidity = {"device_class": "humidity", "unit_of_measurement": "%"}
    bench = Bench({"platform": "sensor", "state_topic": "h"} | humidity)
    bench.hear("h", payload)
    assert "humidity" not in bench.shows("measurement")
    bench.unit.build((), {})
    bench.hear("h", "41")
    assert bench.shows("measurement") == {"humidity": 41}


@pytest.mark.parametrize(
    ("kind", "becomes", "shown"),
    [
        ("door", "contact", {"open": True}),
        ("garage_door", "contact", {"open": True}),
        ("presence", "occupancy", {"occupied": True}),
        ("moisture", "leak", {"leaking": True}),
        ("smoke", "select", {"option": "on"}),
    ],
)
async def test_binary_sensors_become_what_they_mean(
    kind: str, becomes: str, shown: dict[str, Any]
) -> None:
    bench = Bench({"platform": "binary_sensor", "device_class": kind, "state_topic": "b"})
    bench.hear("b", "ON")
    assert bench.shows(becomes) == shown


async def test_a_motion_that_ends_by_itself_ends() -> None:
    told = {"device_class": "motion", "state_topic": "m", "off_delay": 0.05}
    bench = Bench({"platform": "binary_sensor"} | told)
    bench.hear("m", "ON")
    seen = asyncio.Event()
    bench.capability("occupancy").listener = lambda *_: seen.set()
    async with asyncio.timeout(3):
        await seen.wait()
    assert bench.shows("occupancy") == {"occupied": False}


async def test_events_are_presses_and_old_ones_are_not() -> None:
    types = ["single", "double", "hold", "triple"]
    bench = Bench({"platform": "event", "state_topic": "e", "event_types": types})
    pressed: list[str] = []
    button = bench.capability("button")
    button.teller = lambda _, name, data: pressed.append(data.press)
    bench.hear("e", {"event_type": "single"}, retained=True)
    for kind in (*types, "unknown"):
        bench.hear("e", {"event_type": kind})
    bench.hear("e", "no json")
    assert pressed == ["short", "double", "long"]
    assert bench.shows("button") == {"last": "long", "presses": 3}


async def test_the_triggers_of_a_remote_are_its_keys() -> None:
    def trigger(payload: str, kind: str, subtype: str) -> dict[str, Any]:
        told = {"payload": payload, "type": kind, "subtype": subtype, "topic": "r/action"}
        return {"platform": "device_automation", "automation_type": "trigger"} | told

    bench = Bench(
        trigger("1_short", "button_short_press", "button_1"),
        trigger("1_long", "button_long_press", "button_1"),
        trigger("2_double", "button_double_press", "button_2"),
    )
    first, second = bench.unit.devices[1:]
    bench.hear("r/action", "1_long")
    bench.hear("r/action", "2_double", retained=True)
    states = [one.capabilities["button"].state for one in (first, second)]
    assert [getattr(state, "last", None) for state in states] == ["long", None]
