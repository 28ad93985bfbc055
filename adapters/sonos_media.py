"""A Sonos player as a capability: what it does and what it is told.

A group sounds as one. What it plays is its leader's: the leader is told, and its answer is every
member's state, because a member says that it plays whatever the group does. Volume and mute are
each player's own.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from adapters.sonos_events import Mailbox, Subscription
from adapters.sonos_facts import Identity, Standing, Tune, answered, standing, tune
from adapters.sonos_music import chosen, known, upcoming
from adapters.sonos_orders import adjust, follow, obey, play, play_input
from adapters.sonos_wire import Wire, typed
from gateway.capabilities.media import (
    ControlMusic,
    Favourite,
    Favourites,
    Media,
    MediaState,
    PlayMusic,
    Queue,
)
from gateway.capability import Nothing
from gateway.device import device_id
from gateway.errors import DeviceRefused, GatewayError, Unreachable

FALLEN_IN_WITHIN = GROUPED_WITHIN = SHOWN_WITHIN = 2.0


def sonos_id(uid: str) -> str:
    """Return a player's id in the home."""
    return device_id("sonos", uid)


class SonosMedia(Media):
    """One player; `players` are all that answer, by uid. It pushes once an event has come."""

    def __init__(self, wire: Wire, who: Identity, players: Mapping[str, "SonosMedia"]) -> None:
        self.wire = wire
        self.who = who
        self.standing = Standing(who.room, who.uid, frozenset({who.uid}))
        self._players = players
        self._said: dict[str, Any] = {}
        self._tune = Tune()
        self._volume: int | None = None
        self._muted: bool | None = None
        self._mac: str | None = None
        self._events = 0
        self._asking = asyncio.Lock()
        self._regrouped = asyncio.Event()

    def subscriptions(self, mailbox: Mailbox) -> list[Subscription]:
        """Return what keeps this player's state true between two looks, not yet begun."""
        told = {
            "zoneGroupTopology": self._zones_told,
            "avTransport": self._music_told,
            "renderingControl": self._sound_told,
        }
        return [Subscription(self.wire, service, mailbox, tell) for service, tell in told.items()]

    async def recognise(self) -> None:
        """Raise Unreachable where another player has taken the address over."""
        mac = (await self.wire.call("deviceProperties", "GetZoneInfo")).get("MACAddress", "")
        if self._mac not in (None, mac):
            raise Unreachable(f"another player answers at {self.wire.address}")
        self._mac = mac

    async def refresh(self) -> None:
        await self.look_around()
        await self._ask_sound()
        leader = self._players.get(self.standing.leader, self)
        try:
            await leader._ask_music()
        except GatewayError:
            if leader is self:
                raise
        self._tell()

    async def look_around(self) -> None:
        """Ask who sounds together; raise GatewayError."""
        events = self._events
        try:
            answer = await self.wire.call("zoneGroupTopology", "GetZoneGroupState")
        except DeviceRefused:
            return  # a household of twenty and more is too long to be asked for; it is evented
        with typed(self.wire.name):
            if events == self._events:
                self._regroup(answer["ZoneGroupState"])

    async def play_music(self, change: PlayMusic, others: Sequence[Media] = ()) -> None:
        mates = [one for one in others if isinstance(one, SonosMedia)]
        await self.look_around()
        music = None if change.what is None else await chosen(self.wire, change.what)
        first = self
        if music is None:
            first = next((one for one in (self, *mates) if one._now.playing), self)
        leader = first._leader()
        async with leader.wire.lock:
            await adjust(self.wire, change.volume)
            if mates:
                await leader._gather((self, *mates), change.volume)
            if music is None:
                await obey(leader.wire, "resume")
            else:
                await play(leader.wire, leader.who.uid, music)
        await _show([self, *mates])

    async def control_music(self, change: ControlMusic) -> None:
        if change.do is not None or change.source is not None:
            await self.look_around()
        if change.do == "ungroup":
            await self.wire.transport("BecomeCoordinatorOfStandaloneGroup")
            await self._grouped(lambda members: len(members) == 1)
        elif change.do is not None:
            leader = self._leader()
            async with leader.wire.lock:
                await obey(leader.wire, change.do)
        if change.source is not None:
            await self._select(change.source)
        await adjust(self.wire, change.volume, change.change, change.mute)
        await _show([self])

    async def favourites(self, about: Nothing) -> Favourites:
        musics = await known(self.wire)
        return Favourites(favourites=[Favourite(name=one.name, type=one.type) for one in musics])

    async def queue(self, about: Nothing) -> Queue:
        return await upcoming(self._leader().wire)

    def _leader(self) -> "SonosMedia":
        leader = self._players.get(self.standing.leader)
        if leader is None:
            raise Unreachable(f"{self.standing.room} follows a player that does not answer")
        return leader

    async def _gather(self, players: Sequence["SonosMedia"], volume: float | None) -> None:
        """Have these follow this player, at this volume; those that can."""
        fell = await asyncio.gather(*(one._falls_in(self.who.uid, volume) for one in players))
        here = {one.who.uid for one, fine in zip(players, fell, strict=True) if fine}
        await self._grouped(here.issubset)

    async def _falls_in(self, leader: str, volume: float | None) -> bool:
        """Follow a leader; say whether that was granted: the others need not be silent."""
        try:
            async with asyncio.timeout(FALLEN_IN_WITHIN):
                await adjust(self.wire, volume)
                if self.standing.leader != leader:
                    await follow(self.wire, leader)
        except (TimeoutError, GatewayError):
            return False
        return True

    async def _select(self, source: str) -> None:
        """Play an input: a line-in for the whole group, a television where it stands."""
        uid = self.who.uid
        wire, uri = self.wire, f"x-sonos-htastream:{uid}:spdif"
        if source != "tv":
            wire, uri = self._leader().wire, f"x-rincon-stream:{uid}"
        async with wire.lock:
            await play_input(wire, uri)

    async def _grouped(self, so: Callable[[frozenset[str]], bool]) -> None:
        """Wait until the household says that the members are so, but not for long."""
        with suppress(TimeoutError, GatewayError):
            async with asyncio.timeout(GROUPED_WITHIN):
                await self.look_around()
                while not so(self.standing.members):
                    await self._regrouped.wait()

    async def _ask_sound(self) -> None:
        async with self._asking:
            events = self._events
            volume = await self.wire.sound("GetVolume")
            muted = await self.wire.sound("GetMute")
            if events == self._events:  # else what was told since is newer
                with typed(self.wire.name):
                    self._volume = int(volume["CurrentVolume"])
                    self._muted = muted["CurrentMute"] == "1"

    async def _ask_music(self) -> None:
        async with self._asking:
            events = self._events
            transport = await self.wire.transport("GetTransportInfo")
            position = await self.wire.transport("GetPositionInfo")
            media = await self.wire.transport("GetMediaInfo")
            if events == self._events:
                with typed(self.wire.name):
                    said = answered(transport, position, media)
                self._hear(said)

    def _music_told(self, event: Mapping[str, Any]) -> None:
        self._take_note()
        self._hear(event)

    def _sound_told(self, event: Mapping[str, Any]) -> None:
        self._take_note()
        with typed(self.wire.name):
            if "volume" in event:
                self._volume = int(event["volume"]["Master"])
            if "mute" in event:
                self._muted = event["mute"]["Master"] == "1"
        self._tell()

    def _zones_told(self, event: Mapping[str, Any]) -> None:
        self._take_note()
        if "zone_group_state" in event:
            with typed(self.wire.name):
                self._regroup(event["zone_group_state"])
            self._tell()

    def _take_note(self) -> None:
        self._events += 1
        self.pushes = True

    def _hear(self, said: Mapping[str, Any]) -> None:
        """Take in what this player says that it plays, and tell it of all that follow it."""
        self._said.update(said)
        with typed(self.wire.name):
            self._tune = tune(self._said)
        for one in {self, *self._players.values()}:
            if one.standing.leader == self.who.uid:
                one._tell()

    def _regroup(self, zones: str) -> None:
        alone = Standing(self.standing.room, self.who.uid, frozenset({self.who.uid}))
        self.standing = standing(self.who.uid, zones) or alone
        self.wire.name = self.standing.room
        self._regrouped.set()
        self._regrouped = asyncio.Event()

    @property
    def _now(self) -> Tune:
        leader = self._players.get(self.standing.leader)
        return Tune() if leader is None else leader._tune

    def _tell(self) -> None:
        now, others = self._now, self.standing.members - {self.who.uid}
        with typed(self.wire.name):
            state = MediaState(
                playing=now.playing,
                volume=self._volume,
                muted=self._muted,
                title=now.title,
                artist=now.artist,
                album=now.album,
                source=now.source,
                group=sorted(sonos_id(uid) for uid in others),
            )
        self.report(state)


async def _show(players: Iterable[SonosMedia]) -> None:
    """Report at once what has been done; where that fails, the next event or look shows it."""
    with suppress(TimeoutError):
        async with asyncio.timeout(SHOWN_WITHIN):
            await asyncio.gather(*(one.refresh() for one in players), return_exceptions=True)
