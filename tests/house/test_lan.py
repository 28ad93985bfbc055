"""The whole house on a LAN of its own: broadcast, multicast, two machines."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cli.adapters import adapter_kinds
from simulators.lan import BROADCAST, GATEWAY, Lan
from tests.house.process import COMMAND, environment

REASON = Lan.available()
pytestmark = pytest.mark.skipif(REASON is not None, reason=f"no network namespaces: {REASON}")


@pytest.fixture
def lan() -> Iterator[Lan]:
    with Lan() as made:
        yield made


def spoken(process: "subprocess.Popen[bytes]", order: str | None = None) -> dict[str, Any]:
    """Say a line to a process and return the line of JSON that it answers."""
    assert process.stdin is not None
    assert process.stdout is not None
    if order is not None:
        process.stdin.write(f"{order}\n".encode())
        process.stdin.flush()
    return dict(json.loads(process.stdout.readline()))


def test_a_house_on_a_lan_is_found_and_put_to_bed(lan: Lan, tmp_path: Path) -> None:
    home = subprocess.Popen(
        lan.command("home", [sys.executable, "-m", "simulators", "10.77.0.0/24", BROADCAST]),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    told = spoken(home)
    env = environment(
        tmp_path,
        {
            "HOMEPORT_NETWORK__INTERFACE": GATEWAY,
            "HOMEPORT_HOME__TIMEZONE": "UTC",
            "HOMEPORT_ADAPTERS__TREADMILL__BLUETOOTH": "false",
        }
        | {
            f"HOMEPORT_ADAPTERS__{name.upper()}__HOSTS": json.dumps(hosts)
            for name, hosts in told["hosts"].items()
        },
    )
    serve = [*COMMAND, "serve", "--port", "0", "--json", "--log", "error"]
    gateway = subprocess.Popen(
        lan.command("gateway", serve), env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE
    )
    try:
        assert gateway.stdout is not None
        assert json.loads(gateway.stdout.readline())["url"]

        def homeport(*arguments: str) -> dict[str, Any]:
            done = subprocess.run(
                lan.command("gateway", [*COMMAND, *arguments, "--json"]),
                env=env,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=60,
            )
            assert done.returncode == 0, done.stdout + done.stderr
            return dict(json.loads(done.stdout))

        for id, code in told["codes"].items():
            assert homeport("pair", id, code)["device"] == f"homekit-{id}"
        for _ in range(60):
            found = homeport("devices")["devices"]
            if len(found) == told["things"]:
                break
        assert len(found) == told["things"]
        assert {device["adapter"] for device in found} == {kind.name for kind in adapter_kinds()}
        playing = {"targets": "Living room", "what": "Radio Meridian"}
        homeport("call", "play_music", json.dumps(playing))
        assert spoken(home, "show")["music"]["Living room"] == "PLAYING"
        homeport("call", "run_scene", json.dumps({"name": "goodnight"}))
        truth = spoken(home, "show")
        assert truth["lamps"] == {"hall": False, "bedside": False, "sofa": False}
        assert truth["music"]["Living room"] != "PLAYING"
        assert truth["study"] == 17
        assert truth["coffee"] is True
        assert truth["locked"] == {"front": True, "back": True}
        assert truth["spas"] == {"tub": 1, "swim": 10, "pool": 0}
    finally:
        for process in (gateway, home):
            process.terminate()
            process.wait(20)
            assert process.stdout is not None
            process.stdout.close()
        assert home.stdin is not None
        home.stdin.close()
