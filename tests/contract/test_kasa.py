"""What Kasa devices do beyond the contract."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from adapters.kasa import KasaAdapter, KasaSettings, to_color, to_hue
from adapters.kasa_connection import PROBES
from gateway.adapter import Network, Sighting
from simulators.kasa_protocol import Refusal
from tests.contract.kasa import COLOR_LAMP, LAMP, PLUG, STRIP, TAPO, KasaCase, heard
from tests.contract.running import Running, at_work, started

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="needs several addresses on loopback"
)
OPEN, _ = PROBES


@asynccontextmanager
async def served(tmp_path: Path) -> AsyncIterator[tuple[KasaCase, Running]]:
    async with started(case := KasaCase()), at_work(case, tmp_path / "home") as running:
        await running.until(lambda: running.online(*case.ids))
        yield case, running


def adapter() -> KasaAdapter:
    return KasaAdapter(KasaSettings(), Network("127.0.0.1", "127.255.255.255"))


async def call(running: Running, tool: str, **arguments: Any) -> dict[str, Any]:
    answer = await running.session.call(tool, arguments)
    return {result["device"]: result for result in answer["results"]}


def test_the_older_question_is_the_one_that_devices_know() -> None:
    captured = "d0f281f88bff9af7d5ef94b6d1b4c09fec95e68fe187e8caf08bf68bf6"
    assert OPEN.payload().hex() == captured


def test_what_answers_is_claimed_and_what_merely_echoes_is_not() -> None:
    case = KasaCase()
    for device in (case.plug, case.strip, case.color_lamp, case.tapo):
        sighting = heard(device, device.address)
        assert adapter().claims(sighting), device.model
    for probe in PROBES:
        echo = {"payload": probe.payload().hex()}
        assert not adapter().claims(Sighting("broadcast", "127.0.74.1", 1, probe.name, echo))


@given(name=some.sampled_from(["kasa", "tapo"]), payload=some.binary().map(bytes.hex) | some.text())
def test_whatever_is_heard_can_be_judged(name: str, payload: str) -> None:
    adapter().claims(Sighting("broadcast", "127.0.74.1", 9999, name, {"payload": payload}))


def test_cameras_and_hubs_are_left_to_others() -> None:
    tapo = KasaCase().tapo
    for family, claimed in (("SMART.TAPOPLUG", True), ("SMART.IPCAMERA", False)):
        payload = bytes.fromhex(heard(tapo, tapo.address).facts["payload"])
        payload = payload.replace(b"SMART.TAPOPLUG", family.encode())
        facts = {"payload": payload.hex()}
        assert adapter().claims(Sighting("broadcast", "127.0.74.1", 1, "tapo", facts)) is claimed


@given(rgb=some.binary(min_size=3, max_size=3))
def test_a_colour_comes_back_at_full_brightness_as_near_as_whole_degrees_are(rgb: bytes) -> None:
    brightest = max(rgb)
    full = [round(part * 255 / brightest) if brightest else 255 for part in rgb]
    back = bytes.fromhex(to_color(*to_hue(f"#{rgb.hex()}")).removeprefix("#"))
    assert all(abs(seen - asked) <= 4 for seen, asked in zip(back, full, strict=True))


async def test_sockets_are_parts_of_their_strip_and_switch_together(tmp_path: Path) -> None:
    async with served(tmp_path) as (case, running):
        sockets = [f"{STRIP}-{number}" for number in (1, 2, 3)]
        assert [running.entry(id).part_of for id in sockets] == [STRIP] * 3
        assert running.entry(STRIP).kinds == ()
        results = await call(running, "set_switch", targets=sockets, on=True)
        assert {result["outcome"] for result in results.values()} == {"done"}
        assert [socket.on for socket in case.strip.sockets] == [True] * 3


async def test_a_new_name_in_the_makers_app_is_taken_over(tmp_path: Path) -> None:
    async with served(tmp_path) as (case, running):
        case.plug.alias, case.strip.sockets[0].alias = "Fridge", "Printer"
        await running.until(lambda: running.entry(PLUG).name == "Fridge")
        await running.until(lambda: running.entry(f"{STRIP}-1").name == "Printer")


async def test_a_lamp_refuses_what_it_cannot_show_and_names_its_own_limits(tmp_path: Path) -> None:
    async with served(tmp_path) as (case, running):
        results = await call(running, "set_light", targets=[LAMP], color="red")
        assert results[LAMP]["error"]["limits"] == {"color": {"absent": True}}
        results = await call(running, "set_light", targets=[COLOR_LAMP], color_temperature=2000)
        assert results[COLOR_LAMP]["outcome"] == "refused"
        limit = results[COLOR_LAMP]["error"]["limits"]["color_temperature"]
        assert (limit["min"], limit["max"]) == (2500, 9000)
        assert case.lamp.received == case.color_lamp.received == []


async def test_a_brightness_turns_a_lamp_on_and_none_turns_it_off(tmp_path: Path) -> None:
    async with served(tmp_path) as (case, running):
        for brightness, on in ((30, True), (0, False)):
            results = await call(running, "set_light", targets=[LAMP], brightness=brightness)
            assert results[LAMP]["outcome"] == "done"
            assert (case.lamp.on, case.lamp.brightness) == (on, 30)


async def test_what_the_device_refuses_has_failed_and_the_device_stays(tmp_path: Path) -> None:
    def refuse(given: Any, relays: Any) -> None:
        raise Refusal((-3, "invalid argument"))

    async with served(tmp_path) as (case, running):
        case.plug.modules["system"]["set_relay_state"] = refuse
        results = await call(running, "set_switch", targets=[PLUG], on=True)
        assert results[PLUG]["outcome"] == "failed"
        assert results[PLUG]["error"]["code"] == "device_refused"
        assert running.online(PLUG)


async def test_an_answer_that_lacks_a_field_is_a_fault_and_never_an_old_value(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with served(tmp_path) as (case, running):
        whole = case.plug.modules["system"]["get_sysinfo"]

        def partly(given: Any, relays: Any) -> Any:
            answer = whole(given, relays)
            assert answer is not None
            del answer["relay_state"]
            return answer

        case.plug.modules["system"]["get_sysinfo"] = partly
        await running.until(lambda: not running.online(PLUG))
        assert running.entry(PLUG).reason == "127.0.74.11 answers nonsense"
        assert not [one for one in caplog.records if one.name == "homeport.adapters"]
        case.plug.modules["system"]["get_sysinfo"] = whole
        await running.until(lambda: running.found(PLUG))


async def test_another_device_at_the_same_address_is_another_device(tmp_path: Path) -> None:
    async with served(tmp_path) as (case, running):
        case.plug.mac = "50:C7:BF:00:00:99"
        await running.until(lambda: running.found("kasa-50c7bf000099"))
        assert not running.online(PLUG)


async def test_a_plug_without_its_login_says_what_to_do(tmp_path: Path) -> None:
    nobody = {"username": None, "password": None}
    async with (
        started(case := KasaCase()),
        at_work(case, tmp_path / "home", settings=nobody) as running,
    ):
        await running.until(lambda: running.found(*case.ids - {TAPO}))
        await running.until(lambda: running.registry.get(TAPO) is not None)
        assert running.entry(TAPO).needs == ["log in with the TP-Link account: homeport login kasa"]
        results = await call(running, "set_switch", targets=[TAPO], on=True)
        assert results[TAPO]["outcome"] != "done"
        assert case.tapo.received == []
