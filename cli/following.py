"""A session that follows whoever serves: this process, or the one that holds the state folder."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import Literal, TypeVar

from cli.remote import RemoteSession
from gateway.errors import TimedOut, Unreachable
from gateway.personal import Workouts
from gateway.session import Json, Session, StreamedEvent, ToolView, cursor_now
from gateway.subscriptions import Filter

Value = TypeVar("Value")

TAKE_OVER_WITHIN = 15.0
AGAIN = 0.1


class FollowingSession:
    """Passes every call on to the session of the moment; waits while there is none."""

    def __init__(self) -> None:
        self._session: Session | None = None
        self._there = asyncio.Event()
        self._callbacks: list[Callable[[], None]] = []
        self.lost = asyncio.Event()
        """Set when a call finds that the holder has gone."""

    def follow(self, session: Session | None) -> None:
        """Pass calls on to `session` from now on."""
        self._session = session
        if session is None:
            self._there.clear()
            return
        self.lost.clear()
        self._there.set()
        self.changed()

    def changed(self) -> None:
        """Tell whoever watches that the tools may differ."""
        for callback in tuple(self._callbacks):
            callback()

    def watch(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call back whenever the tools may differ; return the way to stop that."""
        self._callbacks.append(callback)
        return lambda: self._callbacks.remove(callback)

    @property
    def agent(self) -> str:
        return self._session.agent if self._session else "nobody"

    async def tools(self) -> Sequence[ToolView]:
        return await self._ask(lambda session: session.tools())

    async def instructions(self) -> str:
        return await self._ask(lambda session: session.instructions())

    async def call(self, tool: str, arguments: Mapping[str, object]) -> Json:
        return await self._ask(lambda session: session.call(tool, arguments))

    async def devices(self, *, all: bool = False, unknown: bool = False) -> Json:
        return await self._ask(lambda session: session.devices(all=all, unknown=unknown))

    async def device(self, id: str) -> Json:
        return await self._ask(lambda session: session.device(id))

    async def forget(self, id: str) -> Json:
        return await self._ask(lambda session: session.forget(id))

    async def thing(self, id: str) -> Json:
        return await self._ask(lambda session: session.thing(id))

    async def ask(self, id: str, query: str) -> Json:
        return await self._ask(lambda session: session.ask(id, query))

    async def events(
        self, filter: Filter, *, after: str | None = None, limit: int = 20, wait: float = 0.0
    ) -> Json:
        return await self._ask(
            lambda session: session.events(filter, after=after, limit=limit, wait=wait)
        )

    async def stream(
        self, filter: Filter, *, after: str | None = None
    ) -> AsyncIterator[StreamedEvent]:
        """Go on with whoever serves next: both read the same log, and the cursor is of the log."""
        while True:
            session = await self._present()
            try:
                if after is None:
                    after = await cursor_now(session, filter)
                async for told in session.stream(filter, after=after):
                    after = told.cursor
                    yield told
            except (Unreachable, TimedOut):
                if isinstance(session, RemoteSession):
                    self.lost.set()
            await asyncio.sleep(AGAIN)

    async def plot(
        self, id: str, property: str, *, format: Literal["svg", "png"] = "svg", **stretch: str
    ) -> bytes:
        return await self._ask(lambda session: session.plot(id, property, format=format, **stretch))

    def workouts(self) -> Workouts:
        if self._session is None:
            raise Unreachable("homeport does not serve here at the moment")
        return self._session.workouts()

    async def metrics(self) -> str:
        return await self._ask(lambda session: session.metrics())

    async def receipts(self, *, limit: int = 20, before: int | None = None) -> Json:
        return await self._ask(lambda session: session.receipts(limit=limit, before=before))

    async def tokens(self) -> Json:
        return await self._ask(lambda session: session.tokens())

    async def new_token(self, name: str, *, preset: str, allow: Sequence[str] = ()) -> Json:
        return await self._ask(lambda session: session.new_token(name, preset=preset, allow=allow))

    async def revoke_token(self, name: str) -> Json:
        return await self._ask(lambda session: session.revoke_token(name))

    async def _ask(self, call: Callable[[Session], Awaitable[Value]]) -> Value:
        """Ask the session of the moment; once more where the holder was gone before it heard."""
        session = await self._present()
        try:
            return await call(session)
        except Unreachable as error:
            if not isinstance(session, RemoteSession) or not error.more.get("unheard"):
                raise
            self.follow(None)
            self.lost.set()
            return await call(await self._present())

    async def _present(self) -> Session:
        try:
            async with asyncio.timeout(TAKE_OVER_WITHIN):
                await self._there.wait()
        except TimeoutError:
            raise Unreachable("homeport is not running and could not be started") from None
        assert self._session is not None
        return self._session
