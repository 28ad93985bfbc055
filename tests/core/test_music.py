"""Speakers: what always acts, what is already so, who else sounds, and playing together."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from gateway.capabilities.media import Media, MediaState, PlayMusic
from gateway.device import Device
from gateway.errors import DeviceRefused, InvalidArguments, NotFound
from gateway.session import Session
from tests.core.rigs import one, told
from tests.incore import CoreMedia, House, house, speaker


class Player(CoreMedia):
    """A speaker that notes with whom it was told to play."""

    together: tuple[Media, ...] = ()

    async def play_music(self, change: PlayMusic, others: Any = ()) -> None:
        self.together = tuple(others)
        await super().play_music(change, others)


def player(id: str, name: str) -> Device:
    media = Player()
    media.report(MediaState(playing=False, volume=20))
    device = Device(id, name, maker="Core", model="In-core", area="Lounge")
    device.offer(media)
    return device


ACTS: list[tuple[str, dict[str, Any]]] = [
    ("play_music", {"what": "Jazz"}),
    ("play_music", {"what": "Jazz", "volume": 20}),
    ("play_music", {"what": "Jazz", "together": False}),
    ("control_music", {"do": "next"}),
    ("control_music", {"do": "previous"}),
    ("control_music", {"do": "next", "volume": 20}),
    ("control_music", {"do": "next", "mute": False}),
    ("control_music", {"source": "TV"}),
    ("control_music", {"source": "TV", "volume": 20}),
    ("control_music", {"change": 1}),
    ("control_music", {"change": -0.5}),
    ("control_music", {"change": 10, "mute": False}),
]
STANDS: list[tuple[str, dict[str, Any]]] = [
    ("play_music", {}),
    ("play_music", {"volume": 20}),
    ("play_music", {"together": False}),
    ("control_music", {"do": "resume"}),
    ("control_music", {"do": "resume", "volume": 20}),
    ("control_music", {"volume": 20}),
    ("control_music", {"mute": False}),
    ("control_music", {"mute": False, "volume": 20}),
    ("control_music", {"do": "ungroup"}),
]


@pytest.mark.parametrize(("tool", "asked"), ACTS)
async def test_what_the_state_does_not_show_is_always_sent(
    impatient: None, tmp_path: Path, tool: str, asked: dict[str, Any]
) -> None:
    async with house(tmp_path, speaker("speaker-1", "Speaker")) as home:
        session = await home.session()
        result = await one(session, tool, targets="speaker-1", dry_run=True, **asked)
        assert result["outcome"] == "planned"
        result = await one(session, tool, targets="speaker-1", **asked)
        assert result["outcome"] != "already"
        assert len(told(home, "speaker-1", "media")) == 1


@pytest.mark.parametrize(("tool", "asked"), STANDS)
async def test_what_the_state_shows_already_is_not_sent(
    home: House, owner: Session, tool: str, asked: dict[str, Any]
) -> None:
    result = await one(owner, tool, targets="speaker-1", dry_run=True, **asked)
    assert result["outcome"] == "already"
    result = await one(owner, tool, targets="speaker-1", **asked)
    assert result["outcome"] == "already"
    assert told(home, "speaker-1", "media") == []


async def test_playing_x_is_not_done_because_something_played_before(
    impatient: None, home: House
) -> None:
    home.capability("speaker-1", "media").ignores = True
    session = await home.session()
    result = await one(session, "play_music", targets="speaker-1", what="Jazz")
    assert result["outcome"] == "unverified"


async def test_a_time_out_is_not_done_because_something_played_before(
    impatient: None, home: House
) -> None:
    home.capability("speaker-1", "media").takes = 60
    session = await home.session()
    result = await one(session, "play_music", targets="speaker-1", what="Jazz")
    assert result["outcome"] == "unknown"


async def test_louder_and_softer_are_seen(home: House, owner: Session) -> None:
    result = await one(owner, "control_music", targets="speaker-1", change=15)
    assert (result["outcome"], result["before"], result["after"]) == (
        "done",
        {"volume": 20},
        {"volume": 35},
    )


async def test_others_in_the_group_are_named(home: House, owner: Session) -> None:
    group = MediaState(playing=True, volume=20, group=["speaker-2", "speaker-9"])
    home.capability("speaker-1", "media").report(group)
    answer = await owner.call("control_music", {"targets": "speaker-1", "do": "next"})
    assert answer["results"][0]["also"] == ["Bathroom speaker"]
    both = {"targets": ["speaker-1", "speaker-2"], "do": "next"}
    answer = await owner.call("control_music", both)
    assert "also" not in answer["results"][0]


async def test_playing_together_is_one_act(tmp_path: Path) -> None:
    devices = [player(f"player-{number}", f"Player {number}") for number in range(3)]
    async with house(tmp_path, *devices) as home:
        session = await home.session()
        asked = {"targets": "all", "what": "Jazz", "together": True}
        answer = await session.call("play_music", asked)
        assert answer["counts"] == {"done": 3}
        first = home.capability("player-0", "media")
        assert len(first.told) == 1 and len(first.together) == 2
        assert told(home, "player-1", "media") == []
        (receipt,) = (await session.receipts())["receipts"]
        assert [one["device"] for one in receipt["results"]] == [
            "player-0",
            "player-1",
            "player-2",
        ]


@pytest.mark.parametrize("lost", ["player-0", "player-2"])
async def test_one_that_is_away_keeps_no_other_from_its_music(tmp_path: Path, lost: str) -> None:
    devices = [player(f"player-{number}", f"Player {number}") for number in range(3)]
    async with house(tmp_path, *devices) as home:
        home.home.registry.offline(home.entry(lost), "no answer")
        session = await home.session()
        asked = {"targets": "all", "what": "Jazz", "together": True}
        answer = await session.call("play_music", asked)
        outcomes = {one["device"]: one["outcome"] for one in answer["results"]}
        assert outcomes.pop(lost) == "failed"
        assert set(outcomes.values()) == {"done"}


async def test_one_that_is_only_remembered_keeps_no_other_from_its_music(tmp_path: Path) -> None:
    async with house(tmp_path, player("player-1", "Player 1")):
        pass
    async with house(tmp_path, player("player-2", "Two"), player("player-3", "Three")) as home:
        session = await home.session()
        asked = {"targets": "all", "what": "Jazz", "together": True}
        answer = await session.call("play_music", asked)
        assert answer["counts"] == {"done": 2, "failed": 1}


async def test_one_act_that_fails_fails_for_all_of_it(impatient: None, tmp_path: Path) -> None:
    devices = [player(f"player-{number}", f"Player {number}") for number in range(3)]
    async with house(tmp_path, *devices) as home:
        session = await home.session()
        first = home.capability("player-0", "media")
        asked = {"targets": "all", "what": "Jazz", "together": True}
        first.fails = DeviceRefused("no such station")
        assert (await session.call("play_music", asked))["counts"] == {"failed": 3}
        first.fails, first.takes = None, 60
        assert (await session.call("play_music", asked))["counts"] == {"unknown": 3}


async def test_together_and_alone_do_not_interleave(tmp_path: Path) -> None:
    inside: list[str] = []

    class Careful(Player):
        async def play_music(self, change: PlayMusic, others: Any = ()) -> None:
            inside.append("together")
            await asyncio.sleep(0)
            assert inside == ["together"]
            inside.remove("together")
            await super().play_music(change, others)

        async def control_music(self, change: Any) -> None:
            inside.append("alone")
            await asyncio.sleep(0)
            assert inside == ["alone"]
            inside.remove("alone")
            await super().control_music(change)

    def careful(id: str) -> Device:
        device = Device(id, id, maker="Core", model="In-core")
        media = Careful()
        media.report(MediaState(playing=False, volume=20))
        device.offer(media)
        return device

    async with house(tmp_path, careful("player-1"), careful("player-2")) as home:
        session = await home.session()
        together = {"what": "Jazz", "together": True}
        async with asyncio.timeout(10), asyncio.TaskGroup() as group:
            calls = [
                group.create_task(session.call(tool, arguments))
                for tool, arguments in (
                    ("play_music", {"targets": ["player-1", "player-2"], **together}),
                    ("control_music", {"targets": "player-2", "do": "next"}),
                    ("play_music", {"targets": ["player-2", "player-1"], **together}),
                    ("control_music", {"targets": "player-2", "do": "previous"}),
                )
            ]
        assert [call.result()["counts"] for call in calls] == [
            {"done": 2},
            {"sent": 1},
            {"done": 2},
            {"sent": 1},
        ]


async def test_favourites_and_the_queue_are_asked_for_without_a_receipt(
    home: House, owner: Session
) -> None:
    page = await owner.device("speaker-1")
    assert page["queries"] == ["favourites", "queue"]
    assert await owner.ask("speaker-1", "favourites") == {
        "favourites": [{"name": "Jazz", "type": "station"}]
    }
    assert await owner.ask("speaker-1", "queue") == {"tracks": []}
    assert (await owner.receipts())["receipts"] == []


@pytest.mark.parametrize("query", ["play_music", "report", "__init__", "", "favourite"])
async def test_only_queries_can_be_asked_for(owner: Session, query: str) -> None:
    with pytest.raises(NotFound):
        await owner.ask("speaker-1", query)


async def test_receipts_are_paged_within_bounds(owner: Session) -> None:
    for limit in (0, 101, -1):
        with pytest.raises(InvalidArguments):
            await owner.receipts(limit=limit)
    for before in (0, -5, 2**70):
        with pytest.raises(InvalidArguments):
            await owner.receipts(before=before)
