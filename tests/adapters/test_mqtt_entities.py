"""What every entity on MQTT owes, whatever it is."""

import asyncio
from typing import Any

import pytest

from adapters.mqtt_discovery import Misconfigured
from gateway.capabilities.switch import SwitchChange
from gateway.errors import Unreachable
from tests.adapters.mqtt_configs import CLIMATE, COVER, TOPIC_LIGHT
from tests.adapters.mqtt_rig import Bench


@pytest.mark.parametrize("payload", ["nan", "1e999", "-" * 5000, "9" * 60_000, "{" * 60_000, "\0"])
async def test_no_payload_harms_what_hears_it(payload: str) -> None:
    bench = Bench(
        TOPIC_LIGHT,
        CLIMATE,
        COVER,
        {"platform": "sensor", "state_topic": "t", "unit_of_measurement": "s"},
        {"platform": "light", "schema": "json", "state_topic": "j", "command_topic": "j/set"},
    )
    bench.hear("l/state", "ON")
    for one in list(bench.unit.entities.values()):
        for topic in one.topics:
            bench.hear(topic, payload)
    assert bench.shows("light") == {"on": True}


async def test_a_switch_of_a_lamp_is_a_setting_and_not_the_lamp() -> None:
    setting = {"platform": "switch", "command_topic": "x/set", "entity_category": "config"}
    bench = Bench(TOPIC_LIGHT, setting)
    assert list(bench.device.capabilities) == ["light"]
    assert list(bench.unit.devices[1].capabilities) == ["switch"]


async def test_what_its_maker_hides_is_not_shown() -> None:
    hidden = {"platform": "sensor", "state_topic": "x", "enabled_by_default": False}
    assert len(Bench(TOPIC_LIGHT, hidden, {"platform": "update"}).unit.entities) == 1


@pytest.mark.parametrize(
    ("mode", "said", "there"),
    [
        ("all", ["a:online"], False),
        ("all", ["a:online", "b:here"], True),
        ("any", ["a:online", "b:away"], True),
        ("latest", ["a:online", "b:away"], False),
        ("latest", ["b:here"], True),
        ("latest", ["b:nonsense"], False),
    ],
)
async def test_an_entity_is_there_when_it_says_so(mode: str, said: list[str], there: bool) -> None:
    words = {"payload_available": "here", "payload_not_available": "away"}
    topics = [{"topic": "a"}, {"topic": "b"} | words]
    outlet = {"platform": "switch", "device_class": "outlet", "command_topic": "o/set"}
    bench = Bench(outlet | {"availability": topics, "availability_mode": mode})
    for one in said:
        bench.hear(*one.split(":"))
    assert bench.unit.there(bench.device) is there
    if not there:
        with pytest.raises(Unreachable):
            await bench.capability("switch").set_switch(SwitchChange(on=True))
        assert bench.sent == []


async def test_a_value_that_is_too_old_is_believed_no_more() -> None:
    temperature = {"device_class": "temperature", "unit_of_measurement": "°C"}
    sensor = {"platform": "sensor", "state_topic": "t", "expire_after": 0.05}
    bench = Bench(sensor | temperature)
    assert not bench.unit.there(bench.device)
    bench.hear("t", "20")
    assert bench.unit.there(bench.device)
    seen = asyncio.Event()
    bench.capability("measurement").listener = lambda *_: seen.set()
    async with asyncio.timeout(3):
        await seen.wait()
    assert not bench.unit.there(bench.device)
    assert bench.shows("measurement") == {}


@pytest.mark.parametrize(
    "told",
    [
        {"platform": "light", "schema": "mystery"},
        {"platform": "light", "schema": "template", "command_topic": "x"},
        {"platform": "switch", "command_topic": "a/#", "state_topic": "b/+"},
        {"platform": "sensor", "state_topic": "x", "value_template": "{{ value.__class__ }}"},
        {"platform": "sensor", "state_topic": "x", "value_template": {"a": 1}},
        {"platform": "select", "state_topic": "x", "options": "abc"},
        {"platform": "switch", "state_topic": "x", "availability_topic": 3},
        {"platform": "switch", "state_topic": "x", "qos": "many"},
        {"platform": "switch", "state_topic": "x", "expire_after": "soon"},
    ],
    ids=str,
)
async def test_what_cannot_be_understood_says_why(told: dict[str, Any]) -> None:
    with pytest.raises(Misconfigured):
        Bench(told)


@pytest.mark.parametrize(
    "told",
    [
        {"platform": "number", "command_topic": "x", "min": "low"},
        {"platform": "climate", "temperature_command_topic": "x", "max_temp": "hot"},
        {"platform": "fan", "percentage_command_topic": "x", "speed_range_max": 1e308},
        {
            "platform": "light",
            "command_topic": "x",
            "color_temp_command_topic": "y",
            "min_mireds": [],
        },
    ],
    ids=str,
)
async def test_limits_that_make_no_sense_are_a_problem_of_that_entity_alone(
    told: dict[str, Any],
) -> None:
    bench = Bench(told, CLIMATE)
    assert "climate" in bench.device.capabilities
    if bench.unit.problems:
        (part,) = [one for one in bench.unit.devices if one.needs]
        assert part.part_of == bench.device.id
