"""Errors as HTTP answers them: one shape, RFC 9457, with the few kinds that only HTTP has."""

from collections.abc import Mapping

from pydantic_core import to_json
from starlette.requests import Request
from starlette.responses import Response

from gateway.errors import GatewayError, NotAllowed, NotFound

MEDIA = "application/problem+json"
COMMON_HEADERS = {"cache-control": "no-store", "x-content-type-options": "nosniff"}


class MethodNotAllowed(GatewayError):
    """The page exists, but not for this method; the header Allow lists those it has."""

    code, status, title = "method_not_allowed", 405, "This page does not take that method"


class TooLarge(GatewayError):
    """The body is larger than any sensible request."""

    code, status, title = "too_large", 413, "The request is too large"


class TooManyStreams(GatewayError):
    """As many readers as this homeport can serve are connected."""

    code, status, title, retryable = "too_many_streams", 503, "Too many streams are open", True


class HostNotAllowed(GatewayError):
    """The request was sent to a name that is not ours (a sign of DNS rebinding)."""

    code, status, title = "host_not_allowed", 421, "homeport does not go by that name"


class OriginNotAllowed(NotAllowed):
    """A web page of another site sent the request."""

    code, title = "origin_not_allowed", "Web pages of other sites may not call homeport"


def problem(error: GatewayError, headers: Mapping[str, str] | None = None) -> Response:
    """Return the answer that tells of an error."""
    shown = error.problem()
    status = shown["status"]
    sent = COMMON_HEADERS | dict(headers or {})
    if status == 401:
        sent = {"www-authenticate": "Bearer"} | sent
    return Response(to_json(shown), status, sent, MEDIA)


async def told(request: Request, error: Exception) -> Response:
    """Answer an error that says what it is."""
    assert isinstance(error, GatewayError)
    return problem(error)


async def no_such_page(request: Request, error: Exception) -> Response:
    """Answer a path that leads nowhere."""
    return problem(
        NotFound(
            f"There is no page {request.scope['path'][:80]!r}",
            hint="GET /openapi.json lists every page.",
        )
    )


async def internal(request: Request, error: Exception) -> Response:
    """Answer a fault of homeport's own; the server logs it, nobody else learns what it was."""
    return problem(GatewayError("homeport failed at this; its log says why"))
