"""Reading the log: one grant, one filter, one place to go on from, for every way out."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import suppress
from datetime import UTC, datetime
from typing import NamedTuple

from gateway.entry import Entry
from gateway.errors import InvalidArguments
from gateway.event import Event, cursor
from gateway.events import Events, Page
from gateway.policy import Grant
from gateway.subscriptions import Filter, Matcher, audible

_CURSOR = re.compile(r"(h[0-9a-f]{10})\.([0-9]{1,16})")
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
END = datetime(9999, 1, 1, tzinfo=UTC)
AT_A_TIME = 100


class Told(NamedTuple):
    """One event of a stream; no event says that some before are gone for ever."""

    cursor: str
    event: Event | None


class Reader:
    """Reads what one grant may hear and one filter wants."""

    def __init__(
        self,
        events: Events,
        look: Callable[[str], Entry | None],
        grant: Callable[[], Grant],
        filter: Filter,
        among: Collection[str] | None = None,
    ) -> None:
        self._events = events
        self._look = look
        self._grant = grant
        self._matcher = Matcher(filter, look, among)

    def wanted(self, event: Event) -> bool:
        """Say whether an event is for this reader."""
        return self._matcher.matches(event) and audible(event, self._grant(), self._look)

    async def page(self, after: str | None, limit: int, wait: float) -> tuple[Page, str]:
        """Return the next events behind a cursor and the cursor to go on with.

        Waits for the first for at most `wait` seconds. Without a cursor: what comes from now on,
        or where nobody waits, the newest that there are.
        """
        if after is None and wait <= 0:
            place = self._events.last  # what comes while we look is behind the cursor
            newest = await self.newest(limit)
            place = max(place, newest[-1].seq) if newest else place
            return Page(newest, place), self._cursor(place)
        place, lost = self._place(after)
        page = Page([], place)
        with suppress(TimeoutError):
            async with asyncio.timeout(wait if wait > 0 else None):
                while True:
                    self._grant()
                    page = await self._next(page.cursor, limit)
                    lost = lost or page.truncated
                    if page.events or lost or wait <= 0 or self._events.stopped:
                        break
                    await self._events.arrived(page.cursor)
        return Page(page.events, page.cursor, lost), self._cursor(page.cursor)

    async def newest(
        self, limit: int, start: datetime = BEGINNING, end: datetime = END
    ) -> list[Event]:
        """Return the newest events of a span of time, oldest first."""
        grant = self._grant()
        matches, look = self._matcher.matches, self._look
        found = await self._events.past(
            start, end, limit, lambda event: matches(event) and audible(event, grant, look)
        )
        return found[::-1]

    async def stream(self, after: str | None) -> AsyncIterator[Told]:
        """Return all that comes behind a cursor, for ever; without one from now on.

        Ends where homeport stops; raises Unauthorized where the token is revoked.
        """
        place, lost = self._place(after)
        while not self._events.stopped:
            page = await self._next(place, AT_A_TIME)
            if lost or page.truncated:
                yield Told(self._cursor(place), None)
            lost = False
            for event in page.events:
                yield Told(event.cursor, event)
            place = page.cursor
            if not page.events:
                await self._events.arrived(place)
            self._grant()

    async def _next(self, place: int, limit: int) -> Page:
        return await self._events.page(place, limit, self.wanted, sampled=self._matcher.sampled)

    def _place(self, after: str | None) -> tuple[int, bool]:
        """Return the number behind which to read, and whether the cursor is of another log."""
        if after is None:
            return self._events.last, False
        found = _CURSOR.fullmatch(after)
        if found is None:
            raise InvalidArguments(
                f"{after[:40]!r} is no cursor of events",
                hint="Send back the cursor of an answer or of an event, as it came.",
                field="after",
            )
        return (int(found[2]), False) if found[1] == self._events.home else (0, True)

    def _cursor(self, place: int) -> str:
        return cursor(self._events.home, place)
