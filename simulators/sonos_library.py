"""What the simulated household has to play."""

from __future__ import annotations

from simulators.sonos_music import (
    ALBUM,
    ARTIST,
    PLAYLIST,
    Collection,
    Favorite,
    Library,
    Station,
    tracks,
)

SERVICE = "SA_RINCON2311_X_#Svc2311-0-Token"
SAVED_QUEUES = "file:///jffs/settings/savedqueues.rsq"

MERIDIAN = Station(
    "Radio Meridian", "x-sonosapi-stream:s24861?sid=254&flags=8224&sn=0", "The Quays - Low Water"
)
KLASSIK = Station("Klassik am Kanal", "x-rincon-mp3radio://radio.example.org/klassik.mp3")

HARBOUR = tracks(
    "The Quays", "Harbour Songs", [("Low Water", 192), ("Lantern & Rope", 241), ("Gulls", 158)]
)
NIGHT = tracks("Ada Nord", "Night Trains", [("Sleeper", 305), ("Platform Nine", 214)])


def usual_library() -> Library:
    """Stations, albums, a saved and an imported playlist, and favourites of every sort."""
    harbour = Collection(
        "A:ALBUM/Harbour%20Songs",
        "A:ALBUM",
        "Harbour Songs",
        ALBUM,
        "x-rincon-playlist:RINCON_000E58000000001400#A:ALBUM/Harbour%20Songs",
        HARBOUR,
        "The Quays",
    )
    night = Collection(
        "1004206cspotify%3aalbum%3anight",
        "",
        "Night Trains",
        ALBUM,
        "x-rincon-cpcontainer:1004206cspotify%3aalbum%3anight?sid=9&flags=8300&sn=1",
        NIGHT,
        "Ada Nord",
        SERVICE,
    )
    coffee = Collection(
        "SQ:0", "SQ:", "Morning Coffee", PLAYLIST, f"{SAVED_QUEUES}#0", (NIGHT[1], *HARBOUR[:2])
    )
    evening = Collection(
        "S://nas/music/evening.m3u",
        "A:PLAYLISTS",
        "evening.m3u",
        PLAYLIST,
        "x-file-cifs://nas/music/evening.m3u",
        (HARBOUR[2], NIGHT[0]),
    )
    artist = Collection("1003206cspotify%3aartist%3aada", "", "Ada Nord", ARTIST, "", NIGHT)
    return Library(
        stations=[MERIDIAN, KLASSIK],
        collections=[harbour, night, coffee, evening],
        favorites=[
            Favorite(2, "Radio Meridian", "TuneIn Station", MERIDIAN),
            Favorite(4, "Morning Coffee", "Sonos Playlist", coffee),
            Favorite(7, "Harbour Songs", "The Quays", harbour),
            Favorite(9, "Night Trains", "Album by Ada Nord", night),
            Favorite(11, "Ada Nord", "Artist", artist, playable=False),
        ],
    )
