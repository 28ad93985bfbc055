"""What Sonos players do beyond the contract: names, inputs, reboots, events."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession

from adapters.sonos_events import Mailbox
from adapters.sonos_media import SonosMedia
from gateway.capabilities.media import ControlMusic
from simulators import sonos_zones
from simulators.sonos import Player
from simulators.upnp import Service
from tests.contract.running import Running, at_work, started
from tests.contract.sonos import BATH, HALL, KITCHEN, LIVING, ROOMS, SonosCase

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="needs several addresses on loopback"
)
SEEN_WITHIN, HEARD_AGAIN_WITHIN = 3.0, 20.0


@asynccontextmanager
async def served(
    tmp_path: Path, *, proxied: bool = False, **settings: Any
) -> AsyncIterator[tuple[SonosCase, Running]]:
    async with (
        started(case := SonosCase(), proxied=proxied),
        at_work(case, tmp_path / "home", settings=settings) as running,
    ):
        await running.until(lambda: running.online(*case.ids))
        yield case, running


async def call(running: Running, tool: str, **arguments: Any) -> dict[str, Any]:
    answer = await running.session.call(tool, arguments)
    return {result["device"]: result for result in answer["results"]}


def media(running: Running, id: str) -> SonosMedia:
    capability = running.entry(id).capabilities["media"]
    assert isinstance(capability, SonosMedia)
    return capability


def commands(player: Player) -> list[str]:
    return [command.name for command in player.received]


async def test_a_player_says_who_it_is_and_where(tmp_path: Path) -> None:
    async with served(tmp_path) as (case, running):
        entry = running.entry(KITCHEN)
        assert (entry.name, entry.area) == ("Kitchen", "Kitchen")
        assert entry.facts["model"] == "Sonos One"
        assert entry.connections == ["mac:000e58004b0b", f"udn:{case['Kitchen'].uid}"]
        assert media(running, KITCHEN).pushes


async def test_an_unknown_name_plays_nothing_and_is_answered_with_the_nearest(
    tmp_path: Path,
) -> None:
    async with served(tmp_path) as (case, running):
        results = await call(running, "play_music", targets=KITCHEN, what="Harbor Lights")
        error = results[KITCHEN]["error"]
        assert error["code"] == "invalid_arguments"
        assert error["choices"] == ["Harbour Songs"]
        assert case["Kitchen"].received == []


async def test_favourites_playlists_and_stations_are_listed_once(tmp_path: Path) -> None:
    async with served(tmp_path) as (_, running):
        answer = await running.session.ask(KITCHEN, "favourites")
        assert {one["name"]: one["type"] for one in answer["favourites"]} == {
            "Radio Meridian": "station",
            "Morning Coffee": "playlist",
            "Harbour Songs": "album",
            "Night Trains": "album",
            "Klassik am Kanal": "station",
        }


async def test_everything_that_is_listed_can_be_played(tmp_path: Path) -> None:
    async with served(tmp_path) as (case, running):
        listed = (await running.session.ask(LIVING, "favourites"))["favourites"]
        for one in listed:
            results = await call(running, "play_music", targets=LIVING, what=one["name"])
            assert results[LIVING]["outcome"] == "done", one
            assert case.heard("Living Room")


async def test_a_queue_is_its_groups_and_knows_where_it_is(tmp_path: Path) -> None:
    async with served(tmp_path) as (_, running):
        assert (await call(running, "control_music", targets=HALL, do="next"))[HALL]["also"]
        queue = await running.session.ask(HALL, "queue")
        assert [one["title"] for one in queue["tracks"]] == ["Low Water", "Lantern & Rope", "Gulls"]
        assert queue["tracks"][0] == {
            "title": "Low Water",
            "artist": "The Quays",
            "album": "Harbour Songs",
        }
        assert queue["current"] == 1
        assert await running.session.ask(KITCHEN, "queue") == {"tracks": []}


async def test_pausing_what_is_silent_is_nothing_to_do(tmp_path: Path) -> None:
    async with served(tmp_path) as (case, running):
        await media(running, KITCHEN).control_music(ControlMusic(do="pause"))
        await media(running, KITCHEN).control_music(ControlMusic(do="stop"))
        assert commands(case["Kitchen"]) == ["Pause", "Stop"]


async def test_what_a_player_refuses_is_said_in_plain_words(tmp_path: Path) -> None:
    async with served(tmp_path) as (_, running):
        results = await call(running, "control_music", targets=HALL, do="previous")
        assert results[HALL]["outcome"] == "failed"
        assert results[HALL]["error"]["code"] == "device_refused"
        assert results[HALL]["error"]["detail"] == "Bath says no: there is no such track"
        results = await call(running, "play_music", targets=KITCHEN)
        detail = "Kitchen says no: nothing that it has loaded can do that"
        assert results[KITCHEN]["error"]["detail"] == detail
        assert running.online(KITCHEN, HALL)


class Input(Service):
    """A service that a player with an input lists in its description."""

    def __init__(self, name: str) -> None:
        self.name = name  # type: ignore[misc]


async def test_a_player_plays_the_inputs_that_it_has(tmp_path: Path) -> None:
    async with started(case := SonosCase()):
        hall = case["Hall"]
        hall.services = (*hall.services, Input("AudioIn"), Input("HTControl"))
        async with at_work(case, tmp_path / "home") as running:
            await running.until(lambda: running.online(*case.ids))
            assert running.entry(HALL).limits["media"]["source"].enum == ["line-in", "tv"]
            results = await call(running, "control_music", targets=HALL, source="tuner")
            assert results[HALL]["outcome"] == "refused"
            results = await call(running, "control_music", targets=KITCHEN, source="tv")
            assert results[KITCHEN]["error"]["limits"] == {"source": {"absent": True}}
            await call(running, "control_music", targets=HALL, source="line-in")
            await call(running, "control_music", targets=HALL, source="tv")
            sent = [case["Bath"].received[0], hall.received[0]]
            assert [one.arguments["CurrentURI"] for one in sent] == [
                f"x-rincon-stream:{hall.uid}",
                f"x-sonos-htastream:{hall.uid}:spdif",
            ]


async def test_a_player_that_reboots_between_two_looks_is_heard_again(tmp_path: Path) -> None:
    async with served(tmp_path) as (case, running):
        kitchen = case["Kitchen"]
        await kitchen.unplug()
        await kitchen.plug_in()
        await running.until(lambda: kitchen.subscribers == 3 and running.online(KITCHEN))
        await kitchen.turn_volume(77)
        await running.until(lambda: running.shows(KITCHEN, "media", {"volume": 77}), 1)


async def test_a_player_that_is_let_go_of_is_unsubscribed(tmp_path: Path) -> None:
    async with started(case := SonosCase()):
        async with at_work(case, tmp_path / "home") as running:
            await running.until(lambda: running.online(*case.ids))
            assert {case[room].subscribers for room in ROOMS} == {3}
        assert {case[room].subscribers for room in ROOMS} == {0}


async def test_a_new_name_in_the_makers_app_is_taken_over(tmp_path: Path) -> None:
    async with served(tmp_path) as (case, running):
        case["Kitchen"].room = "Küche"
        await running.until(lambda: running.entry(KITCHEN).name == "Küche")
        assert running.entry(KITCHEN).area == "Kitchen"


async def test_another_player_at_the_same_address_is_another_device(tmp_path: Path) -> None:
    async with served(tmp_path) as (case, running):
        kitchen = case["Kitchen"]
        kitchen.mac, kitchen.uid = "00:0E:58:00:4B:99", "RINCON_000E58004B9901400"
        await running.until(lambda: running.online("sonos-rincon_000e58004b9901400"))
        assert not running.online(KITCHEN)


async def test_what_is_part_of_another_player_is_no_device(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = sonos_zones.zone_group_member
    hidden: list[str] = []

    def member(player: Player) -> str:
        text = whole(player)
        return (
            text.replace(" ZoneName", ' Invisible="1" ZoneName') if player.room in hidden else text
        )

    monkeypatch.setattr(sonos_zones, "zone_group_member", member)
    async with started(case := SonosCase()):
        hidden.append("Hall")
        async with at_work(case, tmp_path / "home") as running:
            await running.until(lambda: running.online(*case.ids - {HALL}))
            await running.until(lambda: running.attempts > 0)
            assert running.registry.get(HALL) is None
            assert running.shows(BATH, "media", {"group": []})
            hidden[:] = ["Kitchen"]
            await running.until(lambda: not running.online(KITCHEN))
            await running.until(lambda: running.online(HALL), HEARD_AGAIN_WITHIN)
            assert running.entry(KITCHEN).reason == "Kitchen has become a part of another player"


async def test_no_proxy_comes_between(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    async with served(tmp_path) as (case, running):
        assert (await running.tell(case.there))["outcome"] == "done"


async def test_the_port_for_events_can_be_chosen(tmp_path: Path) -> None:
    async with served(tmp_path, events_port=27475) as (case, running):
        await case["Kitchen"].turn_volume(3)
        await running.until(lambda: running.shows(KITCHEN, "media", {"volume": 3}), SEEN_WITHIN)


async def test_a_mailbox_survives_nonsense_and_tells_strangers_nothing() -> None:
    heard: list[Any] = []
    mailbox = Mailbox(0)
    url = await mailbox.open("127.0.0.1", heard.append)
    try:
        async with ClientSession() as stranger:
            for body in (b"", b"\xff\x00", b"<a/>", b"<e><LastChange/></e>"):
                async with stranger.request("NOTIFY", url, data=body) as answer:
                    assert answer.status == 200
            mailbox.close(url)
            for wrong in (url, url.rpartition("/")[0] + "/guess"):
                async with stranger.request("NOTIFY", wrong, data=b"<a/>") as answer:
                    assert answer.status == 412
    finally:
        await mailbox.aclose()
    assert heard == [{}] * 4
