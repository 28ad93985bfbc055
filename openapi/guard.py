"""Who may come in: the host that was meant, the site that asks, the token, the body's size."""

import re
from collections.abc import Collection, Mapping
from functools import lru_cache

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.errors import GatewayError, Malformed, Unauthorized
from gateway.session import Door
from openapi.problems import HostNotAllowed, OriginNotAllowed, TooLarge, problem

SESSION = "homeport.session"
TOKEN = "homeport.token"
MOST_BYTES = 1024 * 1024
LOOPBACK = ("localhost", "127.0.0.1", "::1")

_AUTHORITY = r"(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::[0-9]{1,5})?"
_HOST = re.compile(_AUTHORITY)
_ORIGIN = re.compile(f"https?://{_AUTHORITY}")


class Guard:
    """Lets requests in that come to one of our names, from no foreign page, with a known token.

    The session is put into the scope for all that is behind. `open_paths` need no token;
    what is posted to `file_paths` may be of any size, and is bounded by who takes it.
    """

    def __init__(
        self,
        app: ASGIApp,
        door: Door,
        allowed_hosts: Collection[str] = (),
        open_paths: Collection[str] = (),
        file_paths: Collection[str] = (),
    ) -> None:
        self._app = app
        self._door = door
        named = {_named(_HOST, name.encode()) or name.casefold() for name in allowed_hosts}
        self._names = frozenset(LOOPBACK) | named
        self._open_paths = frozenset(open_paths)
        self._file_paths = frozenset(file_paths)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] == "http":
            headers = dict(scope["headers"])
            try:
                self._check_names(headers, scope)
                if scope["path"] not in self._open_paths:
                    self._open(headers, scope)
                if scope["path"] not in self._file_paths:
                    receive = await _bounded(headers, receive)
            except Unauthorized as error:
                await problem(error, _challenge(scope))(scope, receive, send)
                return
            except GatewayError as error:
                await problem(error)(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _check_names(self, headers: Mapping[bytes, bytes], scope: Scope) -> None:
        host = headers.get(b"host", b"")
        if not self._is_ours(_named(_HOST, host), scope):
            raise HostNotAllowed(
                f"{host[:80].decode('latin-1')!r} is no name of this homeport",
                hint="Call it by localhost, or add the name to [server] allowed_hosts.",
            )
        origin = headers.get(b"origin")
        if origin is not None and not self._is_ours(_named(_ORIGIN, origin), scope):
            raise OriginNotAllowed(
                f"Pages of {origin[:80].decode('latin-1')!r} may not call homeport",
                hint="Add its name to [server] allowed_hosts if you trust it.",
            )

    def _is_ours(self, name: str | None, scope: Scope) -> bool:
        # The address that the connection came in on cannot be the name of somebody else.
        return name in self._names or (name is not None and name == _listening(scope))

    def _open(self, headers: Mapping[bytes, bytes], scope: Scope) -> None:
        token = scope[TOKEN] = _bearer(headers.get(b"authorization", b""))
        scope[SESSION] = self._door.open(token)


@lru_cache(maxsize=256)
def _named(pattern: re.Pattern[str], header: bytes) -> str | None:
    """Return the host in a header, without its port; None where the header is not well formed."""
    found = pattern.fullmatch(header.decode("latin-1").casefold())
    return found and (found[1] or found[2])


def _listening(scope: Scope) -> str | None:
    server = scope.get("server")
    # A socket for both IPv6 and IPv4 writes IPv4 addresses so.
    return server[0].removeprefix("::ffff:") if server else None


def _bearer(header: bytes) -> str | None:
    scheme, _, token = header.strip(b" \t").partition(b" ")
    if scheme.lower() != b"bearer":
        return None
    return token.strip(b" \t").decode("latin-1") or None


def _challenge(scope: Scope) -> dict[str, str]:
    """RFC 6750 3: an error is named only where a token was sent."""
    sent = scope.get(TOKEN) is not None
    return {"www-authenticate": 'Bearer error="invalid_token"' if sent else "Bearer"}


async def _bounded(headers: Mapping[bytes, bytes], receive: Receive) -> Receive:
    """Return `receive` for a body of at most MOST_BYTES; raise TooLarge where it is larger."""
    if b"transfer-encoding" in headers:
        return _replaying(await _read(receive), receive)
    length = headers.get(b"content-length", b"0")
    if not length.isdigit():
        raise Malformed("Content-Length is no number")
    if len(length) > len(str(MOST_BYTES)) or int(length) > MOST_BYTES:
        raise _too_large()
    return receive


async def _read(receive: Receive) -> Message:
    """Return a body of unknown length as one message, or the end of the connection."""
    body = bytearray()
    more = True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            return message
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > MOST_BYTES:
            raise _too_large()
    return {"type": "http.request", "body": bytes(body), "more_body": False}


def _replaying(message: Message, receive: Receive) -> Receive:
    kept = [message]

    async def replay() -> Message:
        return kept.pop() if kept else await receive()

    return replay


def _too_large() -> TooLarge:
    return TooLarge(f"The body is larger than {MOST_BYTES // 1024} KiB")
