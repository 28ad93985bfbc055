"""HomeKit accessories and bridges on the network, by aiohomekit 4.0: HAP over TCP, not Thread.

An accessory is announced as soon as it is heard, with what it needs: a pairing, made by
`homeport pair`. It tells of its changes; what it does not tell is asked for. Of the library only
its secure connection and its pairing are used: it would search by a second mDNS browser, come
back by itself, and report orders as if the accessory had confirmed them. Loading it costs about
0.1 s and 13 MB, and brings its CoAP along, as its package imports every transport.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import replace
from functools import cached_property

from pydantic import Field

from adapters.homekit_pairing import Pairing, Pairings, plain
from adapters.homekit_session import Forgotten, Session, Stranger
from adapters.homekit_unit import Unit, connection
from gateway import errors
from gateway.adapter import Adapter, AdapterSettings, Link, Network, Sighting
from gateway.capabilities.sensors import ButtonState
from gateway.device import Device
from gateway.text import clean

PAIR = "pair it: homeport pair {id} (the code is on the accessory or its box)"
PAIR_AGAIN = "the accessory no longer knows homeport: pair it again: homeport pair {id}"
ELSEWHERE = (
    "is paired with another controller, such as Apple Home: remove it there or reset it, "
    "then: homeport pair {id}"
)
MOST_HEARD = 500
USUAL_PORT = 51826
"""Homebridge's; HomeKit has none of its own."""

log = logging.getLogger("homeport.homekit")


class HomeKitSettings(AdapterSettings):
    """Pairings are made by `homeport pair`, not here."""

    poll: float = Field(10.0, gt=0, le=20)
    """Seconds between two looks at an accessory; it tells of its changes by itself."""
    writable: list[str] = Field(default_factory=list)
    """Ids of switches of which the owner knows what they do."""


class HomeKitAdapter(Adapter[HomeKitSettings]):
    """Everything that says _hap._tcp, and configured hosts."""

    name = "homekit"
    settings_type = HomeKitSettings
    library = "aiohomekit"
    port = USUAL_PORT
    mdns = ("_hap._tcp.local.",)

    def __init__(self, settings: HomeKitSettings, network: Network) -> None:
        super().__init__(settings, network)
        self._heard: dict[str, Sighting] = {}
        """What accessories said last, by their ids."""
        self._waiting: dict[str, Sighting] = {}
        """The places that need a pairing."""
        self._served: set[str] = set()
        self._pressed: dict[str, ButtonState] = {}
        self._mark: object = self  # unlike any file

    @cached_property
    def _pairings(self) -> Pairings:
        return Pairings(self.folder)

    def claims(self, sighting: Sighting) -> bool:
        if sighting.source != "mdns":
            return True
        id = _id(sighting)
        if id and (id in self._heard or len(self._heard) < MOST_HEARD):
            self._heard[id] = sighting
        return bool(id)

    def place(self, sighting: Sighting) -> str:
        """Several accessories stand at one address, and their ports change: they have ids."""
        return _id(sighting) or self._id_at(sighting) or f"{sighting.address}:{sighting.port}"

    async def search(self, heard: Callable[[Sighting], None]) -> None:
        """Try again what needed a pairing, as soon as there is a new one."""
        mark = self._pairings.mark()
        self._pairings.all()
        if mark != self._mark:
            self._mark = mark
            for sighting in list(self._waiting.values()):
                heard(replace(sighting, source="radio", what=self.name))

    async def serve(self, at: Sighting, link: Link) -> None:
        who = _id(at) or self._id_at(at)
        self._waiting[who] = at
        candidates = self._candidates(who)
        self._waiting.pop(who, None)
        for pairing in candidates:
            if pairing.id in self._served:
                return
            self._served.add(pairing.id)
            try:
                await self._keep(pairing, at, link)
            except (Stranger, Forgotten) as error:
                if not who:
                    continue
                if isinstance(error, Forgotten):
                    self._lack(pairing.id, pairing.name, PAIR_AGAIN, at, link)
                raise
            finally:
                self._served.discard(pairing.id)
        self._unpaired(at, link)

    async def _keep(self, pairing: Pairing, at: Sighting, link: Link) -> None:
        """Serve what we are paired with until it is lost."""
        unit: Unit | None = None

        def heard(event: object) -> None:
            if unit is not None:
                unit.heard(event)

        session = Session(at.address, at.port, pairing.keys, heard)
        try:
            await session.open()
            if (pairing.address, pairing.port) != (at.address, at.port):
                await asyncio.to_thread(self._pairings.moved, pairing.id, at.address, at.port)
            writable = frozenset(self.settings.writable)
            unit = Unit(session, f"homekit-{pairing.id}", writable, self._pressed)
            await self._tend(unit, session, pairing.id, link)
        finally:
            await session.aclose()

    async def _tend(self, unit: Unit, session: Session, id: str, link: Link) -> None:
        while True:
            await unit.learn(link)
            version = self._version(id)
            while (now := self._version(id)) == version or version is None:
                version = now
                if await _over(session, self.settings.poll):
                    raise errors.Unreachable(f"{session.name} has hung up")
                if self._is_taken_back(id):
                    raise errors.Unreachable("homeport has no pairing with it any more")
                await unit.look(link)

    def _candidates(self, who: str) -> list[Pairing]:
        """Return the pairings that may open an accessory: any where it has not said who it is."""
        known = self._pairings.all()
        if who:
            return [known[who]] if who in known else []
        return list(known.values())

    def _unpaired(self, at: Sighting, link: Link) -> None:
        """Say what is missing; do nothing where it is not known who stands there."""
        if id := _id(at):
            free = at.facts.get("sf", "1") != "0"
            name = clean(at.facts.get("name", "")) or id
            self._lack(id, name, PAIR if free else ELSEWHERE, at, link)
            raise errors.NeedsSetup(f"{name} is not paired with homeport")
        if at.source == "configured" and "range" not in at.facts:
            where = f"{at.address}:{at.port}"
            raise errors.NeedsSetup(
                f"there is no pairing with what stands at {where}: homeport pair --address {where}"
            )

    def _lack(self, id: str, name: str, need: str, at: Sighting, link: Link) -> None:
        self._waiting[id] = at
        device = Device(
            f"homekit-{id}",
            name,
            maker="",
            model=at.facts.get("md", ""),
            connections=(connection(id),),
            needs=(need.format(id=id),),
        )
        link.announce(device)

    def _id_at(self, at: Sighting) -> str:
        try:
            return at_place(self._pairings.all().values(), at)
        except errors.NeedsSetup:
            return ""

    def _is_taken_back(self, id: str) -> bool:
        """Say whether there is no such pairing any more; a broken file ends no connection."""
        with suppress(errors.NeedsSetup):
            return id not in self._pairings.all()
        return False

    def _version(self, id: str) -> str | None:
        heard = self._heard.get(id)
        return heard.facts.get("c#") if heard else None


def at_place(pairings: Iterable[Pairing], at: Sighting) -> str:
    """Return the id of the accessory that was there last; empty where there is none."""
    return next(
        (one.id for one in pairings if (one.address, one.port) == (at.address, at.port)), ""
    )


def _id(at: Sighting) -> str:
    return plain(at.facts.get("id", ""))


async def _over(session: Session, seconds: float) -> bool:
    """Wait, and say whether the session was lost meanwhile."""
    try:
        async with asyncio.timeout(seconds):
            return await session.lost.wait()
    except TimeoutError:
        return False
