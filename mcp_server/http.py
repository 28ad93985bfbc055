"""MCP over HTTP: one ASGI application that gives every request the session of its token."""

import hashlib
import json
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from functools import lru_cache

from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from mcp.server.auth.provider import AccessToken
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.server.transport_security import TransportSecuritySettings
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.errors import GatewayError
from gateway.session import Door, Session
from mcp_server.changes import Context
from mcp_server.server import HomeServer

SESSION = "homeport.session"
LOCAL = ("127.0.0.1", "localhost", "[::1]")
MOST_BYTES = 1024 * 1024


class Gate:
    """Lets in what carries a known token; anything else is refused as problem+json."""

    def __init__(self, door: Door, app: ASGIApp, close: Callable[[], None]) -> None:
        self._door = door
        self._app = app
        self.close = close
        """End what clients listen to: a web server that stops would wait for it."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # RFC 9110 5.5: what surrounds a field's value is not part of it; uvicorn leaves it there.
        headers = [(name, value.strip(b" \t")) for name, value in scope["headers"]]
        token = _token(headers)
        try:
            session = scope.get(SESSION) or self._door.open(token)
        except GatewayError as error:
            await _refuse(error, token, send)
            return
        inner = dict(scope, headers=headers, user=_user(token))
        inner[SESSION] = session
        await self._app(inner, receive, send)


def mcp_app(
    door: Door,
    *,
    version: str = "",
    allowed_hosts: Sequence[str] | None = (),
    most_bytes: int = MOST_BYTES,
) -> tuple[Gate, AbstractAsyncContextManager[None]]:
    """Return the application for the path /mcp, and the context in which it runs.

    `allowed_hosts` are names beside localhost by which it may be called (DNS rebinding); None
    where a layer before it has checked Host and Origin. A body has at most `most_bytes`.
    """
    server = HomeServer(_session_of, door.on_tools_changed, version=version)
    manager = StreamableHTTPSessionManager(
        server,
        security_settings=None if allowed_hosts is None else _security(allowed_hosts),
        max_request_body_size=most_bytes,
    )
    return Gate(door, manager.asgi_app, server.changes.close), manager.run()


def _session_of(ctx: Context) -> Session:
    assert ctx.request is not None
    session: Session = ctx.request.scope[SESSION]
    return session


def _token(headers: list[tuple[bytes, bytes]]) -> str | None:
    for name, value in headers:
        if name == b"authorization":
            scheme, _, token = value.partition(b" ")
            return token.strip().decode("latin-1") if scheme.lower() == b"bearer" else None
    return None


@lru_cache(maxsize=256)
def _user(token: str | None) -> AuthenticatedUser:
    """Return whom the SDK binds a handshake's session to: this token and no other."""
    owner = hashlib.sha256((token or "").encode()).hexdigest()
    return AuthenticatedUser(AccessToken(token="", client_id=owner, scopes=[]))


def _security(names: Sequence[str]) -> TransportSecuritySettings:
    hosts = [host for name in (*LOCAL, *names) for host in (name, f"{name}:*")]
    origins = [f"{scheme}://{host}" for host in hosts for scheme in ("http", "https")]
    return TransportSecuritySettings(allowed_hosts=hosts, allowed_origins=origins)


async def _refuse(error: GatewayError, token: str | None, send: Send) -> None:
    body = json.dumps(error.problem()).encode()
    headers = [
        (b"content-type", b"application/problem+json"),
        (b"content-length", str(len(body)).encode()),
    ]
    if error.status == 401:
        challenge = b'Bearer error="invalid_token"' if token else b"Bearer"
        headers.append((b"www-authenticate", challenge))
    await send({"type": "http.response.start", "status": error.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
