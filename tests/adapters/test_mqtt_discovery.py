"""Discovery payloads in the forms that Home Assistant documents, and hostile ones."""

import json
from typing import Any

import pytest

from adapters.mqtt_discovery import Config, Misconfigured, configs, part_id, place
from gateway.device import Device

KITCHEN = {
    "dev": {
        "ids": "ea334450945afc",
        "name": "Kitchen",
        "mf": "Bla electronics",
        "mdl": "xya",
        "sa": "kitchen",
        "cns": [["mac", "02:5B:26:A8:DC:12"]],
    },
    "o": {"name": "bla2mqtt", "sw": "2.1"},
}


def read(topic: str, payload: Any) -> list[Config]:
    at = place(topic, "homeassistant")
    assert at is not None
    return configs(at, payload if isinstance(payload, bytes) else json.dumps(payload).encode())


@pytest.mark.parametrize(
    ("topic", "found"),
    [
        ("homeassistant/light/lamp/config", ("light", "", "lamp")),
        ("homeassistant/sensor/node/temp/config", ("sensor", "node", "temp")),
        ("homeassistant/device/pool/config", ("device", "", "pool")),
        ("homeassistant/status", None),
        ("homeassistant/light/lamp/state", None),
        ("homeassistant/a/b/c/d/config", None),
        ("homeassistant/light/la mp/config", None),
        ("other/light/lamp/config", None),
    ],
)
def test_a_topic_says_what_it_is_about(topic: str, found: tuple[str, ...] | None) -> None:
    at = place(topic, "homeassistant")
    assert (None if at is None else (at.component, at.node, at.object)) == found


def test_short_names_and_a_base_topic_are_spelt_out() -> None:
    (config,) = read(
        "homeassistant/switch/A1/config",
        KITCHEN
        | {
            "~": "tele/plug",
            "stat_t": "~/STATE",
            "cmd_t": "cmnd/~",
            "val_tpl": "{{value_json.POWER}}",
            "avty": {"t": "~/LWT", "pl_avail": "Online"},
            "uniq_id": "A1_RL_1",
            "pl_on": True,
        },
    )
    options = config.options
    assert options.topic("state_topic") == "tele/plug/STATE"
    assert options.topic("command_topic") == "cmnd/tele/plug"
    assert options.template("value_template") == "{{value_json.POWER}}"
    assert options.text("payload_on") == "True"
    assert options.raw("availability") == [
        {"topic": "tele/plug/LWT", "payload_available": "Online"}
    ]
    about = config.about
    assert (about.id, about.name, about.area) == ("mqtt-ea334450945afc", "Kitchen", "kitchen")
    assert about.connections == ("mac:025b26a8dc12",)


def test_a_device_tells_of_all_its_components_with_what_they_share() -> None:
    told = KITCHEN | {
        "cmps": {
            "t1": {"p": "sensor", "device_class": "temperature", "unique_id": "temp01ae_t"},
            "h1": {"p": "sensor", "stat_t": "other/state", "unique_id": "temp01ae_h"},
            "gone": {"p": "sensor"},
            "odd": ["no", "mapping"],
        },
        "state_topic": "sensorBedroom/state",
        "qos": 2,
    }
    first, second = read("homeassistant/device/0AFFD2/config", told)
    assert (first.component, first.key) == ("sensor", "temp01ae_t")
    assert first.options.topic("state_topic") == "sensorBedroom/state"
    assert second.options.topic("state_topic") == "other/state"
    assert first.options.number("qos", 0) == 2
    assert first.about == second.about


@pytest.mark.parametrize("payload", [b"", b"  ", {"migrate_discovery": True}])
def test_an_empty_payload_and_a_migration_take_back(payload: Any) -> None:
    assert read("homeassistant/light/lamp/config", payload) == []


@pytest.mark.parametrize(
    "payload",
    [
        b"{",
        b"[]",
        b"\xff\xfe",
        b"NaN",
        b"[" * 60_000,
        b'{"a": ' * 9_000 + b"1" + b"}" * 9_000,
        b'"' + b"x" * 70_000 + b'"',
        b"9" * 10_000,
    ],
    ids=lambda payload: repr(payload[:8]),
)
def test_what_is_no_config_is_refused(payload: bytes) -> None:
    with pytest.raises(Misconfigured):
        read("homeassistant/light/lamp/config", payload)


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("state_topic", "a/#"),
        ("state_topic", "a/+/b"),
        ("state_topic", "$SYS/broker"),
        ("state_topic", "a\0b"),
        ("state_topic", 7),
        ("state_topic", ""),
        ("state_topic", "x" * 1000),
    ],
)
def test_a_topic_that_is_none_is_refused_when_it_is_wanted(option: str, value: Any) -> None:
    (config,) = read("homeassistant/light/lamp/config", {option: value})
    with pytest.raises(Misconfigured, match=option):
        config.options.topic(option)


def test_devices_and_parts_have_ids_that_stay() -> None:
    told = KITCHEN | {"unique_id": "ea334450945afc_power"}
    (config,) = read("homeassistant/sensor/power/config", told)
    id = part_id(config.about, config.key, alone=True)
    assert id == "mqtt-ea334450945afc-power"
    assert part_id(config.about, config.key, alone=False) != id


@pytest.mark.parametrize(
    "identifier", ["x" * 300, "Küche / 1", "../../etc", "\u202eabc", "-", "☃", 17, "a b\n"]
)
def test_whatever_a_device_is_called_it_gets_a_proper_id(identifier: Any) -> None:
    (config,) = read("homeassistant/light/lamp/config", {"device": {"identifiers": [identifier]}})
    part = part_id(config.about, "y" * 300, alone=True)
    for id in (config.about.id, part):
        assert Device(id, config.about.name, maker="", model="").id == id
    assert config.about.id not in ("mqtt-", "mqtt")


def test_without_a_device_an_entity_is_one_by_itself() -> None:
    (config,) = read(
        "homeassistant/switch/node/pump/config", {"name": "Pump", "command_topic": "pump/set"}
    )
    assert (config.about.id, config.about.name) == ("mqtt-node_pump", "Pump")
