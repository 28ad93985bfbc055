"""What only a network of its own can show: run as `python -m tests.discovery.lonely SCENE` in a
network namespace, where nothing is up and no port is taken. Prints what happened as JSON."""

import asyncio
import fcntl
import json
import shutil
import socket
import struct
import subprocess
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from gateway.adapter import Network, Probe
from gateway.network import networks
from tests.discovery.peers import (
    LOOPBACK,
    Ear,
    adapter,
    announcing,
    lamp,
    named,
    searching,
    until,
    upnp,
)

ENTER = ("unshare", "--user", "--map-root-user", "--net")
ROOT = Path(__file__).parents[2]
SIOCSIFFLAGS, IFF_UP = 0x8914, 1
TARGET = "urn:test:device:lonely:1"


def in_namespace(scene: str) -> Any:
    """Return what a scene prints; skip the test where namespaces are not allowed."""
    allowed = shutil.which("unshare") and subprocess.run([*ENTER, "true"], capture_output=True)
    if not allowed or allowed.returncode:
        pytest.skip("this machine allows no network namespaces")
    ran = subprocess.run(
        [*ENTER, sys.executable, "-W", "error", "-m", "tests.discovery.lonely", scene],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


def plug_in() -> None:
    """Bring the loopback interface up."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", IFF_UP))


def command(words: str) -> None:
    """Run `ip` with these words."""
    subprocess.run(["ip", *words.split()], check=True)


async def unplugged() -> Any:
    """The network is down at first, and comes up later."""
    ear = Ear()
    port = 33333
    listening = adapter(
        probes=[Probe("who", port, lambda: b"who?")],
        ssdp=[TARGET],
        mdns=["_lonely._tcp.local."],
        hosts=["127.0.91.3"],
        port=7,
    )
    async with searching([listening], ear) as discovery:
        await ear.several(3, named("listening"))
        await until(lambda: len(discovery.problems()) >= 3)
        down = discovery.problems()
        plug_in()
        await until(lambda: not discovery.problems())
        async with upnp("127.0.91.4", TARGET):
            found = await ear.first(named(TARGET))
        with announcing("127.0.91.5") as say:
            say("urn:test:announced", "ssdp:alive", "")
            announced = await ear.first(named("urn:test:announced"))
    return {"down": down, "found": found.address, "announced": announced.address}


async def no_route() -> Any:
    """No route leads to the broadcast address at first; then the LAN's route is there."""
    plug_in()
    command("addr add 10.77.0.254/32 dev lo")
    ear = Ear()
    async with lamp("127.0.91.5") as (port, _):
        listening = adapter(probes=[Probe("who", port, lambda: b"who?")])
        lan = Network("10.77.0.254", "10.77.0.255")
        async with searching([listening], ear, [lan]) as discovery:
            await until(discovery.problems)
            problems = discovery.problems()
            command("addr add 10.77.0.1/24 brd + dev lo")
            found = await ear.first(named("who"))
            await until(lambda: not discovery.problems())
    return {"problems": problems, "found": found.address}


async def port_taken() -> Any:
    """Another program holds port 1900 and does not share it; it is the device itself."""
    plug_in()
    ear = Ear()
    async with (
        upnp("127.0.91.4", TARGET, alone=True),
        lamp("127.0.91.5") as (port, _),
        searching([adapter(ssdp=[TARGET], probes=[Probe("who", port, lambda: b"who?")])], ear) as d,
    ):
        found = [await ear.first(named(TARGET)), await ear.first(named("who"))]
        problems = d.problems()
    return {"found": [one.address for one in found], "problems": problems}


async def mdns_taken() -> Any:
    """Another program holds port 5353 and does not share it, for a while."""
    plug_in()
    ear = Ear()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as holder:
        holder.bind(("", 5353))
        async with lamp("127.0.91.5") as (port, _):
            probe = Probe("who", port, lambda: b"who?")
            async with searching([adapter(probes=[probe])], ear, [LOOPBACK]) as discovery:
                found = await ear.first(named("who"))
                problems = discovery.problems()
                holder.close()
                await until(lambda: not discovery.problems())
    return {"found": found.address, "problems": problems}


async def lans() -> Any:
    """Two LANs, one of them with the default route."""
    shown: dict[str, Any] = {"none": networks()}
    for words in (
        "link add lan type veth peer name lan-end",
        "link add iot type veth peer name iot-end",
        "addr add 192.168.3.1/25 dev iot",
        "addr add 10.77.16.254/20 dev lan",
        "addr add 10.99.0.1/32 dev lan",
        "link set iot up",
        "link set lan up",
        "route add default via 10.77.16.1 dev lan",
    ):
        command(words)
    shown |= {
        "all": networks(),
        "named": networks("192.168.3.1"),
        "with broadcast": networks(None, "192.168.3.120"),
        "everybody": networks(None, "255.255.255.255"),
    }
    return {
        name: [[one.interface, one.broadcast] for one in found] for name, found in shown.items()
    }


SCENES: dict[str, Callable[[], Coroutine[Any, Any, Any]]] = {
    scene.__name__: scene for scene in (unplugged, no_route, port_taken, mdns_taken, lans)
}

if __name__ == "__main__":
    print(json.dumps(asyncio.run(SCENES[sys.argv[1]]())))
