"""What each page answers: what the session says, in the shape that the document promises."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI

from cli.remote import RemoteSession
from gateway.errors import DeviceRefused, GatewayError
from gateway.limits import Limit
from openapi.answers import Device
from openapi.app import api
from openapi.operations import OPERATIONS
from tests.core.rigs import strip
from tests.incore import lamp, plug
from tests.openapi.serving import Served, fits, on_a_port, serving, template_of

PAGES = [
    "/v1/tools",
    "/v1/instructions",
    "/v1/devices",
    "/v1/devices?all=true",
    "/v1/devices?unknown=true",
    "/v1/devices/lamp-1",
    "/v1/devices/speaker-1",
    "/v1/devices/heat-1",
    "/v1/devices/lamp-1/td",
    "/v1/devices/speaker-1/favourites",
    "/v1/devices/speaker-1/queue",
    "/v1/receipts",
    "/v1/receipts?limit=1&before=9007199254740991",
    "/v1/tokens",
    "/v1/events?limit=5",
    "/v1/webhooks",
    "/v1/devices/plug-1/history/power",
    "/healthz",
    "/openapi.json",
    "/openapi/tools.json",
]
ELSEWHERE = {
    "/v1/events/stream",
    "/metrics",
    "/v1/webhooks/{id}",
    "/v1/workouts/import",
    "/v1/workouts/{workout}/{format}",
}
"""A stream without end, what is no JSON, and what is made first: tests of their own."""
HEARD = {
    "address": "192.0.2.7",
    "ports": [80],
    "maker": "Acme",
    "evidence": ["mDNS _http._tcp"],
    "first_seen": "2026-11-24T12:00:00+00:00",
    "last_seen": "2026-11-24T12:00:00+00:00",
}


class Heard:
    """Surroundings in which one thing was heard that nobody claims."""

    def unclaimed(self) -> list[dict[str, Any]]:
        return [HEARD]

    def problems(self) -> list[str]:
        return []


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[Served]:
    async with serving(tmp_path) as served:
        served.home.home.surroundings = Heard()
        yield served


async def test_every_page_answers_what_it_promises(house: Served) -> None:
    await house.ask("POST", "/v1/tools/set_light", json={"targets": "lamp-1", "on": True})
    await house.ask("POST", "/v1/tools/edit_device", json={"target": "lamp-2", "aliases": ["Lux"]})
    asked = {template_of(await house.document(), path.partition("?")[0]) for path in PAGES}
    told = {one.path for one in OPERATIONS if one.method == "GET"}
    assert asked == told - ELSEWHERE
    for path in PAGES:
        assert await fits(house, "GET", path)


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("get_home_info", None),
        ("check_devices", {"query": "which lamps are on"}),
        ("get_state", {"targets": "all"}),
        ("set_light", {"targets": "all", "brightness": 40}),
        ("set_light", {"targets": ["lamp-1", "plug-1"], "on": True}),
        ("set_thermostat", {"targets": "heat-1", "temperature": 90, "unit": "F", "dry_run": True}),
        ("save_scene", {"name": "Evening", "targets": "lamp-1"}),
        ("edit_device", {"target": "lamp-1", "name": "Leselampe “ä”"}),
    ],
)
async def test_a_tool_answers_what_the_session_does(
    tool: str, arguments: Any, house: Served
) -> None:
    request = {} if arguments is None else {"json": arguments}
    answer = await fits(house, "POST", f"/v1/tools/{tool}", **request)
    same = await house.home.door.open(house.owner).call(tool, arguments or {})
    assert set(answer) == set(same)
    assert answer["summary"]


async def test_a_call_that_was_understood_is_200_also_where_a_device_failed(
    house: Served,
) -> None:
    house.home.capability("lamp-1", "light").fails = DeviceRefused("no")
    answer = await fits(
        house, "POST", "/v1/tools/set_light", json={"targets": ["lamp-1", "lamp-2"], "on": True}
    )
    assert answer["counts"] == {"failed": 1, "done": 1}


async def test_devices_of_every_condition_are_as_promised(house: Served) -> None:
    home = house.home
    home.add(*strip("strip-1", "Strip", {"left": "Printer"}, "Office"))
    limits = {"brightness": Limit(min=10, max=90, step=5), "color": Limit(absent=True)}
    home.add(lamp("limited", "Limited", **limits))
    other = home.home.registry.announce(plug("twin-1", "Kettle"), "other", "192.0.2.1", 1)
    other.twin_of = "plug-1"
    home.home.registry.offline(home.entry("heat-1"), "it does not answer")
    for changes in (
        {"target": "plug-1", "use_as": "light", "aliases": ["Tea", "茶"], "area": "Pantry"},
        {"target": "lamp-2", "protected": True},
    ):
        await house.ask("POST", "/v1/tools/edit_device", json=changes)
    listed = (await fits(house, "GET", "/v1/devices?all=true"))["devices"]
    shown = {name for one in listed for name in one}
    rare = {"members", "queries"}
    assert shown == set(Device.model_fields) - rare
    for one in listed:
        found = await fits(house, "GET", f"/v1/devices/{one['id']}")
        aged = {"age": found.get("age")} if "age" in one else {}
        assert (one | aged).items() <= found.items()
        await fits(house, "GET", f"/v1/devices/{one['id']}/td")


async def test_receipts_of_every_kind_of_call_are_as_promised(house: Served) -> None:
    house.home.capability("lamp-1", "light").fails = DeviceRefused("no")
    planned = {"targets": "lamp-2", "on": True, "dry_run": True}
    plan = (await house.ask("POST", "/v1/tools/set_light", json=planned)).json()["plan"]
    calls = {
        "set_light": {"targets": ["lamp-1", "heat-1"], "on": True},
        "run_scene": {"name": "sleepy time"},
        "run_plan": {"plan": plan},
        "save_scene": {"name": "Evening", "targets": "lamp-2"},
        "remove": {"id": "Evening"},
        "edit_device": {"target": "lamp-2", "name": "Lux"},
    }
    for tool, arguments in calls.items():
        await fits(house, "POST", f"/v1/tools/{tool}", json=arguments)
    receipts = (await fits(house, "GET", "/v1/receipts?limit=100"))["receipts"]
    assert {one["tool"] for one in receipts} >= set(calls) - {"run_plan"}  # it has the tool's
    assert any("cause" in one for one in receipts)


async def test_receipts_are_paged_by_seq(house: Served) -> None:
    for on in (True, False, True):
        await house.ask("POST", "/v1/tools/set_light", json={"targets": "lamp-1", "on": on})
    newest = (await fits(house, "GET", "/v1/receipts?limit=2"))["receipts"]
    older = await fits(house, "GET", f"/v1/receipts?before={newest[-1]['seq']}")
    seqs = [one["seq"] for one in [*newest, *older["receipts"]]]
    assert seqs == sorted(seqs, reverse=True)
    assert len(seqs) == 3


async def test_a_token_lives_from_when_it_is_made_until_it_is_revoked(house: Served) -> None:
    wanted = {"name": "kitchen-tablet", "preset": "read-only"}
    made = await fits(house, "POST", "/v1/tokens", json=wanted)
    assert made == wanted | {"token": made["token"]}
    assert (await house.ask("GET", "/v1/devices", made["token"])).status_code == 200
    listed = await house.ask("GET", "/v1/tokens")
    assert "kitchen-tablet" in listed.text
    assert made["token"] not in listed.text
    await fits(house, "DELETE", "/v1/tokens/kitchen-tablet")
    assert (await house.ask("GET", "/v1/devices", made["token"])).status_code == 401


async def test_a_forgotten_device_is_gone(house: Served) -> None:
    told = await fits(house, "DELETE", "/v1/devices/lamp-2")
    assert told == {"id": "lamp-2", "forgotten": True}
    assert (await house.ask("GET", "/v1/devices/lamp-2")).status_code == 404


async def test_a_session_elsewhere_sees_what_the_one_here_does(house: Served) -> None:
    here = house.home.door.open(house.owner)
    async with on_a_port(house.app) as url, RemoteSession(url, house.owner) as there:
        assert list(await there.tools()) == list(await here.tools())
        assert await there.instructions() == await here.instructions()
        assert await there.devices(unknown=True) == await here.devices(unknown=True)
        assert await there.device("lamp-1") == await here.device("lamp-1")
        assert await there.thing("lamp-1") == await here.thing("lamp-1")
        assert await there.ask("speaker-1", "queue") == await here.ask("speaker-1", "queue")
        assert await there.receipts(limit=5) == await here.receipts(limit=5)
        assert await there.tokens() == await here.tokens()
        with pytest.raises(GatewayError) as remote:
            await there.call("set_light", {"targets": "cellar", "on": True})
        with pytest.raises(GatewayError) as local:
            await here.call("set_light", {"targets": "cellar", "on": True})
        assert remote.value.problem() == local.value.problem()


async def test_the_lifespan_surrounds_the_application(house: Served) -> None:
    seen = []

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        seen.append("begun")
        yield
        seen.append("ended")

    app = api(house.home.door, lifespan=lifespan)
    async with app.router.lifespan_context(app):
        assert seen == ["begun"]
    assert seen == ["begun", "ended"]
