"""What a Sonos player says of its transport: the variables that it answers and events alike.

Names and order of the variables follow events that players sent (home-assistant/core,
tests/components/sonos/fixtures/av_transport.json; SoCo/SoCo, tests/data/media_metadata_payloads).
A member of a group says PLAYING and names its coordinator, whatever the group does.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING
from xml.sax.saxutils import quoteattr

from simulators.sonos_deck import PLAYING, Deck
from simulators.sonos_music import Track, clock_time, describe_stream, describe_track, didl

if TYPE_CHECKING:
    from simulators.sonos import Player

NOT_IMPLEMENTED, NEVER = "NOT_IMPLEMENTED", "2147483647"
QUEUE_ACTIONS = "Set, Stop, Pause, Play, X_DLNA_SeekTime, Next, Previous, X_DLNA_SeekTrackNr"
SONOS_VARIABLES = (
    "NextTrackURI",
    "NextTrackMetaData",
    "EnqueuedTransportURI",
    "EnqueuedTransportURIMetaData",
)


def transport_variables(player: Player) -> dict[str, object]:
    """The variables of AVTransport, as `player` tells them."""
    deck = player.deck
    about = about_own(deck) if player.leads else about_followed(deck)
    return {
        "TransportState": deck.state if player.leads else PLAYING,
        "CurrentPlayMode": deck.mode,
        "CurrentCrossfadeMode": int(deck.crossfade),
        **about,
        "EnqueuedTransportURI": deck.uri if player.leads else "",
        "EnqueuedTransportURIMetaData": deck.metadata if player.leads else "",
        "PlaybackStorageMedium": "NETWORK" if deck.uri else "NONE",
        "AVTransportURI": deck.uri,
        "AVTransportURIMetaData": deck.metadata,
        "CurrentTransportActions": transport_actions(player),
        "TransportStatus": "OK",
    }


def about_own(deck: Deck) -> dict[str, object]:
    """The track of a player that leads its group."""
    current, following = deck.current, ""
    if deck.plays_queue and deck.number < len(deck.queue):
        following = deck.queue[deck.number].uri
    metadata, duration = "", 0
    if isinstance(current, Track):
        metadata, duration = didl([describe_track(current)]), current.seconds
    elif current is not None:
        metadata = didl([describe_stream(current)])
    tracks = len(deck.queue) if deck.plays_queue else int(current is not None)
    return {
        "NumberOfTracks": tracks,
        "CurrentTrack": (deck.number if deck.plays_queue else 1) if tracks else 0,
        "CurrentTrackURI": current.uri if current else "",
        "CurrentTrackDuration": clock_time(duration),
        "CurrentTrackMetaData": metadata,
        "NextTrackURI": following,
        "NextTrackMetaData": "",
    }


def about_followed(deck: Deck) -> dict[str, object]:
    """The "track" of a member: its coordinator."""
    return {
        "NumberOfTracks": 1,
        "CurrentTrack": 1,
        "CurrentTrackURI": deck.uri,
        "CurrentTrackDuration": "",
        "CurrentTrackMetaData": "",
        "NextTrackURI": "",
        "NextTrackMetaData": "",
    }


def transport_actions(player: Player) -> str:
    """What can be asked of the transport now."""
    if not player.leads:
        return "Stop, Play"
    if player.deck.current is None:
        return "Set"
    return QUEUE_ACTIONS if player.deck.plays_queue else "Set, Stop, Pause, Play"


def position_answer(player: Player) -> dict[str, object]:
    """The outputs of GetPositionInfo."""
    told = transport_variables(player)
    answer = {
        "Track": told["CurrentTrack"],
        "TrackDuration": told["CurrentTrackDuration"],
        "TrackMetaData": told["CurrentTrackMetaData"],
        "TrackURI": told["CurrentTrackURI"],
        "RelTime": clock_time(player.deck.position),
        "AbsTime": NOT_IMPLEMENTED,
        "RelCount": NEVER,
        "AbsCount": NEVER,
    }
    if not player.leads:
        answer |= dict.fromkeys(("TrackDuration", "TrackMetaData", "RelTime"), NOT_IMPLEMENTED)
    return answer


def media_answer(player: Player) -> dict[str, object]:
    """The outputs of GetMediaInfo."""
    told = transport_variables(player)
    return {
        "NrTracks": told["NumberOfTracks"],
        "MediaDuration": NOT_IMPLEMENTED,
        "CurrentURI": told["AVTransportURI"],
        "CurrentURIMetaData": told["AVTransportURIMetaData"],
        "NextURI": "",
        "NextURIMetaData": "",
        "PlayMedium": told["PlaybackStorageMedium"],
        "RecordMedium": NOT_IMPLEMENTED,
        "WriteStatus": NOT_IMPLEMENTED,
    }


def last_change(schema: str, variables: Iterable[str]) -> str:
    """A LastChange document of the schema AVT or RCS; `variables` are its elements."""
    return (
        f'<Event xmlns="urn:schemas-upnp-org:metadata-1-0/{schema}/" '
        'xmlns:r="urn:schemas-rinconnetworks-com:metadata-1-0/">'
        f'<InstanceID val="0">{"".join(variables)}</InstanceID></Event>'
    )


def variable(name: str, value: object, channel: str = "") -> str:
    """One variable of a LastChange document."""
    prefix = "r:" if name in SONOS_VARIABLES else ""
    of = f' channel="{channel}"' if channel else ""
    return f"<{prefix}{name}{of} val={quoteattr(str(value))}/>"
