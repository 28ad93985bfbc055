"""HTTP to the hosts of the owner's settings: no redirects, no proxy, bounded, TLS verified."""

import ssl
from collections.abc import Mapping
from types import TracebackType
from typing import Any

import aiohttp

from gateway.messages import ChannelFailed

WITHIN = 8.0
TRANSIENT = (408, 425, 429)


class Client:
    """Makes requests and looks at no more of an answer than its status."""

    def __init__(self) -> None:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=10, force_close=True),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=WITHIN),
            trust_env=False,
            max_line_size=4096,
            max_field_size=4096,
        )

    async def __aenter__(self) -> "Client":
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections."""
        await self._session.close()

    async def send(
        self,
        method: str,
        url: str,
        host: str,
        *,
        headers: Mapping[str, str] | None = None,
        json: Any = None,
        data: bytes | None = None,
    ) -> int:
        """Return the status of an answer that is no redirect; raise ChannelFailed without one.

        What is raised names the host and nothing else of the URL.
        """
        try:
            response = await self._session.request(
                method, url, headers=headers, json=json, data=data, allow_redirects=False
            )
            response.close()  # its body is not wanted, however long it is
        except TimeoutError:
            raise ChannelFailed(f"{host} gave no answer in time", transient=True) from None
        except (aiohttp.ClientConnectorCertificateError, ssl.SSLCertVerificationError):
            raise _untrusted(host) from None
        except aiohttp.ClientSSLError:
            raise ChannelFailed(
                f"{host} speaks no TLS that is understood", transient=False
            ) from None
        except aiohttp.InvalidURL:
            raise ChannelFailed(f"the address at {host} is no URL", transient=False) from None
        except aiohttp.ClientConnectionError:
            raise ChannelFailed(f"{host} cannot be reached", transient=True) from None
        except aiohttp.ClientError:
            raise ChannelFailed(f"{host} answered what is no HTTP", transient=False) from None
        return response.status


def _untrusted(host: str) -> ChannelFailed:
    return ChannelFailed(f"the certificate of {host} is not to be trusted", transient=False)


def require(status: int, host: str) -> None:
    """Raise ChannelFailed unless the status says that the message was taken."""
    if 200 <= status < 300:
        return
    if 300 <= status < 400:
        said = f"{host} redirects ({status}), which is not followed"
    elif status in (401, 403):
        said = f"{host} refused ({status}): it may want a token"
    else:
        said = f"{host} answered {status}"
    raise ChannelFailed(said, transient=status >= 500 or status in TRANSIENT)
