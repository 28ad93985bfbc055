"""What is read out of the words of Sonos players, without any player."""

from typing import Any

import pytest

from adapters.sonos_facts import Standing, Tune, identity, standing, tune
from adapters.sonos_music import Music, find

DIDL = (
    '<DIDL-Lite xmlns:dc="http://purl.org/dc/elements/1.1/"'
    ' xmlns:upnp="urn:schemas-upnp-org:metadata-1-0/upnp/"'
    ' xmlns:r="urn:schemas-rinconnetworks-com:metadata-1-0/"'
    ' xmlns="urn:schemas-upnp-org:metadata-1-0/DIDL-Lite/">'
    '<item id="-1" parentID="-1" restricted="true">{}</item></DIDL-Lite>'
)
STATION = DIDL.format(
    "<dc:title>Radio Meridian</dc:title>"
    "<upnp:class>object.item.audioItem.audioBroadcast</upnp:class>"
)
PLAYLIST = DIDL.format(
    "<dc:title>Morning Coffee</dc:title><upnp:class>object.container.playlistContainer</upnp:class>"
)
STREAM = "x-sonosapi-stream:s24861?sid=254"
QUEUE = "x-rincon-queue:RINCON_000E58004B0B01400#0"
ZONES = """
<ZoneGroupState><ZoneGroups>
 <ZoneGroup Coordinator="RINCON_A" ID="RINCON_A:1">
  <ZoneGroupMember UUID="RINCON_A" ZoneName="Den" HTSatChanMapSet="RINCON_A:LF,RF;RINCON_S:LR">
   <Satellite UUID="RINCON_S" ZoneName="Den" Invisible="1"/>
  </ZoneGroupMember>
  <ZoneGroupMember UUID="RINCON_B" ZoneName="Loft"/>
  <ZoneGroupMember UUID="RINCON_P" ZoneName="Loft" Invisible="1"/>
 </ZoneGroup>
 <ZoneGroup Coordinator="RINCON_X" ID="RINCON_X:0">
  <ZoneGroupMember UUID="RINCON_X" ZoneName="BRIDGE" Invisible="1" IsZoneBridge="1"/>
 </ZoneGroup>
</ZoneGroups></ZoneGroupState>
"""


def now_on(said: str, *, uri: str = STREAM) -> Tune:
    track = DIDL.format(
        f"<dc:title>s24861?sid=254</dc:title><upnp:class>object.item</upnp:class>"
        f"<r:streamContent>{said}</r:streamContent>"
    )
    return tune(
        {
            "transport_state": "PLAYING",
            "current_track_uri": STREAM,
            "current_track_meta_data": track,
            "av_transport_uri": uri,
            "av_transport_uri_meta_data": STATION,
        }
    )


@pytest.mark.parametrize(
    ("said", "title", "artist"),
    [
        ("The Quays - Low Water", "Low Water", "The Quays"),
        ("News at noon", "News at noon", None),
        ("BR P|TYPE=SNG|TITLE Low Water|ARTIST The Quays|ALBUM ", "Low Water", "The Quays"),
        ("ZPSTR_CONNECTING", None, None),
        ("", None, None),
    ],
)
def test_a_station_says_what_is_on(said: str, title: str | None, artist: str | None) -> None:
    assert now_on(said) == Tune(True, title, artist, None, "Radio Meridian")


def test_a_queue_says_what_it_was_filled_from() -> None:
    said = {"av_transport_uri": QUEUE, "enqueued_transport_uri_meta_data": PLAYLIST}
    assert tune({**said, "transport_state": "PAUSED_PLAYBACK"}).source == "Morning Coffee"
    assert tune({"av_transport_uri": QUEUE}) == Tune()


@pytest.mark.parametrize(
    ("uri", "source"),
    [
        ("x-rincon-stream:RINCON_A", "line-in"),
        ("x-sonos-htastream:RINCON_A:spdif", "TV"),
        ("x-sonos-vli:RINCON_A:1,airplay:3", "AirPlay"),
        ("x-sonos-vli:RINCON_A:2,spotify:3", "Spotify"),
        ("", None),
    ],
)
def test_an_input_is_a_source(uri: str, source: str | None) -> None:
    assert tune({"transport_state": "TRANSITIONING", "av_transport_uri": uri}) == Tune(
        True, source=source
    )


def test_what_a_member_says_of_itself_does_not_count() -> None:
    assert tune({"transport_state": "PLAYING", "av_transport_uri": "x-rincon:RINCON_A"}) == Tune()


@pytest.mark.parametrize("metadata", ["NOT_IMPLEMENTED", "<DIDL-Lite", "<a><b/></a>", object()])
def test_broken_metadata_hides_no_music(metadata: Any) -> None:
    said = {"transport_state": "PLAYING", "current_track_meta_data": metadata}
    assert tune(said) == Tune(playing=True)


def test_members_are_those_that_are_to_be_seen() -> None:
    seen = frozenset({"RINCON_A", "RINCON_B"})
    assert standing("RINCON_B", ZONES) == Standing("Loft", "RINCON_A", seen)
    for uid in ("RINCON_S", "RINCON_P", "RINCON_X"):
        found = standing(uid, ZONES)
        assert found is not None and found.hidden
    assert standing("RINCON_Z", ZONES) is None


def test_what_is_no_sonos_player_is_left_to_others() -> None:
    root = '<root xmlns="urn:schemas-upnp-org:device-1-0"><device>{}</device></root>'
    assert identity(root.format("<UDN>uuid:4d696e69-444c-164e</UDN>")) is None
    assert identity("<html/>") is None
    found = identity(root.format("<UDN>uuid:RINCON_000E58004B0B01400</UDN>"))
    assert found is not None and (found.mac, found.inputs) == ("000e58004b0b", ())


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("Jazz", "Jazz"),
        ("jazz", "Jazz"),
        ("cafe del mar", "Café del Mar"),
        ("smooth", "Smooth Jazz"),
        ("Klassik am Kanaal", "Klassik am Kanal"),
        ("radio", None),
        ("Radio Meridien", None),
        ("rock", None),
        ("", None),
    ],
)
def test_a_name_means_one_thing_or_nothing(said: str, meant: str | None) -> None:
    names = (
        "Jazz",
        "Smooth Jazz",
        "Café del Mar",
        "Klassik am Kanal",
        "Radio Meridian",
        "Radio Meridiem",
    )
    found = find(said, [Music(name, "other", "uri", "") for name in names])
    assert (found.name if found else None) == meant
