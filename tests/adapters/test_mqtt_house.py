"""What the adapter owes of a broker beyond the contract: many, hostile, gone and back."""

import asyncio
import json
import logging
from pathlib import Path
from typing import Any

import pytest

from gateway.capability import Nothing
from gateway.device import Device
from gateway.entry import Entry
from simulators.mqtt_broker import Broker
from simulators.mqtt_client import Client
from simulators.mqtt_house import MqttHouse
from tests.adapters.mqtt_rig import ADDRESS, home, switch, tell
from tests.contract.mqtt_mosquitto import MOSQUITTO, Mosquitto
from tests.contract.mqtt_orders import BELL, GARAGE, LAMP, LEAK, LOCK, POOL

DEVICES, ENTITIES = 40, 300
APPEAR_WITHIN = 3.0
SETPOINTS = 2


def many() -> dict[str, dict[str, Any]]:
    """The configs of 300 entities in 40 devices, each with a template of its own."""
    found = {}
    for number in range(ENTITIES):
        device, own = f"node{number % DEVICES}", number // DEVICES
        told = {
            "name": f"Value {own}",
            "unique_id": f"{device}_v{own}",
            "state_topic": f"{device}/state",
            "value_template": f"{{{{ value_json.v{own} | round({own}) }}}}",
            "unit_of_measurement": "lqi",
            "availability_topic": f"{device}/status",
            "device": {"identifiers": [device], "name": f"Node {device}"},
        }
        kind = "sensor"
        if own == 0:
            kind, told = "switch", told | switch(0, device) | {"unique_id": f"{device}_v0"}
        found[f"homeassistant/{kind}/{device}/v{own}/config"] = told
    return found


@pytest.mark.parametrize("kind", ["mosquitto", "own"])
async def test_three_hundred_entities_in_forty_devices_appear_in_three_seconds(
    kind: str, tmp_path: Path
) -> None:
    if kind == "mosquitto" and MOSQUITTO is None:
        pytest.skip("mosquitto is not installed: apt-get install mosquitto")
    broker: Any = Mosquitto(ADDRESS) if kind == "mosquitto" else Broker(ADDRESS)
    await broker.start()
    teller, heard = await _teller(many())
    try:
        await heard
        announced: list[str] = []
        loop = asyncio.get_running_loop()
        began = loop.time()
        async with home(tmp_path) as at:
            announce = at.registry.announce

            def counted(device: Device, *rest: Any) -> Entry:
                announced.append(device.id)
                return announce(device, *rest)

            at.registry.announce = counted  # type: ignore[assignment,method-assign]
            wholes = [f"mqtt-node{number}" for number in range(DEVICES)]
            await at.until(
                lambda: at.online(*wholes) and len(list(at.registry)) == ENTITIES + 1,
                APPEAR_WITHIN,
            )
            assert loop.time() - began < APPEAR_WITHIN
            ids = {entry.id for entry in at.registry if "broker" not in entry.id}
            assert sorted(one for one in announced if "broker" not in one) == sorted(ids)
            values = [at.shows(f"{one}-v6", "number").get("value") for one in wholes[:20]]
            assert values == [6.5] * 20
    finally:
        await teller.stop()
        await broker.stop()


async def _teller(told: dict[str, dict[str, Any]]) -> tuple[Client, asyncio.Future[None]]:
    """A client that publishes configs and states; the future is done when the broker has them."""
    heard = asyncio.get_running_loop().create_future()

    def publish() -> None:
        for topic, config in told.items():
            client.publish(topic, json.dumps(config))
        for number in range(DEVICES):
            client.publish(f"node{number}/status", "online")
            values = {f"v{own}": own + 0.5 for own in range(8)}
            client.publish(f"node{number}/state", json.dumps(values))
            client.publish(f"node{number}/0", "OFF")
        client.publish("all/told", "now", retain=False)

    def hear(topic: str, payload: str) -> None:
        if not heard.done():
            heard.set_result(None)

    client = Client(ADDRESS, 1883, "teller", orders=["all/told"], connected=publish, heard=hear)
    await client.start()
    return client, heard


async def test_a_broker_that_is_killed_takes_all_away_and_brings_nothing_twice(
    tmp_path: Path,
) -> None:
    broker: Any = Broker(ADDRESS) if MOSQUITTO is None else Mosquitto(ADDRESS)
    await broker.start()
    things = MqttHouse(ADDRESS)
    await things.start()
    try:
        async with home(tmp_path) as at:
            everything = len(things.things) + SETPOINTS + 1
            await at.until(lambda: len(list(at.registry)) == everything)
            before = {entry.id: (entry.name, entry.kinds) for entry in at.registry}
            things.doorbell.press()
            await at.until(lambda: at.shows(BELL, "button").get("presses") == 1)
            await broker.unplug()
            await at.until(lambda: not any(entry.online for entry in at.registry))
            await broker.plug_in()
            await at.until(lambda: all(entry.online for entry in at.registry))
            assert {entry.id: (entry.name, entry.kinds) for entry in at.registry} == before
            assert at.shows(BELL, "button") == {"last": "short", "presses": 1}
    finally:
        await things.stop()
        await broker.stop()


async def test_a_device_whose_bridge_dies_is_away_and_the_others_stay(tmp_path: Path) -> None:
    async with Broker(ADDRESS), MqttHouse(ADDRESS) as things, home(tmp_path) as at:
        await at.until(lambda: at.online(LAMP, GARAGE))
        await things.group(things.lamp).stop()
        await at.until(lambda: not at.online(LAMP))
        assert at.entry(LAMP).reason == "its bridge says that it is offline"
        assert at.online(GARAGE)
        result = await at.session.call("set_light", {"targets": LAMP, "on": True})
        assert result["results"][0]["error"]["code"] == "unreachable"
        await things.group(things.lamp).start()
        await at.until(lambda: at.online(LAMP))


async def test_what_asks_a_person_first_is_refused_by_the_door_and_obeyed_behind_it(
    tmp_path: Path,
) -> None:
    async with Broker(ADDRESS), MqttHouse(ADDRESS) as things, home(tmp_path) as at:
        things.lock.by_hand(locked=True)
        things.garage.by_hand(state="closed")
        await at.until(lambda: at.online(LOCK, GARAGE))
        for tool, id in (("unlock_door", LOCK), ("open_garage", GARAGE)):
            with pytest.raises(Exception, match=r"(?i)person|approv"):
                await at.session.call(tool, {"targets": id})
        assert things.received == []
        lock: Any = at.entry(LOCK).capabilities["lock"]
        await lock.unlock_door(Nothing())
        garage: Any = at.entry(GARAGE).capabilities["garage"]
        await garage.open_garage(Nothing())
        assert not things.lock.locked
        assert things.garage.state in ("opening", "open")


async def test_generic_controls_are_refused_until_they_are_named(tmp_path: Path) -> None:
    async with Broker(ADDRESS), MqttHouse(ADDRESS) as things:
        async with home(tmp_path / "a") as at:
            await at.until(lambda: at.online(POOL))
            for tool, arguments in (
                ("set_switch", {"on": True}),
                ("set_option", {"option": "off"}),
                ("press_button", {}),
            ):
                told = {"targets": POOL, **arguments}
                (result,) = (await at.session.call(tool, told))["results"]
                assert result["outcome"] == "refused"
            assert things.received == []
        async with home(tmp_path / "b", writable=[POOL, f"{POOL}-spa-setpoint"]) as at:
            await at.until(lambda: at.online(POOL))
            (result,) = (await at.session.call("press_button", {"targets": POOL}))["results"]
            assert result["outcome"] == "sent"
            hot = {"targets": f"{POOL}-spa-setpoint", "value": 104}
            (result,) = (await at.session.call("set_number", hot))["results"]
            assert result["outcome"] == "refused"
            assert things.received == [("pool/1/cleaned/set", "PRESS")]


async def test_a_template_that_must_not_run_is_a_visible_problem_and_nothing_more(
    tmp_path: Path,
) -> None:
    async with Broker(ADDRESS) as broker:
        tell(broker, "homeassistant/switch/d1/o1/config", switch(1))
        loops = "{% for i in range(9999999) %}x{% endfor %}"
        bad = switch(2, value_template=loops, name="Looping outlet")
        tell(broker, "homeassistant/switch/d1/o2/config", bad)
        tell(broker, "d1/1", "ON")
        async with home(tmp_path) as at:
            await at.until(lambda: at.online("mqtt-d1"))
            assert at.shows("mqtt-d1", "switch") == {"on": True}
            problem = at.entry("mqtt-d1-o2")
            assert not problem.online
            assert problem.name == "d1 Looping outlet"
            (need,) = problem.problems()
            assert need.endswith("its value_template is refused: it loops")
            tell(broker, "homeassistant/switch/d1/o2/config", switch(2))
            tell(broker, "d1/2", "OFF")
            await at.until(lambda: at.online("mqtt-d1-o2"))


async def test_what_is_taken_back_is_gone_and_what_is_told_again_is_back(tmp_path: Path) -> None:
    topic = "homeassistant/switch/d1/o1/config"
    async with Broker(ADDRESS) as broker, home(tmp_path) as at:
        tell(broker, topic, switch(1))
        tell(broker, "homeassistant/switch/d1/o2/config", switch(2))
        await at.until(lambda: at.online("mqtt-d1", "mqtt-d1-o2"))
        tell(broker, "homeassistant/switch/d1/o2/config", "")
        await at.until(lambda: not at.online("mqtt-d1-o2"))
        assert at.online("mqtt-d1")
        tell(broker, topic, "")
        await at.until(lambda: not at.online("mqtt-d1"))
        tell(broker, topic, switch(1))
        await at.until(lambda: at.online("mqtt-d1"))


async def test_a_config_that_is_told_over_and_over_is_announced_once(tmp_path: Path) -> None:
    async with Broker(ADDRESS) as broker, home(tmp_path) as at:
        tell(broker, "homeassistant/switch/d1/o1/config", switch(1))
        await at.until(lambda: at.online("mqtt-d1"))
        capability = at.entry("mqtt-d1").capabilities["switch"]
        tell(broker, "homeassistant/switch/d1/o1/config", switch(1))
        tell(broker, "d1/1", "ON")
        await at.until(lambda: at.shows("mqtt-d1", "switch") == {"on": True})
        assert at.entry("mqtt-d1").capabilities["switch"] is capability


async def test_what_cannot_tell_is_told_and_honestly_unverified(tmp_path: Path) -> None:
    mute = switch(1, state_topic=None)
    async with Broker(ADDRESS) as broker, home(tmp_path) as at:
        tell(broker, "homeassistant/switch/d1/o1/config", mute)
        await at.until(lambda: at.online("mqtt-d1"))
        answer = await at.session.call("set_switch", {"targets": "mqtt-d1", "on": True})
        assert answer["results"][0]["outcome"] == "unverified"


async def test_a_flood_on_one_topic_does_not_hold_up_another_device(tmp_path: Path) -> None:
    async with Broker(ADDRESS) as broker, home(tmp_path) as at:
        for device in ("d1", "d2"):
            tell(broker, f"homeassistant/switch/{device}/o1/config", switch(1, device))
        await at.until(lambda: at.online("mqtt-d1", "mqtt-d2"))
        for number in range(3000):
            tell(broker, "d1/1", ("ON", "OFF")[number % 2], retain=False)
        tell(broker, "d2/1", "ON", retain=False)
        await at.until(lambda: at.shows("mqtt-d2", "switch") == {"on": True}, 3)


async def test_hostile_configs_harm_nobody(tmp_path: Path, caplog: Any) -> None:
    hostile: list[Any] = [
        "{",
        "[" * 60_000,
        "x" * 70_000,
        {"device": {"identifiers": [f"broker-{ADDRESS}-1883"]}, "command_topic": "x"},
        switch(7, state_topic="#"),
        switch(8, device={"identifiers": "\u202e\0" * 50, "name": "\x1b[31m" * 40}),
        {"device": 3, "availability": [[1], {"topic": None}], "options": {}},
    ]
    async with Broker(ADDRESS) as broker, home(tmp_path) as at:
        for number, told in enumerate(hostile):
            for kind in ("switch", "sensor", "device", "nonsense", "light", "climate"):
                tell(broker, f"homeassistant/{kind}/bad/x{number}/config", told)
        tell(broker, "homeassistant/switch/d1/o1/config", switch(1))
        await at.until(lambda: at.online("mqtt-d1"))
        assert at.entry(f"mqtt-broker-{ADDRESS.replace('.', '-')}-1883").kinds == ()
        assert [one for one in caplog.records if one.levelno >= logging.WARNING] == []


async def test_a_low_battery_is_a_problem_of_its_device(tmp_path: Path) -> None:
    async with Broker(ADDRESS), MqttHouse(ADDRESS) as things, home(tmp_path) as at:
        await at.until(lambda: at.online(LEAK))
        assert at.entry(LEAK).problems() == []
        things.leak.by_hand(battery_low=True)
        await at.until(lambda: at.entry(LEAK).problems() == ["low battery"])


async def test_a_broker_full_of_entities_is_taken_up_to_a_bound(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with Broker(ADDRESS) as broker, home(tmp_path) as at:
        for number in range(2100):
            told = switch(number, f"d{number % 7}")
            tell(broker, f"homeassistant/switch/full/o{number}/config", told)
            tell(broker, f"homeassistant/update/full/u{number}/config", told)
        await at.until(lambda: len(list(at.registry)) == 2001)
        assert {entry.adapter for entry in at.registry} == {"mqtt"}
        assert len([one for one in caplog.records if "left out" in one.getMessage()]) == 1
