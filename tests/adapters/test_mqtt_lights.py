"""Lamps on MQTT, in all three schemas."""

import pytest

from gateway.capabilities.light import LightChange
from tests.adapters.mqtt_configs import TOPIC_LIGHT
from tests.adapters.mqtt_rig import Bench


async def test_a_lamp_with_a_topic_for_each_thing_is_heard_and_told() -> None:
    bench = Bench(TOPIC_LIGHT)
    bench.hear("l/bri", "40")
    assert bench.shows("light") == {}
    bench.hear("l/state", "ON")
    bench.hear("l/rgb", "255,136,0")
    assert bench.shows("light") == {"on": True, "brightness": 40, "color": "#ff8800"}
    bench.hear("l/ct", "250")
    assert bench.shows("light") == {"on": True, "brightness": 40, "color_temperature": 4000}
    light = bench.capability("light")
    await light.set_light(LightChange(brightness=70, color="#00ff00"))
    await light.set_light(LightChange(on=False))
    assert bench.sent == [
        ("l/rgb/set", "0,255,0"),
        ("l/bri/set", "70"),
        ("l/set", "ON"),
        ("l/set", "OFF"),
    ]


@pytest.mark.parametrize(
    ("kind", "sent"),
    [
        ("first", [("l/set", "ON"), ("l/bri/set", "70")]),
        ("brightness", [("l/bri/set", "70")]),
    ],
)
async def test_a_lamp_is_turned_on_in_the_order_that_it_wants(
    kind: str, sent: list[tuple[str, str]]
) -> None:
    bench = Bench(TOPIC_LIGHT | {"on_command_type": kind})
    await bench.capability("light").set_light(LightChange(brightness=70))
    assert bench.sent == sent


async def test_a_lamp_of_templates_speaks_its_own_words() -> None:
    bench = Bench(
        {
            "platform": "light",
            "schema": "template",
            "state_topic": "l",
            "command_topic": "l/set",
            "command_on_template": "on{% if brightness is defined %},{{ brightness }}{% endif %}",
            "command_off_template": "off",
            "state_template": "{{ value_json.s }}",
            "brightness_template": "{{ value_json.b }}",
        }
    )
    bench.hear("l", {"s": "on", "b": 51})
    assert bench.shows("light") == {"on": True, "brightness": 20}
    light = bench.capability("light")
    await light.set_light(LightChange(brightness=100))
    await light.set_light(LightChange(on=True))
    await light.set_light(LightChange(on=False))
    assert [payload for _, payload in bench.sent] == ["on,255", "on", "off"]
    assert bench.device.limits["light"]["color"].absent


async def test_json_lamps_keep_white_and_colour_apart() -> None:
    bench = Bench(
        {
            "platform": "light",
            "schema": "json",
            "state_topic": "l",
            "command_topic": "l/set",
            "supported_color_modes": ["rgbww", "color_temp"],
            "color_temp_kelvin": True,
        }
    )
    state = {"state": "ON", "brightness": 255, "color_temp": 3000}
    bench.hear("l", state | {"color_mode": "color_temp", "color": {"r": 1, "g": 2, "b": 3}})
    assert bench.shows("light") == {"on": True, "brightness": 100, "color_temperature": 3000}
    bench.hear("l", state | {"color_mode": "rgbww", "color": {"r": 255, "g": 0, "b": 0, "c": 9}})
    assert bench.shows("light")["color"] == "#ff0000"
    bench.hear("l", "no json")
    bench.hear("l", {"state": None, "brightness": "much", "color": {"r": "x"}})
    assert bench.shows("light")["on"] is True
    await bench.capability("light").set_light(LightChange(color="#0000ff"))
    assert bench.sent == [
        ("l/set", '{"state": "ON", "color": {"r": 0, "g": 0, "b": 255, "c": 0, "w": 0}}')
    ]
