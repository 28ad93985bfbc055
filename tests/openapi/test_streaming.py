"""The log over HTTP, as server-sent events: each reader goes on where it left off."""

import asyncio
import json
import time
from pathlib import Path
from typing import Any

import pytest
from starlette.types import Message, Scope

from gateway.capabilities.light import LightState
from gateway.capabilities.sensors import ContactState
from gateway.capabilities.switch import SwitchState
from openapi import streaming
from tests.openapi.serving import serving
from tests.openapi.streams import STREAM, WITHIN, Live, living, rest, seq, some


async def test_an_event_is_read_within_a_tenth_of_a_second_and_is_the_webhooks_body(
    tmp_path: Path,
) -> None:
    async with living(tmp_path) as live, live.reading() as stream:
        took = []
        for _ in range(9):
            begun = time.perf_counter()
            live.press()
            (told,) = await some(stream, 1)
            took.append(time.perf_counter() - begun)
            event = live.logged[-1]
            assert told.data.encode() == event.body
            assert (told.event, told.id) == ("button.pressed", event.cursor)
        assert sorted(took)[len(took) // 2] < 0.1, took


async def test_a_reader_goes_on_with_the_id_of_the_last_event_that_it_read(tmp_path: Path) -> None:
    async with living(tmp_path) as live:
        async with live.reading() as stream:
            made = await live.pressed(10)
            read = await some(stream, 4)
        async with live.reading(last=read[-1].id) as stream:
            read += await some(stream, 6)
            made += await live.pressed(1)
            read += await some(stream, 1)
        assert [told.data.encode() for told in read] == [event.body for event in made]
        async with live.reading(after=read[3].id) as stream:
            assert [told.id for told in await some(stream, 7)] == [told.id for told in read[4:]]
        async with live.reading(last=read[7].id, after=read[3].id) as stream:
            assert [told.id for told in await some(stream, 3)] == [told.id for told in read[8:]]


FILTERS: list[tuple[dict[str, Any], list[str]]] = [
    ({"names": "button.pressed"}, ["button-1"]),
    ({"names": ["button.*", "device.*"]}, ["button-1"]),
    ({"names": "*"}, ["lamp-1", "plug-1", "button-1", "contact-1"]),
    ({"devices": ["lamp-1", "contact-1"]}, ["lamp-1", "contact-1"]),
    ({"devices": [*(f"other-{number}" for number in range(99)), "plug-1"]}, ["plug-1"]),
    ({"areas": "kitchen"}, ["plug-1", "contact-1"]),
    ({"kinds": ["light", "button"]}, ["lamp-1", "button-1"]),
    ({"where": "after.open == false or data.press == 'short'"}, ["button-1", "contact-1"]),
    ({"query": "terrace closed"}, ["contact-1"]),
    ({"names": "state.changed", "areas": "Kitchen", "where": "after.on == true"}, ["plug-1"]),
]


async def something_of_each(live: Live) -> str:
    """Let a lamp, a plug, a button and a door tell something; return the cursor before it."""
    before = live.cursor
    live.home.capability("lamp-1", "light").report(LightState(on=True, brightness=50))
    live.home.capability("plug-1", "switch").report(SwitchState(on=True))
    live.press()
    live.home.capability("contact-1", "contact").report(ContactState(open=False))
    await live.has(4)
    return before


async def test_pages_and_streams_tell_what_the_filter_wants(tmp_path: Path) -> None:
    async with living(tmp_path) as live:
        before = await something_of_each(live)
        for asked, devices in FILTERS:
            page = await live.page(after=before, **asked)
            assert [event["device"] for event in page["events"]] == devices, asked
            assert (page["cursor"], page["truncated"]) == (live.cursor, False)
            async with live.reading(after=before, **asked) as stream:
                told = [json.loads(one.data) for one in await some(stream, len(devices))]
            assert told == page["events"]


async def test_a_restart_loses_nothing_for_a_reader_that_resumes(tmp_path: Path) -> None:
    async with living(tmp_path) as live, live.reading() as stream:
        await live.pressed(3)
        read = await some(stream, 2)
    async with living(tmp_path) as live:
        await live.pressed(2)
        async with live.reading(last=read[-1].id) as stream:
            await live.pressed(1)
            while seq(read[-1]) < live.home.home.events.last:
                read += await some(stream, 1)
    first = seq(read[0])
    assert [seq(told) for told in read] == list(range(first, first + len(read)))
    assert [told.event for told in read].count("button.pressed") == 6


async def test_streams_end_when_homeport_stops(tmp_path: Path) -> None:
    async with living(tmp_path) as live, live.reading() as stream:
        reading = asyncio.create_task(rest(stream))
        await live.pressed(1)
        live.home.home.events.stop()
        told = await reading
        assert [one.event for one in told] in ([], ["button.pressed"])


async def test_a_stream_that_is_cut_off_leaves_nothing_running(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        before = asyncio.all_tasks()
        begun = asyncio.Event()

        async def send(message: Message) -> None:
            begun.set()

        async def receive() -> Message:
            await asyncio.Event().wait()
            raise AssertionError

        headers = [(b"host", b"localhost"), (b"authorization", f"Bearer {served.owner}".encode())]
        scope: Scope = {"type": "http", "method": "GET", "path": STREAM, "query_string": b""}
        scope.update(headers=headers, server=None)
        answering = asyncio.create_task(served.app(scope, receive, send))
        async with asyncio.timeout(WITHIN):
            await begun.wait()
        assert len(asyncio.all_tasks() - before) > 1
        answering.cancel()
        await asyncio.wait((answering,))
        assert answering.cancelled()
        assert asyncio.all_tasks() - before == set()


async def test_a_revoked_token_reads_no_further(tmp_path: Path) -> None:
    async with living(tmp_path) as live:
        session = live.home.door.open(live.token)
        token = (await session.new_token("guest", preset="read-only"))["token"]
        async with live.reading(token=token) as stream:
            await live.pressed(1)
            assert len(await some(stream, 1)) == 1
            await session.revoke_token("guest")
            live.press()
            assert await rest(stream) == []
        again = await live.client.get(STREAM, headers={"Authorization": f"Bearer {token}"})
        assert again.status_code == 401


async def test_a_quiet_stream_says_that_it_lives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streaming, "STILL_HERE", 0.01)
    async with living(tmp_path) as live, live.client.stream("GET", STREAM) as answer:
        said = []
        async with asyncio.timeout(WITHIN):
            async for line in answer.aiter_lines():
                said.append(line)
                if said.count(": still here") == 2:
                    break
        assert set(said) == {": homeport", ": still here", ""}


async def test_there_are_only_so_many_streams_and_who_leaves_makes_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streaming, "MOST_STREAMS", 2)
    async with living(tmp_path) as live, live.reading():
        async with live.reading():
            refused = await live.client.get(STREAM)
            assert refused.status_code == 503
            assert refused.headers["content-type"] == "application/problem+json"
            assert refused.json()["code"] == "too_many_streams"
            assert refused.json()["retryable"] is True
        async with asyncio.timeout(WITHIN):
            while True:
                async with live.client.stream("GET", STREAM) as answer:
                    if answer.status_code == 200:
                        break


@pytest.mark.parametrize(
    ("asked", "headers", "field"),
    [
        ({"after": "garbage"}, {}, "after"),
        ({"after": "h0123456789.-1"}, {}, "after"),
        ({}, {"Last-Event-ID": "5"}, "after"),
        ({}, {"Last-Event-ID": "x" * 500}, "after"),
        ({"where": "after.open =="}, {}, "where"),
        ({"wher": "1"}, {}, "wher"),
        ({"names": ""}, {}, "names"),
    ],
)
async def test_what_cannot_be_streamed_is_a_problem_and_no_stream(
    asked: dict[str, str], headers: dict[str, str], field: str, tmp_path: Path
) -> None:
    async with serving(tmp_path) as served:
        for method in ("GET", "HEAD"):
            answer = await served.ask(method, STREAM, params=asked, headers=headers)
            assert answer.status_code == 422
            assert answer.headers["content-type"] == "application/problem+json"
        problem = (await served.ask("GET", STREAM, params=asked, headers=headers)).json()
        assert (problem["code"], problem["field"]) == ("invalid_arguments", field)


async def test_the_page_of_streams_takes_the_methods_that_it_says(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        head = await served.ask("HEAD", STREAM)
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["content-type"] == "text/event-stream"
        assert head.headers["cache-control"] == "no-store"
        asked = await served.ask("OPTIONS", STREAM)
        assert (asked.status_code, asked.headers["allow"]) == (204, "GET, HEAD, OPTIONS")
        for method in ("POST", "DELETE", "BREW"):
            refused = await served.ask(method, STREAM)
            assert (refused.status_code, refused.json()["code"]) == (405, "method_not_allowed")
            assert refused.headers["allow"] == "GET, HEAD, OPTIONS"
