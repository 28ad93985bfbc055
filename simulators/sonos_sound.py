"""RenderingControl and GroupRenderingControl: loudness of a Sonos player and of its group.

Arguments as in svrooij/sonos-api-docs; a group's volume is its members' mean, and setting it
scales them by the last snapshot (sonos.svrooij.io, GroupRenderingControl), which refuses with 701
at a player that does not lead. UPnP's 402, 600 and 601 for bad arguments are the architecture's;
players clamp only relative steps.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from simulators.sonos_answers import last_change, variable
from simulators.upnp import BOOLEAN, Action, Arguments, Fault, Service, Variable

if TYPE_CHECKING:
    from simulators.sonos import Player

LOUDEST = 100
LEVEL = Variable("ui2", lowest=0, highest=LOUDEST)
TONE = Variable("i2", lowest=-10, highest=10)
INSTANCE = Variable("ui4", lowest=0, highest=0, fault=702)
STEP = Variable("i4")


def within(level: int) -> int:
    """The nearest volume there is."""
    return max(0, min(LOUDEST, level))


def is_true(value: str) -> bool:
    """A UPnP boolean as ours."""
    return value.lower() in ("1", "true")


class RenderingControl(Service):
    """One player's volume, mute and tone; the channels LF and RF are its balance."""

    name = "RenderingControl"
    under = "/MediaRenderer"
    variables: ClassVar[dict[str, Variable]] = {
        "InstanceID": INSTANCE,
        "Channel": Variable(allowed=("Master", "LF", "RF")),
        "DesiredVolume": LEVEL,
        "CurrentVolume": LEVEL,
        "Adjustment": STEP,
        "DesiredMute": BOOLEAN,
        "DesiredBass": TONE,
        "DesiredTreble": TONE,
        "DesiredLoudness": BOOLEAN,
    }

    def __init__(self, player: Player) -> None:
        self._player = player
        self._balance = {"LF": LOUDEST, "RF": LOUDEST}
        self._bass = self._treble = 0
        self._loudness = True

    def properties(self) -> dict[str, object]:
        mute = int(self._player.mute)
        told = [
            variable("Volume", self._player.volume, "Master"),
            *(variable("Volume", level, side) for side, level in self._balance.items()),
            variable("Mute", mute, "Master"),
            *(variable("Mute", 0, side) for side in self._balance),
            variable("Bass", self._bass),
            variable("Treble", self._treble),
            variable("Loudness", int(self._loudness), "Master"),
            variable("OutputFixed", 0),
            variable("PresetNameList", "FactoryDefaults"),
        ]
        return {"LastChange": last_change("RCS", told)}

    @Action("GetVolume", "InstanceID Channel -> CurrentVolume")
    def get_volume(self, given: Arguments) -> dict[str, object]:
        return {"CurrentVolume": self._balance.get(given["Channel"], self._player.volume)}

    @Action("SetVolume", "InstanceID Channel DesiredVolume")
    def set_volume(self, given: Arguments) -> None:
        if given["Channel"] in self._balance:
            self._balance[given["Channel"]] = int(given["DesiredVolume"])
        else:
            self._player.volume = int(given["DesiredVolume"])
        self._player.sound_changed()

    @Action("SetRelativeVolume", "InstanceID Channel Adjustment -> NewVolume")
    def step_volume(self, given: Arguments) -> dict[str, object]:
        self._player.volume = within(self._player.volume + int(given["Adjustment"]))
        self._player.sound_changed()
        return {"NewVolume": self._player.volume}

    @Action("GetMute", "InstanceID Channel -> CurrentMute")
    def get_mute(self, given: Arguments) -> dict[str, object]:
        return {"CurrentMute": int(self._player.mute and given["Channel"] == "Master")}

    @Action("SetMute", "InstanceID Channel DesiredMute")
    def set_mute(self, given: Arguments) -> None:
        self._player.mute = is_true(given["DesiredMute"])
        self._player.sound_changed()

    @Action("GetBass", "InstanceID -> CurrentBass")
    def get_bass(self, _given: Arguments) -> dict[str, object]:
        return {"CurrentBass": self._bass}

    @Action("SetBass", "InstanceID DesiredBass")
    def set_bass(self, given: Arguments) -> None:
        self._bass = int(given["DesiredBass"])
        self._player.sound_changed()

    @Action("GetTreble", "InstanceID -> CurrentTreble")
    def get_treble(self, _given: Arguments) -> dict[str, object]:
        return {"CurrentTreble": self._treble}

    @Action("SetTreble", "InstanceID DesiredTreble")
    def set_treble(self, given: Arguments) -> None:
        self._treble = int(given["DesiredTreble"])
        self._player.sound_changed()

    @Action("GetLoudness", "InstanceID Channel -> CurrentLoudness")
    def get_loudness(self, _given: Arguments) -> dict[str, object]:
        return {"CurrentLoudness": int(self._loudness)}

    @Action("SetLoudness", "InstanceID Channel DesiredLoudness")
    def set_loudness(self, given: Arguments) -> None:
        self._loudness = is_true(given["DesiredLoudness"])
        self._player.sound_changed()

    @Action("GetSupportsOutputFixed", "InstanceID -> CurrentSupportsFixed")
    def get_supports_fixed(self, _given: Arguments) -> dict[str, object]:
        return {"CurrentSupportsFixed": 0}

    @Action("GetOutputFixed", "InstanceID -> CurrentFixed")
    def get_fixed(self, _given: Arguments) -> dict[str, object]:
        return {"CurrentFixed": 0}


class GroupRenderingControl(Service):
    """The volume and mute of the group that this player leads."""

    name = "GroupRenderingControl"
    under = "/MediaRenderer"
    variables: ClassVar[dict[str, Variable]] = {
        "InstanceID": INSTANCE,
        "DesiredVolume": LEVEL,
        "DesiredMute": BOOLEAN,
        "Adjustment": STEP,
    }

    def __init__(self, player: Player) -> None:
        self._player = player
        self._snapshot: dict[str, int] = {}

    def properties(self) -> dict[str, object]:
        return {
            "GroupVolume": self._volume,
            "GroupMute": int(self._mute),
            "GroupVolumeChangeable": 1,
        }

    @property
    def _volume(self) -> int:
        members = self._player.members
        return round(sum(member.volume for member in members) / len(members))

    @property
    def _mute(self) -> bool:
        return all(member.mute for member in self._player.members)

    def _lead(self) -> None:
        if not self._player.leads:
            raise Fault(701)

    def _scale(self, to: int) -> None:
        members = self._player.members
        snapshot = {member.uid: self._snapshot.get(member.uid, member.volume) for member in members}
        mean = sum(snapshot.values()) / len(members)
        for member in members:
            member.volume = within(round(snapshot[member.uid] * to / mean) if mean else to)
            member.sound_changed()

    @Action("SnapshotGroupVolume", "InstanceID")
    def snapshot(self, _given: Arguments) -> None:
        self._lead()
        self._snapshot = {member.uid: member.volume for member in self._player.members}

    @Action("GetGroupVolume", "InstanceID -> CurrentVolume")
    def get_volume(self, _given: Arguments) -> dict[str, object]:
        self._lead()
        return {"CurrentVolume": self._volume}

    @Action("SetGroupVolume", "InstanceID DesiredVolume")
    def set_volume(self, given: Arguments) -> None:
        self._lead()
        self._scale(int(given["DesiredVolume"]))

    @Action("SetRelativeGroupVolume", "InstanceID Adjustment -> NewVolume")
    def step_volume(self, given: Arguments) -> dict[str, object]:
        self._lead()
        self._scale(within(self._volume + int(given["Adjustment"])))
        return {"NewVolume": self._volume}

    @Action("GetGroupMute", "InstanceID -> CurrentMute")
    def get_mute(self, _given: Arguments) -> dict[str, object]:
        self._lead()
        return {"CurrentMute": int(self._mute)}

    @Action("SetGroupMute", "InstanceID DesiredMute")
    def set_mute(self, given: Arguments) -> None:
        self._lead()
        for member in self._player.members:
            member.mute = is_true(given["DesiredMute"])
            member.sound_changed()
