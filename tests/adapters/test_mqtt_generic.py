"""Numbers, selects, buttons and switches of no known meaning on MQTT."""

from typing import Any

from gateway.capabilities.generic import NumberChange
from gateway.limits import Limit, hard
from tests.adapters.mqtt_rig import Bench


async def test_what_has_no_meaning_is_read_only_until_the_owner_names_it() -> None:
    generic: list[dict[str, Any]] = [
        {"platform": "switch", "command_topic": "a/set", "state_topic": "a"},
        {"platform": "number", "command_topic": "b/set", "state_topic": "b"},
        {"platform": "select", "command_topic": "c/set", "options": ["x"]},
        {"platform": "button", "command_topic": "d/set"},
    ]
    fields = {"switch": "on", "number": "value", "select": "option", "button": "press_button"}
    for writable, wanted in (((), True), (("mqtt-d1",), None)):
        bench = Bench(*generic, writable=writable)
        told = {
            kind: bench.device.limits[kind].get(field, Limit()).read_only
            for kind, field in fields.items()
        }
        assert told == dict.fromkeys(fields, wanted)
    one = Bench(*generic, writable=("mqtt-d1/e0",))
    assert one.device.limits["switch"] == {}
    assert one.device.limits["number"]["value"].read_only


async def test_of_several_that_have_no_meaning_none_is_the_device_itself() -> None:
    number = {"platform": "number", "command_topic": "b/set", "unit_of_measurement": "°C"}
    alone = Bench(number, writable=("mqtt-d1",))
    assert alone.device.limits["number"]["value"].read_only is None
    several = Bench(number, number, writable=("mqtt-d1",))
    assert [one.id for one in several.unit.devices] == ["mqtt-d1", "mqtt-d1-e0", "mqtt-d1-e1"]
    assert all(one.limits["number"]["value"].read_only for one in several.unit.devices[1:])


async def test_a_temperature_to_be_set_has_a_unit_whatever_it_says() -> None:
    for told, unit in (
        ({"name": "Spa temperature", "max": 104}, "°F"),
        ({"name": "Set point", "max": 40}, "°C"),
        ({"device_class": "temperature", "unit_of_measurement": "degrees", "max": 40}, "°C"),
        ({"name": "Speed"}, None),
    ):
        bench = Bench({"platform": "number", "command_topic": "n/set", "state_topic": "n"} | told)
        bench.hear("n", "30")
        shown = bench.shows("number")
        assert shown.get("unit") == unit
        assert bool(hard("number", shown)) is (unit is not None)


async def test_a_number_is_told_without_a_point_it_does_not_need() -> None:
    bench = Bench({"platform": "number", "command_topic": "n/set", "step": 0.5})
    number = bench.capability("number")
    for value in (88.0, 21.5):
        await number.set_number(NumberChange(value=value))
    assert bench.sent == [("n/set", "88"), ("n/set", "21.5")]
