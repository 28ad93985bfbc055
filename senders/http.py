"""HTTP to receivers that the owner allows: one attempt, bounded in every way, never redirected.

A name is resolved anew for each request, and what was checked is what is connected to: there is
no second look-up that could answer otherwise.
"""

import asyncio
import socket
import time
from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from typing import Protocol

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from gateway.allowed import Allowed, NotAllowedHost, Origin
from gateway.deliveries import MOST_AT_ONCE, MOST_PER_ORIGIN, Answer
from gateway.errors import InvalidArguments, TimedOut, Unreachable

TOTAL = 15.0
CONNECT = 5.0
MOST_READ = 4096
AGENT = "homeport"

_checked: ContextVar[Sequence[str]] = ContextVar("checked", default=())
"""The addresses that the request under way may go to."""


class Resolver(Protocol):
    """What knows the addresses of names."""

    async def addresses(self, host: str, port: int) -> Sequence[str]:
        """Return every address of a name; raise OSError where there is none."""


class SystemResolver:
    """The machine's own resolver."""

    async def addresses(self, host: str, port: int) -> Sequence[str]:
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        return [str(address[0]) for *_, address in found]


class _OnlyChecked(AbstractResolver):
    """Gives aiohttp the addresses that were checked, and looks nothing up."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        return [_result(host, port, address) for address in _checked.get()]

    async def close(self) -> None:
        return


def _result(host: str, port: int, address: str) -> ResolveResult:
    return {
        "hostname": host,
        "host": address,
        "port": port,
        "family": socket.AF_INET6 if ":" in address else socket.AF_INET,
        "proto": socket.IPPROTO_TCP,
        "flags": socket.AI_NUMERICHOST,
    }


class HttpSender:
    """One pool of connections for all receivers."""

    def __init__(
        self,
        allow: Allowed,
        resolver: Resolver | None = None,
        *,
        total: float = TOTAL,
        connect: float = CONNECT,
        per_host: int = MOST_PER_ORIGIN,
    ) -> None:
        self._allow = allow
        self._resolver = resolver or SystemResolver()
        self._timeout = aiohttp.ClientTimeout(total=total, sock_connect=connect)
        self._connect = connect
        self._per_host = per_host
        self._session: aiohttp.ClientSession | None = None

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Return what the receiver answers.

        Raises NotAllowedHost, NotAllowedAddress, Unreachable or TimedOut; none repeats the path.
        """
        found = self._allow.check(url)
        target = _exact(url, found)
        _checked.set(await self._addresses(found))
        begun = time.monotonic()
        try:
            async with self._opened().post(
                target, headers=headers, data=body, allow_redirects=False
            ) as response:
                said = await _beginning(response)
        except TimeoutError:
            raise TimedOut(f"{found} did not answer in time") from None
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise _unreachable(found, error) from None
        return Answer(
            status=response.status,
            retry_after=response.headers.get("retry-after"),
            milliseconds=(time.monotonic() - begun) * 1000,
            body=said,
        )

    async def aclose(self) -> None:
        """Close every connection."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _addresses(self, found: Origin) -> Sequence[str]:
        if found.literal:
            return [found.host]
        try:
            async with asyncio.timeout(self._connect):
                addresses = await self._resolver.addresses(found.host, found.port)
        except TimeoutError:
            raise TimedOut(f"The name {found.host} could not be looked up in time") from None
        except (OSError, UnicodeError):
            addresses = []
        if not addresses:
            raise Unreachable(f"The name {found.host} has no address")
        self._allow.check_addresses(found, addresses)
        return addresses

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            connector = aiohttp.TCPConnector(
                limit=MOST_AT_ONCE,
                limit_per_host=self._per_host,
                resolver=_OnlyChecked(),
                use_dns_cache=False,
            )
            self._session = aiohttp.ClientSession(
                connector=connector,
                timeout=self._timeout,
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"user-agent": AGENT, "accept-encoding": "identity"},
                auto_decompress=False,
                trust_env=False,
            )
        return self._session


def _exact(url: str, found: Origin) -> URL:
    """Return the URL as aiohttp reads it; raise NotAllowedHost where it reads another host."""
    try:
        target = URL(url)
        same = (target.scheme, target.host, target.port) == (found.scheme, found.host, found.port)
    except ValueError:
        raise InvalidArguments("This URL cannot be used", field="url") from None
    if not same or target.user is not None:
        raise NotAllowedHost(f"This URL does not lead to {found} alone")
    return target


async def _beginning(response: aiohttp.ClientResponse) -> bytes:
    """Return the first bytes of a body; a receiver that has more loses the connection.

    The status has been said by then, so a body that breaks off changes nothing.
    """
    said = b""
    try:
        while len(said) < MOST_READ:
            some = await response.content.read(MOST_READ - len(said))
            if not some:
                return said
            said += some
    except (TimeoutError, aiohttp.ClientError, OSError):
        pass
    response.close()
    return said


def _unreachable(found: Origin, error: Exception) -> Unreachable:
    if isinstance(error, aiohttp.ClientSSLError):
        return Unreachable(
            f"{found} could not prove who it is",
            hint="Its certificate must be valid for that name and come from a known authority.",
        )
    if isinstance(error, aiohttp.ClientConnectorError):
        return Unreachable(f"{found} cannot be connected to")
    return Unreachable(f"{found} broke off: {type(error).__name__}")
