"""Which devices and parts become of the services of HomeKit accessories."""

from adapters import homekit_words as words
from tests.contract.test_homekit_facts import HUB, service, shown, things


def test_several_of_a_kind_are_parts_and_what_stands_alone_is_the_whole() -> None:
    strip, *sockets = things(
        service(10, words.OUTLET, ON=1, name="Left"), service(20, words.OUTLET, ON=0), aid=4
    )
    assert (strip.id, strip.part_of, strip.offers) == (f"{HUB}-4", HUB, ())
    assert [(one.id, one.name, one.part_of) for one in sockets] == [
        (f"{HUB}-4-10", "Thing Left", f"{HUB}-4"),
        (f"{HUB}-4-20", "Thing 2", f"{HUB}-4"),
    ]


def test_a_switch_beside_something_else_that_acts_is_a_part() -> None:
    whole, part = things(
        service(10, words.THERMOSTAT, TARGET_TEMPERATURE=20), service(20, words.SWITCH, ON=0)
    )
    assert [offer.name for offer in whole.offers] == ["climate"]
    assert [offer.name for offer in part.offers] == ["switch"]


def test_sensors_of_one_accessory_are_one_measurement() -> None:
    (thing,) = things(
        service(10, words.TEMPERATURE_SENSOR, CURRENT_TEMPERATURE=-3.5),
        service(20, words.HUMIDITY_SENSOR, HUMIDITY=130),
        service(30, words.AIR_QUALITY_SENSOR, PM25=7, CO2_LEVEL=600),
        service(40, words.BATTERY, BATTERY_LEVEL=80),
        service(50, words.MOTION_SENSOR, MOTION=0),
        service(60, words.OCCUPANCY_SENSOR, OCCUPANCY=1),
    )
    measurement, occupancy = thing.offers
    for offer in thing.offers:
        offer.read()
    assert shown(measurement) == {
        "temperature": -3.5,
        "humidity": 100,
        "pm25": 7,
        "co2": 600,
        "battery": 80,
    }
    assert shown(occupancy) == {"occupied": True}


def test_what_is_hidden_or_unknown_is_left_out() -> None:
    hidden = service(10, words.SWITCH, ON=1) | {"hidden": True}
    (thing,) = things(hidden, service(20, "7E", ON=1))
    assert thing.offers == ()
