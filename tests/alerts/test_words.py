"""How people say it, and what is understood."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.capabilities import KINDS
from gateway.order_tables import FIELDS, STATES, UNITS
from gateway.orders import Order, Orders
from tests.alerts.rig import Scene, scene

OPEN, CLOSED = "contact.open == true", "contact.open == false"
SAYINGS = [
    ("garage open 10m", ["garage"], OPEN, 600),
    ("garage door open for 5 minutes", ["garage"], OPEN, 300),
    ("Tell me when the garage door has been open for more than 10 minutes", ["garage"], OPEN, 600),
    ("let me know if the front door opens", ["front"], OPEN, 0),
    ("alert me if the kitchen window is left open for half an hour", ["window"], OPEN, 1800),
    ("front door isn't closed", ["front"], OPEN, 0),
    ("garage door not closed after 10 minutes", ["garage"], OPEN, 600),
    ("front door closes", ["front"], CLOSED, 0),
    ("any door is open", ["garage", "front"], OPEN, 0),
    ("someone in the hallway", ["hall-motion"], "occupancy.occupied == true", 0),
    ("if motion is detected in the bathroom", ["bath-motion"], "occupancy.occupied == true", 0),
    ("no motion in the hallway for 1 h", ["hall-motion"], "occupancy.occupied == false", 3600),
    ("nobody is in the bathroom for 30 min", ["bath-motion"], "occupancy.occupied == false", 1800),
    ("pool temperature < 5", ["pool"], "measurement.temperature < 5", 0),
    ("pool below 41 F", ["pool"], "measurement.temperature < 5", 0),
    ("the pool drops below freezing", ["pool"], "measurement.temperature < 0", 0),
    ("it gets colder than 3 degrees in the cellar", ["cellar"], "measurement.temperature < 3", 0),
    ("humidity in the cellar over 70 %", ["cellar"], "measurement.humidity > 70", 0),
    (
        "humidity in the cellar at least 70% for 2 hours",
        ["cellar"],
        "measurement.humidity >= 70",
        7200,
    ),
    ("washing machine power drops below 5 W", ["washer"], "energy.power < 5", 0),
    ("washing machine uses more than 1,2 kW", ["washer"], "energy.power > 1200", 0),
    ("power of the washing machine under 3 watts for 5m", ["washer"], "energy.power < 3", 300),
    ("living room temperature above 24 °C", ["heating"], "climate.temperature > 24", 0),
    ("living room warmer than minus 2", ["heating"], "climate.temperature > -2", 0),
    ("kitchen lamp on for 2h", ["lamp"], "light.on == true", 7200),
    ("porch light turned off", ["porch"], "light.on == false", 0),
    ("porch light is still on after 1 hour", ["porch"], "light.on == true", 3600),
    ("kitchen radio starts playing", ["radio"], "media.playing == true", 0),
    ("kitchen radio stops playing", ["radio"], "media.playing == false", 0),
    ("volume of the kitchen radio above 60", ["radio"], "media.volume > 60", 0),
    ("bedroom shades closed", ["shade"], "cover.open == 0", 0),
    ("bedroom shades open", ["shade"], "cover.open > 0", 0),
    ("washing machine turns on", ["washer"], "switch.on == true", 0),
    ("living room thermostat is off", ["heating"], 'climate.mode == "off"', 0),
    ("pool thermometer offline for 10 min", ["pool"], "online == false", 600),
    ("cellar sensor is unreachable", ["cellar"], "online == false", 0),
    ("brightness of the kitchen lamp is 100 %", ["lamp"], "light.brightness == 100", 0),
    ("contact.open == true for 10m", None, OPEN, 600),
    ("climate.temperature < 18", None, "climate.temperature < 18", 0),
    (
        "measurement.humidity > 60 and temperature < 8",
        None,
        "measurement.humidity > 60 and temperature < 8",
        0,
    ),
    ("online == false", None, "online == false", 0),
    ('area == "Kitchen" and on == true', None, 'area == "Kitchen" and on == true', 0),
]


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[Scene]:
    async with scene(tmp_path) as opened:
        yield opened


def orders(home: Scene) -> Orders:
    return Orders(
        home.home.search,
        home.home.index,
        home.home.registry,
        home.owner.sees,
        home.home.settings.units,
    )


def read(home: Scene, text: str) -> Order:
    order = orders(home).read(text, None).order
    assert order is not None
    return order


async def test_what_people_say_is_understood(home: Scene) -> None:
    wrong = []
    for text, devices, where, seconds in SAYINGS:
        order = orders(home).read(text, None).order
        told = order and (sorted(order.devices or []) or None, order.where, order.seconds)
        if told != (sorted(devices or []) or None, where, seconds):
            wrong.append((text, told))
    assert wrong == []


@pytest.mark.parametrize(
    ("text", "press"),
    [
        ("doorbell rings", None),
        ("somebody rings the doorbell", None),
        ("doorbell pressed long", 'data.press == "long"'),
        ("short press on the doorbell", 'data.press == "short"'),
    ],
)
async def test_keys_are_events(home: Scene, text: str, press: str | None) -> None:
    order = read(home, text)
    filter = order.filter
    assert filter is not None
    assert (filter.names, order.devices) == (["button.pressed"], ["bell"])
    assert (filter.where or "") == (press or "")


async def test_a_filter_over_events_is_taken_as_such(home: Scene) -> None:
    filter = read(home, "name == 'button.pressed' and data.press == 'long'").filter
    assert filter is not None
    assert filter.where == 'name == "button.pressed" and data.press == "long"'


async def test_fahrenheit_is_the_unit_of_a_home_that_uses_it(tmp_path: Path) -> None:
    async with scene(tmp_path, units="us") as home:
        assert read(home, "pool temperature < 50").where == "measurement.temperature < 10"
        assert read(home, "pool colder than 10 C").where == "measurement.temperature < 10"
        assert read(home, "climate.temperature < 50").where == "climate.temperature < 10.0"
        assert read(home, "climate.temperature < 10 C").where == "climate.temperature < 10"
        assert read(home, "climate.humidity > 50").where == "climate.humidity > 50"
        answer = await home.create(when="pool temperature < 50")
        assert "below 50.0 °F" in answer.understood


def test_every_word_is_about_a_field_that_some_kind_has() -> None:
    tests = [test for state in STATES for test in state.tests]
    paths = [path for _, said in FIELDS for path in said.split()]
    paths += [path for _, _, said in UNITS for path in said.split()]
    paths += [test.split()[0] for test in tests if not test.startswith(".")]
    for path in paths:
        kind, field = path.split(".")
        assert field in KINDS[kind].State.model_fields, path
