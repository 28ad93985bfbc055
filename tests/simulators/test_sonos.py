"""The simulated Sonos household as SoCo finds it, drives it and reads it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
import soco
from soco.exceptions import SoCoSlaveException

from simulators.sonos import Command, Household, Player

from .sonos_house import (
    ROOMS,
    ask,
    favorite,
    fresh_soco,
    play_favorite,
    read,
    refusal,
    state_of,
    write,
)

INSTANCE = ("InstanceID", 0)


@pytest.fixture(autouse=True)
def forgetful() -> Iterator[None]:
    with fresh_soco():
        yield


@pytest.fixture
async def house() -> AsyncIterator[Household]:
    async with Household(ROOMS) as household:
        yield household


@pytest.fixture
def kitchen(house: Household) -> soco.SoCo:
    return soco.SoCo(house["Kitchen"].address)


@pytest.fixture
def living(house: Household) -> soco.SoCo:
    return soco.SoCo(house["Living Room"].address)


def names(player: Player) -> list[str]:
    return [command.name for command in player.received]


async def test_one_answer_to_a_search_leads_to_the_whole_household(house: Household) -> None:
    found = await ask(soco.discover, timeout=2, interface_addr="127.0.0.1")
    assert {player.ip_address for player in found} == set(ROOMS.values())
    assert {await read(player, "player_name") for player in found} == set(ROOMS)


async def test_a_search_for_another_household_finds_nothing(house: Household) -> None:
    elsewhere = {"timeout": 0, "interface_addr": "127.0.0.1", "household_id": "Sonos_other"}
    assert await ask(soco.discover, **elsewhere) is None


async def test_what_a_player_says_of_itself(house: Household, kitchen: soco.SoCo) -> None:
    told = await ask(kitchen.get_speaker_info, timeout=3)
    assert told["zone_name"] == "Kitchen"
    assert told["model_name"] == "Sonos One"
    assert told["uid"] == await read(kitchen, "uid") == house["Kitchen"].uid
    assert await read(kitchen, "household_id") == house.id
    assert (await ask(kitchen.deviceProperties.GetZoneInfo))["MACAddress"] == house["Kitchen"].mac


async def test_an_address_gives_a_player_the_same_uid_every_time(house: Household) -> None:
    assert [player.uid for player in Household(ROOMS).players] == [p.uid for p in house.players]


async def test_volume_and_mute_arrive(house: Household, kitchen: soco.SoCo) -> None:
    player = house["Kitchen"]
    await write(kitchen, "volume", 33)
    await write(kitchen, "mute", True)
    assert (player.volume, player.mute) == (33, True)
    assert await ask(kitchen.set_relative_volume, -40) == player.volume == 0
    channel = {"InstanceID": "0", "Channel": "Master"}
    assert player.received[0] == Command("SetVolume", {**channel, "DesiredVolume": "33"})
    assert names(player) == ["SetVolume", "SetMute", "SetRelativeVolume"]
    assert house["Living Room"].received == []


async def test_a_hand_at_the_player_is_read(house: Household, kitchen: soco.SoCo) -> None:
    await house["Kitchen"].turn_volume(61)
    await house["Kitchen"].set_mute(True)
    assert (await read(kitchen, "volume"), await read(kitchen, "mute")) == (61, True)
    assert house["Kitchen"].received == []


async def test_tone_is_kept(kitchen: soco.SoCo) -> None:
    for name, value in (("bass", -3), ("treble", 4), ("loudness", False), ("balance", (80, 100))):
        await write(kitchen, name, value)
        assert await read(kitchen, name) == value


async def test_with_nothing_to_play_there_is_no_transition(kitchen: soco.SoCo) -> None:
    assert await refusal(kitchen.play) == "701"
    assert await refusal(kitchen.pause) == "701"
    assert await refusal(kitchen.stop) == "701"


async def test_a_station_plays_from_the_favourites(house: Household, kitchen: soco.SoCo) -> None:
    await play_favorite(kitchen, "Radio Meridian")
    player = house["Kitchen"]
    assert player.transport == await state_of(kitchen) == "PLAYING"
    assert player.track is not None and player.track.title == "Radio Meridian"
    track = await ask(kitchen.get_current_track_info)
    assert (track["artist"], track["title"]) == ("The Quays", "Low Water")
    assert (await ask(kitchen.get_current_media_info))["channel"] == "Radio Meridian"
    assert await refusal(kitchen.next) == "701"
    assert await refusal(kitchen.seek, "0:00:10") == "701"


@pytest.mark.parametrize(
    ("title", "first", "count"),
    [
        ("Morning Coffee", "Platform Nine", 3),
        ("Harbour Songs", "Low Water", 3),
        ("Night Trains", "Sleeper", 2),
    ],
)
async def test_albums_and_playlists_play_from_the_queue(
    house: Household, kitchen: soco.SoCo, title: str, first: str, count: int
) -> None:
    await play_favorite(kitchen, title)
    assert (await ask(kitchen.get_current_track_info))["title"] == first
    assert len(house["Kitchen"].queue) == await read(kitchen, "queue_size") == count


async def test_a_favourite_that_is_only_a_way_to_an_artist_has_no_uri(kitchen: soco.SoCo) -> None:
    chosen = await favorite(kitchen, "Ada Nord")
    assert chosen.resources == []


async def test_pause_play_and_stop(house: Household, kitchen: soco.SoCo) -> None:
    await play_favorite(kitchen, "Harbour Songs")
    await ask(kitchen.pause)
    assert house["Kitchen"].transport == await state_of(kitchen) == "PAUSED_PLAYBACK"
    assert await refusal(kitchen.pause) == "701"
    await ask(kitchen.play)
    await ask(kitchen.stop)
    assert house["Kitchen"].transport == await state_of(kitchen) == "STOPPED"


async def test_the_queue_ends_on_both_sides(house: Household, kitchen: soco.SoCo) -> None:
    await play_favorite(kitchen, "Night Trains")
    assert await refusal(kitchen.previous) == "711"
    await ask(kitchen.next)
    assert house["Kitchen"].track == house["Kitchen"].queue[1]
    assert await refusal(kitchen.next) == "711"
    await write(kitchen, "repeat", True)
    await ask(kitchen.next)
    assert house["Kitchen"].track == house["Kitchen"].queue[0]


async def test_music_goes_on_by_itself_until_its_end(house: Household, kitchen: soco.SoCo) -> None:
    await play_favorite(kitchen, "Night Trains")
    await house["Kitchen"].end_track()
    assert (await ask(kitchen.get_current_track_info))["title"] == "Platform Nine"
    await house["Kitchen"].end_track()
    assert await state_of(kitchen) == "STOPPED"


async def test_seeking(kitchen: soco.SoCo) -> None:
    await play_favorite(kitchen, "Harbour Songs")
    await ask(kitchen.pause)
    await ask(kitchen.seek, "0:01:30", 1)
    track = await ask(kitchen.get_current_track_info)
    assert (track["title"], track["position"]) == ("Lantern & Rope", "0:01:30")
    assert await refusal(kitchen.seek, "0:59:00") == "711"
    assert await refusal(kitchen.seek, None, 7) == "711"


async def test_the_position_moves_while_music_plays_and_only_then() -> None:
    now = [100.0]
    async with Household(ROOMS, clock=lambda: now[0]):
        kitchen = soco.SoCo(ROOMS["Kitchen"])

        async def position() -> str:
            return str((await ask(kitchen.get_current_track_info))["position"])

        await play_favorite(kitchen, "Harbour Songs")
        now[0] += 65
        assert await position() == "0:01:05"
        await ask(kitchen.pause)
        now[0] += 10
        assert await position() == "0:01:05"
        await ask(kitchen.play)
        now[0] += 3600
        assert await position() == "0:03:12"


async def test_play_mode_and_crossfade_are_kept(kitchen: soco.SoCo) -> None:
    assert await refusal(setattr, kitchen, "play_mode", "SHUFFLE") == "712"
    await play_favorite(kitchen, "Harbour Songs")
    await write(kitchen, "play_mode", "SHUFFLE")
    await write(kitchen, "cross_fade", True)
    assert (await read(kitchen, "shuffle"), await read(kitchen, "repeat")) == (True, True)
    assert await read(kitchen, "cross_fade") is True
    assert "SeekTrackNr" in await read(kitchen, "available_actions")


async def test_several_tracks_are_queued_at_once(house: Household, kitchen: soco.SoCo) -> None:
    chosen = await favorite(kitchen, "Harbour Songs")
    album = await ask(kitchen.music_library.browse, chosen.reference)
    await ask(kitchen.add_multiple_to_queue, list(album))
    assert [track.title for track in house["Kitchen"].queue] == [held.title for held in album]


async def test_the_queue_is_edited(house: Household, kitchen: soco.SoCo) -> None:
    player = house["Kitchen"]
    await play_favorite(kitchen, "Harbour Songs")
    await ask(kitchen.move_in_queue, 0, 2)
    assert [track.title for track in player.queue] == ["Lantern & Rope", "Gulls", "Low Water"]
    assert player.track is not None and player.track.title == "Low Water"
    await ask(kitchen.remove_from_queue, 0)
    await ask(kitchen.add_uri_to_queue, "http://radio.example.org/jingle.mp3", 1)
    listed = await ask(kitchen.get_queue)
    assert [held.title for held in listed] == ["jingle.mp3", "Gulls", "Low Water"]
    assert await refusal(kitchen.remove_range_from_queue, 2, 5) == "711"
    await ask(kitchen.clear_queue)
    assert player.queue == [] and player.track is None
    assert player.transport == "STOPPED"
    assert await refusal(kitchen.clear_queue) == "804"
    assert await refusal(kitchen.add_uri_to_queue, "x-sonosapi-stream:s1") == "714"


async def test_stations_playlists_and_albums_are_listed(kitchen: soco.SoCo) -> None:
    library = kitchen.music_library
    stations = await ask(library.get_favorite_radio_stations)
    assert [held.title for held in stations] == ["Radio Meridian", "Klassik am Kanal"]
    assert [held.title for held in await ask(library.get_playlists)] == ["evening.m3u"]
    albums = await ask(library.get_albums, search_term="harb")
    assert [held.title for held in albums] == ["Harbour Songs"]
    saved = list(await ask(kitchen.get_sonos_playlists))
    page = await ask(library.browse, saved[0], start=1, max_items=1)
    assert ([held.title for held in page], page.total_matches) == (["Low Water"], 3)


async def test_a_member_follows_but_says_something_else(
    house: Household, kitchen: soco.SoCo, living: soco.SoCo
) -> None:
    follower = house["Living Room"]
    await play_favorite(kitchen, "Harbour Songs")
    await ask(living.join, kitchen)
    assert follower.coordinator is house["Kitchen"]
    assert {member.ip_address for member in (await read(kitchen, "group")).members} == set(
        ROOMS.values()
    )
    await ask(kitchen.pause)
    assert (follower.transport, await state_of(living)) == ("PAUSED_PLAYBACK", "PLAYING")
    told = await ask(living.get_current_track_info)
    assert told["uri"] == f"x-rincon:{house['Kitchen'].uid}"
    await follower.press_play_pause()
    assert await state_of(kitchen) == "PLAYING"


async def test_what_a_member_is_told_to_play(
    house: Household, kitchen: soco.SoCo, living: soco.SoCo
) -> None:
    await play_favorite(kitchen, "Harbour Songs")
    await ask(living.join, kitchen)
    with pytest.raises(SoCoSlaveException):
        await ask(living.pause)
    transport = living.avTransport
    await ask(transport.Stop, InstanceID=0)
    assert house["Kitchen"].transport == "PLAYING"
    for action in (transport.Pause, transport.Next, transport.Previous):
        assert await refusal(action, InstanceID=0) == "701"
    assert await refusal(transport.RemoveAllTracksFromQueue, InstanceID=0) == "800"
    assert await refusal(transport.SetPlayMode, [INSTANCE, ("NewPlayMode", "NORMAL")]) == "712"
    assert await refusal(living.groupRenderingControl.GetGroupVolume, InstanceID=0) == "701"
    await ask(
        transport.SetAVTransportURI,
        [INSTANCE, ("CurrentURI", "x-sonosapi-stream:s1"), ("CurrentURIMetaData", "")],
    )
    assert house["Living Room"].coordinator is house["Living Room"]
