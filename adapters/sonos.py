"""Sonos players, by SoCo 0.32: found by SSDP or mDNS, they tell of their changes by UPnP events.

Events get lost, and a player that loses its power says nothing, so that each is also looked at
every few seconds; one that fails twice in a row is away.
"""

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from pydantic import Field

from adapters.sonos_events import LEAVE_WITHIN, Mailbox, Subscription
from adapters.sonos_facts import identity
from adapters.sonos_media import SonosMedia, sonos_id
from adapters.sonos_wire import Wire, open_session, typed
from gateway.adapter import Adapter, AdapterSettings, Link, Network, Sighting
from gateway.device import Device
from gateway.errors import GatewayError, Unreachable
from gateway.limits import Limit

if TYPE_CHECKING:
    from aiohttp import ClientSession

PORT, TLS_PORT = 1400, 1443


class SonosSettings(AdapterSettings):
    """Players want no login."""

    poll: float = Field(10.0, gt=0, le=10)
    """Seconds between two looks at a player, which tells of its changes by itself."""
    events_port: int = Field(0, ge=0, le=65535)
    """The port on which players tell of changes; 0 is any free one."""


class SonosAdapter(Adapter[SonosSettings]):
    """Every player that is to be seen; the other half of a pair and surrounds are part of one."""

    name = "sonos"
    settings_type = SonosSettings
    library = "soco"
    port = PORT
    mdns = ("_sonos._tcp.local.",)
    ssdp = ("urn:schemas-upnp-org:device:ZonePlayer:1",)

    def __init__(self, settings: SonosSettings, network: Network) -> None:
        super().__init__(settings, network)
        self._players: dict[str, SonosMedia] = {}
        self._mailbox = Mailbox(settings.events_port)
        self._http: ClientSession | None = None

    def claims(self, sighting: Sighting) -> bool:
        return ":" not in sighting.address  # players speak IPv4 and nothing else

    async def serve(self, at: Sighting, link: Link) -> None:
        if self._http is None:
            self._http = open_session()
        port = PORT if at.port in (0, TLS_PORT) else at.port
        wire = Wire(self._http, at.address, port)
        with typed(at.address):
            who = identity(await wire.describe())
        if who is None:
            return
        player = SonosMedia(wire, who, self._players)
        await player.look_around()
        if player.standing.hidden:
            return
        self._players[who.uid] = player
        subscriptions = player.subscriptions(self._mailbox)
        try:
            await self._keep(player, subscriptions, link)
        finally:
            if self._players.get(who.uid) is player:
                del self._players[who.uid]
            await _end(subscriptions)

    async def aclose(self) -> None:
        await self._mailbox.aclose()
        http, self._http = self._http, None
        if http is not None:
            await http.close()

    async def _keep(
        self, player: SonosMedia, subscriptions: list[Subscription], link: Link
    ) -> None:
        """Announce the player, and again when its name has changed; report until it is away."""
        announced = ""
        while True:
            await _look(player, subscriptions)
            room = player.standing.room
            if player.standing.hidden:
                raise Unreachable(f"{room} has become a part of another player")
            if room != announced:
                announced = room
                link.announce(_device(player))
            await asyncio.sleep(self.settings.poll)


async def _look(player: SonosMedia, subscriptions: list[Subscription]) -> None:
    """Ask a player for everything; raise GatewayError where it fails twice."""
    try:
        await _look_once(player, subscriptions)
    except GatewayError:
        await _look_once(player, subscriptions)


async def _look_once(player: SonosMedia, subscriptions: list[Subscription]) -> None:
    await player.recognise()
    for subscription in subscriptions:
        await subscription.renew()
    await player.refresh()


async def _end(subscriptions: list[Subscription]) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(LEAVE_WITHIN):
            for subscription in subscriptions:
                with suppress(GatewayError):
                    await subscription.end()


def _device(player: SonosMedia) -> Device:
    room, who = player.standing.room, player.who
    device = Device(
        sonos_id(who.uid),
        room,
        maker="Sonos",
        model=who.model,
        area=room,
        connections=(f"udn:{who.uid}", f"mac:{who.mac}"),
    )
    source = Limit(enum=list(who.inputs)) if who.inputs else Limit(absent=True)
    device.offer(
        player,
        volume=Limit(min=0, max=100, step=1),
        change=Limit(min=-100, max=100, step=1),
        source=source,
    )
    return device
