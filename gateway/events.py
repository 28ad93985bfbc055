"""The log: everything that happened, once, in one order, on the disk before anybody is told.

The log is the one source of every way out. Readers hold a cursor and pull, so that a slow one
keeps nobody waiting; an event and the rows of the webhooks that it goes to are one transaction.
"""

import asyncio
import logging
import secrets
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from pydantic_core import to_json

from gateway import event_rows
from gateway.clock import HomeClock, milliseconds
from gateway.errors import StoreFailed
from gateway.event import Event, body
from gateway.event_rows import NoOutbox, Outbox, Written
from gateway.recent import Recent, Stories
from gateway.store import Store

log = logging.getLogger("homeport.events")

MOST_AT_ONCE = 1000
MOST_WAITING = 100_000
"""Events that are kept in memory while the disk takes none."""
AGAIN_AFTER = 1.0
SOON = 0.02
AT_A_TIME = 500
MOST_SCANNED = 50_000


@dataclass(frozen=True, slots=True)
class _Draft(Written):
    """An event without its number; nobody waits for one that `done` is None of."""

    done: asyncio.Future[Event] | None


@dataclass(frozen=True, slots=True)
class Page:
    """What was read, where to go on, and whether something before it is gone for ever."""

    events: list[Event] = field(default_factory=list)
    cursor: int = 0
    truncated: bool = False


class Events:
    """The log of one home."""

    def __init__(self, store: Store, clock: HomeClock) -> None:
        self.home = ""
        self.last = 0
        self.outbox: Outbox = NoOutbox()
        self.horizon = {False: 0, True: 0}
        """The last number that is gone, of the events proper and of the sampled ones."""
        self.stopped = False
        self.waiting = 0
        """How many events are in memory only."""
        self.store = store
        self.clock = clock
        self._recent = Recent()
        self._stories = Stories()
        self._drafts: list[_Draft] = []
        self._timer: asyncio.Handle | None = None
        self._is_patient = False
        self._busy = False
        self._arrival: asyncio.Future[None] | None = None
        self._listeners: list[Callable[[Event], None]] = []

    async def load(self) -> None:
        """Take up the home's id and where the log stands."""
        fresh = f"h{secrets.token_hex(5)}"

        def read(db: sqlite3.Connection) -> tuple[dict[str, str], int]:
            db.execute("INSERT OR IGNORE INTO home VALUES ('id', ?)", (fresh,))
            kept = dict(db.execute("SELECT key, value FROM home").fetchall())
            return kept, event_rows.last(db)

        kept, self.last = await self.store.write(read)
        self.home = kept["id"]
        self.horizon = {one: int(kept.get(f"horizon_{int(one)}", 0)) for one in (False, True)}

    def append(self, name: str, data: Mapping[str, Any], **more: Any) -> asyncio.Future[Event]:
        """Log an event; the future is done once it is on the disk, or fails with StoreFailed.

        `more` is what `note` takes.
        """
        done: asyncio.Future[Event] = asyncio.get_running_loop().create_future()
        self._take(self._draft(name, data, done, **more), patient=False)
        return done

    def note(
        self, name: str, data: Mapping[str, Any], *, patient: bool = False, **more: Any
    ) -> None:
        """Log an event without waiting; while the disk is full it is kept and tried again.

        A `patient` one may wait for 20 ms. `more`: device, subject (the number of the first
        event of the story), cause, sampled, to (webhooks that get it whatever they filter).
        """
        self._take(self._draft(name, data, None, **more), patient=patient)

    def _draft(
        self,
        name: str,
        data: Mapping[str, Any],
        done: asyncio.Future[Event] | None,
        *,
        device: str | None = None,
        subject: int | None = None,
        cause: str | None = None,
        sampled: bool = False,
        to: Sequence[str] = (),
    ) -> _Draft:
        now = self.clock.now()
        rest = {"name": name, "timestamp": self.clock.exact(now), "data": data}
        if device is not None:
            rest["device"] = device
        if cause is not None:
            rest["cause"] = cause
        event = Event(
            seq=0,
            name=name,
            at=now,
            device=device,
            data=data,
            subject=subject or 0,
            cause=cause,
            sampled=sampled,
            home=self.home,
            body=to_json(rest),
            earlier=self._stories.earlier(subject) if subject else None,
        )
        addressed = self.outbox.addressed(event)
        return _Draft(event, [*dict.fromkeys((*addressed, *to))] if to else addressed, done)

    def on_event(self, listener: Callable[[Event], None]) -> Callable[[], None]:
        """Call `listener` with every event, in order, once it is on the disk."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    async def arrived(self, after: int) -> None:
        """Wait until there is an event behind `after`, or something else to look at."""
        if self.last > after or self.stopped:
            return
        if self._arrival is None or self._arrival.done():
            self._arrival = asyncio.get_running_loop().create_future()
        await asyncio.shield(self._arrival)

    async def page(
        self, after: int, limit: int, wanted: Callable[[Event], bool], *, sampled: bool = True
    ) -> Page:
        """Return the next events that are `wanted` behind `after`, oldest first.

        The cursor has passed over what was not wanted; `sampled` says whether sampled ones could
        be, which matters for `truncated`.
        """
        gone = max(self.horizon[False], self.horizon[True] if sampled else 0)
        truncated = after < gone or after > self.last
        place = 0 if after > self.last else after
        found: list[Event] = []
        for _ in range(MOST_SCANNED // AT_A_TIME):
            newest = self.last
            some = await self._behind(place)
            for event in some:
                place = event.seq
                if wanted(event):
                    found.append(event)
                    if len(found) >= limit:
                        return Page(found, place, truncated)
            if len(some) < AT_A_TIME:
                return Page(found, max(place, newest), truncated)
        return Page(found, place, truncated)

    async def past(
        self, start: datetime, end: datetime, limit: int, wanted: Callable[[Event], bool]
    ) -> list[Event]:
        """Return events of a span of time, the newest first."""
        span = (milliseconds(start), milliseconds(end))
        return await self.store.scan(
            lambda db: event_rows.between(db, self.home, span, limit, wanted)
        )

    async def get(self, seq: int) -> Event | None:
        """Return one event, or None where it is gone."""
        some = await self._behind(seq - 1, most=1)
        return some[0] if some and some[0].seq == seq else None

    async def presence(self) -> dict[str, str]:
        """Return by device the last that was told of its coming and going."""
        return await self.store.scan(event_rows.presence)

    def stop(self) -> None:
        """Let those who wait for events go."""
        self.stopped = True
        self.nudge()

    async def aclose(self) -> None:
        """Wait until what was noted is on the disk; what the disk does not take is lost."""
        before = -1
        while self.waiting not in (0, before):
            before = self.waiting
            if not self._busy:
                self._flush()
            with suppress(StoreFailed):
                await self.store.read(lambda db: None)
        if self._timer is not None:
            self._timer.cancel()

    async def _behind(self, after: int, most: int = AT_A_TIME) -> Sequence[Event]:
        kept = self._recent.behind(after, most)
        if kept is not None or after >= self.last:
            return kept or ()
        return await self.store.scan(lambda db: event_rows.behind(db, self.home, after, most))

    def _take(self, draft: _Draft, *, patient: bool) -> None:
        self._drafts.append(draft)
        self.waiting += 1
        if self._is_patient and not patient and self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._timer is None and not self._busy:
            self._is_patient = patient
            loop = asyncio.get_running_loop()
            self._timer = (
                loop.call_later(SOON, self._flush) if patient else loop.call_soon(self._flush)
            )

    def _flush(self) -> None:
        """Hand what waits to the writer; one batch at a time keeps the order after a failure."""
        self._timer, self._is_patient = None, False
        drafts = self._drafts[:MOST_AT_ONCE]
        if not drafts:
            return
        del self._drafts[: len(drafts)]
        self._busy = True
        done = self.store.submit(lambda db: event_rows.insert(db, drafts, self.outbox))
        done.add_done_callback(lambda told: self._written(drafts, told))

    def _written(self, drafts: list[_Draft], told: "asyncio.Future[int]") -> None:
        self._busy = False
        error = None if told.cancelled() else told.exception()
        if told.cancelled() or error is not None:
            self._failed(drafts, error or StoreFailed("homeport is stopping"))
            return
        for seq, draft in enumerate(drafts, told.result() + 1):
            self._settle(draft, seq)
        self.waiting -= len(drafts)
        self.nudge()
        if any(draft.webhooks for draft in drafts):
            self.outbox.wake()
        self._flush()

    def nudge(self) -> None:
        """Wake those who wait: an event came, or who may hear it has changed."""
        if self._arrival is not None and not self._arrival.done():
            self._arrival.set_result(None)

    def _settle(self, draft: _Draft, seq: int) -> None:
        subject = draft.event.subject or seq
        text = body(self.home, seq, subject, draft.event.body)
        event = replace(draft.event, seq=seq, subject=subject, body=text)
        self.last = seq
        self._recent.add(event)
        self._stories.add(event)
        if draft.done is not None and not draft.done.done():
            draft.done.set_result(event)
        for listener in tuple(self._listeners):
            listener(event)

    def _failed(self, drafts: list[_Draft], error: BaseException) -> None:
        """Tell those who wait; keep what nobody waits for, in its order, and try again."""
        for draft in drafts:
            if draft.done is not None and not draft.done.done():
                draft.done.set_exception(error)
        kept = [draft for draft in drafts if draft.done is None]
        self._drafts[:0] = kept
        if len(self._drafts) > MOST_WAITING:
            log.error("%d events are lost: the disk is full", len(self._drafts) - MOST_WAITING)
            del self._drafts[MOST_WAITING:]
        self.waiting = len(self._drafts)
        if self._drafts and not self.store.closed:
            log.error("%d events wait in memory: %s", len(self._drafts), error)
            self._timer = asyncio.get_running_loop().call_later(AGAIN_AFTER, self._flush)
