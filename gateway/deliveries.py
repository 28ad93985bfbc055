"""The worker that delivers: at least once, in order where order is asked for, patient.

A row leaves the outbox after the receiver has said yes, and the next of its line is handed on in
the same transaction. A process that is killed in between delivers again, under the same id.
"""

import asyncio
import logging
import random
import sqlite3
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Protocol

from gateway import outbox
from gateway.allowed import NotAllowedHost, Origin
from gateway.clock import HomeClock, milliseconds
from gateway.errors import GatewayError, StoreFailed
from gateway.event import Event
from gateway.outbox import Attempt, Due, Lane
from gateway.presets import Named, shaped
from gateway.signing import signed
from gateway.store import Store
from gateway.webhook import Subscription

log = logging.getLogger("homeport.webhooks")

MOST_PER_ORIGIN = 32
MOST_AT_ONCE = 256
LONGEST_WAIT = 86_400.0
"""Seconds that a receiver may ask to be left alone for."""
JITTER = 0.1
GRACE = 2.0
"""Seconds that deliveries under way have when homeport stops."""
AGAIN_AFTER = 1.0
LONGEST_PAUSE = 60.0
GONE = 410


@dataclass(frozen=True, slots=True)
class Answer:
    """What a receiver said; of the body no more than the beginning."""

    status: int
    retry_after: str | None
    milliseconds: float
    body: bytes = field(repr=False)


class Sender(Protocol):
    """What carries a request out of the house."""

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Return the answer; raise a GatewayError where there is none, or it may not go there."""


def retry_after(header: str | None, now: datetime) -> float:
    """Return the seconds that a receiver asks for, as a number or as a date; at most a day."""
    if header is None:
        return 0.0
    if header.strip().isdecimal():
        return min(LONGEST_WAIT, float(header.strip()[:9]))
    try:
        date = parsedate_to_datetime(header)
        at = date if date.tzinfo else date.replace(tzinfo=UTC)
        return min(LONGEST_WAIT, max(0.0, (at - now).total_seconds()))
    except (ValueError, OverflowError):
        return 0.0


def wait(schedule: Sequence[float], attempts: int, asked: float) -> float | None:
    """Return the seconds until the next attempt after that many; None after the last."""
    if attempts > len(schedule):
        return None
    return max(asked, schedule[attempts - 1] * (1 + random.uniform(0, JITTER)))


class Deliveries:
    """One worker for all webhooks of a home."""

    def __init__(
        self,
        store: Store,
        clock: HomeClock,
        sender: Sender,
        schedule: Sequence[float],
        subscriptions: Mapping[int, Subscription],
        sees: Callable[[str, Event], bool],
        named: Named,
        ended: Callable[[Subscription, Attempt], None],
    ) -> None:
        self.home = ""
        self.counts: Counter[str] = Counter()
        """How often what was the outcome of an attempt, since homeport started."""
        self.listener: Callable[[Attempt], None] | None = None
        """Told of every attempt, for what measures them."""
        self._store = store
        self._clock = clock
        self._sender = sender
        self._schedule = schedule
        self._subscriptions = subscriptions
        self._sees = sees
        self._named = named
        self._ended = ended
        self._busy: dict[Lane, Origin] = {}
        self._attempts: list[Attempt] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._woken = asyncio.Event()
        self._closing = False
        self._turns = 0

    def wake(self) -> None:
        """Look for what is due: an event came, a delivery ended, or the clock was moved."""
        self._woken.set()

    async def run(self) -> None:
        """Deliver until closed; what is under way then has two seconds to end."""
        async with asyncio.TaskGroup() as group:
            while not self._closing:
                self._woken.clear()
                pause = await self._turn(group)
                if pause is not None:
                    with suppress(TimeoutError):
                        async with asyncio.timeout(pause):
                            await self._woken.wait()
            if self._tasks:
                await asyncio.wait(self._tasks, timeout=GRACE)
            for task in self._tasks:
                task.cancel()
        with suppress(StoreFailed):
            await self._step(())

    def close(self) -> None:
        """Begin nothing new, and let `run` end."""
        self._closing = True
        self.wake()

    async def _turn(self, group: asyncio.TaskGroup) -> float | None:
        """Write what has ended and begin what is due; return for how long there is nothing."""
        try:
            found, next_at = await self._step(self._room())
        except StoreFailed as error:
            log.error("deliveries wait: %s", error)
            await asyncio.sleep(AGAIN_AFTER)
            return None
        for one in found:
            self._begin(one, group)
        if next_at is None:
            return LONGEST_PAUSE
        return min(LONGEST_PAUSE, max(0.0, (next_at - self._now()) / 1000))

    def _room(self) -> list[tuple[int, int]]:
        """Return the webhooks that may begin something and how much; each is first in turn."""
        taken = Counter(self._busy.values())
        for one in self._attempts:
            if (origin := self._busy.get((one.due.webhook, one.due.lane))) is not None:
                taken[origin] -= 1
        left = MOST_AT_ONCE - taken.total()
        active = [one for one in self._subscriptions.values() if one.disabled is None]
        self._turns += 1
        first = self._turns % len(active) if active else 0
        room = [
            (one.number, min(left, MOST_PER_ORIGIN - taken[one.origin]))
            for one in active[first:] + active[:first]
        ]
        return [(webhook, most) for webhook, most in room if most > 0]

    async def _step(self, room: Sequence[tuple[int, int]]) -> tuple[list[Due], int | None]:
        """Write what has ended and read what is due, as one transaction."""
        ended, now, home = tuple(self._attempts), self._now(), self.home
        done = {(one.due.webhook, one.due.lane) for one in ended}
        busy = self._busy.keys() - done

        def work(db: sqlite3.Connection) -> tuple[list[Due], int | None]:
            if ended:
                outbox.record(db, ended, now)
            return outbox.due(db, home, room, busy, now)

        found = await self._store.write(work)
        del self._attempts[: len(ended)]
        for lane in done:
            self._busy.pop(lane, None)
        for one in ended:
            self._count(one)
        return found

    def _count(self, one: Attempt) -> None:
        self.counts[one.outcome] += 1
        if self.listener is not None:
            self.listener(one)
        subscription = self._subscriptions.get(one.due.webhook)
        if subscription is not None and one.outcome in ("dead", "disabled"):
            self._ended(subscription, one)

    def _begin(self, due: Due, group: asyncio.TaskGroup) -> None:
        subscription = self._subscriptions.get(due.webhook)
        if subscription is None or subscription.disabled is not None:
            return  # it went while we looked
        if self._full(subscription.origin):
            return  # a webhook with the same receiver was first
        self._busy[due.webhook, due.lane] = subscription.origin
        task = group.create_task(self._deliver(subscription, due))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _full(self, origin: Origin) -> bool:
        at_origin = sum(1 for one in self._busy.values() if one == origin)
        return at_origin >= MOST_PER_ORIGIN or len(self._busy) >= MOST_AT_ONCE

    async def _deliver(self, subscription: Subscription, due: Due) -> None:
        attempt = self._refused(subscription, due)
        if attempt is None and due.event is not None:
            attempt = await self._post(subscription, due, due.event)
        if attempt is not None:
            self._attempts.append(attempt)
            self.wake()

    def _refused(self, subscription: Subscription, due: Due) -> Attempt | None:
        """Return why an event is not even sent, where it is not."""
        event, now = due.event, self._now()
        if event is None:
            return Attempt(due, now, "dead", reason="the log does not keep the event any more")
        if not self._sees(subscription.agent, event):
            return Attempt(due, now, "dead", reason="the grant does not cover the event any more")
        age = (self._clock.now() - event.at).total_seconds()
        if subscription.max_age is not None and age > subscription.max_age:
            return Attempt(due, now, "expired", reason=f"older than {subscription.max_age} s")
        return None

    async def _post(self, subscription: Subscription, due: Due, event: Event) -> Attempt:
        at = self._now()
        try:
            answer = await self.send(subscription, event, f"{event.id}.{subscription.id}")
        except NotAllowedHost as error:
            return Attempt(due, at, "dead", reason=error.detail)
        except GatewayError as error:
            return self._failed(due, at, error.detail, None)
        return self._answered(due, at, answer)

    async def send(self, subscription: Subscription, event: Event, id: str) -> Answer:
        """Shape, sign and post one event, once."""
        now = self._now()
        request = shaped(
            subscription.preset, event, subscription.url, subscription.secret, self._named
        )
        signature = signed(subscription.keys(now), id, now // 1000, request.body)
        return await self._sender.post(request.url, request.headers | signature, request.body)

    def _answered(self, due: Due, at: int, answer: Answer) -> Attempt:
        took, status = round(answer.milliseconds), answer.status
        if 200 <= status < 300:
            return Attempt(due, at, "delivered", took, status)
        if status == GONE:
            return Attempt(due, at, "disabled", took, status, "the receiver said 410 Gone")
        reason = f"the receiver said {status}"
        return self._failed(due, at, reason, answer)

    def _failed(self, due: Due, at: int, reason: str, answer: Answer | None) -> Attempt:
        asked = retry_after(answer.retry_after, self._clock.now()) if answer else 0.0
        took, status = (round(answer.milliseconds), answer.status) if answer else (0, None)
        after = wait(self._schedule, due.attempts + 1, asked)
        if after is None:
            return Attempt(due, at, "dead", took, status, reason)
        next_at = self._now() + int(after * 1000) + 1
        return Attempt(due, at, "failed", took, status, reason, next_at)

    def _now(self) -> int:
        return milliseconds(self._clock.now())
