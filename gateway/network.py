"""Which LANs this machine is on, and which addresses the owner's words for hosts mean."""

import ipaddress
import re
import socket
from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv4Interface, IPv6Address

import ifaddr

from gateway.adapter import Network
from gateway.errors import CannotStart, Unreachable
from gateway.settings import EXIT_SETTINGS

MOST_HOSTS = 1024
LONGEST_USEFUL_PREFIX = 30
EVERYBODY = IPv4Address("255.255.255.255")
FAR_AWAY = "198.51.100.1"  # for documentation (RFC 5737): only its route is looked up

_NAME = re.compile(
    r"(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?"
    r"(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*\.?",
    re.IGNORECASE,
)
_PORT = re.compile(r"[0-9]{1,5}")
_BRACKETED = re.compile(r"\[(?P<host>[^]]+)](:(?P<port>.*))?")


def networks(interface: str | None = None, broadcast: str | None = None) -> list[Network]:
    """Return the LANs to search: the one of `interface`, else all of private IPv4 addresses.

    The one with the default route comes first. Loopback is searched only when it is asked for.
    Raises CannotStart where this machine has no such interface or LAN.
    """
    own = _own_addresses()
    found = _private(own) if interface is None else [_named(interface, own)]
    reach = {one: one.network.broadcast_address for one in found}
    if broadcast is not None:
        wanted = _ipv4(broadcast, "broadcast", own)
        meant = [one for one in found if interface or wanted == EVERYBODY or wanted in one.network]
        if not meant:
            raise _wrong(f"broadcast: {wanted} is on no LAN of this machine, {_listed(own)}")
        reach |= dict.fromkeys(meant, wanted)
    return [Network(str(one.ip), str(address)) for one, address in reach.items()]


def address_towards(host: str) -> str:
    """Return this machine's address as the host at that address sees it; no packet is sent.

    Raises Unreachable where no route leads there.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as looking:
            looking.connect((host, 9))
            return str(looking.getsockname()[0])
    except OSError as error:
        raise Unreachable(f"no route leads to {host}: {error.strerror or error}") from None


def expand(hosts: Iterable[str], port: int) -> list[tuple[str, int]]:
    """Return address and port of every host meant by "ADDRESS", "NAME", "ADDRESS/BITS", or any
    of these with ":PORT", each once; `port` is for those without. Names stay names.

    Raises CannotStart where one cannot be read, or all mean more than 1,024 addresses.
    """
    found: dict[tuple[str, int], None] = {}
    for entry in hosts:
        host, own_port = _split(entry.strip(), port)
        found |= dict.fromkeys((address, own_port) for address in _addresses(host, entry))
        if len(found) > MOST_HOSTS:
            raise _wrong(f"hosts: {_too_many(len(found))}")
    return list(found)


def on_a_lan(address: str, interfaces: Sequence[str]) -> bool:
    """Say whether an address that somebody claims to have can lie on the LANs of `interfaces`.

    Anybody can write anything into an mDNS record: this machine itself, or a host of the
    internet, is not believed to be a device of the house.
    """
    claimed = ipaddress.ip_address(address.partition("%")[0])
    own = [ipaddress.ip_address(one) for one in interfaces]
    if claimed.is_multicast or claimed.is_unspecified or claimed == EVERYBODY:
        return False
    if claimed.is_loopback:
        return any(one.is_loopback for one in own)
    if all(one.is_loopback for one in own):
        return False
    return not claimed.is_global or claimed.version == 6 or any(one.is_global for one in own)


def _own_addresses() -> list[IPv4Interface]:
    return [
        IPv4Interface(f"{one.ip}/{one.network_prefix}")
        for adapter in ifaddr.get_adapters()
        for one in adapter.ips
        if one.is_IPv4
    ]


def _private(own: Iterable[IPv4Interface]) -> list[IPv4Interface]:
    """Return one address for each LAN worth searching, that of the default route first."""
    by_network = {
        one.network: one
        for one in reversed(list(own))
        if one.ip.is_private
        and not one.ip.is_loopback
        and one.network.prefixlen <= LONGEST_USEFUL_PREFIX
    }
    found = list(reversed(by_network.values()))
    try:
        first = address_towards(FAR_AWAY)
    except Unreachable:
        return found
    return sorted(found, key=lambda one: str(one.ip) != first)


def _named(interface: str, own: Sequence[IPv4Interface]) -> IPv4Interface:
    wanted = _ipv4(interface, "interface", own)
    for one in own:
        if one.ip == wanted:
            return one
    if wanted.is_loopback and _is_ours(wanted):
        return IPv4Interface(f"{wanted}/8")
    raise _wrong(f"interface: this machine has no {wanted}, {_listed(own)}")


def _is_ours(address: IPv4Address) -> bool:
    """Say whether this machine answers to an address that no interface lists (127.0.0.0/8)."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as trying:
        try:
            trying.bind((str(address), 0))
        except OSError:
            return False
    return True


def _ipv4(text: str, setting: str, own: Iterable[IPv4Interface]) -> IPv4Address:
    try:
        return IPv4Address(text.strip())
    except ValueError:
        raise _wrong(f"{setting}: {text!r} is no IPv4 address, {_listed(own)}") from None


def _listed(own: Iterable[IPv4Interface]) -> str:
    return f"it has {', '.join(str(one.ip) for one in own) or 'none'}"


def _split(entry: str, port: int) -> tuple[str, int]:
    bracketed = _BRACKETED.fullmatch(entry)
    if bracketed:
        host, given = bracketed["host"], bracketed["port"]
    elif entry.count(":") > 1:
        host, given = entry, None
    else:
        host, colon, rest = entry.partition(":")
        given = rest if colon else None
    if given is None:
        return host, port
    if not (_PORT.fullmatch(given) and 0 < int(given) < 65536):
        raise _wrong(f"hosts: {entry!r} has no port between 1 and 65535 after the colon")
    return host, int(given)


def _addresses(host: str, entry: str) -> list[str]:
    if "/" in host:
        return _of_range(host, entry)
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        if _NAME.fullmatch(host) and not host.rstrip(".").rpartition(".")[2].isdecimal():
            return [host]
        raise _unreadable(entry) from None
    if not _is_host(address):
        raise _wrong(f"hosts: {entry!r} is the address of no single host")
    return [str(address)]


def _of_range(host: str, entry: str) -> list[str]:
    try:
        within = ipaddress.ip_network(host, strict=False)
    except ValueError:
        raise _unreadable(entry) from None
    if within.num_addresses > MOST_HOSTS:
        raise _wrong(f"hosts: {entry!r} has {_too_many(within.num_addresses)}")
    return [str(address) for address in within.hosts()]


def _is_host(address: IPv4Address | IPv6Address) -> bool:
    return not (address.is_multicast or address.is_unspecified or address == EVERYBODY)


def _too_many(count: int) -> str:
    return f"{count:,} addresses; at most {MOST_HOSTS:,} are searched one by one"


def _unreadable(entry: str) -> CannotStart:
    return _wrong(
        f"hosts: {entry!r} cannot be read",
        hint="Examples: 192.0.2.7, 192.0.2.7:8080, lamp.lan, 192.0.2.0/28, [fd00::7]:8080.",
    )


def _wrong(sentence: str, hint: str | None = None) -> CannotStart:
    return CannotStart(sentence, exit_code=EXIT_SETTINGS, hint=hint)
