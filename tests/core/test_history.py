"""What is recorded is told again: from memory, from the table and from packed hours alike."""

import asyncio
import math
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from gateway import historian
from gateway.clock import SetClock, milliseconds
from gateway.history import History, HistorySettings
from gateway.history_reader import read
from tests.core.history_rig import BEGIN, EXACT, POWER, past

HOUR = timedelta(hours=1)


async def test_a_sample_is_told_before_and_after_it_is_written_and_packed(tmp_path: Path) -> None:
    async with past(tmp_path) as one:
        for second in range(0, 3600, 10):
            one.record(second, second % 70)
        waiting = await one.day(every=300, hours=1)
        await one.history.flush()
        assert (one.rows("hot"), one.rows("chunk")) == (360, 0)
        assert await one.day(every=300, hours=1) == waiting
        one.clock.present = BEGIN + HOUR
        await one.history.flush()
        assert (one.rows("hot"), one.rows("chunk")) == (0, 1)
        packed = await one.day(every=300, hours=1)
        assert [bucket.count for bucket in packed] == [30] * 12
        assert packed[:-1] == waiting[:-1]
        (hour,) = await one.day(hours=1)
        assert hour.mean == pytest.approx(sum(b.mean for b in packed) / 12)


async def test_a_late_sample_joins_the_hour_that_is_packed(tmp_path: Path) -> None:
    async with past(tmp_path) as one:
        one.record(0, 1)
        one.record(3600, 2)
        await one.history.flush()
        one.history.record("plug-1", POWER, BEGIN + timedelta(minutes=5), 7)
        assert (await one.day(hours=1))[0].max == 7
        await one.history.flush()
        assert (one.rows("hot"), one.rows("chunk")) == (1, 1)
        (hour,) = await one.day(hours=1)
        assert (hour.count, hour.max) == (2, 7)


async def test_what_is_within_the_deadband_is_kept_only_as_a_heartbeat(tmp_path: Path) -> None:
    async with past(tmp_path, HistorySettings(deadbands={POWER: 5})) as one:
        for minute in range(61):
            one.record(minute * 60, 100 + minute % 5)
        one.record(3661, 106.5)
        assert await one.count() == 6  # 0, 15, 30, 45 and 60 minutes, and the jump
        found = await one.day(every=900, hours=1)
        assert [bucket.covered for bucket in found] == [900] * 4


def test_deadbands_are_finer_than_what_is_worth_an_event_and_can_be_set() -> None:
    settings = HistorySettings(deadbands={"energy.power": 3})
    assert settings.deadband("energy.power") == 3
    assert settings.deadband("measurement.temperature") == pytest.approx(0.05)
    assert settings.deadband("switch.on") == settings.deadband("no.such") == 0
    with pytest.raises(ValidationError, match=r"Did you mean energy\.power"):
        HistorySettings(deadbands={"energy.powr": 3})
    with pytest.raises(ValidationError, match="0 or more"):
        HistorySettings(deadbands={"energy.power": -1})
    with pytest.raises(ValidationError):
        HistorySettings(keep_mb=0)


async def test_record_never_raises_and_takes_no_nonsense(tmp_path: Path) -> None:
    async with past(tmp_path) as one:
        for value in (math.nan, math.inf, -math.inf):
            one.record(0, value)
        one.record(0, True)
        assert await one.count() == 1
        assert one.history.dropped == 0


async def test_what_is_too_much_is_dropped_and_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(historian, "MOST_WAITING", 10)
    async with past(tmp_path) as one:
        for second in range(25):
            one.record(second, second)
        assert one.history.lost == {"overload": 15, "disk": 0}
        assert one.history.dropped == 15
        await one.history.flush()
        one.record(30, 30)
        assert await one.count() == 11


async def test_properties_survive_a_restart(tmp_path: Path) -> None:
    async with past(tmp_path) as one:
        one.record(0, 1)
        one.history.record("plug-1", "switch.on", BEGIN, 1)
    async with past(tmp_path) as one:
        assert one.history.properties("plug-1") == [POWER, "switch.on"]
        assert one.history.properties("nobody") == []
        assert await one.count() == 1


async def test_the_thread_commits_by_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(historian, "PERIOD", 0.01)
    async with past(tmp_path) as one:
        one.record(0, 1)
        async with asyncio.timeout(10):
            while not one.rows("hot"):
                await asyncio.sleep(0.01)


async def test_a_reader_meets_nothing_twice_and_nothing_missing_while_hours_are_packed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.history_file.SLICE", 1)
    async with past(tmp_path) as one:
        devices = [f"plug-{number}" for number in range(40)]
        for second in range(0, 7200, 60):
            for device in devices:
                one.record(second, second % 7, device)
        one.clock.present = BEGIN + timedelta(seconds=7100)
        await one.history.flush()
        one.clock.present = BEGIN + 3 * HOUR
        packing = asyncio.ensure_future(one.history.flush())
        looked = 0
        while not packing.done() or looked < 20:
            looked += 1
            counts = [bucket.count for bucket in await one.day(900, devices[looked % 40], hours=2)]
            assert sum(counts) == 120, counts
        await packing


async def test_a_packing_that_was_cut_off_is_taken_up_again(tmp_path: Path) -> None:
    async with past(tmp_path) as one:
        for second in range(0, 600, 10):
            for number in range(120):
                one.record(second, second, f"plug-{number}")
        await one.history.flush()
        file = one.history._file
        assert file.pack(milliseconds(BEGIN + 2 * HOUR))  # the first slice of three, then no more
        assert (one.rows("chunk"), one.rows("hot")) == (50, 7200)
        assert await one.count("plug-0") == 60
    async with past(tmp_path) as one:
        assert await one.count("plug-0") == await one.count("plug-119") == 60
        one.clock.present = BEGIN + 2 * HOUR
        await one.history.flush()
        assert (one.rows("chunk"), one.rows("hot")) == (120, 0)
        assert await one.count("plug-0") == await one.count("plug-119") == 60


async def test_whole_hours_are_told_without_being_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with past(tmp_path) as one:
        for second in range(0, 5 * 3600, 60):
            one.record(second, second % 420)
        one.clock.present = BEGIN + 5 * HOUR
        await one.history.flush()
        exact = await one.day(every=3600, hours=5)
        monkeypatch.setattr("gateway.history_reader.decode", None)
        assert await one.day(every=3600, hours=5) == exact
        assert len(exact) == 5


async def test_a_device_that_is_not_known_has_no_past(tmp_path: Path) -> None:
    async with past(tmp_path) as one:
        assert await one.day(device="nobody") == []
        assert read(one.path, ("nobody", POWER), 0, milliseconds(BEGIN)) == {}


async def test_closing_writes_what_waits_and_may_be_done_twice(tmp_path: Path) -> None:
    history = History(tmp_path / "history.db", EXACT, SetClock(BEGIN))
    await history.aclose()
    history = History(tmp_path / "history.db", EXACT, SetClock(BEGIN))
    history.open()
    history.record("plug-1", POWER, BEGIN, 4)
    await history.aclose()
    await history.aclose()
    async with past(tmp_path) as one:
        assert await one.count() == 1
