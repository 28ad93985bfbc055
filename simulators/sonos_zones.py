"""Who stands with whom: groups, ZoneGroupTopology, and what a Sonos player says of itself.

The shape of ZoneGroupState follows states that players sent (home-assistant/core,
tests/components/sonos/fixtures/zgs_*.xml; SoCo, zonegroupstate.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

from simulators.upnp import Action, Arguments, Service

if TYPE_CHECKING:
    from simulators.sonos import Household, Player

SOFTWARE = "70.3-35220"


@dataclass(eq=False)
class Group:
    """Players that sound as one; the coordinator is one of the members."""

    id: str
    coordinator: Player
    members: list[Player]


def zone_group_state(household: Household) -> str:
    """The whole household as every one of its players tells it."""
    groups = "".join(
        f'<ZoneGroup Coordinator="{group.coordinator.uid}" ID="{group.id}">'
        f"{''.join(map(zone_group_member, group.members))}</ZoneGroup>"
        for group in household.groups
    )
    vanished = "".join(
        f'<Device UUID="{player.uid}" ZoneName={quoteattr(player.room)} Reason="powered off"/>'
        for player in household.vanished
    )
    return (
        f"<ZoneGroupState><ZoneGroups>{groups}</ZoneGroups>"
        f"<VanishedDevices>{vanished}</VanishedDevices></ZoneGroupState>"
    )


def zone_group_member(player: Player) -> str:
    """One player in the state of its household."""
    return (
        f'<ZoneGroupMember UUID="{player.uid}" Location="{player.location}"'
        f' ZoneName={quoteattr(player.room)} Icon="" Configuration="1"'
        f' SoftwareVersion="{SOFTWARE}" SWGen="2" MinCompatibleVersion="69.0-00000"'
        f' LegacyCompatibleVersion="58.0-00000" BootSeq="{player.boot}"'
        ' TVConfigurationError="0" HdmiCecAvailable="0" WirelessMode="1" WirelessLeafOnly="0"'
        ' ChannelFreq="5180" BehindWifiExtender="0" WifiEnabled="1" EthLink="0" Orientation="0"'
        ' RoomCalibrationState="4" SecureRegState="3" VoiceConfigState="0" MicEnabled="0"'
        ' AirPlayEnabled="1" IdleState="1" MoreInfo="" SSLPort="1443" HHSSLPort="1843"/>'
    )


def describe_player(player: Player) -> str:
    """The device description of a Sonos One in the household."""
    services = "".join(service.list_entry() for service in player.services if not service.under)
    embedded = "".join(
        f"<device><deviceType>urn:schemas-upnp-org:device:{kind}:1</deviceType>"
        f"<friendlyName>{escape(player.room)} - Sonos One {name}</friendlyName>"
        "<manufacturer>Sonos, Inc.</manufacturer><modelName>Sonos One</modelName>"
        f"<UDN>uuid:{player.uid}_{short}</UDN><serviceList>"
        f"{''.join(held.list_entry() for held in player.services if held.under == f'/{kind}')}"
        "</serviceList></device>"
        for kind, name, short in (
            ("MediaServer", "Media Server", "MS"),
            ("MediaRenderer", "Media Renderer", "MR"),
        )
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?><root xmlns="urn:schemas-upnp-org:device-1-0">'
        "<specVersion><major>1</major><minor>0</minor></specVersion><device>"
        "<deviceType>urn:schemas-upnp-org:device:ZonePlayer:1</deviceType>"
        f"<friendlyName>{player.address} - Sonos One - {player.uid}</friendlyName>"
        "<manufacturer>Sonos, Inc.</manufacturer>"
        "<manufacturerURL>http://www.sonos.com</manufacturerURL>"
        "<modelNumber>S18</modelNumber><modelDescription>Sonos One</modelDescription>"
        "<modelName>Sonos One</modelName>"
        f"<softwareVersion>{SOFTWARE}</softwareVersion><swGen>2</swGen>"
        "<hardwareVersion>1.26.1.7-2.1</hardwareVersion>"
        f"<serialNum>{player.serial}</serialNum><MACAddress>{player.mac}</MACAddress>"
        f"<UDN>uuid:{player.uid}</UDN><iconList><icon><id>0</id><mimetype>image/png</mimetype>"
        "<width>48</width><height>48</height><depth>24</depth><url>/img/icon-S18.png</url></icon>"
        "</iconList><minCompatibleVersion>69.0-00000</minCompatibleVersion>"
        f"<displayVersion>15.9</displayVersion><roomName>{escape(player.room)}</roomName>"
        "<displayName>One</displayName><zoneType>26</zoneType>"
        f"<serviceList>{services}</serviceList><deviceList>{embedded}</deviceList></device></root>"
    )


class ZoneGroupTopology(Service):
    """The groups of the household."""

    name = "ZoneGroupTopology"

    def __init__(self, player: Player) -> None:
        self._player = player

    def properties(self) -> dict[str, object]:
        attributes = self._attributes()
        return {
            "ZoneGroupState": zone_group_state(self._player.household),
            "AlarmRunSequence": f"{self._player.uid}:{self._player.boot}:0",
            "ZoneGroupName": attributes["CurrentZoneGroupName"],
            "ZoneGroupID": attributes["CurrentZoneGroupID"],
            "ZonePlayerUUIDsInGroup": attributes["CurrentZonePlayerUUIDsInGroup"],
        }

    @Action("GetZoneGroupState", "-> ZoneGroupState")
    def get_state(self, _given: Arguments) -> dict[str, object]:
        return {"ZoneGroupState": zone_group_state(self._player.household)}

    @Action(
        "GetZoneGroupAttributes",
        "-> CurrentZoneGroupName CurrentZoneGroupID CurrentZonePlayerUUIDsInGroup"
        " CurrentMuseHouseholdId",
    )
    def get_attributes(self, _given: Arguments) -> dict[str, object]:
        return self._attributes()

    def _attributes(self) -> dict[str, object]:
        group = self._player.household.group_of(self._player)
        others = len(self._player.members) - 1
        name = self._player.coordinator.room + (f" + {others}" if others else "")
        return {
            "CurrentZoneGroupName": name,
            "CurrentZoneGroupID": group.id if group else "",
            "CurrentZonePlayerUUIDsInGroup": ",".join(m.uid for m in self._player.members),
            "CurrentMuseHouseholdId": self._player.household.id,
        }


class DeviceProperties(Service):
    """Name and make of one player."""

    name = "DeviceProperties"

    def __init__(self, player: Player) -> None:
        self._player = player

    def properties(self) -> dict[str, object]:
        return {
            "ZoneName": self._player.room,
            "Icon": "",
            "Configuration": 1,
            "Invisible": 0,
            "IsZoneBridge": 0,
            "AirPlayEnabled": 1,
            "SupportsAudioIn": 0,
            "ChannelMapSet": "",
            "HTSatChanMapSet": "",
        }

    @Action("GetHouseholdID", "-> CurrentHouseholdID")
    def get_household(self, _given: Arguments) -> dict[str, object]:
        return {"CurrentHouseholdID": self._player.household.id}

    @Action(
        "GetZoneInfo",
        "-> SerialNumber SoftwareVersion DisplaySoftwareVersion HardwareVersion IPAddress"
        " MACAddress CopyrightInfo ExtraInfo HTAudioIn Flags",
    )
    def get_info(self, _given: Arguments) -> dict[str, object]:
        return {
            "SerialNumber": self._player.serial,
            "SoftwareVersion": SOFTWARE,
            "DisplaySoftwareVersion": "15.9",
            "HardwareVersion": "1.26.1.7-2.1",
            "IPAddress": self._player.address,
            "MACAddress": self._player.mac,
            "CopyrightInfo": "",
            "ExtraInfo": "",
            "HTAudioIn": 0,
            "Flags": 0,
        }

    @Action(
        "GetZoneAttributes",
        "-> CurrentZoneName CurrentIcon CurrentConfiguration CurrentTargetRoomName",
    )
    def get_attributes(self, _given: Arguments) -> dict[str, object]:
        return {
            "CurrentZoneName": self._player.room,
            "CurrentIcon": "",
            "CurrentConfiguration": 1,
            "CurrentTargetRoomName": "",
        }

    @Action("SetZoneAttributes", "DesiredZoneName DesiredIcon DesiredConfiguration")
    def set_attributes(self, given: Arguments) -> None:
        self._player.room = given["DesiredZoneName"]
        self._player.tell(self)
        self._player.household.topology_changed()


class AlarmClock(Service):
    """Alarms, of which there are none."""

    name = "AlarmClock"

    def __init__(self, player: Player) -> None:
        self._version = f"{player.uid}:1"

    def properties(self) -> dict[str, object]:
        return {"AlarmListVersion": self._version, "DailyIndexRefreshTime": "02:00:00"}

    @Action("ListAlarms", "-> CurrentAlarmList CurrentAlarmListVersion")
    def list_alarms(self, _given: Arguments) -> dict[str, object]:
        return {
            "CurrentAlarmList": "<Alarms></Alarms>",
            "CurrentAlarmListVersion": self._version,
        }
