"""mDNS: one browser for all adapters' service types, and for whatever else the LAN offers.

Questions are asked by multicast only. An answer by unicast goes to one of the programs that
share port 5353, and beside a system's own responder that is seldom this one.
"""

import asyncio
import re
from collections.abc import Callable, Iterable, Mapping, Sequence

from zeroconf import (
    BadTypeInNameException,
    DNSQuestionType,
    IPVersion,
    ServiceStateChange,
    Zeroconf,
)
from zeroconf.asyncio import AsyncServiceBrowser, AsyncServiceInfo, AsyncZeroconf

from gateway.adapter import Sighting
from gateway.boundary import answered
from gateway.datagrams import multicasting
from gateway.errors import GatewayError
from gateway.network import address_towards, on_a_lan
from gateway.problems import Problems, reason

GROUP, PORT = "224.0.0.251", 5353
META = "_services._dns-sd._udp.local."
ASK_EVERY = 8
RESOLVE_MS = 3000
RESOLVERS = 8
MOST_TYPES, MOST_NAMES = 100, 2000
MOST_FACTS, LONGEST_KEY, LONGEST_VALUE = 40, 60, 500

_TYPE = re.compile(r"_[a-z0-9][a-z0-9_-]{0,61}\._(tcp|udp)\.local\.", re.IGNORECASE)

Heard = Callable[[Sighting], None]


def facts(name: str, kind: str, properties: Mapping[bytes, bytes | None]) -> dict[str, str]:
    """Return TXT keys in lower case (RFC 6763, 6.4: case is ignored, the first one counts), and
    the instance's name as `name`."""
    found = {"name": name.removesuffix(f".{kind}")[:LONGEST_VALUE]}
    for key, value in list(properties.items())[:MOST_FACTS]:
        tidy = key.decode("utf-8", "replace").lower()
        if 0 < len(tidy) <= LONGEST_KEY:
            found.setdefault(tidy, (value or b"")[:LONGEST_VALUE].decode("utf-8", "replace"))
    return found


class Mdns:
    """Browses on every LAN for as long as it is open; `resolve` has to run meanwhile."""

    name = "mDNS"

    def __init__(
        self,
        interfaces: Sequence[str],
        types: Iterable[str],
        heard: Heard,
        gone: Heard,
        problems: Problems,
        shared: AsyncZeroconf | None = None,
    ) -> None:
        self._interfaces = interfaces
        self._heard = heard
        self._gone = gone
        self._problems = problems
        self._shared = shared is not None
        self._zeroconf = shared
        self._types = [META]
        for kind in dict.fromkeys(types):
            if _TYPE.fullmatch(kind):
                self._types.append(kind)
            else:
                problems.failed(f"mDNS type {kind!r}", "is none; an example is _hap._tcp.local.")
        self._most_types = len(self._types) + MOST_TYPES
        self._joined: list[str] = []
        self._browsers: list[AsyncServiceBrowser] = []
        self._resolving: set[str] = set()
        self._unresolved: asyncio.Queue[AsyncServiceInfo] = asyncio.Queue()
        self._known: dict[str, Sighting] = {}

    async def search(self, turn: int) -> None:
        """Browse where it can be done; ask anew now and then, for what nobody heard announced."""
        await self._open()
        if self._zeroconf is not None and (not self._browsers or turn % ASK_EVERY == 0):
            await self._stop_browsing()
            self._browse(self._zeroconf.zeroconf, self._types)

    async def resolve(self) -> None:
        """Ask, for ever, for what was not told along with a service's name."""
        while True:
            info = await self._unresolved.get()
            try:
                if self._zeroconf is not None:
                    asking = info.async_request(
                        self._zeroconf.zeroconf, RESOLVE_MS, DNSQuestionType.QM
                    )
                    await answered(asking, "resolving an mDNS name", None)
            except GatewayError:
                continue
            finally:
                self._resolving.discard(info.name)
            self._tell(info)

    async def aclose(self) -> None:
        """Stop browsing and close every socket that is ours."""
        await self._stop_browsing()
        if self._zeroconf is not None and not self._shared:
            zeroconf, self._zeroconf = self._zeroconf, None
            self._joined = []
            await zeroconf.async_close()

    async def _open(self) -> None:
        """Have a Zeroconf on every interface that works at present."""
        if self._shared:
            return
        usable = [interface for interface in self._interfaces if self._works(interface)]
        if usable == self._joined:
            return
        if self._zeroconf is None:
            self._zeroconf = AsyncZeroconf(interfaces=usable, ip_version=IPVersion.V4Only)
        else:
            await self._zeroconf.async_update_interfaces(usable)
        self._joined = usable

    def _works(self, interface: str) -> bool:
        """Say whether multicasts leave by an interface: the library would not tell."""
        where = f"mDNS on {interface}"
        try:
            with multicasting(interface, 0 if interface in self._joined else PORT) as trying:
                trying.connect((GROUP, PORT))
        except OSError as error:
            self._problems.failed(where, reason(error))
            return False
        self._problems.works(where)
        return True

    def _browse(self, zeroconf: Zeroconf, types: Sequence[str]) -> None:
        self._browsers.append(
            AsyncServiceBrowser(
                zeroconf,
                list(types),
                handlers=[self._changed],
                question_type=DNSQuestionType.QM,
            )
        )

    async def _stop_browsing(self) -> None:
        for browser in self._browsers:
            await browser.async_cancel()
        self._browsers = []

    def _changed(
        self, zeroconf: Zeroconf, service_type: str, name: str, state_change: ServiceStateChange
    ) -> None:
        leaves = state_change is ServiceStateChange.Removed
        if service_type == META:
            if not leaves:
                self._learn(zeroconf, name)
        elif leaves:
            known = self._known.pop(name, None)
            if known is not None:
                self._gone(known)
        else:
            self._look_up(zeroconf, service_type, name)

    def _learn(self, zeroconf: Zeroconf, kind: str) -> None:
        """Browse for a type that nobody asked for, so that its devices are seen as well."""
        new = kind not in self._types and len(self._types) < self._most_types
        if new and _TYPE.fullmatch(kind):
            self._types.append(kind)
            self._browse(zeroconf, [kind])

    def _look_up(self, zeroconf: Zeroconf, kind: str, name: str) -> None:
        if name in self._resolving:
            return
        try:
            info = AsyncServiceInfo(kind, name)
        except BadTypeInNameException:
            return
        if info.load_from_cache(zeroconf):
            self._tell(info)
        elif len(self._resolving) < MOST_NAMES:
            self._resolving.add(name)
            self._unresolved.put_nowait(info)

    def _tell(self, info: AsyncServiceInfo) -> None:
        address = self._address(info)
        if address is None or info.port is None:
            return
        told = facts(info.name, info.type, info.properties)
        sighting = Sighting("mdns", address, info.port, info.type, told)
        if info.name in self._known or len(self._known) < MOST_NAMES:
            self._known[info.name] = sighting
        self._heard(sighting)

    def _address(self, info: AsyncServiceInfo) -> str | None:
        """Return the address that is reached from a searched interface, else the first."""
        claimed = info.parsed_addresses(IPVersion.V4Only) or info.parsed_scoped_addresses()
        found = [one for one in claimed if on_a_lan(one, self._interfaces)]
        return next((one for one in found if self._near(one)), found[0]) if found else None

    def _near(self, address: str) -> bool:
        try:
            return address_towards(address) in self._interfaces
        except GatewayError:
            return False
