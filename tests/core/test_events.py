"""The log: one order, on the disk before anybody is told, and nothing missed by any reader."""

import asyncio
import json
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.clock import SetClock
from gateway.errors import InvalidArguments, Unauthorized
from gateway.readers import Reader
from gateway.retention import Kept, prune
from gateway.subscriptions import Filter
from tests.core.rigs import until
from tests.incore import House, house, lamp, plug


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[House]:
    async with house(
        tmp_path, lamp("lamp-1", "Desk lamp", "Office"), timezone="Europe/Berlin"
    ) as one:
        await until(lambda: one.home.events.last >= 1)
        yield one


def reader(home: House, **wanted: object) -> Reader:
    grant = home.home.tokens.of("owner")
    assert grant is not None
    filter = Filter.model_validate(wanted)
    return Reader(home.home.events, home.home.registry.get, lambda: grant, filter)


async def test_an_event_carries_what_every_way_out_tells(home: House) -> None:
    event = await home.home.events.append(
        "button.pressed", {"press": "short"}, device="lamp-1", cause="r3"
    )
    told = json.loads(event.body)
    assert next(iter(told)) == "eventId"
    assert told == {
        "eventId": f"{told['home']}-{event.seq}",
        "name": "button.pressed",
        "timestamp": told["timestamp"],
        "data": {"press": "short"},
        "device": "lamp-1",
        "cause": "r3",
        "cursor": f"{told['home']}.{event.seq}",
        "home": told["home"],
        "seq": event.seq,
        "subject": told["eventId"],
    }
    assert told["timestamp"].endswith(("+01:00", "+02:00"))


async def test_the_disk_gives_back_the_very_bytes(home: House) -> None:
    events = home.home.events
    sent = [await events.append("x.y", {"n": n, "text": "ä “☕”"}) for n in range(5)]
    again = await home.home.store.scan(
        lambda db: db.execute("SELECT count(*) FROM events").fetchone()[0]
    )
    assert again == events.last
    found = await events.past(
        sent[0].at, sent[-1].at + timedelta(seconds=1), 5, lambda one: one.name == "x.y"
    )
    assert [one.body for one in reversed(found)] == [one.body for one in sent]


async def test_events_keep_their_order_and_number_over_a_restart(tmp_path: Path) -> None:
    numbers = []
    for _ in range(3):
        async with house(tmp_path) as home:
            made = await asyncio.gather(
                *(home.home.events.append("x.y", {"n": n}) for n in range(50))
            )
            assert [one.data["n"] for one in sorted(made, key=lambda one: one.seq)] == list(
                range(50)
            )
            numbers += [one.seq for one in made]
            ids = {one.home for one in made}
            assert len(ids) == 1
    assert numbers == list(range(1, 151))


async def test_what_was_noted_is_on_the_disk_after_a_close(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        for n in range(2500):
            home.home.events.note("x.y", {"n": n}, patient=bool(n % 2))
    with sqlite3.connect(tmp_path / "events.db") as db:
        assert db.execute("SELECT count(*) FROM events").fetchone() == (2500,)


async def test_a_reader_that_goes_on_from_its_cursor_misses_and_repeats_nothing(
    home: House,
) -> None:
    reads, cursor, seen = reader(home, names=["x.y"]), None, []
    page, cursor = await reads.page(None, 10, 0.001)
    for round in range(5):
        for n in range(7):
            home.home.events.note("x.y", {"n": round * 7 + n})
            home.home.events.note("x.z", {})
        while len(seen) < (round + 1) * 7:
            page, cursor = await reads.page(cursor, 3, 2.0)
            seen += [one.data["n"] for one in page.events]
    assert seen == list(range(35))
    page, _ = await reads.page(cursor, 3, 0.01)
    assert (page.events, page.truncated) == ([], False)


async def test_a_waiting_reader_wakes_at_once_and_only_for_what_it_wants(home: House) -> None:
    waiting = asyncio.create_task(reader(home, devices=["lamp-1"]).page(None, 10, 10))
    await asyncio.sleep(0)
    home.home.events.note("x.y", {}, device="other")
    await home.home.events.append("x.y", {}, device="other")
    assert not waiting.done()
    begun = asyncio.get_running_loop().time()
    home.capability("lamp-1", "light").report(
        home.capability("lamp-1", "light").state.model_copy(update={"on": True})
    )
    page, _ = await waiting
    assert asyncio.get_running_loop().time() - begun < 0.1
    assert [one.name for one in page.events] == ["state.changed"]
    assert page.events[0].data == {"kind": "light", "before": {"on": False}, "after": {"on": True}}


async def test_a_cursor_older_than_what_is_kept_says_so(tmp_path: Path) -> None:
    clock = SetClock()
    async with house(tmp_path, clock=clock) as home:
        old = [await home.home.events.append("x.y", {"n": n}) for n in range(20)]
        clock.present += timedelta(days=100)
        new = await home.home.events.append("x.y", {"n": 99})
        assert await prune(home.home.events, home.home.kept) == 20
        reads = reader(home)
        page, _ = await reads.page(old[3].cursor, 100, 0)
        assert page.truncated
        assert page.events[-1].seq == new.seq
        page, _ = await reads.page(old[-1].cursor, 10, 0)
        assert not page.truncated
    async with house(tmp_path, clock=clock) as home:
        page, _ = await reader(home).page(old[3].cursor, 100, 0)
        assert page.truncated
        assert page.events[0].seq == new.seq


async def test_the_log_keeps_to_its_bytes_and_spares_events_for_samples(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        events = home.home.events
        for n in range(500):
            events.note("state.sampled", {"n": n, "pad": "x" * 400}, sampled=True)
            events.note("x.y", {"n": n, "pad": "x" * 400})
        await events.append("x.y", {})
        await prune(events, {False: Kept(90, 200), True: Kept(90, 0.05)})
        kept = await home.home.store.scan(
            lambda db: dict(
                db.execute("SELECT sampled, count(*) FROM events GROUP BY 1").fetchall()
            )
        )
        assert kept[0] == 501
        assert 50 <= kept[1] <= 110
        page, _ = await reader(home).page(f"{events.home}.0", 10, 0)
        assert not page.truncated
        page, _ = await reader(home, names=["*"]).page(f"{events.home}.0", 10, 0)
        assert page.truncated


async def test_a_cursor_of_another_home_begins_anew_and_nonsense_is_refused(home: House) -> None:
    reads = reader(home)
    page, _ = await reads.page("h0000000000.7", 10, 0)
    assert page.truncated
    assert page.events
    page, _ = await reads.page(f"{home.home.events.home}.999999", 10, 0)
    assert page.truncated
    for nonsense in ("", "7", "h12.3", "x" * 500, f"{home.home.events.home}.-1"):
        with pytest.raises(InvalidArguments):
            await reads.page(nonsense, 10, 0)


async def test_a_stream_ends_where_its_token_is_revoked(home: House) -> None:
    session = await home.session("read-only")
    stream = session.stream(Filter())
    coming = asyncio.ensure_future(anext(stream))
    await asyncio.sleep(0)
    await home.home.tokens.revoke(session.agent)
    with pytest.raises(Unauthorized):
        async with asyncio.timeout(2):
            await coming


async def test_a_stream_ends_where_homeport_stops(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        session = await home.session()
        told: list[str] = []

        async def listen() -> None:
            async for one in session.stream(Filter()):
                told.append(one.name)

        listening = asyncio.create_task(listen())
        await asyncio.sleep(0)
        await home.home.events.append("x.y", {})
        await until(lambda: told)
    async with asyncio.timeout(2):
        await listening
    assert told == ["x.y"]


def test_a_full_disk_is_a_typed_error_and_what_was_noted_comes_later(tmp_path: Path) -> None:
    small = "mount -t tmpfs -o size=3m tmpfs $0 && exec $1 -m tests.core.full_log $0"
    command = ["unshare", "-Urm", "sh", "-c", small, str(tmp_path), sys.executable]
    if subprocess.run(["unshare", "-Urm", "true"], capture_output=True, check=False).returncode:
        pytest.skip("no namespace of one's own can be made here")
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == 0, ran.stderr
    told = json.loads(ran.stdout.splitlines()[-1])
    assert told["met"] == ["written", "store_failed", "store_failed"]
    assert told["waiting"] == 3
    assert told["kept"] == [0, 2, 3, 4, 6]
    assert told["check"] == "ok"


async def test_a_story_is_told_once_to_whom_any_stage_fits(home: House) -> None:
    events = home.home.events
    fedex, truck, both = (
        reader(home, query="fedex"),
        reader(home, names=["object.arrived"]),
        reader(home, where="label == 'truck' and text == 'FedEx'"),
    )
    _, start = await fedex.page(None, 1, 0.001)
    first = await events.append("object.arrived", {"label": "truck"})
    second = await events.append("event.enriched", {"text": "FedEx"}, subject=first.seq)
    await events.append("event.enriched", {"caption": "a FedEx truck"}, subject=first.seq)
    for reads, wanted in ((fedex, second), (truck, first), (both, second)):
        page, _ = await reads.page(start, 10, 0)
        assert [one.seq for one in page.events] == [wanted.seq]
    assert second.subject == first.seq


async def test_a_thousand_waiters_are_all_told(tmp_path: Path) -> None:
    async with house(tmp_path, plug("plug-1", "Kettle")) as home:
        await until(lambda: home.home.events.last)
        waiting = [
            asyncio.create_task(reader(home, names=["x.y"]).page(None, 1, 20)) for _ in range(1000)
        ]
        await asyncio.sleep(0)
        event = await home.home.events.append("x.y", {})
        async with asyncio.timeout(10):
            pages = await asyncio.gather(*waiting)
        assert {page.events[0].seq for page, _ in pages} == {event.seq}


async def test_what_is_too_old_goes_also_where_a_restore_has_set_the_mark_ahead(
    tmp_path: Path,
) -> None:
    clock = SetClock()
    async with house(tmp_path, clock=clock) as home:
        events = home.home.events
        for n in range(20):
            await events.append("x.y", {"n": n})
        events.horizon[False] = 1_000_000
        clock.present += timedelta(days=100)
        assert await prune(events, home.home.kept) == 20
        assert events.horizon[False] == 1_000_000


async def test_what_happens_while_the_newest_are_looked_up_is_behind_their_cursor(
    home: House,
) -> None:
    events, reads = home.home.events, reader(home, names=["x.y"])
    first = await events.append("x.y", {"n": 0})
    seen: set[int] = set()
    for n in range(1, 30):
        looking = asyncio.create_task(reads.page(None, 5, 0))
        await events.append("x.y", {"n": n})
        page, cursor = await looking
        behind, _ = await reads.page(cursor, 100, 0)
        seen = {one.seq for one in (*page.events, *behind.events)}
        assert events.last in seen
    assert first.seq not in seen  # the newest five, and what came behind them
