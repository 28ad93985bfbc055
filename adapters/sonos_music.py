"""What a Sonos household can play by name, and what a player plays next."""

import asyncio
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from rapidfuzz import fuzz, process

from adapters.sonos_facts import streams
from adapters.sonos_wire import PAGE, Wire, typed
from gateway.capabilities.media import Queue, QueuedTrack
from gateway.errors import DeviceRefused, InvalidArguments, nearest
from gateway.text import clean, folded, quoted

MusicType = Literal["station", "playlist", "album", "track", "other"]

FAVOURITES, PLAYLISTS, STATIONS, QUEUE = "FV:2", "SQ:", "R:0/0", "Q:0"
CLASSES: tuple[tuple[str, MusicType], ...] = (
    ("audioBroadcast", "station"),
    ("playlist", "playlist"),
    ("album", "album"),
    ("musicTrack", "track"),
)
MOST_CHOICES = 10
ALIKE, AHEAD = 80.0, 10.0
"""How like a name must be to be meant, and how far ahead of the next one; of 100."""


@dataclass(frozen=True, slots=True)
class Music:
    """Something that can be played by name."""

    name: str
    type: MusicType
    uri: str
    metadata: str


async def known(wire: Wire) -> list[Music]:
    """Return what a household has by name, favourites first; raise GatewayError."""
    lists = await asyncio.gather(
        *(wire.browse(id) for id in (FAVOURITES, PLAYLISTS, STATIONS)), return_exceptions=True
    )
    found: dict[str, Music] = {}
    for items in lists:
        if isinstance(items, DeviceRefused):
            continue  # not every household has every list
        if isinstance(items, BaseException):
            raise items
        with typed(wire.name):
            for one in filter(None, map(music, items)):
                found.setdefault(folded(one.name), one)
    return list(found.values())


async def chosen(wire: Wire, name: str) -> Music:
    """Return what is meant by a name; raise InvalidArguments with the nearest ones."""
    musics = await known(wire)
    found = find(name, musics)
    if found is None:
        names = [one.name for one in musics]
        raise InvalidArguments(
            f"“{clean(name)}” is no favourite, playlist or station of {wire.name}",
            hint=f"It has {quoted(names, MOST_CHOICES) or 'none'}.",
            field="what",
            choices=nearest(name, names) or names[:MOST_CHOICES],
        )
    return found


async def upcoming(wire: Wire) -> Queue:
    """Return a leader's queue: its first page, or the one that begins with the present track."""
    media = await wire.transport("GetMediaInfo")
    position = await wire.transport("GetPositionInfo")
    with typed(wire.name):
        queued = media["CurrentURI"].startswith("x-rincon-queue:")
        current = int(position["Track"]) - 1 if queued else -1
    start = current if current >= PAGE else 0
    tracks = await wire.browse(QUEUE, start, PAGE)
    with typed(wire.name):
        return Queue(
            tracks=[
                QueuedTrack(
                    title=one.title,
                    artist=getattr(one, "creator", None),
                    album=getattr(one, "album", None),
                )
                for one in tracks
            ],
            current=current - start if 0 <= current - start < len(tracks) else None,
        )


def music(item: Any) -> Music | None:
    """Read an object of the content directory; None for a mere way into a service."""
    from soco.data_structures import to_didl_string

    uri = next((resource.uri for resource in item.resources), None)
    if not uri or not item.title:
        return None
    metadata = getattr(item, "resource_meta_data", None) or to_didl_string(item)
    return Music(clean(item.title), _type(uri, metadata), uri, metadata)


def _type(uri: str, metadata: str) -> MusicType:
    if streams(uri):
        return "station"
    found = re.search(r"<upnp:class>([^<]*)</", metadata)
    said = found[1] if found else ""
    return next((kind for part, kind in CLASSES if part in said), "other")


def find(name: str, musics: Iterable[Music]) -> Music | None:
    """Return what is meant: that very name, else one without case, accents or some of its words,
    else the one name that is much like it; None where that is nothing or several."""
    every = list(musics)
    for form in (str, folded, plain):
        for one in every:
            if form(one.name) == form(name):
                return one
    words = set(plain(name).split())
    holding = [one for one in every if words and words <= set(plain(one.name).split())]
    if holding:
        return holding[0] if len(holding) == 1 else None
    names = [plain(one.name) for one in every]
    like = process.extract(plain(name), names, scorer=fuzz.ratio, limit=2, score_cutoff=ALIKE)
    if not like or (len(like) > 1 and like[0][1] - like[1][1] < AHEAD):
        return None
    return every[like[0][2]]


def plain(name: str) -> str:
    """Return a name in lower case, without accents and punctuation."""
    bare = unicodedata.normalize("NFKD", name).casefold()
    letters = "".join(one for one in bare if not unicodedata.combining(one))
    return " ".join(re.findall(r"\w+", letters))
