"""A search that ends leaves nothing behind."""

import asyncio
import gc
import os
import subprocess
import sys
import threading

import pytest
import uvloop

from gateway.adapter import Probe
from tests.discovery.peers import ADDRESSES, Ear, adapter, lamp, named, searching, unique, upnp


async def a_whole_search() -> None:
    """Search for all kinds of things, find some, and end."""
    ear, target = Ear(), f"urn:test:{unique()}"
    async with lamp(next(ADDRESSES)) as (port, _), upnp(next(ADDRESSES), target):
        listening = adapter(
            mdns=[f"_{unique()}._tcp.local."],
            ssdp=[target],
            probes=[Probe("who", port, lambda: b"who?")],
            hosts=["127.0.93.1"],
        )
        async with searching([listening], ear):
            await ear.first(named("who"))
            await ear.first(named(target))
            await ear.first(named("listening"))


def open_files() -> int:
    return len(os.listdir("/proc/self/fd"))


async def test_no_task_socket_or_thread_is_left() -> None:
    gc.collect()
    files, threads, tasks = open_files(), threading.active_count(), len(asyncio.all_tasks())
    for _ in range(3):
        await a_whole_search()
    await asyncio.sleep(0)
    gc.collect()
    assert (open_files(), threading.active_count(), len(asyncio.all_tasks())) == (
        files,
        threads,
        tasks,
    )


async def test_a_search_that_is_cancelled_at_once_leaves_nothing() -> None:
    gc.collect()
    files = open_files()
    for steps in range(12):
        async with searching([adapter(hosts=["127.0.93.1"])], Ear()):
            for _ in range(steps):
                await asyncio.sleep(0)
    await asyncio.sleep(0)
    gc.collect()
    assert open_files() == files


def test_the_other_event_loop_finds_and_closes_the_same() -> None:
    uvloop.run(a_whole_search())


@pytest.mark.parametrize(
    "module", ["network", "discovery", "unclaimed", "mdns", "ssdp", "broadcast", "configured"]
)
def test_importing_opens_nothing(module: str) -> None:
    watch = (
        "import sys\n"
        "sys.addaudithook(lambda event, _: event.startswith('socket.') and sys.exit(event))\n"
        f"import gateway.{module}\n"
    )
    ran = subprocess.run([sys.executable, "-c", watch], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
