"""Server-sent events: the log as a stream that goes on where its reader left off."""

import asyncio
from collections.abc import AsyncIterator

from starlette.types import Receive, Scope, Send

from gateway.errors import Unauthorized
from gateway.session import Session, StreamedEvent
from gateway.subscriptions import Filter
from openapi.event_operations import WhichStream
from openapi.guard import SESSION
from openapi.problems import COMMON_HEADERS, TooManyStreams, problem
from openapi.reading import parameters

STILL_HERE = 15.0
MOST_STREAMS = 500


class EventStream:
    """GET /v1/events/stream."""

    def __init__(self) -> None:
        self._open = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = parameters(WhichStream, scope["query_string"])
        after = asked.pop("after", None)
        last = dict(scope["headers"]).get(b"last-event-id", b"").decode("latin-1").strip()
        session: Session = scope[SESSION]
        stream = session.stream(Filter(**asked), after=last or after)
        if self._open >= MOST_STREAMS:
            await problem(TooManyStreams("Close one, or ask for pages: GET /v1/events"))(
                scope, receive, send
            )
            return
        self._open += 1
        try:
            await _served(stream, receive, send)
        finally:
            self._open -= 1


async def _served(stream: AsyncIterator[StreamedEvent], receive: Receive, send: Send) -> None:
    first = asyncio.ensure_future(anext(stream, None))
    await asyncio.sleep(0)
    if first.done() and first.exception() is not None:
        first.result()
    telling = asyncio.create_task(_tell(stream, first, send))
    leaving = asyncio.create_task(_left(receive))
    await asyncio.wait((telling, leaving), return_when=asyncio.FIRST_COMPLETED)
    for task in (telling, leaving):
        task.cancel()
    told, _ = await asyncio.gather(telling, leaving, return_exceptions=True)
    if isinstance(told, Exception) and not isinstance(told, OSError):
        raise told


async def _tell(
    stream: AsyncIterator[StreamedEvent],
    coming: "asyncio.Future[StreamedEvent | None]",
    send: Send,
) -> None:
    headers = {"content-type": "text/event-stream", "x-accel-buffering": "no"} | COMMON_HEADERS
    lines = [(name.encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": 200, "headers": lines})
    await _send(send, b": homeport\n\n")
    try:
        while True:
            done, _ = await asyncio.wait((coming,), timeout=STILL_HERE)
            if not done:
                await _send(send, b": still here\n\n")
                continue
            told = coming.result()
            if told is None:
                break
            await _send(send, _frame(told))
            coming = asyncio.ensure_future(anext(stream, None))
    except Unauthorized:
        pass  # the token was revoked: the stream ends
    finally:
        coming.cancel()
    await send({"type": "http.response.body", "body": b"", "more_body": False})


def _frame(told: StreamedEvent) -> bytes:
    if told.body is None:
        return b"event: truncated\nid: %s\ndata: {}\n\n" % told.cursor.encode()
    return b"event: %s\nid: %s\ndata: %s\n\n" % (
        told.name.encode(),
        told.cursor.encode(),
        told.body,
    )


async def _send(send: Send, body: bytes) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": True})


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
