"""Server-sent events: the log as a stream that goes on where its reader left off."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial

from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.errors import GatewayError
from gateway.session import Session, StreamedEvent
from gateway.subscriptions import Filter
from openapi.event_operations import WhichStream
from openapi.guard import SESSION
from openapi.problems import COMMON_HEADERS, TooManyStreams
from openapi.reading import parameters

STILL_HERE = 15.0
MOST_STREAMS = 500

Stream = AsyncIterator[StreamedEvent]
Coming = asyncio.Future[StreamedEvent | None]


class Streams:
    """All that is read at once from GET /v1/events/stream."""

    def __init__(self) -> None:
        self._open = 0

    async def page(self, scope: Scope, receive: Receive) -> ASGIApp:
        """Return what serves the stream that is asked for."""
        asked = parameters(WhichStream, scope["query_string"])
        after = asked.pop("after", None)
        last = dict(scope["headers"]).get(b"last-event-id", b"").decode("latin-1").strip()
        session: Session = scope[SESSION]
        stream = session.stream(Filter(**asked), after=last or after)
        return partial(self._serve, stream)

    async def _serve(self, stream: Stream, scope: Scope, receive: Receive, send: Send) -> None:
        if self._open >= MOST_STREAMS:
            raise TooManyStreams("Close one, or ask for pages: GET /v1/events")
        self._open += 1
        coming = asyncio.ensure_future(anext(stream, None))
        try:
            await asyncio.sleep(0)  # by then it shows what is wrong with the request
            if coming.done():
                coming.result()
            await _begin(send)
            if scope["method"] == "HEAD":
                await _end(send)
            else:
                await _run(stream, coming, receive, send)
        finally:
            coming.cancel()
            self._open -= 1


async def _run(stream: Stream, coming: Coming, receive: Receive, send: Send) -> None:
    """Serve a stream until it ends or its reader leaves."""
    telling = asyncio.create_task(_tell(stream, coming, send))
    beside = [asyncio.create_task(_beat(send)), asyncio.create_task(_left(receive))]
    try:
        await asyncio.wait((telling, *beside), return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (telling, *beside):
            task.cancel()
        told, *_ = await asyncio.gather(telling, *beside, return_exceptions=True)
    if isinstance(told, Exception) and not isinstance(told, OSError):
        raise told


async def _tell(stream: Stream, coming: Coming, send: Send) -> None:
    try:
        told = await coming
        while told is not None:
            await _send(send, _frame(told))
            await asyncio.sleep(0)  # who catches up keeps nobody waiting
            told = await anext(stream, None)
    except GatewayError:
        pass  # the token is revoked, or the disk fails: who asks again is told which
    await _end(send)


async def _beat(send: Send) -> None:
    """Say now and then that the connection lives, also to what stands in between."""
    while True:
        await asyncio.sleep(STILL_HERE)
        await _send(send, b": still here\n\n")


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _frame(told: StreamedEvent) -> bytes:
    if told.body is None:
        return b"event: truncated\nid: %s\ndata: {}\n\n" % told.cursor.encode()
    return b"event: %s\nid: %s\ndata: %s\n\n" % (
        told.name.encode(),
        told.cursor.encode(),
        told.body,
    )


async def _begin(send: Send) -> None:
    headers = {"content-type": "text/event-stream", "x-accel-buffering": "no"} | COMMON_HEADERS
    lines = [(name.encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": 200, "headers": lines})
    await _send(send, b": homeport\n\n")


async def _send(send: Send, body: bytes) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": True})


async def _end(send: Send) -> None:
    await send({"type": "http.response.body", "body": b"", "more_body": False})
