"""The wire to a Sonos player: questions and orders, as SoCo 0.32 writes and reads them.

SoCo makes each request and reads each answer. It does not carry them: it would block, go through
HTTP_PROXY, and wait for as long as an answer trickles.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Any

from gateway.errors import AdapterFault, DeviceRefused, GatewayError, TimedOut, Unreachable

if TYPE_CHECKING:
    from aiohttp import ClientResponse, ClientSession

Answer = Mapping[str, str]
Sent = tuple[int, Mapping[str, str]]
"""The status and the headers of an answer."""

CONNECT_WITHIN, READ_WITHIN, WRITE_WITHIN = 2.0, 3.0, 6.0
LONGEST_ANSWER = 4 * 1024 * 1024
READS = ("Get", "Browse")
PAGE, MOST_LISTED = 100, 500
NONSENSE = (LookupError, TypeError, ValueError, AttributeError, SyntaxError)
"""What SoCo's parsers raise; those of XML a SyntaxError."""

REFUSALS = {
    "701": "nothing that it has loaded can do that",
    "711": "there is no such track",
    "714": "it cannot play that kind of music",
    "800": "it cannot get at that music",
}


@contextmanager
def typed(name: str, *, silence: type[GatewayError] = Unreachable) -> Iterator[None]:
    """Turn what SoCo and aiohttp raise into an error of ours; `silence` says what no answer means.

    The UPnP code of a refusal is `more["upnp"]`.
    """
    from aiohttp import (
        ClientConnectorError,
        ClientError,
        ClientResponseError,
        ConnectionTimeoutError,
    )
    from soco.exceptions import SoCoException, SoCoUPnPException

    try:
        yield
    except SoCoUPnPException as error:
        code = str(error.error_code)
        reason = REFUSALS.get(code, f"UPnP error {code}")
        raise DeviceRefused(f"{name} says no: {reason}", upnp=code) from error
    except (ClientConnectorError, ConnectionTimeoutError) as error:
        raise Unreachable(f"{name} does not answer") from error
    except (ClientResponseError, SoCoException, *NONSENSE) as error:
        raise AdapterFault(f"{name} answers nonsense") from error
    except (ClientError, OSError, TimeoutError) as error:
        raise silence(f"{name} does not answer") from error


def open_session() -> "ClientSession":
    """Return what carries requests to all players: no proxy, no cookies, no idle connections."""
    from aiohttp import ClientSession, DummyCookieJar, TCPConnector

    connector = TCPConnector(force_close=True, limit=0)
    return ClientSession(connector=connector, cookie_jar=DummyCookieJar(), trust_env=False)


class Wire:
    """One player's address. `lock` is for orders that belong together."""

    def __init__(self, http: "ClientSession", address: str, port: int) -> None:
        from soco import SoCo

        self.address = address
        self.name = address
        self.lock = asyncio.Lock()
        self._http = http
        with typed(address):
            self._player = SoCo(address, port)

    async def describe(self) -> str:
        """Return the device description; raise GatewayError."""
        url = f"{self._player.base_url}/xml/device_description.xml"
        with typed(self.name):
            async with self._request("GET", url, READ_WITHIN) as answer:
                answer.raise_for_status()
                return await _text(answer)

    async def call(self, service: str, action: str, **arguments: object) -> Answer:
        """Return what an action of a SoCo service answers; raise GatewayError."""
        reads, at = action.startswith(READS), getattr(self._player, service)
        headers, body = at.build_command(action, list(arguments.items()))
        url, within = at.base_url + at.control_url, READ_WITHIN if reads else WRITE_WITHIN
        with typed(self.name, silence=Unreachable if reads else TimedOut):
            async with self._request("POST", url, within, headers, body.encode()) as answer:
                text = await _text(answer)
                if answer.status == 500:
                    at.handle_upnp_error(text)
                answer.raise_for_status()
                values: Answer = at.unwrap_arguments(text)
                return values

    async def transport(self, action: str, **arguments: object) -> Answer:
        """Call AVTransport, which has one instance."""
        return await self.call("avTransport", action, InstanceID=0, **arguments)

    async def sound(self, action: str, **arguments: object) -> Answer:
        """Call RenderingControl for both channels at once."""
        return await self.call(
            "renderingControl", action, InstanceID=0, Channel="Master", **arguments
        )

    async def browse(self, id: str, start: int = 0, most: int = MOST_LISTED) -> list[Any]:
        """Return up to `most` objects under an id of the content directory, from `start` on.

        They are SoCo's and shared: not to be changed. Raises GatewayError.
        """
        from soco.data_structures_entry import from_didl_string

        found: list[Any] = []
        while len(found) < most:
            answer = await self.call(
                "contentDirectory",
                "Browse",
                ObjectID=id,
                BrowseFlag="BrowseDirectChildren",
                Filter="*",
                StartingIndex=start + len(found),
                RequestedCount=PAGE,
                SortCriteria="",
            )
            with typed(self.name):
                page = from_didl_string(answer["Result"]) if answer["Result"] else []
                found += page
                if not page or start + len(found) >= int(answer["TotalMatches"]):
                    break
        return found[:most]

    async def gena(self, method: str, service: str, within: float, **headers: str) -> Sent:
        """Send a request about the events of a SoCo service; raise GatewayError."""
        at = getattr(self._player, service)
        url = at.base_url + at.event_subscription_url
        with typed(self.name):
            async with self._request(method, url, within, headers) as answer:
                return answer.status, answer.headers

    @asynccontextmanager
    async def _request(
        self,
        method: str,
        url: str,
        within: float,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> "AsyncIterator[ClientResponse]":
        from aiohttp import ClientTimeout

        limits = ClientTimeout(total=within, sock_connect=CONNECT_WITHIN)
        async with self._http.request(
            method, url, headers=headers, data=body, timeout=limits, allow_redirects=False
        ) as answer:
            yield answer


async def _text(answer: "ClientResponse") -> str:
    body = b""
    async for part in answer.content.iter_any():
        body += part
        if len(body) > LONGEST_ANSWER:
            raise ValueError(f"more than {LONGEST_ANSWER} bytes")
    return body.decode()
