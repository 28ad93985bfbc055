"""Webhooks as tools, for grants that name them: events are posted to a receiver of the agent's."""

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import Field

from gateway.budget import fitting
from gateway.call import Call
from gateway.presets import Preset
from gateway.schema import Model
from gateway.subscriptions import Filter
from gateway.text import Untrusted
from gateway.tool import Handler, Tool
from gateway.webhook import Ordering, Subscription

WEEK = 604_800


class Subscribe(Model):
    """Where to post which events."""

    url: Annotated[str, Field(min_length=1, max_length=2000)]
    secret: Annotated[str, Field(max_length=200)] | None = None
    """whsec_...; made and returned once without"""
    filter: Filter | None = None
    preset: Preset = "standard"
    ordering: Ordering = "device"
    max_age: Annotated[int, Field(ge=1, le=WEEK)] | None = None
    """s; older events are dropped"""


class WebhookId(Model):
    """Which webhook."""

    id: str


class WhichWebhooks(Model):
    """One, with its deliveries and dead letters, or all."""

    id: str | None = None


class Replay(Model):
    """Which dead letters to deliver again."""

    id: str
    delivery: str | None = None
    """one dead letter; all without"""


class Webhook(Model):
    """A webhook, without its secret."""

    id: str
    agent: str
    url: Untrusted
    filter: dict[str, Any] | None = None
    preset: str
    ordering: str
    max_age: int | None = None
    created: str
    disabled: Untrusted | None = None
    """why nothing is delivered any more"""
    pending: int = 0


class Delivery(Model):
    """One attempt."""

    event: str
    attempt: int
    at: str
    outcome: str
    status: int | None = None
    error: Untrusted | None = None
    milliseconds: int


class Dead(Model):
    """An event that could not be delivered."""

    delivery: str
    event: str
    at: str
    reason: Untrusted


class Webhooks(Model):
    """Webhooks; with an id also its latest deliveries and its dead letters."""

    summary: str
    webhooks: list[Webhook]
    deliveries: list[Delivery] | None = None
    dead: list[Dead] | None = None


class Changed(Model):
    """What became of a webhook; a secret is shown this once."""

    summary: str
    id: str
    secret: str | None = None
    receipt: str | None = None


class Tested(Model):
    """What the receiver said to a test."""

    summary: str
    ok: bool
    status: int | None = None
    error: Untrusted | None = None
    milliseconds: float


class Replayed(Model):
    """How many go out again."""

    summary: str
    replayed: int
    receipt: str | None = None


async def subscribe(call: Call, asked: Subscribe) -> Changed:
    """Post events from now on."""
    home = call.home
    fresh = await home.webhooks.subscribe(
        call.grant.agent,
        asked.url,
        secret=asked.secret,
        filter=asked.filter,
        preset=asked.preset,
        ordering=asked.ordering,
        max_age=asked.max_age,
    )
    one = fresh.subscription
    return await _changed(call, one, f"{one.id} gets events from now on.", fresh.secret)


async def list_all(call: Call, asked: WhichWebhooks) -> Webhooks:
    """List the caller's webhooks; the owner's list has all."""
    home, whose = call.home, _whose(call)
    pending = await home.webhooks.pending()
    if asked.id is None:
        known = home.webhooks.list(whose)
        shown = fitting([_shown(call, one, pending) for one in known])
        return Webhooks(summary=f"{len(known)} webhooks.", webhooks=shown)
    log = await home.webhooks.log(asked.id, whose)
    dead = await home.webhooks.dead(asked.id, whose)
    (one,) = [one for one in home.webhooks.list(whose) if one.id == asked.id]
    deliveries = [
        Delivery(
            event=one.event,
            attempt=one.attempt,
            at=home.clock.local(one.at),
            outcome=one.outcome,
            status=one.status,
            error=one.error,
            milliseconds=one.milliseconds,
        )
        for one in log
    ]
    letters = [
        Dead(
            delivery=one.delivery,
            event=one.event,
            at=home.clock.local(one.at),
            reason=one.reason,
        )
        for one in dead
    ]
    return Webhooks(
        summary=f"{one.id}: {pending.get(one.id, 0)} wait, {len(dead)} are dead letters.",
        webhooks=[_shown(call, one, pending)],
        deliveries=fitting(deliveries),
        dead=fitting(letters),
    )


async def unsubscribe(call: Call, asked: WebhookId) -> Changed:
    """End a webhook; what waits for it is thrown away."""
    one = await call.home.webhooks.unsubscribe(asked.id, _whose(call))
    return await _changed(call, one, f"{one.id} is no more.")


async def rotate(call: Call, asked: WebhookId) -> Changed:
    """Give a webhook a new secret; the old one signs beside it for a while."""
    fresh = await call.home.webhooks.rotate(asked.id, _whose(call))
    one = fresh.subscription
    return await _changed(call, one, f"{one.id} has a new secret.", fresh.secret)


async def enable(call: Call, asked: WebhookId) -> Changed:
    """Let a disabled webhook have events again."""
    one = await call.home.webhooks.enable(asked.id, _whose(call))
    return await _changed(call, one, f"{one.id} gets events again.")


async def test(call: Call, asked: WebhookId) -> Tested:
    """Post an event that is not in the log."""
    told = await call.home.webhooks.test(asked.id, _whose(call))
    said = f"answered {told.status}" if told.error is None else f"failed: {told.error}"
    return Tested(
        summary=f"The receiver of {asked.id} {said}.",
        ok=told.ok,
        status=told.status,
        error=told.error,
        milliseconds=round(told.milliseconds, 1),
    )


async def replay(call: Call, asked: Replay) -> Replayed:
    """Deliver dead letters again, one or all."""
    count = await call.home.webhooks.replay(asked.id, asked.delivery, _whose(call))
    receipt = await call.begin({"webhook": asked.id})
    call.home.receipts.finish(receipt, "done", [])
    said = f"{count} dead letters of {asked.id} go out again."
    return Replayed(summary=said, replayed=count, receipt=receipt.id)


def _whose(call: Call) -> str | None:
    return None if call.grant.owner else call.grant.agent


async def _changed(call: Call, one: Subscription, said: str, secret: str | None = None) -> Changed:
    receipt = await call.begin({"webhook": one.id})
    call.home.receipts.finish(receipt, "done", [])
    return Changed(summary=said, id=one.id, secret=secret, receipt=receipt.id)


def _shown(call: Call, one: Subscription, pending: dict[str, int]) -> Webhook:
    kept = one.filter.model_dump(exclude_none=True) if one.filter is not None else None
    return Webhook(
        id=one.id,
        agent=one.agent,
        url=one.url,
        filter=kept or None,
        preset=one.preset,
        ordering=one.ordering,
        max_age=one.max_age,
        created=call.home.clock.local(one.created),
        disabled=one.disabled,
        pending=pending.get(one.id, 0),
    )


def _tool(
    name: str, said: str, input: type[Model], output: type[Model], handler: Handler, reads: bool
) -> Tool:
    return Tool(name, said, input, output, reads, reads, handler=handler, by_name=True)


WEBHOOK_TOOLS: Sequence[Tool] = (
    _tool(
        "subscribe_webhook",
        "Post events, signed and retried, to a receiver that the owner allows.",
        Subscribe,
        Changed,
        subscribe,
        False,
    ),
    _tool(
        "list_webhooks",
        "List webhooks; of one also its deliveries and dead letters.",
        WhichWebhooks,
        Webhooks,
        list_all,
        True,
    ),
    _tool("unsubscribe_webhook", "End a webhook.", WebhookId, Changed, unsubscribe, False),
    _tool(
        "replay_webhook",
        "Deliver a webhook's dead letters again, one or all.",
        Replay,
        Replayed,
        replay,
        False,
    ),
    _tool("test_webhook", "Post a test event to a webhook.", WebhookId, Tested, test, False),
    _tool("rotate_webhook", "Give a webhook a new secret.", WebhookId, Changed, rotate, False),
    _tool("enable_webhook", "Let a disabled webhook go on.", WebhookId, Changed, enable, False),
)
