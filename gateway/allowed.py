"""Where webhooks may go: only to what the owner wrote down, and nowhere that pretends to be it.

Pure: which addresses a name has is somebody else's to find out, once for each delivery.
"""

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator

from gateway.errors import InvalidArguments, NotAllowed

PORTS = {"http": 80, "https": 443}
LONGEST_URL = 2000
_HOST = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*")
_NUMBER = re.compile(r"\d+|0x[0-9a-f]*")
_VISIBLE = re.compile(r"[\x21-\x7e]+")
_NAT64 = ipaddress.ip_network("64:ff9b::/96")

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class NotAllowedHost(NotAllowed):
    """The receiver's origin is not on the owner's list."""

    code, title = "not_allowed_host", "The owner has not allowed this receiver"


class NotAllowedAddress(NotAllowed):
    """An allowed name leads into the house, or to what only this machine can see."""

    code, title = "not_allowed_address", "The receiver's name leads where it must not"


class WebhookSettings(BaseModel):
    """Where events may be sent, and how often it is tried."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    allow: list[str] = Field(default_factory=list)
    """Origins that webhooks may go to, such as http://127.0.0.1:9000 or https://hooks.example.org.
    A name must lead to public addresses; a receiver in the LAN is written as its address."""
    schedule: list[float] = Field(
        default=[5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400], max_length=50
    )
    """Seconds between the attempts, after the first that is made at once."""
    overlap: float = Field(86400, ge=0)
    """Seconds for which the old secret of a webhook signs too, after a new one was made."""

    @field_validator("allow")
    @classmethod
    def _origins(cls, entries: list[str]) -> list[str]:
        return [str(_entry(entry)) for entry in entries]

    @field_validator("schedule")
    @classmethod
    def _waits(cls, waits: list[float]) -> list[float]:
        if any(not 0 <= wait <= 604_800 for wait in waits):
            raise ValueError("a wait is 0 to 604800 seconds")
        return waits


@dataclass(frozen=True, slots=True)
class Origin:
    """Scheme, host and port of a URL, the port always given."""

    scheme: str
    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{host}{port}"

    @property
    def literal(self) -> bool:
        """Whether the host is an address."""
        return _address(self.host) is not None


def origin(url: str) -> Origin:
    """Return the origin of `url`; raise InvalidArguments where it cannot be a receiver's."""
    try:
        return _origin(url)
    except ValueError as error:
        raise InvalidArguments(
            f"This URL cannot be used: {error}",
            field="url",
            hint="A receiver looks like https://hooks.example.org/homeport.",
        ) from None


class Allowed:
    """The owner's list."""

    def __init__(self, entries: Iterable[str]) -> None:
        self._origins = frozenset(_entry(entry) for entry in entries)

    def check(self, url: str) -> Origin:
        """Return the origin of `url`; raise NotAllowedHost where it is not on the list."""
        found = origin(url)
        if found not in self._origins:
            raise NotAllowedHost(
                f"Nothing may be sent to {found}",
                hint=f"The owner allows it in the settings: [webhooks] allow = ['{found}'].",
            )
        return found

    def check_addresses(self, found: Origin, addresses: Iterable[str]) -> None:
        """Raise NotAllowedAddress unless all that the name of an origin leads to is public."""
        if found.literal:
            return
        hidden = [address for address in addresses if not public(address)]
        if hidden:
            raise NotAllowedAddress(
                f"The name {found.host} leads to {hidden[0]}, which is not a public address",
                hint="For a receiver in the LAN the owner writes its address into [webhooks] "
                "allow, such as http://192.0.2.7:9000, and it is subscribed by that.",
            )


def public(address: str) -> bool:
    """Say whether an address belongs to the internet, whatever it is wrapped in."""
    found = _address(address.partition("%")[0])
    if found is None:
        return False
    inner = _wrapped(found)
    if inner is not None:
        return public(str(inner))
    return found.is_global and not (
        found.is_multicast
        or found.is_reserved
        or found.is_unspecified
        or found.is_link_local
        or (isinstance(found, ipaddress.IPv6Address) and found.is_site_local)
    )


def _wrapped(address: _Address) -> ipaddress.IPv4Address | None:
    """Return the IPv4 address that a mapped, 6to4 or NAT64 one stands for."""
    if not isinstance(address, ipaddress.IPv6Address):
        return None
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped or address.sixtofour


def _address(host: str) -> _Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _entry(text: str) -> Origin:
    found = _origin(text)
    parts = urlsplit(text)
    if parts.path not in ("", "/") or parts.query:
        raise ValueError(f"an entry is scheme, host and port only: {found}")
    return found


def _origin(url: str) -> Origin:
    if len(url) > LONGEST_URL:
        raise ValueError(f"it is longer than {LONGEST_URL} characters")
    if not _VISIBLE.fullmatch(url) or "\\" in url:
        raise ValueError("it holds characters that do not belong into a URL")
    parts = urlsplit(url)
    if parts.scheme not in PORTS:
        raise ValueError("it begins with http:// or https://")
    if "@" in parts.netloc:
        raise ValueError("it holds a user name")
    if "#" in url:
        raise ValueError("it holds a fragment")
    host = _host(parts.hostname or "")
    port = parts.port  # raises ValueError where it is no port
    if port == 0 or parts.netloc.endswith(":"):
        raise ValueError("its port is no port")
    return Origin(parts.scheme, host, port or PORTS[parts.scheme])


def _host(host: str) -> str:
    """Return a host in the one form in which it is compared.

    What a resolver might read as an address (127.1, 0x7f000001) has to be written as one.
    """
    found = _address(host)
    if found is not None and "%" not in host:
        return found.compressed
    if not _HOST.fullmatch(host) or len(host) > 253:
        raise ValueError("its host is no host")
    if _NUMBER.fullmatch(host.rpartition(".")[2]):
        raise ValueError("its host looks like an address and is none")
    return host
