"""AVTransport of a Sonos player, as a coordinator and as a member of another's group.

Actions and arguments are those of a Sonos One with software 95.0 (svrooij/sonos-api-docs,
sonos-S18-2.json), less what no controller here needs. What a member answers was seen on players
(SoCo/SoCo issue 138; svrooij/node-sonos-ts issue 145; sonos.svrooij.io, AVTransport): Play and
Stop are accepted and do nothing; Pause, Next, Previous and Seek are refused with 701, the play
mode with 712, the queue with 800; a new URI makes it leave its group. Guesses of ours: 501 for
joining a player that leads no group or is unknown, 714 for a URI of a kind that cannot be loaded
or queued, 800 for a collection that is not there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from simulators.sonos_answers import (
    NOT_IMPLEMENTED,
    last_change,
    media_answer,
    position_answer,
    transport_actions,
    transport_variables,
    variable,
)
from simulators.sonos_deck import (
    ILLEGAL_TARGET,
    MODE_REFUSED,
    NO_TRANSITION,
    PLAY_MODES,
    TRANSITIONING,
)
from simulators.sonos_music import (
    STATION_SCHEMES,
    TRACK_SCHEMES,
    Station,
    Track,
    scheme,
    seconds_of,
    title_in,
)
from simulators.sonos_queue import NOT_COORDINATOR, WRONG_TYPE, QueueActions, stray_track
from simulators.upnp import ACTION_FAILED, BOOLEAN, Action, Arguments, Fault, Variable

if TYPE_CHECKING:
    from simulators.sonos import Player


class AVTransport(QueueActions):
    """Transport, queue and grouping."""

    name = "AVTransport"
    under = "/MediaRenderer"
    variables: ClassVar[dict[str, Variable]] = {
        **QueueActions.variables,
        "InstanceID": Variable("ui4", lowest=0, highest=0, fault=718),
        "Speed": Variable(allowed=("1",), fault=717),
        "Unit": Variable(allowed=("TRACK_NR", "REL_TIME", "TIME_DELTA"), fault=710),
        "NewPlayMode": Variable(allowed=PLAY_MODES, fault=MODE_REFUSED),
        "CrossfadeMode": BOOLEAN,
    }

    def __init__(self, player: Player) -> None:
        super().__init__(player)
        self._begins = False

    def properties(self) -> dict[str, object]:
        told = transport_variables(self._player)
        if self._begins:
            told["TransportState"] = TRANSITIONING
        return {"LastChange": last_change("AVT", map(variable, told, told.values()))}

    def start(self) -> None:
        """Plays, and says so as players do: first in transition, then playing."""
        self._player.deck.play()
        self._begins = True
        self._player.tell(self)
        self._begins = False
        self._player.tell(self)

    @Action("Play", "InstanceID Speed")
    def play(self, _given: Arguments) -> None:
        if self._player.leads:
            self.start()

    @Action("Pause", "InstanceID")
    def pause(self, _given: Arguments) -> None:
        self.lead(NO_TRANSITION).pause()
        self._player.tell(self)

    @Action("Stop", "InstanceID")
    def stop(self, _given: Arguments) -> None:
        if self._player.leads:
            self._player.deck.stop()
            self._player.tell(self)

    @Action("Next", "InstanceID")
    def next(self, _given: Arguments) -> None:
        self.lead(NO_TRANSITION).skip(+1)
        self._player.tell(self)

    @Action("Previous", "InstanceID")
    def previous(self, _given: Arguments) -> None:
        self.lead(NO_TRANSITION).skip(-1)
        self._player.tell(self)

    @Action("Seek", "InstanceID Unit Target")
    def seek(self, given: Arguments) -> None:
        deck, target = self.lead(NO_TRANSITION), given["Target"]
        try:
            if given["Unit"] == "TRACK_NR":
                deck.seek_track(int(target))
            elif given["Unit"] == "REL_TIME":
                deck.seek_time(seconds_of(target))
            else:
                delta = seconds_of(target.lstrip("+-"))
                deck.seek_time(deck.position + (-delta if target.startswith("-") else delta))
        except ValueError:
            raise Fault(ILLEGAL_TARGET) from None
        self._player.tell(self)

    @Action("SetPlayMode", "InstanceID NewPlayMode")
    def set_play_mode(self, given: Arguments) -> None:
        self.lead(MODE_REFUSED).set_mode(given["NewPlayMode"])
        self._player.tell(self)

    @Action("SetCrossfadeMode", "InstanceID CrossfadeMode")
    def set_crossfade(self, given: Arguments) -> None:
        self.lead(NOT_COORDINATOR).crossfade = given["CrossfadeMode"].lower() in ("1", "true")
        self._player.tell(self)

    @Action("SetAVTransportURI", "InstanceID CurrentURI CurrentURIMetaData")
    def set_uri(self, given: Arguments) -> None:
        uri, metadata = given["CurrentURI"], given["CurrentURIMetaData"]
        household = self._player.household
        if scheme(uri) == "x-rincon":
            leader = household.leader_named(uri.partition(":")[2])
            if leader is None or leader is self._player:
                raise Fault(ACTION_FAILED)
            household.join(self._player, leader)
            return
        stream = self._stream(uri, metadata)
        if not self._player.leads:
            household.leave(self._player)
        self._player.deck.load(uri, metadata, stream)
        self._player.tell(self)

    @Action(
        "BecomeCoordinatorOfStandaloneGroup",
        "InstanceID -> DelegatedGroupCoordinatorID NewGroupID",
    )
    def leave(self, _given: Arguments) -> dict[str, object]:
        heir = self._player.household.leave(self._player)
        group = self._player.household.group_of(self._player)
        return {
            "DelegatedGroupCoordinatorID": heir.uid if heir else "",
            "NewGroupID": group.id if group else "",
        }

    @Action(
        "GetTransportInfo",
        "InstanceID -> CurrentTransportState CurrentTransportStatus CurrentSpeed",
    )
    def get_transport(self, _given: Arguments) -> dict[str, object]:
        return {
            "CurrentTransportState": transport_variables(self._player)["TransportState"],
            "CurrentTransportStatus": "OK",
            "CurrentSpeed": "1",
        }

    @Action(
        "GetPositionInfo",
        "InstanceID -> Track TrackDuration TrackMetaData TrackURI"
        " RelTime AbsTime RelCount AbsCount",
    )
    def get_position(self, _given: Arguments) -> dict[str, object]:
        return position_answer(self._player)

    @Action(
        "GetMediaInfo",
        "InstanceID -> NrTracks MediaDuration CurrentURI CurrentURIMetaData NextURI"
        " NextURIMetaData PlayMedium RecordMedium WriteStatus",
    )
    def get_media(self, _given: Arguments) -> dict[str, object]:
        return media_answer(self._player)

    @Action("GetTransportSettings", "InstanceID -> PlayMode RecQualityMode")
    def get_settings(self, _given: Arguments) -> dict[str, object]:
        return {"PlayMode": self._player.deck.mode, "RecQualityMode": NOT_IMPLEMENTED}

    @Action("GetCrossfadeMode", "InstanceID -> CrossfadeMode")
    def get_crossfade(self, _given: Arguments) -> dict[str, object]:
        return {"CrossfadeMode": int(self._player.deck.crossfade)}

    @Action("GetCurrentTransportActions", "InstanceID -> Actions")
    def get_actions(self, _given: Arguments) -> dict[str, object]:
        return {"Actions": transport_actions(self._player)}

    def _stream(self, uri: str, metadata: str) -> Station | Track | None:
        """What `uri` is to play by itself; None for the queue and for nothing."""
        library = self._player.household.library
        if uri in ("", self._player.deck.queue_uri):
            return None
        if scheme(uri) in STATION_SCHEMES:
            return library.station_of(uri) or Station(title_in(metadata) or uri, uri)
        known = library.tracks_of(uri)
        if scheme(uri) not in TRACK_SCHEMES or (known and known[0].uri != uri):
            raise Fault(WRONG_TYPE)
        return known[0] if known else stray_track(uri, metadata)
