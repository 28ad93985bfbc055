"""What waits: over the night, over too many, over a restart; and that none of it is lost."""

import asyncio
from pathlib import Path

import pytest

from gateway import people as module
from gateway.clock import SetClock
from gateway.errors import StoreFailed
from gateway.people import MOST_HELD
from tests.people.peers import Receiver
from tests.people.rigs import MORNING, everybody, ntfy, pass_by, pass_to, said, until

NIGHT = "22:00-07:00"


async def test_messages_of_the_night_come_as_one_in_the_morning(
    tmp_path: Path, phone: Receiver, clock: SetClock
) -> None:
    async with everybody(tmp_path, {"anna": ntfy(phone, quiet=NIGHT)}, clock) as people:
        told = await people.notify("anna", "Dryer done", title="Elm Street")
        assert [(one.outcome, one.detail) for one in told.channels] == [
            ("held", "quiet hours until 2026-01-03 07:00")
        ]
        pass_by(clock, minutes=1)
        await people.notify("anna", "Window open", title="Elm Street", picture=b"\xff\xd8")
        await people.release()
        assert phone.heard == []
        pass_to(clock, MORNING)
        await people.release()
        await people.release()
    (heard,) = phone.heard
    assert said(heard)["title"] == "Elm Street: 2 messages"
    assert said(heard)["message"] == "22:14 Dryer done\n22:15 Window open"


async def test_an_urgent_message_passes_at_night(
    tmp_path: Path, phone: Receiver, clock: SetClock
) -> None:
    async with everybody(tmp_path, {"anna": ntfy(phone, quiet=NIGHT)}, clock) as people:
        await people.notify("anna", "Dryer done")
        assert (await people.notify("anna", "Water in the cellar", urgent=True)).sent
    assert [said(heard)["message"] for heard in phone.heard] == ["Water in the cellar"]


async def test_what_was_held_survives_a_restart_and_goes_by_itself(
    tmp_path: Path, phone: Receiver, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LOOK_EVERY", 0.01)
    settings = {"Anna": ntfy(phone, quiet=NIGHT)}
    async with everybody(tmp_path, settings, clock) as people:
        await people.notify("anna", "Dryer done")
    pass_to(clock, MORNING)
    async with everybody(tmp_path, settings, clock) as people:
        assert people.held == 1
        await until(lambda: not people.held)
    async with everybody(tmp_path, settings, clock) as people:
        await people.release()
    (heard,) = phone.heard
    assert said(heard)["message"] == "Dryer done\n(22:14)"


async def test_what_was_held_for_somebody_who_left_is_dropped(
    tmp_path: Path, phone: Receiver, clock: SetClock, caplog: pytest.LogCaptureFixture
) -> None:
    async with everybody(tmp_path, {"anna": ntfy(phone, quiet=NIGHT)}, clock) as people:
        await people.notify("anna", "Dryer done")
    async with everybody(tmp_path, {"bob": ntfy(phone)}, clock):
        assert "1 held messages are for nobody" in caplog.text
    pass_to(clock, MORNING)
    async with everybody(tmp_path, {"anna": ntfy(phone)}, clock) as people:
        await people.release()
    assert phone.heard == []


async def test_beyond_the_rate_messages_are_summed_up(
    tmp_path: Path, phone: Receiver, clock: SetClock
) -> None:
    async with everybody(tmp_path, {"anna": ntfy(phone, per_hour=2)}, clock) as people:
        assert (await people.notify("anna", "one")).sent
        pass_by(clock, minutes=10)
        assert (await people.notify("anna", "two")).sent
        told = await people.notify("anna", "three")
        assert told.channels[0].detail == "more than 2 in an hour; the next goes at 23:14"
        pass_by(clock, minutes=49)
        await people.notify("anna", "four")
        await people.release()
        assert len(phone.heard) == 2
        assert (await people.notify("anna", "Water!", urgent=True)).sent
        pass_by(clock, minutes=1)
        late = await people.notify("anna", "five")
        assert late.channels[0].detail == "goes with 2 that wait already"
        await people.release()
        assert said(phone.heard[3])["message"] == "22:24 three\n23:13 four\n23:14 five"
        assert (await people.notify("anna", "six")).held


async def test_people_have_a_rate_each(tmp_path: Path, phone: Receiver, clock: SetClock) -> None:
    settings = {"anna": ntfy(phone, per_hour=1), "bob": ntfy(phone, per_hour=1)}
    async with everybody(tmp_path, settings, clock) as people:
        for name in ("anna", "bob"):
            assert (await people.notify(name, "one")).sent
        assert (await people.notify("bob", "two")).held


async def test_at_once_no_more_go_than_the_rate_allows(
    tmp_path: Path, phone: Receiver, clock: SetClock
) -> None:
    async with everybody(tmp_path, {"anna": ntfy(phone, per_hour=3)}, clock) as people:
        told = await asyncio.gather(*(people.notify("anna", f"{n}") for n in range(10)))
    assert sum(one.sent for one in told) == len(phone.heard) == 3
    assert sum(one.held for one in told) == 7


async def test_an_agent_that_never_stops_fills_no_disk(
    tmp_path: Path, phone: Receiver, clock: SetClock
) -> None:
    async with everybody(tmp_path, {"anna": ntfy(phone, quiet=NIGHT)}, clock) as people:
        many = range(MOST_HELD + 5)
        told = await asyncio.gather(*(people.notify("anna", f"{n}") for n in many))
    assert sum(one.held for one in told) == MOST_HELD
    assert told[-1].channels[0].outcome == "failed"
    assert (told[-1].channels[0].detail or "").startswith("200 wait already; quiet hours")


async def test_a_digest_that_fails_is_sent_later(
    tmp_path: Path, phone: Receiver, clock: SetClock
) -> None:
    async with everybody(tmp_path, {"anna": ntfy(phone, quiet=NIGHT)}, clock) as people:
        await people.notify("anna", "Dryer done")
        pass_to(clock, MORNING)
        phone.answers = [404]
        await people.release()
        await people.release()
        assert len(phone.heard) == 1
        pass_by(clock, minutes=16)
        await people.release()
        await people.release()
    assert len(phone.heard) == 2
    assert said(phone.heard[1])["message"] == "Dryer done\n(22:14)"


async def test_a_digest_that_failed_for_two_days_is_given_up_aloud(
    tmp_path: Path, phone: Receiver, clock: SetClock, caplog: pytest.LogCaptureFixture
) -> None:
    async with everybody(tmp_path, {"anna": ntfy(phone, quiet=NIGHT)}, clock) as people:
        await people.notify("anna", "Dryer done")
        pass_by(clock, days=2, hours=12)
        phone.answers = [404]
        await people.release()
        assert "1 messages to anna never went out" in caplog.text
        pass_by(clock, hours=1)
        await people.release()
    assert len(phone.heard) == 1


async def test_what_cannot_be_kept_is_not_called_held(
    tmp_path: Path, phone: Receiver, clock: SetClock
) -> None:
    async with everybody(tmp_path, {"anna": ntfy(phone, quiet=NIGHT)}, clock) as people:
        await people._store.aclose()
        with pytest.raises(StoreFailed):
            await people.notify("anna", "Dryer done")
