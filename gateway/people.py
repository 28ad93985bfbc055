"""People, and named channels: who is told, by which ways, and when it has to wait."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Literal

from gateway import held as table
from gateway.clock import HomeClock
from gateway.errors import CannotStart, InvalidArguments, NotFound, StoreFailed, nearest
from gateway.held import Held
from gateway.messages import (
    LONGEST_TITLE,
    Became,
    Channels,
    Message,
    Notified,
    digest,
    tidy,
)
from gateway.quiet import Quiet, Rate
from gateway.reach import PersonSettings
from gateway.store import Store
from gateway.telling import deliver
from gateway.text import clean, folded

log = logging.getLogger("homeport.people")

LOOK_EVERY = 20.0
"""Short, because a machine that slept or was given another time wakes nobody."""
AGAIN_AFTER = 900.0
KEPT_FOR = timedelta(days=2)
MOST_HELD = 200


class _Person:
    """One person while homeport runs."""

    def __init__(self, name: str, settings: PersonSettings, clock: HomeClock) -> None:
        self.name = name
        self.key = folded(name)
        self.addresses = settings.addresses
        self.held: list[Held] = []
        self.keeping = 0
        self._per_hour = settings.per_hour
        self._quiet = Quiet.parse(settings.quiet) if settings.quiet else None
        self._rate = Rate(settings.per_hour)
        self._urgent = Rate(settings.per_hour)
        self._clock = clock
        self._again = 0.0

    def must_wait(self, urgent: bool) -> str | None:
        """Return until when, or for what, a message has to wait; None where it may go."""
        now, seconds = self._clock.now(), self._clock.clock.monotonic()
        if not urgent and self._quiet and (end := self._quiet.until(now, self._clock.zone)):
            return f"quiet hours until {self._clock.said(end)}"
        rate = self._urgent if urgent else self._rate
        if wait := rate.wait(seconds):
            due = self._clock.said(now + timedelta(seconds=wait))
            return f"more than {self._per_hour} in an hour; the next goes at {due}"
        return None

    def waits(self) -> bool:
        """Say whether what is held has to wait on."""
        early = self._clock.clock.monotonic() < self._again
        return early or self.must_wait(urgent=False) is not None

    def count(self, urgent: bool) -> None:
        (self._urgent if urgent else self._rate).count(self._clock.clock.monotonic())

    def try_again_later(self) -> None:
        self._again = self._clock.clock.monotonic() + AGAIN_AFTER

    def forget(self, gone: Sequence[Held]) -> None:
        seqs = {one.seq for one in gone}
        self.held = [one for one in self.held if one.seq not in seqs]


class People:
    """Everybody who can be told something."""

    def __init__(
        self,
        settings: Mapping[str, PersonSettings],
        channels: Channels,
        clock: HomeClock,
        store: Store,
    ) -> None:
        people = [_Person(name, chosen, clock) for name, chosen in settings.items()]
        self._people = {person.key: person for person in people}
        if len(self._people) < len(people):
            raise CannotStart("two of [people] have the same name", exit_code=2)
        self._channels = channels
        self._clock = clock
        self._store = store
        self._waiting = asyncio.Event()
        self._releasing = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Take up what was held when homeport stopped, and send it when it is time."""
        rows = await self._store.read(table.waiting)
        strangers = [row.seq for row in rows if row.person not in self._people]
        if strangers:
            log.warning("%d held messages are for nobody in [people]: dropped", len(strangers))
            await self._store.write(lambda db: table.drop(db, strangers))
        for row in rows:
            if row.person in self._people:
                self._people[row.person].held.append(row)
                self._waiting.set()
        self._task = asyncio.create_task(self._release_when_due())

    async def aclose(self) -> None:
        """Stop; what is held stays held."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    @property
    def names(self) -> list[str]:
        return sorted(person.name for person in self._people.values())

    @property
    def held(self) -> int:
        """Return how many messages wait."""
        return sum(len(person.held) for person in self._people.values())

    def find(self, to: str) -> str:
        """Return the name as the owner wrote it; raise NotFound with the nearest ones."""
        return self._find(to).name

    def _find(self, to: str) -> _Person:
        person = self._people.get(folded(to))
        if person is not None:
            return person
        asked = clean(to, 80)
        if not self._people:
            raise NotFound(
                f"Nobody can be told anything here, so “{asked}” neither",
                hint="The owner names people in the settings: [people.anna] notify = [...].",
                choices=[],
            )
        likely = " or ".join(nearest(asked, self.names) or self.names[:5])
        raise NotFound(
            f"There is nobody “{asked}” here", hint=f"Did you mean {likely}?", choices=self.names
        )

    async def notify(
        self,
        to: str,
        message: str,
        *,
        title: str | None = None,
        picture: bytes | None = None,
        urgent: bool = False,
    ) -> Notified:
        """Send a message by all of a person's channels, or hold it, and say what became of it.

        Urgent ones pass quiet hours and have an hourly number of their own. Raises NotFound,
        InvalidArguments where nothing is said, StoreFailed where it cannot be held.
        """
        person = self._find(to)
        text, heading = tidy(message), clean(title or "", LONGEST_TITLE) or None
        if not text:
            raise InvalidArguments("message is empty", field="message")
        why = person.must_wait(urgent)
        if why is None and person.held and not urgent:
            why = f"goes with {len(person.held)} that wait already"
        if why is not None:
            return await self._hold(person, heading, text, why, without=picture is not None)
        person.count(urgent)
        ready = Message(text, heading, self._clock.local(self._clock.now()), urgent, picture)
        return await self._deliver(person, ready)

    async def _hold(
        self, person: _Person, title: str | None, text: str, why: str, *, without: bool
    ) -> Notified:
        if len(person.held) + person.keeping >= MOST_HELD:
            return _all(person, "failed", f"{MOST_HELD} wait already; {why}")
        at = self._clock.now()
        person.keeping += 1
        try:
            row = await self._store.write(lambda db: table.keep(db, person.key, at, title, text))
        finally:
            person.keeping -= 1
        person.held.append(row)
        self._waiting.set()
        return _all(person, "held", f"{why}, without its picture" if without else why)

    async def _deliver(self, person: _Person, message: Message) -> Notified:
        became = await deliver(self._channels, person.addresses, message)
        for one in became:
            if one.outcome == "failed":
                log.warning("no message to %s by %s: %s", person.name, one.channel, one.detail)
        return Notified(person.name, became)

    async def _release_when_due(self) -> None:
        while True:
            await self._waiting.wait()
            await self.release()
            await asyncio.sleep(LOOK_EVERY)

    async def release(self) -> None:
        """Send to everybody whose time has come what was held, as one message each."""
        async with self._releasing:
            due = [one for one in self._people.values() if one.held and not one.waits()]
            await asyncio.gather(*(self._send_digest(person) for person in due))
            if not self.held:
                self._waiting.clear()

    async def _send_digest(self, person: _Person) -> None:
        """Send what is held; it is dropped after that, so a crash in between sends it twice."""
        rows = list(person.held)
        person.count(urgent=False)
        told = await self._deliver(person, digest(rows, self._clock))
        if not told.sent:
            person.try_again_later()
            rows = [row for row in rows if self._clock.now() - row.at > KEPT_FOR]
            if rows:
                log.error("%d messages to %s never went out", len(rows), person.name)
        person.forget(rows)
        try:
            await self._store.write(lambda db: table.drop(db, [row.seq for row in rows]))
        except StoreFailed as error:
            log.error("what went to %s will go again: %s", person.name, error.detail)


def _all(person: _Person, outcome: Literal["held", "failed"], detail: str) -> Notified:
    channels = [Became(address.kind, outcome, detail) for address in person.addresses]
    return Notified(person.name, tuple(channels))
