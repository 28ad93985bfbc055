"""From the events of a caller's session to the resources that they change."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress

import anyio
from mcp.shared.subscriptions import ResourceUpdated, ServerEvent

from gateway.errors import GatewayError, InvalidArguments, NotAllowed, NotFound, Unauthorized
from gateway.session import Session, StreamedEvent, cursor_now
from gateway.subscriptions import Filter
from gateway.text import folded
from mcp_server.resources import Subject, subjects

EVERYTHING = Filter(names=["*"])
NOTHING = Filter(names=["nothing"])
"""No event has that name: a stream of it only ends, as every stream of its token does."""

COMES_AND_GOES = frozenset({"device.found", "device.lost", "device.online", "device.offline"})
OVER = (Unauthorized.status, NotAllowed.status)
MOST_WATCHED = 500
AGAIN = 0.5
AREA_HOLDS = 1.0
"""Seconds for which a device is taken to be where it was."""


class Untold:
    """What a client has yet to be told: a resource that changes often waits here once."""

    def __init__(self) -> None:
        self._changes: dict[ServerEvent, None] = {}
        self._stirred = asyncio.Event()
        self._ended = False
        self._error: GatewayError | None = None

    def add(self, change: ServerEvent) -> None:
        """Tell the client of a change when it is its turn."""
        self._changes[change] = None
        self._stirred.set()

    def drop(self, change: ServerEvent) -> None:
        """Let it be, where it has not been told yet."""
        self._changes.pop(change, None)

    def end(self, error: GatewayError | None = None) -> None:
        """There will be no more; the first reason counts."""
        if not self._ended:
            self._ended, self._error = True, error
            self._stirred.set()

    async def next(self) -> ServerEvent | None:
        """Wait for the next change and take it; None is the end, or its reason is raised."""
        while not self._changes:
            if self._error is not None:
                raise self._error
            if self._ended:
                return None
            self._stirred.clear()
            await self._stirred.wait()
        change = next(iter(self._changes))
        del self._changes[change]
        return change


class Watch:
    """Reads one session's events, once, for all the resources that one client watches."""

    def __init__(self, session: Session, untold: Untold) -> None:
        self._session = session
        self._untold = untold
        self._watched: dict[str, list[Subject]] = {}
        self._uris: dict[Subject, set[str]] = {}
        self._kinds: Counter[str] = Counter()
        self._areas: dict[str, tuple[Subject | None, float]] = {}
        self._starting = asyncio.Lock()
        self._reading: asyncio.Task[None] | None = None

    def __len__(self) -> int:
        return len(self._watched)

    async def open(self, uris: Sequence[str]) -> list[str]:
        """Watch what there is of `uris` for this caller and return it.

        What happens once this has returned is told, and so is the end of the session.
        """
        for uri in dict.fromkeys(uris):
            with suppress(NotFound, InvalidArguments):
                self._add(uri, await self._subjects(uri))
        await self._start(EVERYTHING if self._watched else NOTHING)
        return list(self._watched)

    async def add(self, uri: str) -> None:
        """Watch one more; raise NotFound where the caller may not see it."""
        found = await self._subjects(uri)
        await self._start(EVERYTHING)
        self._add(uri, found)

    async def remove(self, uri: str) -> None:
        """Watch one less."""
        for subject in self._watched.pop(uri, ()):
            self._kinds[subject.kind] -= 1
            self._uris[subject].discard(uri)
            if not self._uris[subject]:
                del self._uris[subject]
        self._untold.drop(ResourceUpdated(uri))
        if not self._watched:
            await self.aclose()

    async def aclose(self) -> None:
        """Stop reading."""
        reading, self._reading = self._reading, None
        if reading is not None:
            reading.cancel()
            # The SDK cancels again at every await.
            with anyio.CancelScope(shield=True):
                await asyncio.wait([reading])

    async def _subjects(self, uri: str) -> list[Subject]:
        if uri not in self._watched and len(self._watched) >= MOST_WATCHED:
            raise InvalidArguments(
                f"One client watches at most {MOST_WATCHED} resources",
                hint="Watch areas instead of their devices.",
            )
        try:
            return await subjects(self._session, uri)
        except GatewayError as error:
            # Another process may have answered: then the problem decides, not the class.
            if error.problem().get("status") == NotFound.status:
                raise NotFound(error.detail, hint=error.hint) from error
            raise

    def _add(self, uri: str, found: list[Subject]) -> None:
        if uri in self._watched:
            return
        self._watched[uri] = found
        for subject in found:
            self._kinds[subject.kind] += 1
            self._uris.setdefault(subject, set()).add(uri)

    async def _start(self, filter: Filter) -> None:
        async with self._starting:
            if self._reading is None:
                now = await cursor_now(self._session, NOTHING)
                self._reading = asyncio.create_task(self._read(filter, now))

    async def _read(self, filter: Filter, after: str) -> None:
        """Hear of everything behind a cursor until the session ends."""
        while True:
            try:
                async for told in self._session.stream(filter, after=after):
                    after = told.cursor
                    await self._hear(told)
            except GatewayError as error:
                if error.problem().get("status") in OVER:
                    self._untold.end(error)
                    return
                # Whoever serves has gone; the next one has the same log.
                await asyncio.sleep(AGAIN)
            else:
                self._untold.end()
                return

    async def _hear(self, told: StreamedEvent) -> None:
        if told.body is None:
            changed = list(self._uris)
        elif told.device is None:
            return
        else:
            changed = await self._changed(told.device, told.name)
        for subject in changed:
            for uri in self._uris.get(subject, ()):
                self._untold.add(ResourceUpdated(uri))

    async def _changed(self, device: str, name: str) -> list[Subject]:
        changed = [Subject("device", device)]
        if name in COMES_AND_GOES:
            changed += [Subject("home", ""), Subject("parts", device)]
        return changed + (await self._area(device) if self._kinds["area"] else [])

    async def _area(self, device: str) -> list[Subject]:
        """Return the area of a device; all that are watched where nobody knows any more."""
        clock = asyncio.get_running_loop().time
        area, until = self._areas.get(device, (None, 0.0))
        if clock() < until:
            return [area] if area else []
        try:
            name = (await self._session.device(device)).get("area")
        except GatewayError:
            self._areas.pop(device, None)
            return [area] if area else [one for one in self._uris if one.kind == "area"]
        area = Subject("area", folded(name)) if name else None
        self._areas[device] = (area, clock() + AREA_HOLDS)
        return [area] if area else []
