"""The wheel, in an environment that has nothing else."""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
PACKAGES = ("gateway", "adapters", "mcp_server", "openapi", "cli", "simulators")


def run(command: Sequence[str | Path], place: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [str(word) for word in command], cwd=place, capture_output=True, text=True, timeout=300
    )


@pytest.mark.timeout(600)
def test_the_wheel_works_in_a_clean_environment(tmp_path: Path) -> None:
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    built = run([*pip, "wheel", "--no-deps", "-w", tmp_path, ROOT], tmp_path)
    if "Could not find a version" in built.stderr:
        pytest.skip("no package registry is reached from here, so no wheel can be built")
    assert built.returncode == 0, built.stderr
    (wheel,) = tmp_path.glob("homeport-*.whl")
    clean = tmp_path / "clean"
    assert run([sys.executable, "-m", "venv", clean], tmp_path).returncode == 0
    python = clean / "bin" / "python"
    installed = run([python, *pip[1:], "install", wheel], tmp_path)
    assert installed.returncode == 0, installed.stderr

    homeport = clean / "bin" / "homeport"
    assert run([homeport, "--version"], tmp_path).stdout.strip() == "0.1.0"
    snapshot = (ROOT / "openapi" / "openapi.json").read_text()
    assert run([homeport, "openapi"], tmp_path).stdout == snapshot
    looked = run([homeport, "doctor", "--json", "--state", tmp_path / "state"], tmp_path)
    findings = json.loads(looked.stdout)["findings"]
    off = [one["said"] for one in findings if "is off" in one["said"]]
    assert len(off) == 3, looked.stdout  # no extra is installed, and each says which one it needs
    imports = "import " + ", ".join(package for package in PACKAGES if package != "simulators")
    assert run([python, "-W", "error", "-c", imports], tmp_path).stderr == ""
