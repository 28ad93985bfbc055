"""The past from the shell: events by the names of their devices, and what was measured."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.cli.serving import command, found
from tests.core.test_history_tool import measured
from tests.incore import House


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[House]:
    async with measured(tmp_path) as opened, found(opened, tmp_path):
        yield opened


async def test_events_are_shown_by_the_names_of_their_devices(home: House, tmp_path: Path) -> None:
    change = {"kind": "light", "before": {"on": False}, "after": {"on": True}}
    await home.home.events.append("state.changed", change, device="hall", cause="r7")
    await home.home.events.append("action.done", {"tool": "\x1b[2Jset"}, device="gone")
    ran = await command("events", "--names", "state.changed", "action.done", state=tmp_path)
    assert ran.returncode == 0, ran.stderr
    first, second = ran.stdout.splitlines()[-2:]
    assert first.startswith("2026-01-06 12:00:00.000  Hall ")
    assert first.endswith("light on false → true  (r7)")
    assert "gone" in second
    assert second.isprintable()


async def test_events_go_on_behind_a_cursor_and_say_where_to_go_on(
    home: House, tmp_path: Path
) -> None:
    begun = [await home.home.events.append("x.y", {"n": n}) for n in range(5)]
    asked = ("events", "--json", "--names", "x.y", "--after", begun[0].cursor)
    ran = await command(*asked, "--limit", "2", state=tmp_path)
    shown = [json.loads(line) for line in ran.stdout.splitlines()]
    assert [event["data"]["n"] for event in shown] == [1, 2]
    assert shown[-1]["cursor"] in ran.stderr
    rest = await command(*asked, state=tmp_path)
    assert (len(rest.stdout.splitlines()), rest.stderr) == (4, "")


async def test_a_cursor_of_another_log_is_said_to_have_missed_something(
    home: House, tmp_path: Path
) -> None:
    ran = await command("events", "--after", "h0123456789.5", state=tmp_path)
    assert ran.returncode == 0
    assert "older than what is kept" in ran.stderr


async def test_a_filter_that_cannot_be_read_is_explained(home: House, tmp_path: Path) -> None:
    ran = await command("events", "--where", "data.on = true", state=tmp_path)
    assert ran.returncode == 1
    assert "Write ==" in ran.stderr
    ran = await command("events", "--where", "x" * 501, state=tmp_path)
    assert ran.returncode == 1
    assert ran.stderr.startswith("homeport: These options do not fit: --where")


async def test_the_history_of_one_device_is_a_table_of_its_steps(
    home: House, tmp_path: Path
) -> None:
    ran = await command("history", "hall", "temperature", "--every", "1h", state=tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert "Hall: climate.temperature, °C, in steps of 1 h" in ran.stdout
    assert ran.stdout.count("2026-01-0") == 24 + 1


async def test_the_history_of_several_has_a_line_of_bars_for_each(
    home: House, tmp_path: Path
) -> None:
    ran = await command("history", "all", "temperature", state=tmp_path)
    assert ran.returncode == 0, ran.stderr
    (row,) = [line for line in ran.stdout.splitlines() if line.startswith("│ Hall")]
    assert row.count("█") >= 8


async def test_the_history_is_drawn_in_the_terminal(home: House, tmp_path: Path) -> None:
    ran = await command("history", "hall", "temperature", "--plot", state=tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert "Hall: climate.temperature" in ran.stdout
    assert max(len(line) for line in ran.stdout.splitlines()[1:]) <= 80


@pytest.mark.parametrize(("name", "begins"), [("a.svg", b"<?xml"), ("a.PNG", b"\x89PNG")])
async def test_a_picture_is_written(name: str, begins: bytes, home: House, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    file = tmp_path / name
    ran = await command("history", "Hall", "temperature", "--plot", str(file), state=tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert file.read_bytes().startswith(begins)


async def test_a_picture_that_cannot_be_is_refused(home: House, tmp_path: Path) -> None:
    for target, file, said in (
        ("Hall", "a.gif", ".svg"),
        ("all", "a.svg", "one device"),
        ("Hall", "no/folder/a.svg", "cannot be written"),
    ):
        ran = await command("history", target, "temperature", "--plot", file, state=tmp_path)
        assert ran.returncode == 1
        assert said in ran.stderr
