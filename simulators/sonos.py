"""A simulated Sonos household: players that speak SSDP, SOAP and GENA on port 1400.

    async with Household({"Kitchen": "127.0.77.21", "Living Room": "127.0.77.22"}) as house:
        house["Kitchen"].received

Each player needs an address of its own: any in 127.0.0.0/8 on Linux, or an interface's in a
namespace. macOS has 127.0.0.1 only, so there a household has one player, unless further loopback
addresses are added (`ifconfig lo0 alias 127.0.77.22`). An unplugged player refuses connections
at once, because the host still has its address; one whose plug is pulled falls silent instead,
which needs a namespace with its link down.

Own work, against descriptions and captures that each module names; it has met SoCo, and no player.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Self

from simulators.sonos_library import usual_library
from simulators.sonos_music import Library
from simulators.sonos_player import Command, Player
from simulators.sonos_zones import Group

__all__ = ["Command", "Household", "Player"]


class Household:
    """Players by room, given as room → address; each of them knows all the others."""

    def __init__(
        self,
        rooms: Mapping[str, str],
        library: Library | None = None,
        household_id: str = "Sonos_virtualhouse",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.id = household_id
        self.library = library or usual_library()
        self.players = [Player(self, address, room, clock) for room, address in rooms.items()]
        self.groups: list[Group] = []
        self.vanished: list[Player] = []
        self._groups_made = 0

    def __getitem__(self, room: str) -> Player:
        found = [player for player in self.players if player.room == room]
        if not found:
            raise KeyError(room)
        return found[0]

    async def start(self) -> None:
        """Boots every player; none is left running if one cannot."""
        try:
            for player in self.players:
                await player.start()
        except OSError:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Shuts every player down; idempotent."""
        for player in self.players:
            await player.stop()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    def group_of(self, player: Player) -> Group | None:
        """The group that `player` stands in; None while the household does not know it."""
        return next((group for group in self.groups if player in group.members), None)

    def leader_named(self, uid: str) -> Player | None:
        """The coordinator of this uid, if it is one."""
        leaders = (group.coordinator for group in self.groups)
        return next((leader for leader in leaders if leader.uid == uid), None)

    def join(self, player: Player, leader: Player) -> None:
        """`player` leaves its group, which others carry on, and follows `leader`."""
        group = self.group_of(leader)
        if group is None or player in group.members:
            return
        self._part(player)
        group.members.append(player)
        follow(player, leader)
        self.topology_changed()

    def leave(self, player: Player) -> Player | None:
        """`player` stands alone with its own queue; the one that leads the others now, if new."""
        if len(player.members) == 1:
            return None
        followed = not player.leads
        heir = self._part(player)
        self._found(player)
        if followed:
            player.deck.load(player.deck.queue_uri, "", None)
        player.transport_changed()
        self.topology_changed()
        return heir

    def welcome(self, player: Player) -> None:
        """A player has booted: it stands alone, whatever it was part of."""
        if player in self.vanished:
            self.vanished.remove(player)
        if self.group_of(player) is None:
            self._found(player)
        self.leave(player)
        self.topology_changed()

    def miss(self, player: Player) -> None:
        """The others notice that `player` is gone, which takes them a while when it lost power."""
        if self.group_of(player) is None:
            return
        self._part(player)
        player.deck.load(player.deck.queue_uri, "", None)
        self.vanished.append(player)
        self.topology_changed()

    def topology_changed(self) -> None:
        """Every player events the groups."""
        for player in self.players:
            player.topology_changed()

    def _found(self, player: Player) -> None:
        self._groups_made += 1
        self.groups.append(Group(f"{player.uid}:{self._groups_made}", player, [player]))

    def _part(self, player: Player) -> Player | None:
        """Takes `player` out of its group; the member that leads it now, if that is another."""
        group = self.group_of(player)
        if group is None:
            return None
        group.members.remove(player)
        if not group.members:
            self.groups.remove(group)
            return None
        if group.coordinator is not player:
            return None
        heir = next((m for m in group.members if m.plugged_in), group.members[0])
        heir.deck.take_over(player.deck)
        group.coordinator = heir
        heir.transport_changed()
        for member in group.members:
            if member is not heir:
                follow(member, heir)
        return heir


def follow(player: Player, leader: Player) -> None:
    """What `player` plays is `leader`."""
    player.deck.load(f"x-rincon:{leader.uid}", "", None)
    player.transport_changed()
