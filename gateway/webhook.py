"""One webhook, and what there is to tell of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from pydantic_core import to_json

from gateway.allowed import Origin, origin
from gateway.clock import HomeClock, milliseconds, moment
from gateway.event import Event, cursor
from gateway.presets import Preset
from gateway.signing import Secret
from gateway.subscriptions import Filter

Ordering = Literal["device", "none"]
TEST = "webhook.test"


@dataclass(frozen=True, slots=True)
class Subscription:
    """One webhook. It never shows its secrets."""

    number: int
    agent: str
    url: str = field(repr=False)
    origin: Origin
    secret: Secret
    filter: Filter | None
    preset: Preset
    ordering: Ordering
    max_age: int | None
    created: datetime
    old_secret: Secret | None = None
    old_until: int = 0
    disabled: str | None = None
    """why nothing is delivered any more"""

    @property
    def id(self) -> str:
        return f"w{self.number}"

    def keys(self, now: int) -> list[Secret]:
        """Return the secrets that sign at `now` in milliseconds, the newest first."""
        if self.old_secret is not None and now < self.old_until:
            return [self.secret, self.old_secret]
        return [self.secret]


def subscription(row: Sequence[Any]) -> Subscription:
    """Return the webhook of a row of the table `webhooks`."""
    number, agent, url, secret, old, until, filter, preset, ordering, max_age, created, why = row
    return Subscription(
        number=number,
        agent=agent,
        url=url,
        origin=origin(url),
        secret=Secret(secret),
        filter=Filter.model_validate_json(filter) if filter is not None else None,
        preset=preset,
        ordering=ordering,
        max_age=max_age,
        created=moment(created),
        old_secret=Secret(old) if old is not None else None,
        old_until=until or 0,
        disabled=why,
    )


@dataclass(frozen=True, slots=True)
class Fresh:
    """A webhook that was just made, or has a new secret; `secret` is shown this once."""

    subscription: Subscription
    secret: str | None = field(repr=False)
    """None where the caller chose it"""


@dataclass(frozen=True, slots=True)
class Tested:
    """What became of a test delivery."""

    milliseconds: float
    status: int | None = None
    error: str | None = None

    @property
    def ok(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """An event that could not be delivered."""

    delivery: str
    """the webhook-id that it was and will be sent under"""
    event: str
    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Delivered:
    """One attempt, as the delivery log keeps it; `attempt` counts from 1."""

    event: str
    attempt: int
    at: datetime
    outcome: str
    status: int | None
    error: str | None
    milliseconds: int


def trial(one: Subscription, clock: HomeClock, home: str, last: int) -> tuple[Event, str]:
    """Return an event that the log does not have, for a test delivery, and its id."""
    now = clock.now()
    id = f"{home}-test{milliseconds(now)}"
    data = {"webhook": one.id, "agent": one.agent}
    told = {
        "eventId": id,
        "name": TEST,
        "timestamp": clock.exact(now),
        "data": data,
        "cursor": cursor(home, last),
        "home": home,
        "seq": 0,
        "subject": id,
    }
    return Event(0, TEST, now, None, data, 0, None, False, home, to_json(told)), id
