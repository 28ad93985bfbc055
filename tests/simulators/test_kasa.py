"""The simulated Kasa devices, driven by python-kasa over real sockets on loopback."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import AsyncIterator
from typing import Any, TypeAlias

import pytest
from kasa import Discover, Module

from simulators.kasa import ColorLamp, Dimmer, Lamp, Plug, Strip
from simulators.kasa_protocol import KasaDevice
from simulators.kasa_wire import Appliance
from tests.simulators.kasa_client import BROADCAST, LOGIN, connected, energy, light, tapo

pytestmark = [
    pytest.mark.timeout(30),
    pytest.mark.skipif(sys.platform != "linux", reason="needs several addresses on loopback"),
]

House: TypeAlias = dict[str, Appliance]


@pytest.fixture
async def house() -> AsyncIterator[House]:
    kinds: list[type[KasaDevice]] = [Plug, Strip, Dimmer, Lamp, ColorLamp]
    devices: list[Appliance] = [
        kind(f"127.0.71.{number}", BROADCAST) for number, kind in enumerate(kinds, 11)
    ]
    devices.append(tapo())
    async with contextlib.AsyncExitStack() as running:
        for device in devices:
            await running.enter_async_context(device)
        yield {device.address: device for device in devices}


async def test_one_broadcast_finds_every_device_at_its_own_address(house: House) -> None:
    found = await Discover.discover(target=BROADCAST, discovery_timeout=1, credentials=LOGIN)
    assert house.keys() <= found.keys()
    for address, simulated in house.items():
        await found[address].update()
        assert found[address].alias == simulated.alias
        assert found[address].mac.upper() == simulated.mac
        assert simulated.model.startswith(found[address].model)
        await found[address].disconnect()


async def test_a_probe_of_one_address_is_answered_by_that_device_alone(house: House) -> None:
    answers: list[Any] = []
    for address in house:
        await Discover.discover_single(
            address, discovery_timeout=1, credentials=LOGIN, on_discovered_raw=answers.append
        )
    assert [answer["meta"]["ip"] for answer in answers] == list(house)


async def test_no_two_devices_share_an_id_and_ids_survive_a_new_start(house: House) -> None:
    assert len({device.mac for device in house.values()}) == len(house)
    assert len({device.device_id for device in house.values()}) == len(house)
    assert Plug("127.0.71.11").device_id == house["127.0.71.11"].device_id
    assert Plug("127.0.71.11", port=9998).mac != house["127.0.71.11"].mac


@pytest.mark.parametrize("kind", [Plug, Dimmer, Lamp, ColorLamp, tapo])
async def test_switching_is_seen_on_both_sides(kind: Any) -> None:
    simulated = kind("127.0.71.21")
    async with connected(simulated) as device:
        for on in (True, False):
            await device.set_state(on)
            assert simulated.on is on
            await device.update()
            assert device.is_on is on
    assert len(simulated.received) == 2


@pytest.mark.parametrize("kind", [Plug, Dimmer, Lamp, ColorLamp, tapo])
async def test_a_change_by_hand_is_seen_by_the_next_update(kind: Any) -> None:
    simulated = kind("127.0.71.21")
    async with connected(simulated) as device:
        for on in (True, False):
            simulated.on = on
            await device.update()
            assert device.is_on is on
    assert simulated.received == []


async def test_a_command_is_recorded_as_it_arrived() -> None:
    simulated = Plug("127.0.71.21")
    async with connected(simulated) as device:
        await device.turn_on()
    assert simulated.received == [("system.set_relay_state", {"state": 1}, ())]


async def test_the_sockets_of_a_strip_switch_one_by_one() -> None:
    strip = Strip("127.0.71.21", sockets=["Lamp", "Fan", "Heater"])
    async with connected(strip) as device:
        assert [child.alias for child in device.children] == ["Lamp", "Fan", "Heater"]
        await device.children[1].turn_on()
        assert [socket.on for socket in strip.sockets] == [False, True, False]
        strip.sockets[2].on = True
        await device.update()
        assert [child.is_on for child in device.children] == [False, True, True]
    fan = strip.sockets[1].id
    assert strip.received == [("system.set_relay_state", {"state": 1}, (fan,))]


async def test_a_strip_that_was_discovered_with_short_child_ids_is_driven_by_full_ones() -> None:
    async with Strip("127.0.71.21") as strip:
        device = await Discover.discover_single("127.0.71.21", discovery_timeout=1)
        assert device is not None
        assert [child["id"] for child in device.sys_info["children"]] == ["00", "01", "02"]
        await device.update()
        await device.children[0].turn_on()
        await device.disconnect()
        assert strip.sockets[0].on


async def test_names_are_set_on_the_strip_or_on_the_socket_that_was_meant() -> None:
    async with connected(strip := Strip("127.0.71.21")) as device:
        await device.set_alias("Desk")
        await device.children[2].set_alias("Printer")
    assert strip.alias == "Desk"
    assert [socket.alias for socket in strip.sockets] == ["Plug 1", "Plug 2", "Printer"]


async def test_each_meter_reads_what_its_own_load_draws() -> None:
    async with connected(plug := Plug("127.0.71.21")) as device:
        plug.watts = 42.5
        await device.update()
        assert energy(device).current_consumption == 0
        plug.on = True
        await device.update()
        assert energy(device).current_consumption == 42.5
        assert energy(device).voltage == 230
        assert energy(device).consumption_today == pytest.approx(plug.today_kwh)
        assert energy(device).consumption_total == pytest.approx(plug.total_kwh)
    async with connected(strip := Strip("127.0.71.21")) as device:
        for socket_, watts in zip(strip.sockets, (1.0, 2.0, 3.0), strict=True):
            socket_.watts, socket_.on = watts, True
        await device.update()
        assert [energy(child).current_consumption for child in device.children] == [1, 2, 3]


async def test_a_strip_without_a_meter_has_no_energy() -> None:
    async with connected(Strip("127.0.71.21", metered=False)) as device:
        assert device.model == "KP303"
        assert Module.Energy not in device.modules
        assert Module.Energy not in device.children[0].modules


@pytest.mark.parametrize("kind", [Dimmer, Lamp, ColorLamp])
async def test_dimming_is_seen_on_both_sides(kind: Any) -> None:
    async with connected(simulated := kind("127.0.71.21")) as device:
        await light(device).set_brightness(30, transition=5000)
        assert (simulated.on, simulated.brightness) == (True, 30)
        await device.update()
        assert light(device).brightness == 30
        await light(device).set_brightness(0)
        assert (simulated.on, simulated.brightness) == (False, 30)


async def test_a_colour_lamp_shows_colours_and_whites() -> None:
    async with connected(lamp := ColorLamp("127.0.71.21")) as device:
        await light(device).set_hsv(120, 80, 60)
        assert (lamp.hue, lamp.saturation, lamp.brightness) == (120, 80, 60)
        assert lamp.color_temperature == 0
        await device.update()
        assert light(device).hsv == (120, 80, 60)
        await light(device).set_color_temp(4000)
        assert lamp.color_temperature == 4000
        await device.update()
        assert light(device).color_temp == 4000


async def test_a_lamp_that_is_off_remembers_its_colour() -> None:
    async with connected(lamp := ColorLamp("127.0.71.21")) as device:
        await light(device).set_hsv(240, 100, 40)
        await device.turn_off()
        await device.update()
        assert light(device).hsv == (240, 100, 40)
        await device.turn_on()
        assert (lamp.on, lamp.hue, lamp.brightness) == (True, 240, 40)


@pytest.mark.parametrize(
    ("module", "method", "given", "code"),
    [
        ("system", "set_relay_state", {"state": 2}, -3),
        ("system", "set_relay_state", None, -3),
        ("system", "fly", {}, -2),
    ],
)
async def test_a_method_is_refused_with_the_makers_codes(
    module: str, method: str, given: Any, code: int
) -> None:
    async with connected(plug := Plug("127.0.71.21")) as device:
        reply = await device.protocol.query({module: {method: given}})
    assert reply[module][method]["err_code"] == code
    assert not plug.on


async def test_a_module_that_a_model_lacks_is_refused_as_a_whole() -> None:
    for simulated, code in ((Plug("127.0.71.21"), -1), (Lamp("127.0.71.21"), -2001)):
        async with connected(simulated) as device:
            reply = await device.protocol.query({"smartlife.iot.PIR": {"get_config": {}}})
        assert reply["smartlife.iot.PIR"]["err_code"] == code


async def test_a_light_change_that_is_partly_wrong_changes_nothing() -> None:
    change = {"on_off": 1, "hue": 10, "color_temp": 1000}
    service = "smartlife.iot.smartbulb.lightingservice"
    async with connected(lamp := ColorLamp("127.0.71.21")) as device:
        reply = await device.protocol.query({service: {"transition_light_state": change}})
    assert reply[service]["transition_light_state"]["err_code"] == -10000
    assert (lamp.on, lamp.hue, lamp.color_temperature) == (False, 0, 2700)


@pytest.mark.parametrize("ids", [["nobody"], [1], "all"])
async def test_a_strip_refuses_sockets_that_it_does_not_have(ids: Any) -> None:
    wanted = {"context": {"child_ids": ids}, "system": {"set_relay_state": {"state": 1}}}
    async with connected(strip := Strip("127.0.71.21")) as device:
        reply = await device.protocol.query(wanted)
    assert reply["system"]["set_relay_state"]["err_code"] in (-3, -14)
    assert not strip.on
