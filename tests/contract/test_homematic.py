"""What Homematic devices do beyond the contract."""

import asyncio
import sys
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as some

from adapters.homematic_ccu import Central
from adapters.homematic_channel import Channel
from adapters.homematic_offers import OFFERS
from tests.contract.homematic import (
    ADDRESS,
    BLIND,
    GANGS,
    IP_RADIATOR,
    KEYS,
    PORT,
    RADIATOR,
    SWITCH,
    WINDOW,
    HomematicCase,
    central,
    id_of,
)
from tests.contract.one_ccu import OneCase, call, served, shows, state

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="needs several addresses on loopback"
)
NOTICED_WITHIN = 5.0


async def test_a_blind_moves_both_ways_and_says_in_which(tmp_path: Path) -> None:
    case = OneCase({"HM-LC-Bl1-FM": "Blind"}, travel=600.0)
    await case.ccu.change_by_hand(f"{BLIND}:1", "LEVEL", 0.5)
    async with served(case, tmp_path, id_of(BLIND)) as running:
        assert state(running, BLIND, "cover") == {"open": 50, "moving": "no"}
        assert (await call(running, "set_shades", BLIND, open=100))["outcome"] == "done"
        await shows(running, BLIND, "cover", moving="opening", target_open=100)
        assert (await call(running, "set_shades", BLIND, open=0))["outcome"] == "done"
        await shows(running, BLIND, "cover", moving="closing", target_open=0)
        assert (await call(running, "set_shades", BLIND, stop=True))["outcome"] == "done"
        await shows(running, BLIND, "cover", moving="no")
        assert state(running, BLIND, "cover") == {"open": 50, "moving": "no"}
        assert case.ccu.received == [
            (f"{BLIND}:1", "LEVEL", 1.0),
            (f"{BLIND}:1", "LEVEL", 0.0),
            (f"{BLIND}:1", "STOP", True),
        ]
        # It was told to go to 0 and is not there: the same order must be sent again.
        assert (await call(running, "set_shades", BLIND, open=0))["outcome"] == "done"
        assert case.ccu.received[-1] == (f"{BLIND}:1", "LEVEL", 0.0)


async def test_a_blind_that_has_arrived_is_open_or_closed(tmp_path: Path) -> None:
    case = OneCase({"HM-LC-Bl1-FM": "Blind"}, travel=0.2)
    async with served(case, tmp_path, id_of(BLIND)) as running:
        for level in (100, 0):
            assert (await call(running, "set_shades", BLIND, open=level))["outcome"] == "done"
            await shows(running, BLIND, "cover", open=level, moving="no")
            assert "target_open" not in state(running, BLIND, "cover")
            assert case.ccu.value(f"{BLIND}:1", "LEVEL") == level / 100


async def test_a_blind_that_a_hand_sends_elsewhere_has_forgotten_where_we_sent_it(
    tmp_path: Path,
) -> None:
    case = OneCase({"HM-LC-Bl1-FM": "Blind"}, travel=0.0)
    async with served(case, tmp_path, id_of(BLIND)) as running:
        await call(running, "set_shades", BLIND, open=80)
        await case.ccu.change_by_hand(f"{BLIND}:1", "LEVEL", 0.3)
        await shows(running, BLIND, "cover", open=30)
        assert (await call(running, "set_shades", BLIND, open=80))["outcome"] == "done"
        assert len(case.ccu.received) == 2


async def test_the_ends_of_a_radiators_scale_are_no_temperatures(tmp_path: Path) -> None:
    case = HomematicCase()
    async with served(case, tmp_path) as running:
        for ccu, channel, key in (
            (case.ccu, f"{RADIATOR}:4", "SET_TEMPERATURE"),
            (case.ccu_ip, f"{IP_RADIATOR}:1", "SET_POINT_TEMPERATURE"),
        ):
            device = channel.partition(":")[0]
            await ccu.change_by_hand(channel, key, 4.5)
            await shows(running, device, "climate", mode="off")
            assert "target_temperature" not in state(running, device, "climate")
            await ccu.change_by_hand(channel, key, 30.5)
            await shows(running, device, "climate", preset="fully open")
            assert "target_temperature" not in state(running, device, "climate")
            own = running.entry(id_of(device)).limits["climate"]["temperature"]
            assert (own.min, own.max, own.step) == (5, 30, 0.5)


async def test_a_radiator_that_was_off_is_as_warm_as_before(tmp_path: Path) -> None:
    case = HomematicCase()
    async with served(case, tmp_path) as running:
        for device in (RADIATOR, IP_RADIATOR):
            for change in ({"temperature": 22.5, "unit": "C"}, {"mode": "off"}, {"mode": "heat"}):
                result = await call(running, "set_thermostat", device, **change)
                assert result["outcome"] == "done", (device, change, result)
            shown = state(running, device, "climate")
            assert (shown["mode"], shown["target_temperature"]) == ("heat", 22.5)


async def test_a_mode_ends_a_boost(tmp_path: Path) -> None:
    case = HomematicCase()
    async with served(case, tmp_path) as running:
        for device in (RADIATOR, IP_RADIATOR):
            for change in ({"preset": "boost"}, {"mode": "heat"}, {"mode": "auto"}):
                result = await call(running, "set_thermostat", device, **change)
                assert result["outcome"] == "done", (device, change, result)
            shown = state(running, device, "climate")
            assert shown["mode"] == "auto"
            assert "preset" not in shown


async def test_what_a_radiator_cannot_do_is_refused_and_not_sent(tmp_path: Path) -> None:
    case = HomematicCase()
    async with served(case, tmp_path) as running:
        unable = ({"mode": "cool"}, {"preset": "party"}, {"fan": "low"})
        degrees = ({"temperature": 31}, {"low": 19, "high": 24}, {"low": 19}, {"high": 24})
        for change in (*unable, *({**one, "unit": "C"} for one in degrees)):
            result = await call(running, "set_thermostat", RADIATOR, **change)
            assert result["outcome"] == "refused"
        assert case.received() == []


async def test_a_low_battery_becomes_a_problem_and_a_new_one_ends_it(tmp_path: Path) -> None:
    case = OneCase({"HM-Sec-SCo": "Window"})
    async with served(case, tmp_path, id_of(WINDOW)) as running:
        window = running.entry(id_of(WINDOW))
        assert window.problems() == []
        await case.ccu.change_by_hand(f"{WINDOW}:0", "LOWBAT", True)
        await running.until(lambda: window.problems() == ["low battery"])
        await case.ccu.change_by_hand(f"{WINDOW}:0", "LOWBAT", False)
        await running.until(lambda: window.problems() == [])


async def test_a_device_out_of_reach_is_away_alone_and_comes_back(tmp_path: Path) -> None:
    case = HomematicCase()
    async with served(case, tmp_path) as running:
        await case.ccu.change_by_hand(f"{GANGS}:0", "UNREACH", True)
        gone = {id_of(f"{GANGS}{part}") for part in ("", ":1", ":2")}
        await running.until(lambda: running.offline() == gone)
        result = await call(running, "set_switch", f"{GANGS}:1", on=True)
        assert (result["outcome"], result["error"]["code"]) == ("failed", "unreachable")
        assert (await running.tell(case.there))["outcome"] == "done"
        await case.ccu.change_by_hand(f"{GANGS}:1", "STATE", True)
        await case.ccu.change_by_hand(f"{GANGS}:0", "UNREACH", False)
        await running.until(lambda: running.online(*case.ids))
        assert state(running, f"{GANGS}:1", "switch") == {"on": True}


async def test_a_device_out_of_reach_at_the_start_is_known_and_away(tmp_path: Path) -> None:
    case = HomematicCase()
    await case.ccu.change_by_hand(f"{SWITCH}:0", "UNREACH", True)
    async with served(case, tmp_path, *case.ids - {id_of(SWITCH)}) as running:
        await running.until(lambda: running.registry.get(id_of(SWITCH)) is not None)
        assert running.offline() == {id_of(SWITCH)}
        await case.ccu.change_by_hand(f"{SWITCH}:0", "UNREACH", False)
        await running.until(lambda: running.online(id_of(SWITCH)))


KINDS: dict[str, dict[str, tuple[str, ...]]] = {
    "HM-ES-PMSw1-Pl": {"": ("switch", "energy")},
    "HM-TC-IT-WM-W-EU": {"": ("climate", "measurement")},
    "HmIP-SRH": {"": ("contact",)},
    "HM-WDS10-TH-O": {"": ("measurement",)},
    "HMIP-PS": {"": ("switch", "button")},
    "HMIP-SWDO": {"": ("contact",)},
    "HmIP-SMI": {"": ("occupancy", "measurement")},
    "HmIP-STHD": {"": ("climate",)},
    "HmIP-BDT": {"": ("light",), "-1": ("button",), "-2": ("button",)},
    "HmIP-BROLL": {"": ("cover",), "-1": ("button",), "-2": ("button",)},
    "HmIP-BWTH": {"": ("climate",)},
    "HmIP-WGC": {"": ("button",)},
    "HmIP-BSM": {"": ("switch", "energy"), "-1": ("button",), "-2": ("button",)},
}


async def test_what_a_device_is_follows_from_its_channels(tmp_path: Path) -> None:
    case = OneCase(dict.fromkeys(KINDS, "Thing"))
    wanted = {
        f"{id_of(case.ccu.device(kind))}{part}": kinds
        for kind, parts in KINDS.items()
        for part, kinds in parts.items()
    }
    async with served(case, tmp_path, *wanted) as running:
        found = {entry.id: entry.kinds for entry in running.registry if "ccu" not in entry.id}
        assert {id: set(kinds) for id, kinds in found.items()} == {
            id: set(kinds) for id, kinds in wanted.items()
        }


async def test_locks_sirens_and_what_nobody_knows_are_left_alone(tmp_path: Path) -> None:
    kinds = ("HM-Sec-Key", "HM-Sec-Sir-WM", "HM-Sec-SD", "HM-RCV-50", "HmIP-FWI")
    case = OneCase(dict.fromkeys(kinds, "Thing"))
    async with served(case, tmp_path, central(ADDRESS, PORT)) as running:
        # It pings again after it has asked for every device.
        case.ccu.refuses.add("ping")
        await running.until(lambda: running.attempts > 0, NOTICED_WITHIN)
        assert {entry.id for entry in running.registry} == {central(ADDRESS, PORT)}


async def test_homematic_ip_is_told_by_one_channel_and_tells_by_another(tmp_path: Path) -> None:
    case = OneCase({"HMIP-PS": "Plug", "HmIP-BROLL": "Blind", "HmIP-BDT": "Lamp"})
    plug, blind, lamp = map(case.ccu.device, ("HMIP-PS", "HmIP-BROLL", "HmIP-BDT"))
    async with served(case, tmp_path, *map(id_of, (plug, blind, lamp))) as running:

        async def told(
            address: str, told_at: str, tells: dict[str, Any], tool: str, **to: Any
        ) -> Any:
            """Give an order; the device obeys as soon as it has it."""
            written = len(case.ccu.received)
            calling = running.session.call(tool, {"targets": id_of(address), **to})
            task = asyncio.create_task(calling)
            await running.until(lambda: len(case.ccu.received) > written)
            for key, value in tells.items():
                await case.ccu.change_by_hand(told_at, key, value)
            (result,) = (await task)["results"]
            assert result["outcome"] == "done", result
            return case.ccu.received[-1]

        order = await told(plug, f"{plug}:2", {"STATE": True}, "set_switch", on=True)
        assert order == (f"{plug}:3", "STATE", True)
        order = await told(lamp, f"{lamp}:3", {"LEVEL": 0.4}, "set_light", brightness=40)
        assert order == (f"{lamp}:4", "LEVEL", 0.4)
        await told(lamp, f"{lamp}:3", {"LEVEL": 0.0}, "set_light", on=False)
        order = await told(lamp, f"{lamp}:3", {"LEVEL": 0.4}, "set_light", on=True)
        assert order == (f"{lamp}:4", "LEVEL", 0.4)
        order = await told(blind, f"{blind}:3", {"ACTIVITY_STATE": 1}, "set_shades", open=70)
        assert order == (f"{blind}:4", "LEVEL", 0.7)
        await shows(running, blind, "cover", moving="opening")
        order = await told(blind, f"{blind}:3", {"ACTIVITY_STATE": 3}, "set_shades", stop=True)
        assert order == (f"{blind}:4", "STOP", True)


@given(
    values=some.dictionaries(
        some.sampled_from(
            [*sorted({key for kinds in OFFERS.values() for one in kinds for key in one.reads})]
        ),
        some.none()
        | some.booleans()
        | some.integers()
        | some.floats()
        | some.text()
        | some.lists(some.integers()),
    )
)
def test_whatever_a_channel_tells_can_be_read(values: dict[str, Any]) -> None:
    for kinds in OFFERS.values():
        for kind in kinds:
            channel = Channel(cast(Central, None), "VCU1:1", "VCU1:1", {})
            channel.described = {key: {"OPERATIONS": 5} for key in values}
            offer = kind(channel)
            for key, value in values.items():
                channel.hear(key, value)
                offer.heard(key)
            offer.read()


async def test_a_key_that_is_held_is_one_press(tmp_path: Path) -> None:
    case = OneCase({"HM-PB-2-WM55": "Hall"})
    key = f"{KEYS}:1"
    async with served(case, tmp_path, id_of(key)) as running:
        for told in ("PRESS_LONG_START", "PRESS_LONG", "PRESS_LONG", "PRESS_CONT"):
            case.ccu.say("event", key, told, True)
        case.ccu.say("event", key, "PRESS_LONG_RELEASE", True)
        case.ccu.say("event", key, "PRESS_SHORT", True)
        await shows(running, key, "button", last="short")
        assert state(running, key, "button") == {"last": "short", "presses": 2}
        case.ccu.say("event", key, "PRESS_LONG", True)
        await shows(running, key, "button", last="long", presses=3)
