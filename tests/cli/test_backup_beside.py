"""What a backup holds beside the core's databases: workouts, and what adapters remember."""

import tarfile
from pathlib import Path
from typing import Any

import pytest

from cli.training import WORKOUTS
from gateway.backup import NoBackup, back_up, restore
from tests.incore import house
from tests.workouts.trained import trained
from workouts.rows import MIGRATIONS
from workouts.store import WorkoutStore

USUAL: dict[str, Any] = {"history": False, "version": "1", "progress": lambda left, all: None}


@pytest.fixture
def state(tmp_path: Path) -> Path:
    folder = tmp_path / "state"
    folder.mkdir()
    return folder


async def test_workouts_are_in_every_backup_and_pairings_where_secrets_are(
    state: Path, tmp_path: Path
) -> None:
    pairings = state / "adapters" / "homekit" / "pairings.json"
    pairings.parent.mkdir(parents=True)
    pairings.write_text("{}")
    async with house(state), trained(state):
        plain, whole = tmp_path / "plain.tgz", tmp_path / "whole.tgz"
        back_up(state, plain, secrets=False, **USUAL, more=[WORKOUTS])
        back_up(state, whole, secrets=True, **USUAL, more=[WORKOUTS])
    with tarfile.open(plain) as one, tarfile.open(whole) as other:
        assert WORKOUTS in one.getnames() and WORKOUTS in other.getnames()
        assert "adapters/homekit/pairings.json" not in one.getnames()
    pairings.write_text("changed")
    (state / WORKOUTS).unlink()
    told = restore(state, whole, {WORKOUTS: len(MIGRATIONS)})
    assert pairings.read_text() == "{}"
    assert pairings.stat().st_mode & 0o777 == 0o600
    assert any(name.startswith("adapters/homekit/pairings.json.before") for name in told["aside"])
    store = WorkoutStore(state / WORKOUTS)
    await store.open()
    assert [one.id for one in await store.find()] == ["w1"]
    await store.aclose()


@pytest.mark.parametrize(
    "name", ["adapters/x/../../y.json", "adapters/x/.ssh", "adapters/x/y/z.json", "adapters/x"]
)
def test_a_backup_with_strange_names_is_refused(state: Path, tmp_path: Path, name: str) -> None:
    file = tmp_path / "strange.tgz"
    with tarfile.open(file, "w:gz") as archive:
        archive.addfile(tarfile.TarInfo(name))
    with pytest.raises(NoBackup, match="holds what no backup holds"):
        restore(state, file)
