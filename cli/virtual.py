"""The world of the demo: a virtual house, a homeport of its own, and the tour through both."""

import argparse
import asyncio
import json
import logging
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from rich.console import Console

from adapters.homekit import HomeKitAdapter
from adapters.homekit_pairing import Pairings, pair
from cli.adapters import load_adapters
from cli.house import listen, open_house, run_loop, serve, url_of
from cli.state import StateFolder
from cli.tour import Guide, tour
from cli.tour_events import Receiver
from cli.tour_rest import UNUSED_AFTER
from gateway.errors import CannotStart
from gateway.network import networks
from gateway.settings import NetworkSettings, Settings, load
from simulators.house import VirtualHouse

USUAL_PORT = 8420


def show(arguments: argparse.Namespace) -> int:
    """Return 0, or 1 where a step of the tour failed."""
    logging.basicConfig(level=logging.ERROR)
    virtual = VirtualHouse.here()
    console = Console(stderr=arguments.json, highlight=False)
    with _state(arguments.state) as state, state.held() as held:
        guide = run_loop(_demo(virtual, arguments, state, held.tell, console))
    if arguments.json:
        print(json.dumps(guide.report(), ensure_ascii=False))
    return 0 if guide.well else 1


def demo_settings(
    config: Path | None, port: int | None, virtual: VirtualHouse, receiver: str
) -> Settings:
    """Return the settings of a house on loopback; nothing of the user's but an explicit file.

    `receiver` is where the tour's webhook goes.
    """
    given = load(config, {}) if config else Settings()
    loopback = NetworkSettings(interface="127.0.0.1", broadcast="127.255.255.255")
    home = given.home if config else given.home.model_copy(update={"name": "The virtual house"})
    free = port if port is not None else _free(given.server.port)
    allow = [*given.webhooks.allow, receiver]
    return given.model_copy(
        update={
            "network": loopback,
            "adapters": {name: {"hosts": hosts} for name, hosts in virtual.hosts.items()}
            | {"treadmill": {"unused_after": UNUSED_AFTER, "bluetooth": False}},
            "home": home,
            "server": given.server.model_copy(update={"port": free}),
            "webhooks": given.webhooks.model_copy(update={"allow": allow}),
        }
    )


def _free(port: int) -> int:
    """Return the usual port, or 0 for any where another program has it."""
    wanted = Settings.model_validate({"server": {"port": port}})
    try:
        listen(wanted).close()
    except CannotStart:
        return 0
    return port


async def pair_all(virtual: VirtualHouse, folder: Path) -> None:
    """Type the codes of the HomeKit accessories in, as their owner would."""
    kept = Pairings(folder)
    for one in (virtual.bridge, virtual.aquarium):
        if one in virtual and not one.paired:
            kept.keep(await pair(one.address, one.port, partial(str, one.pin), one.name))


@contextmanager
def _state(path: Path | None) -> Iterator[StateFolder]:
    if path is not None:
        yield StateFolder(path)
        return
    with tempfile.TemporaryDirectory(prefix="homeport-demo-") as folder:
        yield StateFolder(folder)


async def _demo(
    virtual: VirtualHouse,
    arguments: argparse.Namespace,
    state: StateFolder,
    tell: Callable[[str], None],
    console: Console,
) -> Guide:
    receiver = Receiver()
    await receiver.start()
    settings = demo_settings(arguments.config, arguments.port, virtual, receiver.origin)
    listener = listen(settings)
    searched = networks(settings.network.interface, settings.network.broadcast)
    guide = Guide(console)
    try:
        await virtual.start()
    except OSError as error:
        listener.close()
        await receiver.stop()
        raise CannotStart(
            f"the virtual house cannot stand here: {error.strerror or error}",
            exit_code=3,
            hint="Is another demo running? One virtual house fits on a machine.",
        ) from error
    try:
        await pair_all(virtual, state.path / "adapters" / HomeKitAdapter.name)
        loaded = load_adapters(settings, searched, state.path)
        async with open_house(
            settings, state.path, loaded.adapters, searched, within=virtual.network
        ) as house:
            started = asyncio.Event()
            serving = asyncio.create_task(serve(house, settings, listener, started.set))
            await started.wait()
            url = url_of(listener)
            tell(url)
            try:
                await tour(guide, virtual, url, state.owner_token(), receiver)
                if not arguments.once:
                    guide.invite(url, state.path)
                    await serving
            finally:
                serving.cancel()
                await asyncio.gather(serving, return_exceptions=True)
    finally:
        listener.close()
        await virtual.stop()
        await receiver.stop()
    return guide
