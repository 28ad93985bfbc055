"""ContentDirectory of a Sonos player: queue, favourites, stations, playlists and library.

Object ids as in sonos.svrooij.io (ContentDirectory, Browse). `id:words` finds the children of
`id` whose title has the words. Sorting, filtering and all writing are left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar
from urllib.parse import unquote

from simulators.sonos_music import PLAYLIST, Entry, describe, describe_track, didl
from simulators.upnp import COUNT, Action, Arguments, Fault, Service, Variable

if TYPE_CHECKING:
    from simulators.sonos import Player

NO_SUCH_OBJECT = 701
QUEUE = "Q:0"
CONTAINERS = {
    "Q:": "Queues",
    "FV:2": "Favorites",
    "R:0/0": "Radio Stations",
    "R:0/1": "Radio Shows",
    "SQ:": "Saved Queues",
    "A:": "Attributes",
    "A:ALBUM": "Albums",
    "A:PLAYLISTS": "Imported Playlists",
    "S:": "Shares",
}


class ContentDirectory(Service):
    """What there is to play, read only."""

    name = "ContentDirectory"
    under = "/MediaServer"
    variables: ClassVar[dict[str, Variable]] = {
        "BrowseFlag": Variable(allowed=("BrowseMetadata", "BrowseDirectChildren")),
        "StartingIndex": COUNT,
        "RequestedCount": COUNT,
    }

    def __init__(self, player: Player) -> None:
        self._player = player

    def properties(self) -> dict[str, object]:
        return {
            "SystemUpdateID": self._player.deck.queue_version,
            "ContainerUpdateIDs": f"{QUEUE},{self._player.deck.queue_version}",
            "ShareListUpdateID": f"{self._player.uid},1",
            "SavedQueuesUpdateID": f"{self._player.uid},1",
            "FavoritesUpdateID": f"{self._player.uid},1",
            "Browseable": 1,
        }

    @Action(
        "Browse",
        "ObjectID BrowseFlag Filter StartingIndex RequestedCount SortCriteria"
        " -> Result NumberReturned TotalMatches UpdateID",
    )
    def browse(self, given: Arguments) -> dict[str, object]:
        wanted = given["ObjectID"]
        if given["BrowseFlag"] == "BrowseMetadata":
            found = [self._object(wanted)]
        else:
            found = self._children(wanted)
        start, count = int(given["StartingIndex"]), int(given["RequestedCount"])
        page = found[start : start + count if count else None]
        return {
            "Result": didl(entry.didl for entry in page),
            "NumberReturned": len(page),
            "TotalMatches": len(found),
            "UpdateID": self._player.deck.queue_version,
        }

    @Action("GetSystemUpdateID", "-> Id")
    def get_version(self, _given: Arguments) -> dict[str, object]:
        return {"Id": self._player.deck.queue_version}

    @Action("GetShareIndexInProgress", "-> IsIndexing")
    def get_indexing(self, _given: Arguments) -> dict[str, object]:
        return {"IsIndexing": 0}

    def _entries(self) -> list[Entry]:
        queue = [
            Entry(
                f"{QUEUE}/{number}",
                QUEUE,
                track.title,
                describe_track(track, f"{QUEUE}/{number}", QUEUE),
            )
            for number, track in enumerate(self._player.deck.queue, 1)
        ]
        return [*queue, *self._player.household.library.entries()]

    def _children(self, wanted: str) -> list[Entry]:
        entries = self._entries()
        if wanted == "Q:":
            return [self._object(QUEUE)]
        if wanted == "A:":
            return [
                container(id_, 0) for id_ in CONTAINERS if id_.startswith("A:") and id_ != wanted
            ]
        found = [entry for entry in entries if entry.parent == wanted]
        if found or wanted == QUEUE or wanted in CONTAINERS or known(entries, wanted):
            return found
        parent, _, words = wanted.rpartition(":")
        if parent in CONTAINERS:
            words = unquote(words).casefold()
            return [e for e in entries if e.parent == parent and words in e.title.casefold()]
        raise Fault(NO_SUCH_OBJECT)

    def _object(self, wanted: str) -> Entry:
        entries = self._entries()
        if wanted == QUEUE or wanted in CONTAINERS:
            return container(wanted, sum(entry.parent == wanted for entry in entries))
        for entry in entries:
            if entry.id == wanted:
                return entry
        raise Fault(NO_SUCH_OBJECT)


def known(entries: Sequence[Entry], wanted: str) -> bool:
    """Whether there is an object of this id."""
    return any(entry.id == wanted for entry in entries)


def container(id_: str, children: int) -> Entry:
    """A container and how many children it has."""
    title = CONTAINERS.get(id_, "Queue Instance 0")
    parent = id_.rpartition(":")[0]
    kind = PLAYLIST if id_ == QUEUE else "object.container"
    text = describe("container", id_, parent, title, kind)
    text = text.replace("<container ", f'<container childCount="{children}" ', 1)
    return Entry(id_, parent, title, text)
