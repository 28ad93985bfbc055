"""The throw-away LAN, with peers on both sides of it."""

from __future__ import annotations

import asyncio
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import simulators
from simulators.lan import BROADCAST, GATEWAY, HOMES, Lan, LanUnavailable, Side

REASON = Lan.available()
pytestmark = pytest.mark.skipif(REASON is not None, reason=f"no network namespaces: {REASON}")
WAYS = [False, True] if os.geteuid() == 0 else [True]

DEVICES = """
import select, socket
def bound(address, port):
    own = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    own.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    own.bind((address, port))
    return own
ears = [bound("", 12999), bound("", 1900)]
group = socket.inet_aton("239.255.255.250") + socket.inet_aton("10.77.0.11")
ears[1].setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, group)
mouths = [bound("10.77.0.11", 12999), bound("10.77.0.99", 12999)]
print("ready", flush=True)
while True:
    for ear in select.select(ears, [], [])[0]:
        question, asker = ear.recvfrom(1024)
        for mouth in mouths:
            mouth.sendto(question, asker)
"""
ASK = """
import socket, sys
asker = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
asker.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
asker.settimeout(5)
asker.sendto(b"who is there", (sys.argv[1], int(sys.argv[2])))
print(*sorted(asker.recvfrom(1024)[1][0] for _ in range(2)))
"""
ADVERTISE = """
import socket, threading
from zeroconf import ServiceInfo, Zeroconf
kind = "_homeport._tcp.local."
lamp = ServiceInfo(
    kind,
    f"Lamp.{kind}",
    1234,
    server="lamp.local.",
    addresses=[socket.inet_aton("10.77.0.12")],
)
house = Zeroconf(interfaces=["10.77.0.12"])
house.register_service(lamp)
print("ready", flush=True)
threading.Event().wait()
"""
RESOLVE = """
from zeroconf import Zeroconf
with Zeroconf(interfaces=["10.77.0.254"]) as house:
    lamp = house.get_service_info("_homeport._tcp.local.", "Lamp._homeport._tcp.local.", 5000)
    print(lamp and lamp.parsed_addresses()[0], lamp and lamp.port)
"""
CRASH = """
import sys
from simulators.lan import Lan
lan = Lan().__enter__()
print(*(lan.command(side, [])[2] for side in ("home", "gateway")), flush=True)
sys.stdin.read()
"""


@pytest.fixture(params=WAYS, ids=lambda rootless: "rootless" if rootless else "root")
def lan(request: pytest.FixtureRequest) -> Iterator[Lan]:
    with Lan(request.param) as house:
        yield house


def start(lan: Lan, side: Side, script: str) -> None:
    """Run a script until it says that it is ready."""
    process = lan.run(side, [sys.executable, "-c", script])
    assert process.stdout
    line = process.stdout.readline()
    assert line == b"ready\n", line + process.stdout.read()


def say(lan: Lan, side: Side, *argv: str) -> str:
    """What a process on that side prints."""
    said, _ = lan.run(side, argv).communicate(timeout=20)
    return said.decode().strip()


@pytest.mark.parametrize(
    ("target", "port"), [(BROADCAST, 12999), ("255.255.255.255", 12999), ("239.255.255.250", 1900)]
)
def test_the_gateway_reaches_every_device_at_once(lan: Lan, target: str, port: int) -> None:
    start(lan, "home", DEVICES)
    asked = [sys.executable, "-c", ASK, target, str(port)]
    assert say(lan, "gateway", *asked) == f"{HOMES[0]} {HOMES[-1]}"


def test_an_mdns_service_of_the_home_is_resolved_by_the_gateway(lan: Lan) -> None:
    start(lan, "home", ADVERTISE)
    assert say(lan, "gateway", sys.executable, "-c", RESOLVE) == "10.77.0.12 1234"


def test_each_side_has_its_addresses(lan: Lan) -> None:
    addresses = {side: say(lan, side, "ip", "-4", "-o", "addr") for side in sides()}
    assert f" {GATEWAY}/24 brd {BROADCAST} " in addresses["gateway"]
    assert all(f" {home}/24 brd {BROADCAST} " in addresses["home"] for home in HOMES)


def sides() -> tuple[Side, Side]:
    return "home", "gateway"


def test_a_process_gets_the_environment_it_is_given(lan: Lan) -> None:
    script = 'import os; print(os.environ["WHERE"])'
    process = lan.run("home", [sys.executable, "-c", script], {"WHERE": "kitchen"})
    assert process.communicate(timeout=20)[0] == b"kitchen\n"


def test_two_lans_stand_side_by_side_and_leave_nothing() -> None:
    with Lan() as one, Lan() as other:
        start(one, "home", DEVICES)
        start(other, "home", DEVICES)
        running = one.run("gateway", ["cat", "/dev/zero"])
        holders = [lan.command(side, [])[2] for lan in (one, other) for side in sides()]
    assert running.returncode == -signal.SIGKILL
    assert not [pid for pid in holders if os.path.exists(f"/proc/{pid}")]
    named = subprocess.run(["ip", "netns", "list"], capture_output=True, check=True)
    assert named.stdout == b""


async def test_a_caller_on_a_loop_starts_processes_itself() -> None:
    async with Lan() as lan:
        process = await asyncio.create_subprocess_exec(
            *lan.command("gateway", ["ip", "-4", "-o", "addr"]), stdout=asyncio.subprocess.PIPE
        )
        async with asyncio.timeout(20):
            said, _ = await process.communicate()
    assert f" {GATEWAY}/24 ".encode() in said


def test_a_lan_goes_when_its_block_fails() -> None:
    holders = []
    with pytest.raises(ZeroDivisionError), Lan() as lan:
        holders = [lan.command(side, [])[2] for side in sides()]
        _ = 1 / 0
    assert not [pid for pid in holders if os.path.exists(f"/proc/{pid}")]


def test_a_lan_goes_when_its_maker_is_killed() -> None:
    maker = subprocess.Popen(
        [sys.executable, "-c", CRASH],
        cwd=Path(simulators.__file__).parents[1],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert maker.stdin and maker.stdout
    watched = [os.pidfd_open(int(pid)) for pid in maker.stdout.readline().split()]
    maker.kill()
    maker.wait(5)
    maker.stdin.close()
    maker.stdout.close()
    assert len(watched) == 2
    for holder in watched:
        assert select.select([holder], [], [], 5)[0]
        os.close(holder)


def test_what_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert Lan.available() == "missing: ip, unshare, nsenter, cat"
    with pytest.raises(LanUnavailable), Lan():
        pass
