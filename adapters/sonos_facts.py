"""What Sonos players say, read into plain values: no socket, no loop, nothing kept.

What the words of players mean is taken from SoCo 0.32 (core.py, zonegroupstate.py) and from the
API documentation of S. van Rooij (sonos.svrooij.io): AudioIn is a line-in, HTControl a television.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote
from xml.etree import ElementTree

DEVICE = "{urn:schemas-upnp-org:device-1-0}"
RINCON = re.compile(r"RINCON_([0-9A-F]{12})[0-9]+")
INPUTS = {"AudioIn": "line-in", "HTControl": "tv"}
SOURCES = {"TV": "TV", "LINE_IN": "line-in", "AIRPLAY": "AirPlay", "SPOTIFY_CONNECT": "Spotify"}
STREAMING = ("RADIO", "LINE_IN", "TV")
PLAYING = ("PLAYING", "TRANSITIONING")
LOADED = "av_transport_uri"


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a player is and what can be plugged into it."""

    uid: str
    mac: str
    room: str
    model: str
    inputs: tuple[str, ...]


def identity(description: str) -> Identity | None:
    """Read a device description; None where it is no Sonos player's."""
    device = ElementTree.fromstring(description).find(f"{DEVICE}device")
    if device is None:
        return None
    uid = device.findtext(f"{DEVICE}UDN", "").removeprefix("uuid:")
    player = RINCON.fullmatch(uid)
    if player is None:
        return None
    services = {kind.text or "" for kind in device.iter(f"{DEVICE}serviceType")}
    return Identity(
        uid=uid,
        mac=player[1].lower(),
        room=device.findtext(f"{DEVICE}roomName") or "Sonos",
        model=device.findtext(f"{DEVICE}modelName") or "Sonos",
        inputs=tuple(
            name for service, name in INPUTS.items() if any(f":{service}:" in s for s in services)
        ),
    )


@dataclass(frozen=True, slots=True)
class Standing:
    """How a player stands in its household: who leads its group, and who is in it to be seen.

    Hidden is what is part of another player: half of a pair, a surround, a subwoofer, a bridge.
    """

    room: str
    leader: str
    members: frozenset[str]
    hidden: bool = False


def standing(uid: str, zones: str) -> Standing | None:
    """Read a ZoneGroupState; None where it does not know the player."""
    for group in ElementTree.fromstring(zones).iter("ZoneGroup"):
        players = [*group.iter("ZoneGroupMember"), *group.iter("Satellite")]
        for player in players:
            if player.get("UUID") == uid:
                return Standing(
                    room=player.get("ZoneName") or "Sonos",
                    leader=group.attrib["Coordinator"],
                    members=frozenset(
                        one.attrib["UUID"] for one in players if one.get("Invisible") != "1"
                    ),
                    hidden=player.get("Invisible") == "1",
                )
    return None


@dataclass(frozen=True, slots=True)
class Tune:
    """What a group plays, or would."""

    playing: bool = False
    title: str | None = None
    artist: str | None = None
    album: str | None = None
    source: str | None = None


def tune(said: Mapping[str, Any]) -> Tune:
    """Read what a leader said, by the names that AVTransport's variables have in SoCo."""
    uri, track = said.get(LOADED) or "", didl(said.get("current_track_meta_data"))
    if uri.startswith("x-rincon:"):
        return Tune()  # it follows another, and what it says is not its own
    title, artist = getattr(track, "title", None), getattr(track, "creator", None)
    album, stream = getattr(track, "album", None), getattr(track, "stream_content", "")
    if stream.startswith("ZPSTR_"):  # the station is being connected to
        stream = ""
    if "TYPE=SNG|" in stream:
        parts = dict(part.split(" ", 1) for part in stream.split("|") if " " in part)
        title, artist, album = (parts.get(name) for name in ("TITLE", "ARTIST", "ALBUM"))
    elif " - " in stream:
        artist, title = stream.split(" - ", 1)
    elif stream:
        title = stream
    elif title and streams(uri) and title in unquote(said.get("current_track_uri") or ""):
        title = None
    return Tune(
        playing=said.get("transport_state") in PLAYING,
        title=title or None,
        artist=artist or None,
        album=album or None,
        source=SOURCES.get(_origin(uri)) or _named(said, uri),
    )


def answered(
    transport: Mapping[str, str], position: Mapping[str, str], media: Mapping[str, str]
) -> dict[str, str]:
    """Return what a leader answered under the names that it has in events."""
    return {
        "transport_state": transport["CurrentTransportState"],
        "current_track_uri": position["TrackURI"],
        "current_track_meta_data": position["TrackMetaData"],
        LOADED: media["CurrentURI"],
        f"{LOADED}_meta_data": media.get("CurrentURIMetaData", ""),
    }


def didl(said: object) -> Any:
    """Return the first object of DIDL-Lite, read or not; None where it cannot be read."""
    from soco.data_structures import DidlObject
    from soco.data_structures_entry import from_didl_string
    from soco.exceptions import SoCoException

    if isinstance(said, DidlObject):
        return said
    if not isinstance(said, str) or not said.startswith("<"):
        return None
    try:
        return next(iter(from_didl_string(said)), None)
    except (SoCoException, TypeError, ValueError, AttributeError, SyntaxError):
        return None


def streams(uri: str) -> bool:
    """Say whether what a URI names is played by itself instead of being queued."""
    return _origin(uri) in STREAMING


def _origin(uri: str) -> str:
    from soco import SoCo

    return str(SoCo.music_source_from_uri(uri))


def _named(said: Mapping[str, Any], uri: str) -> str | None:
    """Return the station, or what the queue was filled from, which only events tell."""
    of = "enqueued_transport_uri" if uri.startswith("x-rincon-queue:") else LOADED
    return getattr(didl(said.get(f"{of}_meta_data")), "title", None) or None
