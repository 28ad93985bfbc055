"""Grouping, power and bad requests at the simulated Sonos household, through SoCo."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator

import pytest
import soco
from requests.exceptions import ConnectionError as Unreachable

from simulators.sonos import Household
from simulators.ssdp import open_ear

from .sonos_house import (
    PATIENCE,
    ROOMS,
    ask,
    fresh_soco,
    play_favorite,
    read,
    refusal,
    state_of,
    write,
)

INSTANCE = ("InstanceID", 0)
MASTER = ("Channel", "Master")


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


async def test_a_coordinator_that_leaves_hands_the_music_on(
    house: Household, kitchen: soco.SoCo, living: soco.SoCo
) -> None:
    await play_favorite(kitchen, "Harbour Songs")
    await ask(living.join, kitchen)
    await ask(kitchen.unjoin)
    assert (house["Living Room"].transport, house["Kitchen"].transport) == ("PLAYING", "STOPPED")
    assert (await ask(living.get_current_track_info))["title"] == "Low Water"
    assert await read(living, "is_coordinator")
    await ask(living.next)
    assert len(await read(kitchen, "all_groups")) == 2


async def test_a_member_that_leaves_is_silent_and_has_its_own_queue(
    house: Household, kitchen: soco.SoCo, living: soco.SoCo
) -> None:
    await play_favorite(living, "Night Trains")
    await ask(living.join, kitchen)
    assert house["Living Room"].transport == "STOPPED"
    await ask(living.unjoin)
    assert await state_of(living) == "STOPPED"
    await ask(living.play)
    assert (await ask(living.get_current_track_info))["title"] == "Sleeper"
    await ask(living.unjoin)
    assert house["Living Room"].transport == "PLAYING"


async def test_only_a_coordinator_can_be_joined(kitchen: soco.SoCo, living: soco.SoCo) -> None:
    await ask(living.join, kitchen)
    join = [INSTANCE, ("CurrentURI", "x-rincon:RINCON_0"), ("CurrentURIMetaData", "")]
    assert await refusal(kitchen.avTransport.SetAVTransportURI, join) == "501"
    assert await refusal(kitchen.join, living) == "501"


async def test_a_group_has_a_volume(
    house: Household, kitchen: soco.SoCo, living: soco.SoCo
) -> None:
    await write(kitchen, "volume", 20)
    await write(living, "volume", 40)
    await ask(living.join, kitchen)
    group = await read(kitchen, "group")
    assert await ask(getattr, group, "volume") == 30
    await ask(setattr, group, "volume", 60)
    assert [player.volume for player in house.players] == [40, 80]
    await ask(setattr, group, "mute", True)
    assert all(player.mute for player in house.players)
    assert await ask(group.set_relative_volume, -30) == 30


async def test_a_new_name_is_in_the_topology(house: Household, kitchen: soco.SoCo) -> None:
    await write(kitchen, "player_name", "Küche & Bar")
    assert await read(kitchen, "player_name") == house.players[0].room == "Küche & Bar"


async def test_bad_arguments_are_refused_in_upnps_terms(kitchen: soco.SoCo) -> None:
    sound, transport = kitchen.renderingControl, kitchen.avTransport

    async def volume(value: object) -> str:
        return await refusal(sound.SetVolume, [INSTANCE, MASTER, ("DesiredVolume", value)])

    assert await refusal(sound.SetVolume, [INSTANCE, MASTER]) == "402"
    assert await volume("loud") == "402"
    assert await volume(101) == "601"
    assert await refusal(sound.GetVolume, [INSTANCE, ("Channel", "Rear")]) == "600"
    assert await refusal(transport.Play, [("InstanceID", 1), ("Speed", 1)]) == "718"
    assert await refusal(transport.Play, [INSTANCE, ("Speed", 2)]) == "717"
    assert await refusal(transport.Seek, [INSTANCE, ("Unit", "X"), ("Target", "1")]) == "710"
    assert await refusal(transport.Dance, [INSTANCE]) == "401"
    assert await refusal(kitchen.contentDirectory.Browse, browse("A:NOTHING")) == "701"


async def test_actions_are_checked_against_the_service_description(kitchen: soco.SoCo) -> None:
    with pytest.raises(AttributeError):
        await ask(kitchen.avTransport.Dance)
    with pytest.raises(ValueError, match="DesiredVolume"):
        await ask(kitchen.renderingControl.SetVolume, InstanceID=0, Channel="Master")


def browse(object_id: str) -> list[tuple[str, object]]:
    return [
        ("ObjectID", object_id),
        ("BrowseFlag", "BrowseDirectChildren"),
        ("Filter", "*"),
        ("StartingIndex", 0),
        ("RequestedCount", 10),
        ("SortCriteria", ""),
    ]


async def test_an_unplugged_player_is_out_of_reach_and_comes_back(
    house: Household, kitchen: soco.SoCo, living: soco.SoCo
) -> None:
    await write(kitchen, "volume", 7)
    await play_favorite(kitchen, "Harbour Songs")
    await house["Kitchen"].unplug()
    with pytest.raises(Unreachable):
        await read(kitchen, "volume")
    assert house["Kitchen"].transport == "STOPPED"
    assert len(await read(living, "all_zones")) == 2
    await house["Kitchen"].plug_in()
    assert (await read(kitchen, "volume"), await state_of(kitchen)) == (7, "STOPPED")
    living.zone_group_state.clear_cache()
    assert await read(kitchen, "boot_seqnum") == 2


async def test_a_group_gets_on_without_a_coordinator_that_lost_power(
    house: Household, kitchen: soco.SoCo, living: soco.SoCo
) -> None:
    await play_favorite(kitchen, "Harbour Songs")
    await ask(living.join, kitchen)
    await house["Kitchen"].unplug()
    assert house["Living Room"].transport == "STOPPED"
    house.miss(house["Kitchen"])
    await ask(living.play)
    assert (await ask(living.get_current_track_info))["title"] == "Low Water"
    assert [zone.ip_address for zone in await read(living, "all_zones")] == [living.ip_address]
    await house["Kitchen"].plug_in()
    living.zone_group_state.clear_cache()
    assert len(await read(living, "all_groups")) == 2


async def test_start_and_stop_are_idempotent_and_leave_nothing() -> None:
    house = Household(ROOMS)
    before = asyncio.all_tasks()
    for _ in range(2):
        await house.start()
        await house.start()
        await house.stop()
        await house.stop()
    assert asyncio.all_tasks() == before
    assert not any(player.plugged_in for player in house.players)
    async with Household(ROOMS)["Kitchen"] as alone:
        assert alone.leads


async def test_a_taken_address_leaves_no_player_running(house: Household) -> None:
    second = Household({"Attic": "127.0.72.23", "Cellar": ROOMS["Kitchen"]})
    with pytest.raises(OSError):
        await second.start()
    assert not any(player.plugged_in for player in second.players)


async def test_players_announce_themselves_and_take_leave() -> None:
    house = Household({"Attic": "127.0.72.23"})
    with open_ear("127.0.0.1") as ear:
        await house.start()
        alive = await heard(ear, house["Attic"].uid)
        await house["Attic"].unplug()
        await house["Attic"].plug_in()
        again = await heard(ear, house["Attic"].uid)
        await house.stop()
        leave = await heard(ear, house["Attic"].uid)
    assert "NTS: ssdp:alive" in alive and "X-RINCON-BOOTSEQ: 1" in alive
    assert "NTS: ssdp:alive" in again and "X-RINCON-BOOTSEQ: 2" in again
    assert "NTS: ssdp:byebye" in leave and "LOCATION" not in leave


async def heard(ear: socket.socket, uid: str) -> str:
    """The next announcement of the zone player `uid`."""
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(PATIENCE):
        while True:
            text = (await loop.sock_recv(ear, 2048)).decode()
            if "NT: urn:schemas-upnp-org:device:ZonePlayer:1\r\n" in text and uid in text:
                return text
