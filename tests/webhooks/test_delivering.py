"""The worker: at least once, in order, on schedule, and what becomes of what cannot be told."""

import asyncio
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise
from pathlib import Path
from typing import get_args

from aiohttp import web
from standardwebhooks.webhooks import Webhook

from gateway.clock import SetClock
from gateway.deliveries import retry_after, wait
from gateway.event import Event
from gateway.subscriptions import Filter
from gateway.webhook import Ordering
from tests.webhooks.rig import Got, Receiver, Rig, rigged, status, until

SPEC = [5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400]


async def test_an_event_arrives_signed_as_it_stands_in_the_log(
    rig: Rig, receiver: Receiver
) -> None:
    made = await rig.hooks.subscribe("owner", receiver.url)
    receiver.secret = made.secret
    event = await rig.press()
    await receiver.had(1)
    (got,) = receiver.got
    assert got.body == event.body
    assert got.id == f"{event.id}.{made.subscription.id}"
    assert (await rig.ended(1)).outcome == "delivered"
    assert await rig.hooks.pending() == {"w1": 0}


async def test_only_what_the_filter_wants_is_sent(rig: Rig, receiver: Receiver) -> None:
    await rig.hooks.subscribe("owner", receiver.url, filter=Filter(devices=["button-2"]))
    await rig.press("button-1")
    wanted = await rig.press("button-2")
    await receiver.had(1)
    assert receiver.seqs == [wanted.seq]


async def test_each_device_keeps_its_order_while_another_waits(
    tmp_path: Path, receiver: Receiver
) -> None:
    failing = True

    def answer(got: Got) -> web.Response:
        slow = got.told["device"] == "slow" and failing
        return web.Response(status=503 if slow else 200)

    receiver.answer = answer
    async with rigged(tmp_path, [receiver.origin], schedule=[0.01] * 50) as rig:
        await rig.hooks.subscribe("owner", receiver.url)
        sent = [await rig.press(device) for _ in range(5) for device in ("slow", "quick")]
        await until(lambda: sum(g.told["device"] == "quick" for g in receiver.got) == 5)
        slow = {got.told["seq"] for got in receiver.got if got.told["device"] == "slow"}
        assert slow == {sent[0].seq}
        failing = False
        await until(lambda: rig.hooks.deliveries.counts["delivered"] == 10)
    for device in ("slow", "quick"):
        seqs = [got.told["seq"] for got in receiver.got if got.told["device"] == device]
        assert all(one <= other for one, other in pairwise(seqs))


async def test_of_a_device_one_is_under_way_and_without_order_all_are(
    rig: Rig, receiver: Receiver
) -> None:
    receiver.gate = asyncio.Event()
    ordered = await rig.hooks.subscribe("owner", receiver.url)
    for _ in range(5):
        await rig.press()
    await receiver.had(1)
    await rig.hooks.unsubscribe(ordered.subscription.id)
    assert len(receiver.got) == 1
    await rig.hooks.subscribe("owner", receiver.url, ordering="none")
    for _ in range(5):
        await rig.press()
    await receiver.had(6)
    receiver.gate.set()
    await until(lambda: rig.hooks.deliveries.counts["delivered"] == 6)
    assert receiver.most_at_once == 6


async def test_a_retry_carries_the_same_id_and_a_new_time(rig: Rig, receiver: Receiver) -> None:
    made = await rig.hooks.subscribe("owner", receiver.url)
    receiver.secret = made.secret
    receiver.answer = status(500, 302, 200)
    await rig.press()
    assert (await rig.ended(3)).outcome == "delivered"
    assert len({got.id for got in receiver.got}) == 1
    assert [one.outcome for one in rig.attempts] == ["failed", "failed", "delivered"]


async def test_the_specifications_schedule_is_kept_to_the_dead_letter(
    tmp_path: Path, receiver: Receiver
) -> None:
    receiver.answer = status(500)
    clock = SetClock()
    async with rigged(tmp_path, [receiver.origin], clock=clock) as rig:
        made = await rig.hooks.subscribe("owner", receiver.url)
        await rig.press()
        waits = []
        for count in range(1, len(SPEC) + 1):
            attempt = await rig.ended(count)
            waits.append((attempt.next_at - attempt.at) / 1000)
            clock.present += timedelta(seconds=waits[-1] - 0.1)
            rig.hooks.wake()
            await rig.store.read(lambda db: None)
            assert len(receiver.got) == count
            clock.present += timedelta(seconds=0.2)
            rig.hooks.wake()
        assert (await rig.ended(len(SPEC) + 1)).outcome == "dead"
        (letter,) = await rig.hooks.dead("w1")
        assert letter.reason == "the receiver said 500"
        await until(lambda: rig.events.last == 2)
        assert await rig.names() == ["button.pressed", "webhook.dead"]
    for took, asked in zip(waits, SPEC, strict=True):
        assert asked <= took <= asked * 1.1 + 0.01
    assert made.secret is not None
    for got in receiver.got:
        at = datetime.fromtimestamp(int(got.headers["webhook-timestamp"]), UTC)
        signature = Webhook(made.secret).sign(got.id, at, got.body.decode())
        assert got.headers["webhook-signature"] == signature


def test_a_receiver_may_ask_for_more_time_but_not_for_less_or_more_than_a_day() -> None:
    now = datetime(2026, 1, 2, tzinfo=UTC)
    assert retry_after("120", now) == 120
    assert retry_after(format_datetime(now + timedelta(hours=1), usegmt=True), now) == 3600
    assert retry_after(format_datetime(now - timedelta(hours=1), usegmt=True), now) == 0
    assert retry_after("9" * 400, now) == 86400
    far = [f"Fri, 02 Jan 2026 00:00:00 +{'9' * digits}" for digits in (4, 6, 20)]
    far += [f"Fri, 02 Jan {'9' * digits} 00:00:00 -0100" for digits in (5, 30)]
    for nonsense in ("", "soon", "-5", "1e9", "Fri, 99 Foo 2026", None, *far):
        assert retry_after(nonsense, now) == 0
    assert wait([5, 300], 1, 60) == 60
    assert 5 <= (wait([5, 300], 1, 1) or 0) <= 5.5
    assert wait([5, 300], 3, 60) is None


async def test_retry_after_is_honoured(tmp_path: Path, receiver: Receiver) -> None:
    receiver.answer = status(429, 200, **{"retry-after": "3600"})
    clock = SetClock()
    async with rigged(tmp_path, [receiver.origin], clock=clock) as rig:
        await rig.hooks.subscribe("owner", receiver.url)
        await rig.press()
        attempt = await rig.ended(1)
        assert attempt.next_at - attempt.at >= 3_600_000


async def test_what_is_too_old_is_dropped_and_said(tmp_path: Path, receiver: Receiver) -> None:
    clock = SetClock()
    receiver.answer = status(500, 200)
    async with rigged(tmp_path, [receiver.origin], clock=clock) as rig:
        await rig.hooks.subscribe("owner", receiver.url, max_age=60)
        await rig.press()
        await rig.ended(1)
        clock.present += timedelta(seconds=61)
        fresh = await rig.press()
        assert (await rig.ended(2)).outcome == "expired"
        assert (await rig.ended(3)).outcome == "delivered"
        assert receiver.seqs == [1, fresh.seq]
        assert await rig.hooks.dead("w1") == []
        log = await rig.hooks.log("w1")
        assert [one.outcome for one in log] == ["delivered", "expired", "failed"]


async def test_a_grant_that_is_gone_stops_what_waits(tmp_path: Path, receiver: Receiver) -> None:
    gone: set[str] = set()

    def sees(agent: str, event: Event) -> bool:
        return agent not in gone

    receiver.answer = status(500)
    async with rigged(tmp_path, [receiver.origin], sees=sees, schedule=[0.05] * 9) as rig:
        await rig.hooks.subscribe("guest", receiver.url)
        await rig.press()
        await rig.ended(1)
        gone.add("guest")
        await until(lambda: rig.hooks.deliveries.counts["dead"])
        (letter,) = await rig.hooks.dead("w1")
        assert "grant" in letter.reason
        await rig.press()
        assert await rig.hooks.pending() == {"w1": 0}


async def test_a_host_that_is_taken_from_the_list_gets_nothing_more(
    tmp_path: Path, receiver: Receiver
) -> None:
    receiver.answer = status(500)
    async with rigged(tmp_path, [receiver.origin], schedule=[60]) as rig:
        await rig.hooks.subscribe("owner", receiver.url)
        await rig.press("a")
        await rig.ended(1)
    count = len(receiver.got)
    async with rigged(tmp_path, []) as rig:
        await rig.press("b")
        await until(lambda: rig.hooks.deliveries.counts["dead"] == 1)
        (letter,) = await rig.hooks.dead("w1")
        assert letter.reason == f"Nothing may be sent to {receiver.origin}"
    assert len(receiver.got) == count


async def test_a_restart_goes_on_under_the_same_id(tmp_path: Path, receiver: Receiver) -> None:
    receiver.answer = status(500, 200)
    async with rigged(tmp_path, [receiver.origin], schedule=[0.3]) as rig:
        await rig.hooks.subscribe("owner", receiver.url)
        await rig.press()
        await rig.ended(1)
    async with rigged(tmp_path, [receiver.origin], schedule=[0.3]) as rig:
        assert (await rig.ended(1)).outcome == "delivered"
    assert len(receiver.got) == 2 and receiver.got[0].id == receiver.got[1].id


async def test_a_receiver_that_hangs_holds_nobody_else_up(
    tmp_path: Path, receiver: Receiver
) -> None:
    async with rigged(tmp_path, [receiver.origin, "http://127.0.0.1:1"]) as rig:
        await rig.hooks.subscribe("owner", "http://127.0.0.1:1/")
        await rig.hooks.subscribe("owner", receiver.url)
        for number in range(100):
            await rig.press(f"d{number}")
        await until(lambda: rig.hooks.deliveries.counts["delivered"] == 100)


async def test_the_delivery_log_is_bounded(rig: Rig, receiver: Receiver) -> None:
    await rig.hooks.subscribe("owner", receiver.url)
    await asyncio.gather(*[rig.press(f"d{number}") for number in range(300)])
    await until(lambda: rig.hooks.deliveries.counts["delivered"] == 300)
    log = await rig.hooks.log("w1")
    assert len(log) == 200
    assert {(one.status, one.attempt, one.error) for one in log} == {(204, 1, None)}


async def test_nothing_is_picked_twice_and_nothing_left_where_many_wait(
    rig: Rig, receiver: Receiver
) -> None:
    for ordering in get_args(Ordering):
        await rig.hooks.subscribe("owner", receiver.url, ordering=ordering)
    await asyncio.gather(*[rig.press(f"d{number % 7}") for number in range(500)])
    await until(lambda: rig.hooks.deliveries.counts["delivered"] == 1000)
    assert len({got.id for got in receiver.got}) == len(receiver.got) == 1000
    assert await rig.hooks.pending() == {"w1": 0, "w2": 0}
