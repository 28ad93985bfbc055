"""What could not be delivered: kept, announced once, and delivered after all when asked to."""

import asyncio

import pytest

from gateway.errors import Conflict, NotFound
from gateway.subscriptions import Filter
from tests.webhooks.rig import Receiver, Rig, status, until


async def test_gone_disables_and_lets_what_waits_die(rig: Rig, receiver: Receiver) -> None:
    receiver.gate = asyncio.Event()
    receiver.answer = status(410)
    await rig.hooks.subscribe("owner", receiver.url)
    for _ in range(3):
        await rig.press()
    receiver.gate.set()
    await until(lambda: rig.events.last == 4)
    (hook,) = rig.hooks.list()
    assert hook.disabled == "the receiver said 410 Gone"
    assert len(receiver.got) == 1 and len(await rig.hooks.dead("w1")) == 3
    assert (await rig.names())[-1] == "webhook.disabled"
    await rig.press()
    with pytest.raises(Conflict):
        await rig.hooks.replay("w1")
    receiver.answer = status(200)
    await rig.hooks.enable("w1")
    assert await rig.hooks.replay("w1") == 3
    await until(lambda: rig.hooks.deliveries.counts["delivered"] == 3)
    assert receiver.seqs == [1, 1, 2, 3]


async def test_dead_letters_are_replayed_one_or_all_under_their_ids(
    rig: Rig, receiver: Receiver
) -> None:
    await rig.hooks.subscribe("owner", receiver.url, filter=Filter(names=["button.*"]))
    receiver.answer = status(500)
    for device in ("a", "a", "b"):
        await rig.press(device)
    await until(lambda: rig.hooks.deliveries.counts["dead"] == 3)
    letters = await rig.hooks.dead("w1")
    assert [one.event for one in letters] == [f"{rig.events.home}-{seq}" for seq in (1, 2, 3)]
    receiver.answer = status(200)
    with pytest.raises(NotFound):
        await rig.hooks.replay("w1", "h0-99")
    receiver.got.clear()
    assert await rig.hooks.replay("w1", letters[2].delivery) == 1
    await receiver.had(1)
    assert receiver.got[0].id == letters[2].delivery
    assert await rig.hooks.replay("w1") == 2
    await receiver.had(3)
    assert [got.id for got in receiver.got[1:]] == [one.delivery for one in letters[:2]]
    await until(lambda: rig.hooks.deliveries.counts["delivered"] == 3)
    assert await rig.hooks.dead("w1") == []


async def test_what_a_webhook_tells_of_itself_is_not_sent_to_it_and_makes_no_chain(
    rig: Rig, receiver: Receiver
) -> None:
    receiver.answer = status(500)
    for _ in range(2):
        await rig.hooks.subscribe("owner", receiver.url)
    await rig.press()
    await until(lambda: rig.hooks.deliveries.counts["dead"] == 4)
    await rig.store.read(lambda db: None)
    assert await rig.names() == ["button.pressed", "webhook.dead", "webhook.dead"]
    for hook in ("w1", "w2"):
        about = [got.told["data"] for got in receiver.got if got.id.endswith(hook)]
        assert hook not in [data.get("webhook") for data in about]
