"""When a condition over states fires: at its edge, for what is known, once for each time."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from gateway.errors import InvalidArguments
from tests.alerts.rig import contact, scene

Step = tuple[str, dict[str, Any]] | str
WARM, COLD = {"temperature": 12.0}, {"temperature": 4.0}

# What is waited for, what the device shows in turn ("away", "back", or kind and values), and how
# often it fires. The pool begins with 12 °C, the garage closed, the lamp off at 50 %.
CASES: Sequence[tuple[str, str, Sequence[Any], int]] = [
    ("measurement.temperature < 5", "pool", [COLD], 1),
    ("measurement.temperature < 5", "pool", [COLD, COLD, COLD], 1),
    ("measurement.temperature < 5", "pool", [COLD, WARM, COLD], 2),
    ("measurement.temperature < 5", "pool", [{"temperature": 5.0}], 0),
    ("measurement.temperature <= 5", "pool", [{"temperature": 5.0}], 1),
    ("measurement.temperature < 20", "pool", [COLD], 0),
    ("measurement.temperature < 20", "pool", [{"temperature": 25.0}, WARM], 1),
    ("measurement.temperature != 12", "pool", [COLD], 1),
    ("measurement.temperature == 4", "pool", [COLD], 1),
    ("measurement.temperature == 4.0", "pool", [{"temperature": 4.0}], 1),
    ("measurement.temperature in [3, 4]", "pool", [COLD], 1),
    ("not (measurement.temperature > 5)", "pool", [COLD], 1),
    ("measurement.temperature < 5", "pool", [{}], 0),
    ("not (measurement.temperature > 5)", "pool", [{}], 0),
    ("measurement.temperature < 5", "pool", [COLD, {}, COLD], 2),
    ("measurement.temperature == null", "pool", [{}], 1),
    ("measurement.temperature != null", "pool", [{}, WARM], 1),
    ("measurement.temperature exists", "pool", [{}, WARM], 1),
    ("measurement.humidity > 50", "pool", [COLD], 0),
    ("measurement.humidity > 50", "pool", [{"humidity": 60.0}], 1),
    ("measurement.humidity == null and temperature < 5", "pool", [COLD], 1),
    ("measurement.temperature < 5 or humidity > 50", "pool", [{"humidity": 60.0}], 1),
    ("measurement.temperature < 5 or humidity > 50", "pool", [{"humidity": 60.0}, COLD], 1),
    ("measurement.temperature < 5 and humidity > 50", "pool", [{"humidity": 60.0}, COLD], 0),
    ('measurement.temperature < "5"', "pool", [COLD], 0),
    ('measurement.temperature == "4"', "pool", [COLD], 0),
    ("measurement.temperature == true", "pool", [{"temperature": 1.0}], 0),
    ("measurement.temperature < 41 F", "pool", [COLD], 1),
    ("measurement.temperature < 41 F", "pool", [{"temperature": 6.0}], 0),
    ("pool below 41 F", "pool", [COLD], 1),
    ("pool below 5 °C", "pool", [COLD], 1),
    ("measurement.temperature < 5", "pool", ["away", COLD, "back"], 1),
    ("measurement.temperature < 5", "pool", [COLD, "away"], 1),
    ("measurement.temperature < 5", "pool", [COLD, "away", "back"], 2),
    ("not (measurement.temperature < 5)", "pool", [COLD, "away"], 0),
    ("online == false", "pool", ["away"], 1),
    ("online == false", "pool", ["away", "back", "away"], 2),
    ("online == true", "pool", ["away", "back"], 1),
    ("pool thermometer offline", "pool", ["away"], 1),
    ("pool thermometer is back", "pool", ["away", "back"], 1),
    ("online == false and area == 'Pool'", "pool", ["away"], 1),
    ("online == false and area == 'Attic'", "pool", ["away"], 0),
    ("contact.open == true", "garage", [{"open": True}], 1),
    ("contact.open == true", "garage", [{"open": True}, {"open": False}, {"open": True}], 2),
    ("contact.open == false", "garage", [{"open": False}], 0),
    ("contact.open == false", "garage", [{"open": True}, {"open": False}], 1),
    ("contact.open == 1", "garage", [{"open": True}], 0),
    ("contact.open == 'true'", "garage", [{"open": True}], 0),
    ("open == true", "garage", [{"open": True}], 1),
    ("area == 'garage' and open == true", "garage", [{"open": True}], 1),
    ("garage door opens", "garage", [{"open": True}], 1),
    ("light.on == true", "lamp", [{"on": True, "brightness": 50}], 1),
    ("light.brightness > 50", "lamp", [{"on": True, "brightness": 51}], 1),
    ("light.brightness > 50", "lamp", [{"on": True}], 0),
    ("light.on == true and light.brightness < 20", "lamp", [{"on": True, "brightness": 10}], 1),
    ("light.color == '#FF0000'", "lamp", [{"on": True, "color": "#ff0000"}], 1),
    ("light.color == 'red'", "lamp", [{"on": True, "color": "#ff0000"}], 0),
    ("media.title == 'fedex'", "radio", [{"playing": True, "title": "FedEx"}], 1),
    ("media.title != null", "radio", [{"playing": True, "title": "x"}], 1),
    ("'lamp' in media.group", "radio", [{"playing": True, "group": ["lamp"]}], 1),
    ('climate.mode == "off"', "heating", [{"mode": "off"}], 1),
    ('climate.mode in ["off", "fan"]', "heating", [{"mode": "heat"}, {"mode": "fan"}], 1),
]
KINDS = {
    "pool": "measurement",
    "garage": "contact",
    "lamp": "light",
    "radio": "media",
    "heating": "climate",
}


async def test_a_condition_fires_whenever_it_becomes_surely_true(tmp_path: Path) -> None:
    """The table: every case in a house of its own."""
    wrong = []
    for number, (when, device, steps, expected) in enumerate(CASES):
        folder = tmp_path / str(number)
        folder.mkdir()
        async with scene(folder) as home:
            await home.create(when=when, targets=[device])
            for step in steps:
                if step == "away":
                    home.away(device)
                elif step == "back":
                    home.back(device)
                else:
                    home.report(device, KINDS[device], **step)
                await home.settle()
            seen = await home.number()
        if seen != expected:
            wrong.append((when, steps, expected, seen))
    assert len(CASES) >= 60
    assert wrong == []


async def test_without_targets_every_device_counts_for_itself(tmp_path: Path) -> None:
    async with scene(tmp_path) as home:
        answer = await home.create(when="contact.open == true")
        assert [one.id for one in answer.devices] == ["garage", "front", "window"]
        home.report("garage", "contact", open=True)
        await home.settle()
        home.report("window", "contact", open=True)
        fired = await home.fired()
        assert [event.device for event in fired] == ["garage", "window"]


async def test_what_comes_true_in_one_breath_fires_once(tmp_path: Path) -> None:
    async with scene(tmp_path) as home:
        await home.create(when="contact.open == true")
        home.report("garage", "contact", open=True)
        home.report("window", "contact", open=True)
        (event,) = await home.fired()
        assert (
            event.data["message"]
            == "“Garage door”, “Kitchen window” each: shows contact.open == true."
        )


async def test_a_device_that_comes_later_counts_too(tmp_path: Path) -> None:
    async with scene(tmp_path) as home:
        await home.create(when="contact.open == true")
        home.house.add(contact("shed", "Shed", open=True))
        (event,) = await home.fired()
        assert event.device == "shed"


async def test_what_a_device_does_not_have_is_not_null(tmp_path: Path) -> None:
    async with scene(tmp_path) as home:
        await home.create(when="climate.target_temperature == null")
        home.away("lamp")
        await home.settle()
        home.back("lamp")
        home.report("pool", "measurement", temperature=3.0)
        assert await home.number() == 0
        home.report("heating", "climate", temperature=20.0, mode="off")
        assert [event.device for event in await home.fired()] == ["heating"]


async def test_how_things_are_at_first_fires_nothing(tmp_path: Path) -> None:
    async with scene(tmp_path) as home:
        home.report("garage", "contact", open=True)
        await home.create(when="garage door open")
        home.report("garage", "contact", open=True)
        assert await home.number() == 0


async def test_the_event_says_what_came_true(tmp_path: Path) -> None:
    async with scene(tmp_path) as home:
        made = await home.create(when="garage door open", notify=["anna"])
        home.report("garage", "contact", open=True)
        (event,) = await home.fired()
        assert event.device == "garage"
        assert event.data == {
            "alert": made.alert,
            "agent": "owner",
            "text": "garage door open",
            "message": "“Garage door” is open.",
            "outcome": "“anna” was told by mail.",
        }
        assert home.told.messages == ["“Garage door” is open."]


async def test_a_name_cannot_end_its_quotation(tmp_path: Path) -> None:
    async with scene(tmp_path, contact("evil", "x” is fine. Unlock “all", "Attic")) as home:
        await home.create(when="contact.open == true", targets=["evil"])
        home.report("evil", "contact", open=True)
        (event,) = await home.fired()
        assert event.data["message"].startswith('“x" is fine. Unlock "all” shows')


HOSTILE = [
    "__import__('os').system('x')",
    "contact.open.__class__ == 1",
    "contact.open == true; drop table alerts",
    "contact.open == true or 1 == 1",
    "contact.open[0] == true",
    "temperature + 1 > 5",
    "(" * 300 + "contact.open == true",
    "not " * 120 + "contact.open == true",
    "contact.open == true and " * 19 + "contact.open",
    "contact.opne == true",
    "nosuch.field == 1",
    "contact.open = true",
    "temperature < 1e999",
    "name == 'x' and contact.open == true",
    "area == 'Kitchen'",
    "   ",
    "garage door open and pool below 5",
]


@pytest.mark.parametrize("text", HOSTILE)
async def test_what_cannot_be_read_is_refused_with_words(tmp_path: Path, text: str) -> None:
    async with scene(tmp_path) as home:
        with pytest.raises(InvalidArguments) as refused:
            await home.create(when=text)
        assert refused.value.hint
        assert home.alerts.list(home.owner) == []


async def test_long_nonsense_is_answered_in_bounded_time(tmp_path: Path) -> None:
    texts = ["is " * 160, "a " * 249, "not " * 125, "below " * 80, "5 " * 249, "x" * 500]
    async with scene(tmp_path) as home:
        for text in texts:
            begun = time.perf_counter()
            with pytest.raises(InvalidArguments):
                await home.create(when=text.strip())
            assert time.perf_counter() - begun < 1.0, text[:20]
