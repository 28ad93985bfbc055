"""The section `webhooks` of the document: what it says of each event is what happens."""

import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp import web
from jsonschema import Draft202012Validator

from gateway.allowed import Allowed
from gateway.capabilities.energy import EnergyState
from gateway.capabilities.light import LightState
from gateway.capabilities.sensors import ButtonPress
from gateway.clock import SetClock
from gateway.event import Event
from gateway.happenings import HAPPENINGS
from gateway.outside import Outside
from gateway.session import Json
from openapi.document import SIGNED, document
from senders.http import HttpSender
from tests.core.rigs import every_kind
from tests.incore import House, house
from tests.surfaces.faces import PEOPLE, Mute
from tests.webhooks.rig import Got, Receiver, receiving, until

DESCRIBED = document([])["webhooks"]


def test_every_event_that_there_is_is_described_as_a_post_to_a_receiver() -> None:
    assert list(DESCRIBED) == list(HAPPENINGS)
    names = {page["post"]["operationId"] for page in DESCRIBED.values()}
    assert len(names) == len(DESCRIBED)
    for page in DESCRIBED.values():
        told = page["post"]
        assert told["summary"].endswith(".")
        assert told["security"] == []
        assert [one["$ref"].rpartition("/")[2] for one in told["parameters"]] == list(SIGNED)
        # What a receiver answers is its own; any success counts.
        assert list(told["responses"]) == ["2XX"]
        Draft202012Validator.check_schema(_schema(told))


def _schema(operation: Json) -> Any:
    return operation["requestBody"]["content"]["application/json"]["schema"]


async def busy(home: House, clock: SetClock) -> None:
    """Let everything happen that can be made to happen from outside."""
    session = await home.session()
    button = home.capability("button-1", "button")
    order = {"when": "button pressed", "notify": ["anna"], "message": "Ding"}
    await session.call("create_alert", order)
    button.pressed(ButtonPress(press="long"))
    home.capability("lamp-1", "light").report(LightState(on=True, brightness=70))
    for power in (12.5, 1500):
        clock.seconds += 120
        home.capability("plug-1", "energy").report(EnergyState(power=power, total=3.2))
    plug = home.entry("plug-1")
    assert plug.device is not None
    home.home.registry.offline(plug, "it does not answer")
    await until(lambda: home.home.events.waiting == 0)
    home.home.registry.announce(plug.device, "core", "core-plug-1", 0)
    for tool, arguments in (
        ("set_light", {"targets": "all", "brightness": 30}),
        ("run_scene", {"name": "sleepy time"}),
        ("save_scene", {"name": "Evening", "targets": "lamp-1"}),
        ("edit_device", {"target": "lamp-1", "name": "Leselampe “ä”"}),
        ("notify", {"to": "anna", "message": "Hello"}),
    ):
        await session.call(tool, arguments)
    await session.forget("speaker-2")


EXPECTED = {
    "device.found",
    "device.lost",
    "device.online",
    "device.offline",
    "state.changed",
    "state.sampled",
    "button.pressed",
    "action.done",
    "alert.fired",
    "webhook.dead",
    "webhook.disabled",
}


async def test_everything_that_a_busy_house_logs_and_posts_is_as_described(tmp_path: Path) -> None:
    clock = SetClock()
    async with receiving(Receiver()) as receiver, sending(receiver) as sender:
        receiver.answer = answering({"/dead": 500, "/gone": 410})
        async with house(
            tmp_path,
            *every_kind(),
            clock=clock,
            people=PEOPLE,
            webhooks={"allow": [receiver.origin], "schedule": []},
            outside=Outside(sender, Mute()),
        ) as home:
            seen: list[Event] = []
            home.home.events.on_event(seen.append)
            session = await home.session()
            for path in ("all", "dead", "gone"):
                wanted: Json = {"url": f"{receiver.origin}/{path}"}
                wanted |= {"filter": {"names": ["*" if path == "all" else "button.pressed"]}}
                await session.call("subscribe_webhook", wanted)
            await busy(home, clock)
            await until(lambda: {event.name for event in seen} >= EXPECTED)
            await until(lambda: names(posted(receiver)) >= EXPECTED - {"device.found"})
    for body in [event.body for event in seen] + posted(receiver):
        is_as_described(body)


@asynccontextmanager
async def sending(receiver: Receiver) -> AsyncIterator[HttpSender]:
    sender = HttpSender(Allowed([receiver.origin]))
    try:
        yield sender
    finally:
        await sender.aclose()


def answering(codes: Mapping[str, int]) -> Callable[[Got], web.StreamResponse]:
    return lambda got: web.Response(status=codes.get(got.path, 204))


def posted(receiver: Receiver) -> list[bytes]:
    return [got.body for got in receiver.got if got.path == "/all"]


def names(bodies: list[bytes]) -> set[str]:
    return {json.loads(body)["name"] for body in bodies}


def is_as_described(body: bytes) -> None:
    told = json.loads(body)
    Draft202012Validator(_schema(DESCRIBED[told["name"]]["post"])).validate(told)
