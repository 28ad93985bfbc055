"""One path: finds the page of the method, and sends what it answers."""

from collections.abc import Awaitable, Callable, Mapping

from pydantic_core import to_json
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.session import Json
from openapi.problems import COMMON_HEADERS, MethodNotAllowed, problem
from openapi.raw import Raw

Page = Callable[[Scope, Receive], Awaitable[Json | Raw | ASGIApp]]
"""Returns an answer, or what sends one itself."""


class Endpoint:
    """One path, with a page for each of its methods."""

    def __init__(self, pages: Mapping[str, Page], media: str) -> None:
        self._pages = dict(pages)
        if "GET" in pages:
            self._pages["HEAD"] = pages["GET"]
        self._allow = ", ".join(sorted({*self._pages, "OPTIONS"}))
        self._headers = _headers(media)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        page = self._pages.get(scope["method"])
        if page is None:
            await self._other(scope["method"])(scope, receive, send)
            return
        answer = await page(scope, receive)
        if callable(answer):
            await answer(scope, receive, send)
            return
        if isinstance(answer, Raw):
            body, own = answer.body, _headers(answer.media, answer.headers)
        else:
            body, own = to_json(answer, inf_nan_mode="null"), self._headers
        headers = [*own, (b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def _other(self, method: str) -> Response:
        if method == "OPTIONS":
            return Response(None, 204, COMMON_HEADERS | {"allow": self._allow})
        error = MethodNotAllowed(f"This page takes {self._allow}, not {method[:20]}")
        return problem(error, {"allow": self._allow})


def _headers(media: str, more: Mapping[str, str] | None = None) -> list[tuple[bytes, bytes]]:
    headers = {"content-type": media} | COMMON_HEADERS | dict(more or {})
    return [(name.encode(), value.encode()) for name, value in headers.items()]
