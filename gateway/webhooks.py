"""Webhooks: who wants which events sent where. Receivers and secrets belong to their agents."""

import asyncio
import logging
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any

from gateway import outbox
from gateway.allowed import Allowed, WebhookSettings
from gateway.background import begin
from gateway.clock import HomeClock, milliseconds, moment
from gateway.deliveries import Deliveries, Sender
from gateway.errors import Conflict, GatewayError, NotFound, nearest
from gateway.event import Event
from gateway.events import Events
from gateway.outbox import Attempt
from gateway.presets import BEARER, Preset, check_url
from gateway.signing import Secret, checked_secret, new_secret
from gateway.store import Store
from gateway.subscriptions import Filter, Look, Matcher, naming
from gateway.webhook import (
    DeadLetter,
    Delivered,
    Fresh,
    Ordering,
    Subscription,
    Tested,
    subscription,
    trial,
)

log = logging.getLogger("homeport.webhooks")

MOST_PER_AGENT = 20
Wanted = Callable[[Event], bool]


class Webhooks:
    """The webhooks of one home, and the worker that delivers to them."""

    def __init__(
        self,
        store: Store,
        events: Events,
        clock: HomeClock,
        settings: WebhookSettings,
        sender: Sender,
        *,
        sees: Callable[[str, Event], bool],
        look: Look,
    ) -> None:
        self._store = store
        self._events = events
        self._clock = clock
        self._settings = settings
        self._allowed = Allowed(settings.allow)
        self._sees = sees
        self._look = look
        self._subscriptions: dict[int, Subscription] = {}
        self._wanted: dict[int, Wanted] = {}
        self._task: asyncio.Task[None] | None = None
        self.deliveries = Deliveries(
            store,
            clock,
            sender,
            settings.schedule,
            self._subscriptions,
            sees,
            naming(look),
            self._ended,
        )

    async def open(self) -> None:
        """Take up the webhooks and what is to be delivered, and begin; the log is loaded."""

        def read(db: sqlite3.Connection) -> list[Any]:
            outbox.tidy(db)
            return db.execute("SELECT * FROM webhooks ORDER BY number").fetchall()

        for row in await self._store.write(read):
            self._keep(subscription(row))
        self.deliveries.home = self._events.home
        self._events.outbox = self
        self._task = begin(self.deliveries.run(), "webhooks", log)

    async def aclose(self) -> None:
        """Let deliveries under way end, for two seconds; the rest is delivered after a restart."""
        if self._task is None:
            return
        self.deliveries.close()
        with suppress(asyncio.CancelledError):
            await self._task

    def addressed(self, event: Event) -> Sequence[str]:
        """Return the webhooks that want this event and whose agents may see it."""
        about = event.data.get("webhook") if event.name.startswith("webhook.") else None
        return [
            one.id
            for number, one in self._subscriptions.items()
            if one.disabled is None
            and one.id != about
            and self._wanted[number](event)
            and self._sees(one.agent, event)
        ]

    def enqueue(
        self, db: sqlite3.Connection, rows: Sequence[tuple[int, str | None, str, int]]
    ) -> None:
        """Note what is to be delivered, in the transaction of the events."""
        outbox.enqueue(db, rows)

    def wake(self) -> None:
        """Look for what is due; call it where a test has moved the clock."""
        self.deliveries.wake()

    async def subscribe(
        self,
        agent: str,
        url: str,
        *,
        secret: str | None = None,
        filter: Filter | None = None,
        preset: Preset = "standard",
        ordering: Ordering = "device",
        max_age: int | None = None,
    ) -> Fresh:
        """Return a new webhook of `agent`; events from now on are sent to it.

        Raises NotAllowedHost, InvalidArguments, Conflict where the agent has too many.
        """
        self._allowed.check(url)
        check_url(preset, url)
        wanted = self._reading(filter)
        own = _own(secret, preset)
        if len(self.list(agent)) >= MOST_PER_AGENT:
            raise Conflict(
                f"{agent} has {MOST_PER_AGENT} webhooks already", hint="Unsubscribe one first."
            )
        now = self._now()
        kept = filter.model_dump_json(exclude_unset=True) if filter is not None else None
        row = (agent, url, own.text, None, 0, kept, preset, ordering, max_age, now, None)

        def insert(db: sqlite3.Connection) -> int:
            marks = ", ".join("?" * (len(row) + 1))
            return int(
                db.execute(f"INSERT INTO webhooks VALUES ({marks})", (None, *row)).lastrowid or 0
            )

        made = subscription((await self._store.write(insert), *row))
        self._subscriptions[made.number], self._wanted[made.number] = made, wanted
        return Fresh(made, own.text if secret is None else None)

    def list(self, agent: str | None = None) -> Sequence[Subscription]:
        """Return the webhooks of one agent, or all."""
        return [one for one in self._subscriptions.values() if agent in (None, one.agent)]

    async def unsubscribe(self, id: str, agent: str | None = None) -> Subscription:
        """End a webhook at once; what waits for it is thrown away."""
        one = self._get(id, agent)
        await self._store.write(lambda db: outbox.remove(db, one.number))
        self._subscriptions.pop(one.number, None)
        self._wanted.pop(one.number, None)
        return one

    async def rotate(
        self, id: str, agent: str | None = None, *, secret: str | None = None
    ) -> Fresh:
        """Give a webhook a new secret; for some time the old one signs beside it.

        A bearer token, of which there is one in a request, changes at once.
        """
        one = self._get(id, agent)
        own = _own(secret, one.preset)
        until = self._now() + int(self._settings.overlap * 1000)
        changed = replace(one, secret=own, old_secret=one.secret, old_until=until)
        await self._store.write(
            lambda db: db.execute(
                "UPDATE webhooks SET secret = ?, old_secret = ?, old_until = ? WHERE number = ?",
                (own.text, one.secret.text, until, one.number),
            )
        )
        self._subscriptions[one.number] = changed
        return Fresh(changed, own.text if secret is None else None)

    async def enable(self, id: str, agent: str | None = None) -> Subscription:
        """Let a webhook that was disabled have events again, from now on."""
        one = replace(self._get(id, agent), disabled=None)
        await self._store.write(
            lambda db: db.execute(
                "UPDATE webhooks SET disabled = NULL WHERE number = ?", (one.number,)
            )
        )
        self._subscriptions[one.number] = one
        return one

    async def test(self, id: str, agent: str | None = None) -> Tested:
        """Send an event that is not in the log, once, and tell what the receiver said."""
        one = self._get(id, agent)
        event, event_id = trial(one, self._clock, self._events.home, self._events.last)
        begun = self._clock.clock.monotonic()
        try:
            answer = await self.deliveries.send(one, event, f"{event_id}.{one.id}")
        except GatewayError as error:
            took = (self._clock.clock.monotonic() - begun) * 1000
            return Tested(took, error=error.detail)
        return Tested(answer.milliseconds, answer.status)

    async def replay(self, id: str, delivery: str | None = None, agent: str | None = None) -> int:
        """Deliver dead letters again, one or all; return how many.

        `delivery` is a dead letter's delivery or event. Raises NotFound where there is none such,
        Conflict where the webhook is disabled.
        """
        one = self._get(id, agent)
        if one.disabled is not None:
            raise Conflict(f"{one.id} is disabled: {one.disabled}", hint="Enable it first.")
        seq = self._seq(delivery.removesuffix(f".{one.id}")) if delivery is not None else None
        now = self._now()
        count = await self._store.write(lambda db: outbox.revive(db, one.number, seq, now))
        if delivery is not None and not count:
            raise NotFound(f"{one.id} has no dead letter {delivery!r}")
        self.wake()
        return count

    async def dead(self, id: str, agent: str | None = None) -> Sequence[DeadLetter]:
        """Return what could not be delivered, the oldest first."""
        one = self._get(id, agent)
        rows = await self._store.read(partial(outbox.dead, webhook=one.number))
        return [
            DeadLetter(f"{self._event_id(seq)}.{one.id}", self._event_id(seq), moment(at), reason)
            for seq, at, reason in rows
        ]

    async def log(self, id: str, agent: str | None = None) -> Sequence[Delivered]:
        """Return the latest attempts, the newest first."""
        one = self._get(id, agent)
        rows = await self._store.read(partial(outbox.deliveries, webhook=one.number))
        return [
            Delivered(self._event_id(seq), attempt, moment(at), outcome, status, reason, took)
            for seq, attempt, at, outcome, status, reason, took in rows
        ]

    async def pending(self) -> dict[str, int]:
        """Return by webhook how many events wait to be delivered."""
        waiting = await self._store.scan(outbox.pending)
        return {one.id: waiting.get(number, 0) for number, one in self._subscriptions.items()}

    def _get(self, id: str, agent: str | None) -> Subscription:
        """Another agent's webhook is answered exactly as one that is not there."""
        one = self._subscriptions.get(outbox.number(id))
        if one is None or agent not in (None, one.agent):
            known = [one.id for one in self.list(agent)]
            raise NotFound(f"There is no webhook {id!r}", choices=nearest(id, known))
        return one

    def _keep(self, one: Subscription) -> None:
        self._subscriptions[one.number] = one
        self._wanted[one.number] = self._reading(one.filter)

    def _reading(self, filter: Filter | None) -> Wanted:
        return Matcher(filter or Filter(), self._look).matches

    def _ended(self, one: Subscription, attempt: Attempt) -> None:
        """Announce what will not be delivered; what tells of webhooks itself ends in silence."""
        said = {"webhook": one.id, "agent": one.agent, "reason": attempt.reason or ""}
        if attempt.outcome == "disabled":
            self._subscriptions[one.number] = replace(one, disabled=attempt.reason)
            self._events.note("webhook.disabled", said)
        elif attempt.due.event is None or not attempt.due.event.name.startswith("webhook."):
            self._events.note("webhook.dead", said | {"event": self._event_id(attempt.due.seq)})

    def _event_id(self, seq: int) -> str:
        return f"{self._events.home}-{seq}"

    def _seq(self, event: str) -> int:
        digits = event.removeprefix(f"{self._events.home}-")
        return int(digits) if digits.isdecimal() and len(digits) < 19 else 0

    def _now(self) -> int:
        return milliseconds(self._clock.now())


def _own(secret: str | None, preset: Preset) -> Secret:
    return new_secret() if secret is None else checked_secret(secret, plain=preset in BEARER)
