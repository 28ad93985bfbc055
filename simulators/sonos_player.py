"""One simulated Sonos player: its power, its truth, the hands at its buttons, and its voice.

SSDP headers follow messages of players with software 85 that are quoted in public test suites.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple, Self

from simulators.sonos_content import ContentDirectory
from simulators.sonos_deck import PLAYING, STOPPED, Deck
from simulators.sonos_music import Station, Track
from simulators.sonos_sound import GroupRenderingControl, RenderingControl, within
from simulators.sonos_transport import AVTransport
from simulators.sonos_zones import (
    SOFTWARE,
    AlarmClock,
    DeviceProperties,
    ZoneGroupTopology,
    describe_player,
)
from simulators.ssdp import Beacon
from simulators.upnp import Arguments, Service
from simulators.upnp_device import Device

if TYPE_CHECKING:
    from simulators.sonos import Household

PORT = 1400
ZONE_PLAYER = "urn:schemas-upnp-org:device:ZonePlayer:1"
SERVER = f"Linux UPnP/1.0 Sonos/{SOFTWARE} (ZPS18)"
READS = ("Get", "List", "Browse", "Snapshot")


class Command(NamedTuple):
    """A write that arrived: the action and its arguments, as they were sent."""

    name: str
    arguments: Arguments


class Player:
    """One player of a household; what it plays is its coordinator's."""

    def __init__(
        self, household: Household, address: str, room: str, clock: Callable[[], float]
    ) -> None:
        last = ipaddress.IPv4Address(address).packed[1:]
        self.household = household
        self.address = address
        self.room = room
        self.mac = ":".join(f"{byte:02X}" for byte in b"\x00\x0e\x58" + last)
        self.serial = f"{self.mac.replace(':', '-')}:1"
        self.uid = f"RINCON_{self.mac.replace(':', '')}0{PORT}"
        self.location = f"http://{address}:{PORT}/xml/device_description.xml"
        self.boot = 0
        self.volume = 20
        self.mute = False
        self.received: list[Command] = []
        self.deck = Deck(self.uid, clock)
        self._transport = AVTransport(self)
        self._sound = RenderingControl(self)
        self._group_sound = GroupRenderingControl(self)
        self._content = ContentDirectory(self)
        self._topology = ZoneGroupTopology(self)
        self.services: tuple[Service, ...] = (
            DeviceProperties(self),
            self._topology,
            AlarmClock(self),
            self._content,
            self._transport,
            self._sound,
            self._group_sound,
        )
        self._device = Device(
            self.uid, SERVER, lambda: describe_player(self), self.services, self._heard
        )
        self._beacon: Beacon | None = None

    @property
    def plugged_in(self) -> bool:
        """Whether it has power."""
        return self._beacon is not None

    @property
    def members(self) -> list[Player]:
        """Who sounds together with it, itself included."""
        group = self.household.group_of(self)
        return [self] if group is None else list(group.members)

    @property
    def coordinator(self) -> Player:
        """The player whose music this one plays; itself when it leads or is alone."""
        group = self.household.group_of(self)
        return self if group is None else group.coordinator

    @property
    def leads(self) -> bool:
        """Whether it is the coordinator of its group."""
        return self.coordinator is self

    @property
    def transport(self) -> str:
        """PLAYING, PAUSED_PLAYBACK or STOPPED: what is to be heard here, not what it says."""
        return self.coordinator.deck.state if self.plugged_in else STOPPED

    @property
    def track(self) -> Track | Station | None:
        """What is playing, or would."""
        return self.coordinator.deck.current

    @property
    def queue(self) -> list[Track]:
        """The tracks of its own queue, which counts while it leads."""
        return list(self.deck.queue)

    @property
    def subscribers(self) -> int:
        """How many event subscriptions it holds."""
        return self._device.subscribers

    async def start(self) -> None:
        """Boots: is found, is heard, and stands alone."""
        if self.plugged_in:
            return
        self.boot += 1
        await self._device.start(self.address, PORT)
        beacon = self._make_beacon()
        try:
            await beacon.start()
        except OSError:
            await self._device.stop()
            raise
        self._beacon = beacon
        self.household.welcome(self)

    async def stop(self) -> None:
        """Shuts down in order, with byebye; the household knows at once."""
        if self._beacon is not None:
            self._beacon.stop()
        await self.unplug()
        self.household.miss(self)

    async def unplug(self) -> None:
        """Loses power: no byebye, subscriptions forgotten, and the household has not noticed."""
        beacon, self._beacon = self._beacon, None
        if beacon is not None:
            beacon.silence()
        if self.deck.uri:
            self.deck.stop()
        await self._device.stop()

    async def plug_in(self) -> None:
        """Has power again, and boots."""
        await self.start()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def turn_volume(self, to: int) -> None:
        """Somebody turns the volume at the player."""
        self.volume = within(to)
        self.sound_changed()

    async def set_mute(self, mute: bool) -> None:
        """Somebody mutes it, or no longer."""
        self.mute = mute
        self.sound_changed()

    async def press_play_pause(self) -> None:
        """Somebody presses the button, which works for the whole group."""
        leader = self.coordinator
        if leader.deck.state == PLAYING:
            leader.deck.pause()
            leader.transport_changed()
        elif leader.deck.current is not None:
            leader._transport.start()

    async def end_track(self) -> None:
        """The track is over: the next one plays, or the music ends."""
        leader = self.coordinator
        leader.deck.end_track()
        leader.transport_changed()

    def tell(self, service: Service) -> None:
        """Events the variables of one of its services."""
        self._device.publish(service)

    def sound_changed(self) -> None:
        """Events its volume, and its group's."""
        self.tell(self._sound)
        self.coordinator.tell(self.coordinator._group_sound)

    def transport_changed(self) -> None:
        """Events its transport."""
        self.tell(self._transport)

    def queue_changed(self) -> None:
        """Events its queue, and what became of the track."""
        self.tell(self._content)
        self.tell(self._transport)

    def topology_changed(self) -> None:
        """Events the groups of the household."""
        self.tell(self._topology)
        self.tell(self._group_sound)

    def _heard(self, action: str, arguments: Arguments) -> None:
        if not action.startswith(READS):
            self.received.append(Command(action, arguments))

    def _make_beacon(self) -> Beacon:
        name = f"uuid:{self.uid}"
        targets = {target: f"{name}::{target}" for target in ("upnp:rootdevice", ZONE_PLAYER)}
        extra = {
            "SERVER": SERVER,
            "X-RINCON-HOUSEHOLD": self.household.id,
            "X-RINCON-BOOTSEQ": str(self.boot),
            "BOOTID.UPNP.ORG": str(self.boot),
            "X-RINCON-WIFIMODE": "1",
            "X-RINCON-VARIANT": "2",
            "HOUSEHOLD.SMARTSPEAKER.AUDIO": f"{self.household.id}.virtual",
        }
        return Beacon(self.address, {**targets, name: name}, self.location, extra)
