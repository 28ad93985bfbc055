"""What Homematic centrals do beyond the contract."""

import asyncio
import sys
import xmlrpc.client
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from adapters import homematic_ccu
from adapters.homematic import HomematicAdapter, HomematicSettings
from adapters.homematic_wire import typed
from gateway import errors
from gateway.adapter import Network, Sighting
from tests.contract.homematic import ADDRESS, KEYS, RADIATOR, SWITCH, WINDOW, HomematicCase, id_of
from tests.contract.one_ccu import OneCase, call, served, shows, state
from tests.contract.running import at_work, started

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="needs several addresses on loopback"
)
NOTICED_WITHIN = 15.0


async def test_a_refused_write_says_that_the_device_cannot_be_reached(tmp_path: Path) -> None:
    case = OneCase()
    async with served(case, tmp_path, id_of(SWITCH)) as running:
        case.ccu.refuses.add("setValue")
        result = await call(running, "set_switch", SWITCH, on=True)
        assert (result["outcome"], result["error"]["code"]) == ("failed", "unreachable")


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (-1, errors.Unreachable),
        (-9, errors.Unreachable),
        (-5, errors.DeviceRefused),
        (-8, errors.DeviceRefused),
        ("odd", errors.DeviceRefused),
    ],
)
def test_a_centrals_error_is_told_by_its_number(code: Any, kind: type[Exception]) -> None:
    with pytest.raises(kind), typed("the central"):
        raise xmlrpc.client.Fault(code, "Failure")


async def test_a_device_that_does_not_answer_holds_up_no_other(tmp_path: Path) -> None:
    case = OneCase()
    case.ccu.held = ("getParamset", f"{SWITCH}:1")
    rest = case.falls - {id_of(SWITCH)}
    try:
        async with served(case, tmp_path, *rest) as running:
            assert not running.online(id_of(SWITCH))
            case.ccu.let_go.set()
            await running.until(lambda: running.online(id_of(SWITCH)))
    finally:
        case.ccu.let_go.set()


async def test_a_central_without_names_has_its_devices_called_by_model(tmp_path: Path) -> None:
    case = OneCase({"HM-PB-2-WM55": "Hall"})
    case.ccu.refuses.add("getMetadata")
    async with served(case, tmp_path, id_of(KEYS)) as running:
        assert running.entry(id_of(KEYS)).name == f"HM-PB-2-WM55 {KEYS}"
        assert running.entry(id_of(f"{KEYS}:2")).name == f"HM-PB-2-WM55 {KEYS} 2"
        assert running.entry(id_of(f"{KEYS}:2")).part_of == id_of(KEYS)


async def test_what_keys_told_outlives_a_central_that_restarts_unnoticed(tmp_path: Path) -> None:
    case = OneCase({"HM-PB-2-WM55": "Hall"})
    key = f"{KEYS}:1"
    async with served(case, tmp_path, id_of(key)) as running:
        await case.ccu.press(key)
        await shows(running, key, "button", presses=1)
        await case.ccu.unplug()
        await case.ccu.plug_in()
        await running.until(lambda: running.attempts > 0, NOTICED_WITHIN)
        await running.until(lambda: running.online(id_of(key)))
        await case.ccu.press(key)
        await shows(running, key, "button", presses=2)


async def test_a_new_device_is_taken_up_and_one_that_is_removed_goes(tmp_path: Path) -> None:
    case = OneCase({"HM-LC-Sw1-Pl": "Plug", "HM-Sec-SCo": "Window"})
    async with served(case, tmp_path, id_of(SWITCH), id_of(WINDOW)) as running:
        described = [one for one in case.ccu.describe() if one["ADDRESS"].startswith(SWITCH)]
        gone = [one["ADDRESS"] for one in described]
        case.ccu.say("deleteDevices", gone)
        await running.until(lambda: running.offline() == {id_of(SWITCH)})
        case.ccu.say("newDevices", described)
        await running.until(lambda: running.online(id_of(SWITCH)))
        assert (await running.tell(case.there))["outcome"] == "done"


async def test_only_the_central_is_listened_to(tmp_path: Path) -> None:
    case = OneCase({"HM-Sec-SCo": "Window"})
    async with served(case, tmp_path, id_of(WINDOW)) as running:
        event = (f"{WINDOW}:1", "STATE", True)
        for method, arguments in (
            ("event", event),
            ("remotes.get", ()),
            ("jsonRpcPost", ("127.0.76.1", 1, "x")),
            ("saveDevices", ()),
        ):
            with pytest.raises(xmlrpc.client.Fault, match="unknown method"):
                case.ccu.say(method, *arguments, name="homeport-ccu")
        with pytest.raises(xmlrpc.client.Fault, match="unknown method"):
            case.ccu.say("remotes.get")
        assert state(running, WINDOW, "contact") == {"open": False}
        case.ccu.say("event", *event)
        await shows(running, WINDOW, "contact", open=True)


async def test_values_that_make_no_sense_change_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    case = OneCase({"HM-Sec-SCo": "Window", "HM-CC-RT-DN": "Radiator"})
    async with served(case, tmp_path, id_of(WINDOW), id_of(RADIATOR)) as running:
        for value in ("open", [1], {"a": 1}, 1e300, ""):
            for address, key in ((f"{WINDOW}:1", "STATE"), (f"{RADIATOR}:4", "SET_TEMPERATURE")):
                case.ccu.say("event", address, key, value)
        with suppress(xmlrpc.client.Fault):
            case.ccu.say("event", "VCU9999999:1", "STATE", True)
        await case.ccu.change_by_hand(f"{RADIATOR}:4", "SET_TEMPERATURE", 19.0)
        await shows(running, RADIATOR, "climate", target_temperature=19)
        assert state(running, WINDOW, "contact") == {"open": False}
        assert [record for record in caplog.records if record.levelname != "DEBUG"] == []


async def test_two_interfaces_take_two_ports_from_the_one_that_is_set(tmp_path: Path) -> None:
    case = HomematicCase()
    async with served(case, tmp_path, callback_port=12760, callback_address="127.0.0.1") as running:
        assert (await running.tell(case.there))["outcome"] == "done"
        assert (await running.tell(case.elsewhere))["outcome"] == "done"


async def test_news_that_do_not_arrive_are_said_and_no_device_is_shown(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(homematic_ccu, "FIRST_PONG_WITHIN", 0.5)
    case = OneCase()
    settings = {"callback_address": "127.0.76.99", "callback_port": 12770}
    async with (
        started(case),
        at_work(case, tmp_path / "home", settings=settings) as running,
    ):
        await running.until(lambda: running.attempts > 0)
        assert list(running.registry) == []
        await running.until(lambda: "its news do not arrive here" in caplog.text)


async def test_a_central_that_answers_in_drops_is_away_and_lets_go_at_once(
    tmp_path: Path,
) -> None:
    case = HomematicCase()
    async with started(case, proxied=True), at_work(case, tmp_path / "home") as running:
        await running.until(lambda: running.online(*case.ids))
        await case.wire(lambda proxy: proxy.slow(2))
        await running.until(lambda: not running.online(id_of(SWITCH)), 30)
        async with asyncio.timeout(5):
            await running.links.aclose()


def test_each_interface_of_a_central_is_a_place_of_its_own() -> None:
    adapter = HomematicAdapter(HomematicSettings(), Network("127.0.0.1", "127.255.255.255"))
    places = {
        adapter.place(Sighting("configured", ADDRESS, port, "homematic")) for port in (2001, 2010)
    }
    assert places == {f"{ADDRESS}:2001", f"{ADDRESS}:2010"}
    assert not adapter.claims(Sighting("configured", "fd00::31", 2001, "homematic"))
