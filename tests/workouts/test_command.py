"""`homeport workouts` against a homeport that serves on a real port."""

import argparse
import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from cli import workouts as command
from cli.state import StateFolder
from gateway.clock import SetClock
from gateway.errors import GatewayError
from openapi.app import api
from tests.incore import house
from tests.openapi.serving import on_a_port
from tests.workouts.files import NOW, fit, gpx, workouts, zipped
from workouts.book import Book
from workouts.store import WorkoutStore
from workouts.tool import tools


@dataclass
class Serving:
    """A book that is served, and the command that finds it by its state folder."""

    store: WorkoutStore
    state: Path

    async def run(self, *words: str) -> int:
        parser = argparse.ArgumentParser()
        command.add_arguments(parser)
        arguments = parser.parse_args([*words, "--state", str(self.state)])
        return await asyncio.to_thread(command.run, arguments)

    async def only(self) -> Any:
        (kept,) = await self.store.find()
        return kept


@pytest.fixture
async def serving(tmp_path: Path) -> AsyncIterator[Serving]:
    state = tmp_path / "state"
    with StateFolder(state).held() as held:
        store = WorkoutStore(state / "workouts.db")
        await store.open()
        own = {"clock": SetClock(NOW), "timezone": "Europe/Berlin", "tools": tools(store)}
        async with house(state, **own) as home:
            home.home.personal = Book(store, home.home.clock)
            async with on_a_port(api(home.door)) as url:
                held.tell(url)
                yield Serving(store, state)
        await store.aclose()


async def test_files_are_sent_and_each_is_told_of(
    serving: Serving, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good, bad = tmp_path / "run.fit", tmp_path / "bad.gpx"
    good.write_bytes(fit())
    bad.write_bytes(gpx()[:-20])
    missing = tmp_path / "none"
    assert await serving.run("import", str(bad), str(missing), str(good), "--person", "anna") == 1
    told = capsys.readouterr()
    assert told.out == "1 workout of “run.fit” taken in.\n"
    assert "homeport: “bad.gpx” is cut off at line" in told.err
    assert f"homeport: There is no file {missing}" in told.err
    assert (await serving.only()).person == "anna"


async def test_programs_get_one_object_of_all_files(
    serving: Serving, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(zipped(("a.fit", fit())))
    assert await serving.run("import", str(path), "--json") == 0
    (one,) = json.loads(capsys.readouterr().out)["files"]
    assert (one["file"], one["imported"]) == (str(path), 1)
    path.write_bytes(b"PK\x03\x04")
    assert await serving.run("import", str(path), "--json") == 1
    (one,) = json.loads(capsys.readouterr().out)["files"]
    assert one["error"]["code"] == "invalid_arguments"


async def test_workouts_are_listed(serving: Serving, capsys: pytest.CaptureFixture[str]) -> None:
    (run,) = workouts(fit())
    kept = await serving.store.add(replace(run, person="anna"))
    assert await serving.run("list", "--person", "anna") == 0
    told = capsys.readouterr().out
    assert "1 run, 0.75 km" in told.splitlines()[0]
    assert kept.id in told and "anna" in told


@pytest.mark.parametrize("form", ["fit", "csv"])
async def test_a_workout_is_written_to_a_file(
    serving: Serving,
    form: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (run,) = workouts(fit())
    kept = await serving.store.add(run)
    monkeypatch.chdir(tmp_path)
    assert await serving.run("export", kept.id, "--format", form) == 0
    name = f"run-2026-11-01-0800.{form}"
    assert capsys.readouterr().out == f"{name} is written.\n"
    data = (tmp_path / name).read_bytes()
    if form == "fit":
        assert workouts(data)[0].totals.distance == 750
    else:
        assert data.startswith(b"time,elapsed_s,speed_km_h")
    other = tmp_path / "other"
    assert await serving.run("export", kept.id, "--format", form, "--output", str(other)) == 0
    assert other.read_bytes() == data


async def test_a_workout_is_given_to_a_person(
    serving: Serving, capsys: pytest.CaptureFixture[str]
) -> None:
    (run,) = workouts(fit())
    kept = await serving.store.add(run)
    assert await serving.run("assign", kept.id, "bob") == 0
    assert (await serving.only()).person == "bob"
    assert await serving.run("assign", kept.id, "nobody", "--json") == 0
    assert (await serving.only()).person is None
    assert "person" not in json.loads(capsys.readouterr().out.splitlines()[-1])


async def test_an_unknown_workout_is_a_sentence(serving: Serving) -> None:
    with pytest.raises(GatewayError, match="There is no workout"):
        await serving.run("export", "w0")
