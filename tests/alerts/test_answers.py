"""What create_alert answers: what was understood, what cannot be noticed, what would have been."""

from datetime import timedelta
from pathlib import Path

import pytest

from gateway.errors import InvalidArguments
from tests.alerts.rig import NOON, model, scene


async def test_the_answer_says_what_was_understood(tmp_path: Path) -> None:
    async with scene(tmp_path) as home:
        answer = await home.create(when="garage open 10m", notify=["Anna"])
        assert model(answer) == {
            "summary": "a1 is kept. Fires when “Garage door” has been open for 10 min. "
            "Then it tells anna.",
            "alert": "a1",
            "understood": "Fires when “Garage door” has been open for 10 min.",
            "devices": [{"id": "garage", "name": "Garage door"}],
            "receipt": "r1",
        }


@pytest.mark.parametrize(
    ("when", "words"),
    [
        ("fedex", "no camera here: nobody reads “fedex”"),
        ("the mailbox is open", "nothing here is called “mailbox”"),
        ("kitchen lamp power above 5 W", "“Kitchen lamp” cannot tell its power"),
        ("front door unlocked", "nothing here can tell whether it is unlocked"),
        ("co2 above 1000", "nothing here can tell its CO2"),
        ("energy.voltage > 240 and contact.open == true", "no device here has what"),
    ],
)
async def test_what_nobody_here_can_notice_is_refused(
    tmp_path: Path, when: str, words: str
) -> None:
    async with scene(tmp_path) as home:
        with pytest.raises(InvalidArguments, match="cannot be noticed") as refused:
            await home.create(when=when)
        assert words in refused.value.detail
        assert home.alerts.list(home.owner) == []


async def test_what_only_some_can_notice_is_kept_and_said(tmp_path: Path) -> None:
    async with scene(tmp_path) as home:
        answer = await home.create(when="power above 5 W", targets=["washer", "lamp"])
        assert [one.id for one in answer.devices] == ["washer"]
        assert answer.cannot == ["“Kitchen lamp” cannot tell its power"]
        assert "But “Kitchen lamp” cannot tell its power." in answer.summary


async def test_nothing_to_wait_for_is_refused(tmp_path: Path) -> None:
    async with scene(tmp_path) as home:
        with pytest.raises(InvalidArguments, match="Send when or at"):
            await home.create(notify=["anna"])
        with pytest.raises(InvalidArguments, match="at goes with"):
            await home.create(when="doorbell pressed", at="22:00")


async def test_a_rehearsal_keeps_nothing_and_shows_past_hits(tmp_path: Path) -> None:
    async with scene(tmp_path) as home:
        for _ in range(3):
            home.report("garage", "contact", open=True)
            await home.passes(minutes=20)
            home.report("garage", "contact", open=False)
            await home.passes(minutes=40)
        home.report("garage", "contact", open=True)
        await home.passes(minutes=5)
        answer = await home.create(when="garage open 10m", dry_run=True)
        assert [hit.time for hit in answer.hits] == [
            home.home.clock.local(NOON + timedelta(hours=hours, minutes=10)) for hours in (2, 1, 0)
        ]
        assert answer.hits[0].text == "“Garage door” has been open for 10 min"
        edge = await home.create(when="garage door open", dry_run=True)
        assert len(edge.hits) == 4
        assert (edge.alert, edge.receipt) == (None, None)
        assert home.alerts.list(home.owner) == []


async def test_a_rehearsal_asks_the_history_for_what_drifts(tmp_path: Path) -> None:
    async with scene(tmp_path) as home:
        for temperature in (9.0, 4.0, 9.0, 3.0, 9.0):
            home.report("pool", "measurement", temperature=temperature)
            await home.passes(minutes=20)
        answer = await home.create(when="pool temperature < 5", dry_run=True)
        assert [hit.device for hit in answer.hits] == ["pool", "pool"]


async def test_a_rehearsal_knows_who_was_away(tmp_path: Path) -> None:
    async with scene(tmp_path) as home:
        for _ in range(2):
            home.away("pool")
            await home.settle()
            await home.passes(minutes=30)
            home.back("pool")
            await home.settle()
            await home.passes(minutes=30)
        answer = await home.create(when="pool thermometer offline for 10 min", dry_run=True)
        assert len(answer.hits) == 2


async def test_a_rehearsal_of_events_and_of_times(tmp_path: Path) -> None:
    async with scene(tmp_path) as home:
        for _ in range(25):
            home.press("bell")
        await home.passes(seconds=1)
        pressed = await home.create(when="doorbell rings", dry_run=True)
        assert len(pressed.hits) == 20
        assert pressed.summary.endswith("it would have fired 20 times or more.")
        daily = await home.create(at="22:00", dry_run=True)
        assert [hit.time[:13] for hit in daily.hits][:2] == ["2026-01-01T22", "2025-12-31T22"]
        assert len(daily.hits) == 7
        often = await home.create(at="every 1m", dry_run=True)
        assert len(often.hits) == 20


async def test_a_rehearsal_at_a_time_asks_how_it_was_then(tmp_path: Path) -> None:
    async with scene(tmp_path) as home:
        home.report("garage", "contact", open=True)
        await home.passes(hours=2)
        home.report("garage", "contact", open=False)
        await home.passes(hours=4)
        answer = await home.create(when="garage door open", at="every 1h", dry_run=True)
        assert [hit.time[11:16] for hit in answer.hits] == ["14:00", "13:00"]
