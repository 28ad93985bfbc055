"""The demo, as a stranger runs it."""

import ipaddress
import json
import os
import subprocess
import sys
from pathlib import Path

WATCH = """
import os, sys
sys.modules["uvloop"] = None  # its sockets are not Python's, so they would not be seen
_log = open(os.environ["SOCKET_LOG"], "a", buffering=1)
def _hook(event, arguments):
    if event in ("socket.connect", "socket.bind", "socket.sendto", "socket.sendmsg"):
        _log.write(repr((event, arguments[1])) + "\\n")
    if event == "socket.getaddrinfo":
        _log.write(repr((event, (str(arguments[0]), 0))) + "\\n")
sys.addaudithook(_hook)
"""
NAMES = {"localhost", "", "0.0.0.0", "239.255.255.250", "224.0.0.251", "None"}


def test_the_tour_goes_well_and_no_socket_leaves_loopback(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(WATCH)
    log = tmp_path / "sockets"
    done = subprocess.run(
        [sys.executable, "-m", "cli.main", "demo", "--once", "--json", "--port", "0"],
        capture_output=True,
        text=True,
        timeout=100,
        env={
            **os.environ,
            "PYTHONPATH": f"{tmp_path}:.",
            "SOCKET_LOG": str(log),
            "HOMEPORT_HOME__NAME": "must be ignored",
            "HOMEPORT_ADAPTERS__KASA__ENABLED": "false",
        },
    )
    assert done.returncode == 0, done.stdout + done.stderr
    tour = json.loads(done.stdout)
    assert tour["ok"]
    assert len(tour["steps"]) >= 9
    outside = [line for line in log.read_text().splitlines() if not _inside(line)]
    assert log.stat().st_size > 0
    assert outside == []


def _inside(line: str) -> bool:
    """Multicast groups are joined on loopback alone: no route leads out of the demo's sockets."""
    _, address = eval(line)
    host = address[0] if isinstance(address, tuple) else address
    if not isinstance(host, str) or host.startswith("/") or host in NAMES:
        return True
    try:
        return ipaddress.ip_address(host.split("%")[0]).is_loopback
    except ValueError:
        return False
