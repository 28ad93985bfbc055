"""The wheel, in an environment that has nothing else."""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.house.process import environment

ROOT = Path(__file__).parent.parent.parent
PACKAGES = (
    "gateway",
    "adapters",
    "senders",
    "workouts",
    "mcp_server",
    "openapi",
    "cli",
    "simulators",
)
EXIT_EXTRA = 6
UNREACHED = ("Could not find a version", "No matching distribution", "Connection")
IMPORT_ALL = f"""
import importlib, pkgutil
for package in {PACKAGES}:
    for module in pkgutil.walk_packages(importlib.import_module(package).__path__, package + "."):
        if not module.name.endswith("__main__"):
            try:
                importlib.import_module(module.name)
            except ModuleNotFoundError as error:
                print(module.name)
"""


def run(command: Sequence[str | Path], place: Path) -> "subprocess.CompletedProcess[str]":
    nobodys = environment(place / "state")
    nobodys.pop("PYTHONPATH", None)  # would lead back to the source
    return subprocess.run(
        [str(word) for word in command],
        cwd=place,
        env=nobodys,
        capture_output=True,
        text=True,
        timeout=300,
    )


def done(command: Sequence[str | Path], place: Path) -> None:
    """Run what needs the package registry; without one there is nothing to test."""
    ran = run(command, place)
    if ran.returncode and any(words in ran.stderr for words in UNREACHED):
        pytest.skip("no package registry is reached from here, so no wheel can be tried")
    assert ran.returncode == 0, ran.stderr


@pytest.mark.timeout(600)
def test_the_wheel_works_in_a_clean_environment(tmp_path: Path) -> None:
    pip = ("-m", "pip", "--disable-pip-version-check", "--quiet")
    done([sys.executable, *pip, "wheel", "--no-deps", "-w", tmp_path, ROOT], tmp_path)
    (wheel,) = tmp_path.glob("homeport-*.whl")
    with ZipFile(wheel) as file:
        tops = {name.split("/")[0] for name in file.namelist()}
    assert tops == {*PACKAGES, "homeport-0.1.0.dist-info"}
    clean = tmp_path / "clean"
    assert run([sys.executable, "-m", "venv", clean], tmp_path).returncode == 0
    python, homeport = clean / "bin" / "python", clean / "bin" / "homeport"
    done([python, *pip, "install", wheel], tmp_path)

    assert run([homeport, "--version"], tmp_path).stdout.strip() == "0.1.0"
    snapshot = (ROOT / "openapi" / "openapi.json").read_text()
    assert run([homeport, "openapi"], tmp_path).stdout == snapshot
    looked = run([homeport, "doctor", "--json"], tmp_path)
    findings = json.loads(looked.stdout)["findings"]
    off = [one["said"] for one in findings if "is off" in one["said"]]
    assert len(off) == 8, looked.stdout  # no extra is installed, and each says which one it needs
    imported = run([python, "-W", "error", "-c", IMPORT_ALL], tmp_path)
    assert imported.stderr == ""
    house = {name for name in imported.stdout.split() if not name.startswith("simulators.")}
    demo_alone = {"cli.tour", "cli.tour_rest", "cli.virtual"}
    assert house == {*demo_alone, "workouts.fit_messages"}  # loaded where a file is written
    demo = run([homeport, "demo", "--once", "--port", "0"], tmp_path)
    assert (demo.returncode, demo.stdout) == (EXIT_EXTRA, "")
    assert "pip install 'homeport[all]'" in demo.stderr
