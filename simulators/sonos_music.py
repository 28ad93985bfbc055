"""The music of a Sonos household, and DIDL-Lite, in which players write of it.

The shapes of objects, ids and URIs follow what SoCo's parser is tested on (SoCo/SoCo,
tests/data) and the Sonos API documentation of S. van Rooij (sonos.svrooij.io, ContentDirectory).
Stations, artists and titles are invented.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias
from urllib.parse import quote
from xml.etree import ElementTree
from xml.sax.saxutils import escape, quoteattr

MUSIC_TRACK = "object.item.audioItem.musicTrack"
BROADCAST = "object.item.audioItem.audioBroadcast"
ALBUM = "object.container.album.musicAlbum"
ARTIST = "object.container.person.musicArtist"
PLAYLIST = "object.container.playlistContainer"
FAVORITE = "object.itemobject.item.sonos-favorite"
LIBRARY, TUNE_IN = "RINCON_AssociatedZPUDN", "SA_RINCON65031_"
STATION_SCHEMES = ("x-sonosapi-stream", "x-sonosapi-hls", "x-sonosapi-radio", "x-rincon-mp3radio")
TRACK_SCHEMES = ("x-file-cifs", "http", "https", "x-sonos-http", "x-sonos-spotify")


@dataclass(frozen=True)
class Track:
    """A piece of music that ends."""

    title: str
    artist: str
    album: str
    uri: str
    seconds: int


@dataclass(frozen=True)
class Station:
    """A stream without an end; `now` is what it says is on, as "artist - title"."""

    title: str
    uri: str
    now: str = ""


@dataclass(frozen=True)
class Collection:
    """An album or a playlist, whole under one id and one URI."""

    id: str
    parent: str
    title: str
    kind: str
    uri: str
    tracks: tuple[Track, ...]
    artist: str = ""
    service: str = LIBRARY


Music: TypeAlias = Track | Station | Collection


@dataclass(frozen=True)
class Favorite:
    """An entry of the favourites; one of a `music` without a URI can be opened but not played."""

    number: int
    title: str
    description: str
    music: Music
    playable: bool = True


@dataclass(frozen=True)
class Entry:
    """One object of the content directory."""

    id: str
    parent: str
    title: str
    didl: str


@dataclass
class Library:
    """All that a household can play by name; the same at each of its players."""

    stations: list[Station] = field(default_factory=list)
    collections: list[Collection] = field(default_factory=list)
    favorites: list[Favorite] = field(default_factory=list)

    def entries(self) -> list[Entry]:
        """Every object, in order."""
        found = [station_entry(number, held) for number, held in enumerate(self.stations)]
        for collection in self.collections:
            found.append(collection_entry(collection))
            found += [
                track_entry(f"{collection.id}/{number}", collection.id, track)
                for number, track in enumerate(collection.tracks, 1)
            ]
        return found + [favorite_entry(favorite) for favorite in self.favorites]

    def tracks_of(self, uri: str) -> tuple[Track, ...]:
        """The tracks that stand behind a collection's or a single track's URI, or none."""
        for collection in self.collections:
            if uri == collection.uri:
                return collection.tracks
        known = (track for held in self.collections for track in held.tracks)
        return tuple(track for track in known if track.uri == uri)[:1]

    def station_of(self, uri: str) -> Station | None:
        """The station behind a URI, if it is one of these."""
        return next((station for station in self.stations if station.uri == uri), None)


def scheme(uri: str) -> str:
    """What stands before the colon of a URI."""
    return uri.partition(":")[0]


def clock_time(seconds: int) -> str:
    """Seconds as H:MM:SS."""
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def seconds_of(clock: str) -> int:
    """H:MM:SS as seconds; ValueError for anything else."""
    hours, minutes, seconds = (int(part) for part in clock.split(":"))
    return hours * 3600 + minutes * 60 + seconds


def didl(objects: Iterable[str]) -> str:
    """A DIDL-Lite document of these objects."""
    return (
        '<DIDL-Lite xmlns:dc="http://purl.org/dc/elements/1.1/" '
        'xmlns:upnp="urn:schemas-upnp-org:metadata-1-0/upnp/" '
        'xmlns:r="urn:schemas-rinconnetworks-com:metadata-1-0/" '
        'xmlns="urn:schemas-upnp-org:metadata-1-0/DIDL-Lite/">'
        f"{''.join(objects)}</DIDL-Lite>"
    )


def describe(tag: str, id_: str, parent: str, title: str, kind: str, rest: str = "") -> str:
    """One object of a DIDL-Lite document; `rest` is XML."""
    return (
        f'<{tag} id={quoteattr(id_)} parentID={quoteattr(parent)} restricted="true">'
        f"<dc:title>{escape(title)}</dc:title><upnp:class>{kind}</upnp:class>{rest}</{tag}>"
    )


def resource(uri: str, protocol: str, seconds: int | None = None) -> str:
    """A `res` element."""
    duration = "" if seconds is None else f' duration="{clock_time(seconds)}"'
    return f'<res protocolInfo="{protocol}"{duration}>{escape(uri)}</res>'


def describe_track(track: Track, id_: str = "-1", parent: str = "-1") -> str:
    """A track, on its own or in a queue."""
    art = escape(f"/getaa?u={quote(track.uri, safe='')}&v=1")
    rest = (
        resource(track.uri, f"{scheme(track.uri)}:*:audio/mpeg:*", track.seconds)
        + f"<upnp:albumArtURI>{art}</upnp:albumArtURI>"
        + f"<dc:creator>{escape(track.artist)}</dc:creator>"
        + f"<upnp:album>{escape(track.album)}</upnp:album>"
    )
    return describe("item", id_, parent, track.title, MUSIC_TRACK, rest)


def describe_stream(station: Station) -> str:
    """What a station says is on: its own name stands in the metadata of the URI, not here."""
    rest = resource(station.uri, "sonos.com-http:*:*:*")
    rest += f"<r:streamContent>{escape(station.now)}</r:streamContent>"
    return describe("item", "-1", "-1", station.uri.partition(":")[2], "object.item", rest)


def track_entry(id_: str, parent: str, track: Track) -> Entry:
    """A track as an object of its own."""
    return Entry(id_, parent, track.title, describe_track(track, id_, parent))


def station_entry(number: int, station: Station) -> Entry:
    """A station among the radio stations."""
    id_ = f"R:0/0/{number}"
    res = resource(station.uri, "x-rincon-mp3radio:*:*:*")
    text = describe("item", id_, "R:0/0", station.title, BROADCAST, res)
    return Entry(id_, "R:0/0", station.title, text)


def collection_entry(held: Collection) -> Entry:
    """An album or a playlist."""
    rest = resource(held.uri, "x-rincon-playlist:*:*:*")
    if held.artist:
        rest += f"<dc:creator>{escape(held.artist)}</dc:creator>"
    text = describe("container", held.id, held.parent, held.title, held.kind, rest)
    return Entry(held.id, held.parent, held.title, text)


def favorite_entry(favorite: Favorite) -> Entry:
    """A favourite: what it is a favourite of stands in its resMD."""
    id_, music = f"FV:2/{favorite.number}", favorite.music
    rest = "<r:ordinal>0</r:ordinal>"
    if favorite.playable:
        rest += resource(music.uri, f"{scheme(music.uri)}:*:*:*")
    rest += f"<r:type>{'instantPlay' if favorite.playable else 'shortcut'}</r:type>"
    rest += f"<r:description>{escape(favorite.description)}</r:description>"
    rest += f"<r:resMD>{escape(metadata_of(music))}</r:resMD>"
    text = describe("item", id_, "FV:2", favorite.title, FAVORITE, rest)
    return Entry(id_, "FV:2", favorite.title, text)


def metadata_of(music: Music) -> str:
    """The DIDL-Lite that a controller sends along with the URI of `music`."""
    match music:
        case Collection():
            id_, parent, kind, service = music.id, music.parent, music.kind, music.service
        case Station():
            id_, parent, kind, service = "R:0/0/0", "R:0/0", BROADCAST, TUNE_IN
        case Track():
            id_, parent, kind, service = f"S:{music.uri}", "A:TRACKS", MUSIC_TRACK, LIBRARY
    desc = (
        '<desc id="cdudn" nameSpace="urn:schemas-rinconnetworks-com:metadata-1-0/">'
        f"{service}</desc>"
    )
    return didl([describe("item", id_, parent, music.title, kind, desc)])


def title_in(metadata: str) -> str:
    """The title that some DIDL-Lite gives, or nothing."""
    try:
        root = ElementTree.fromstring(metadata)
    except ElementTree.ParseError:
        return ""
    return root.findtext(".//{http://purl.org/dc/elements/1.1/}title") or ""


def tracks(artist: str, album: str, titles: Sequence[tuple[str, int]]) -> tuple[Track, ...]:
    """An album's tracks, as files on a share."""
    folder = f"x-file-cifs://nas/music/{quote(artist)}/{quote(album)}"
    return tuple(
        Track(title, artist, album, f"{folder}/{number:02}%20{quote(title)}.mp3", seconds)
        for number, (title, seconds) in enumerate(titles, 1)
    )
