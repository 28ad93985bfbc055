"""The queue's part of AVTransport."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from simulators.sonos_deck import Deck
from simulators.sonos_music import STATION_SCHEMES, TRACK_SCHEMES, Track, scheme, title_in
from simulators.upnp import (
    BOOLEAN,
    COUNT,
    INVALID_ARGUMENTS,
    Action,
    Arguments,
    Fault,
    Service,
    Variable,
)

if TYPE_CHECKING:
    from simulators.sonos import Player

NOT_COORDINATOR, NOT_THERE, WRONG_TYPE = 800, 800, 714


class QueueActions(Service):
    """What changes the queue; a member of another's group refuses all of it with 800."""

    variables: ClassVar[dict[str, Variable]] = {
        "DesiredFirstTrackNumberEnqueued": COUNT,
        "EnqueueAsNext": BOOLEAN,
        "StartingIndex": COUNT,
        "NumberOfTracks": COUNT,
        "NumberOfURIs": COUNT,
        "InsertBefore": COUNT,
    }

    def __init__(self, player: Player) -> None:
        self._player = player

    def lead(self, otherwise: int) -> Deck:
        """This player's deck; Fault `otherwise` where another's is the one that counts."""
        if not self._player.leads:
            raise Fault(otherwise)
        return self._player.deck

    @Action(
        "AddURIToQueue",
        "InstanceID EnqueuedURI EnqueuedURIMetaData DesiredFirstTrackNumberEnqueued EnqueueAsNext"
        " -> FirstTrackNumberEnqueued NumTracksAdded NewQueueLength",
    )
    def add(self, given: Arguments) -> dict[str, object]:
        deck = self.lead(NOT_COORDINATOR)
        tracks = self._tracks(given["EnqueuedURI"], given["EnqueuedURIMetaData"])
        return self._insert(deck, tracks, int(given["DesiredFirstTrackNumberEnqueued"]))

    @Action(
        "AddMultipleURIsToQueue",
        "InstanceID UpdateID NumberOfURIs EnqueuedURIs EnqueuedURIsMetaData ContainerURI"
        " ContainerMetaData DesiredFirstTrackNumberEnqueued EnqueueAsNext"
        " -> FirstTrackNumberEnqueued NumTracksAdded NewQueueLength NewUpdateID",
    )
    def add_several(self, given: Arguments) -> dict[str, object]:
        deck, uris = self.lead(NOT_COORDINATOR), given["EnqueuedURIs"].split(" ")
        if len(uris) != int(given["NumberOfURIs"]):
            raise Fault(INVALID_ARGUMENTS)
        tracks = [track for uri in uris for track in self._tracks(uri, "")]
        answer = self._insert(deck, tracks, int(given["DesiredFirstTrackNumberEnqueued"]))
        return {**answer, "NewUpdateID": deck.queue_version}

    @Action("RemoveTrackFromQueue", "InstanceID ObjectID UpdateID")
    def remove(self, given: Arguments) -> None:
        number = given["ObjectID"].removeprefix("Q:0/")
        if not number.isdigit():
            raise Fault(INVALID_ARGUMENTS)
        self.lead(NOT_COORDINATOR).remove(int(number), 1)
        self._player.queue_changed()

    @Action(
        "RemoveTrackRangeFromQueue",
        "InstanceID UpdateID StartingIndex NumberOfTracks -> NewUpdateID",
    )
    def remove_range(self, given: Arguments) -> dict[str, object]:
        deck = self.lead(NOT_COORDINATOR)
        deck.remove(int(given["StartingIndex"]), int(given["NumberOfTracks"]))
        self._player.queue_changed()
        return {"NewUpdateID": deck.queue_version}

    @Action("RemoveAllTracksFromQueue", "InstanceID")
    def remove_all(self, _given: Arguments) -> None:
        self.lead(NOT_COORDINATOR).clear()
        self._player.queue_changed()

    @Action("ReorderTracksInQueue", "InstanceID StartingIndex NumberOfTracks InsertBefore UpdateID")
    def reorder(self, given: Arguments) -> None:
        places = (int(given[n]) for n in ("StartingIndex", "NumberOfTracks", "InsertBefore"))
        self.lead(NOT_COORDINATOR).move(*places)
        self._player.queue_changed()

    def _insert(self, deck: Deck, tracks: list[Track], before: int) -> dict[str, object]:
        first = deck.insert(tracks, before)
        self._player.queue_changed()
        return {
            "FirstTrackNumberEnqueued": first,
            "NumTracksAdded": len(tracks),
            "NewQueueLength": len(deck.queue),
        }

    def _tracks(self, uri: str, metadata: str) -> list[Track]:
        """The tracks to queue for `uri`; a file that no library lists is a track of its own."""
        found = list(self._player.household.library.tracks_of(uri))
        if found:
            return found
        if scheme(uri) in STATION_SCHEMES:
            raise Fault(WRONG_TYPE)
        if scheme(uri) not in TRACK_SCHEMES:
            raise Fault(NOT_THERE)
        return [stray_track(uri, metadata)]


def stray_track(uri: str, metadata: str) -> Track:
    """A track that is known by its URI only, and by the title that came with it."""
    return Track(title_in(metadata) or uri.rpartition("/")[2], "", "", uri, 180)
