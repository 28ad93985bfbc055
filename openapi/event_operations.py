"""The operations on what happened: events, webhooks and the history."""

from typing import Annotated, Literal

from pydantic import Field

from gateway.schema import Model
from gateway.session import LONGEST_WAIT, MOST_EVENTS
from gateway.subscriptions import Filter
from gateway.tools import webhooks
from openapi import answers
from openapi.operation import Operation

Cursor = Annotated[str, Field(min_length=1, max_length=60)]


class WhichEvents(Filter):
    """Which events, and from where on."""

    after: Cursor | None = None
    """a cursor: only what came behind it"""
    limit: Annotated[int, Field(ge=1, le=MOST_EVENTS)] = 20
    """how many"""
    wait: Annotated[float, Field(ge=0, le=LONGEST_WAIT)] = 0.0
    """seconds to wait for the first"""


class WhichStream(Filter):
    """Which events, and from where on; the header Last-Event-ID does the same."""

    after: Cursor | None = None
    """a cursor: only what came behind it"""


class WhichHistory(Model):
    """From when to when, in what steps, and in what form."""

    start: str | None = None
    """-7d, monday or ISO; by default a day ago"""
    end: str | None = None
    """the same; by default now"""
    every: str | None = None
    """how long a step is: 5m, 1d"""
    format: Literal["json", "svg", "png"] = "json"
    """numbers, or a picture of them"""


class WhichDead(Model):
    """Which dead letters to deliver again."""

    delivery: str | None = None
    """one dead letter; all without"""


OF_WEBHOOKS = (404, 409, 507)


def _webhook(method: str, path: str, name: str, said: str, answer: type[Model]) -> Operation:
    return Operation(
        method,
        f"/v1/webhooks/{{id}}{path}",
        name,
        "webhooks",
        said,
        answer,
        problems=OF_WEBHOOKS,
        owner_only=True,
    )


EVENT_OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "GET",
        "/v1/events",
        "list_events",
        "events",
        "Read what happened behind a cursor, or wait for it.",
        answers.Events,
        query=WhichEvents,
    ),
    Operation(
        "GET",
        "/v1/events/stream",
        "stream_events",
        "events",
        "Stream what happens as server-sent events; `id` is the cursor, `data` the event.",
        answers.Text,
        query=WhichStream,
        media="text/event-stream",
        problems=(503,),
    ),
    Operation(
        "GET",
        "/v1/devices/{id}/history/{property}",
        "get_device_history",
        "history",
        "Read or look at what one device measured.",
        answers.Open,
        query=WhichHistory,
        problems=(404, 409, 501),
        other_media=("image/svg+xml", "image/png"),
    ),
    Operation(
        "GET",
        "/v1/webhooks",
        "all_webhooks",
        "webhooks",
        "List all webhooks, without their secrets.",
        webhooks.Webhooks,
        owner_only=True,
    ),
    Operation(
        "POST",
        "/v1/webhooks",
        "new_webhook",
        "webhooks",
        "Post events to a receiver from now on; a secret that is made is shown this once.",
        webhooks.Changed,
        body=webhooks.Subscribe,
        problems=(400, 409, 413, 507),
        owner_only=True,
    ),
    _webhook(
        "GET",
        "",
        "one_webhook",
        "Read a webhook, its deliveries and dead letters.",
        webhooks.Webhooks,
    ),
    _webhook("DELETE", "", "end_webhook", "End a webhook.", webhooks.Changed),
    _webhook("POST", "/test", "try_webhook", "Post a test event.", webhooks.Tested),
    _webhook("POST", "/rotate", "renew_webhook", "Give a webhook a new secret.", webhooks.Changed),
    _webhook(
        "POST", "/enable", "resume_webhook", "Let a disabled webhook go on.", webhooks.Changed
    ),
    Operation(
        "POST",
        "/v1/webhooks/{id}/replay",
        "replay_dead_letters",
        "webhooks",
        "Deliver dead letters again, one or all.",
        webhooks.Replayed,
        body=WhichDead,
        problems=(400, *OF_WEBHOOKS, 413),
        owner_only=True,
    ),
)
