"""Puts one house together: state, adapters, discovery and both faces. It decides nothing."""

import asyncio
import gc
import socket
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import Any, TypeVar

import uvicorn

from cli.training import WORKOUTS, every_tool, training
from gateway.adapter import Adapter, Network, Sighting
from gateway.allowed import Allowed
from gateway.clock import Clock
from gateway.discovery import Discovery
from gateway.errors import CannotStart
from gateway.home import Home
from gateway.links import Links
from gateway.local import LocalDoor
from gateway.outside import Outside
from gateway.settings import Settings
from gateway.unclaimed import Unclaimed
from mcp_server.http import mcp_app
from openapi.app import api
from openapi.wire import Wire
from senders.channels import Channels
from senders.http import HttpSender
from workouts.store import WorkoutStore

Value = TypeVar("Value")

EXIT_PORT = 3
SELDOM = (100_000, 50, 100)
"""Of the garbage collector: requests leave no cycles, and its pauses are the slowest answers."""
SAVE_EVERY = 5.0
SAVE_STATES_EVERY = 600.0


@dataclass
class Surroundings:
    """What the search knows beside the devices."""

    heard: Unclaimed
    discovery: Discovery
    links: Links
    missing: Sequence[str] = field(default_factory=list)

    def unclaimed(self) -> list[dict[str, Any]]:
        return self.heard.list(self.links.serves)

    def problems(self) -> list[str]:
        return [*self.discovery.problems(), *self.missing]


@dataclass(frozen=True)
class House:
    """A running house."""

    home: Home
    door: LocalDoor
    links: Links


@asynccontextmanager
async def open_house(
    settings: Settings,
    state: Path,
    adapters: Sequence[Adapter[Any]],
    networks: Sequence[Network],
    *,
    missing: Sequence[str] = (),
    within: str = "0.0.0.0/0",
    clock: Clock | None = None,
) -> AsyncIterator[House]:
    """Open the state folder and search the networks until the block ends.

    What is heard from addresses that are not `within` is left alone.
    """
    channels = Channels(settings.mail)
    sender = HttpSender(Allowed(settings.webhooks.allow))
    store = WorkoutStore(state / WORKOUTS)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(channels.aclose)
        stack.push_async_callback(sender.aclose)
        await store.open()
        stack.push_async_callback(store.aclose)
        outside, tools = Outside(sender, channels), every_tool(store, settings)
        home = await Home.open(settings, state, tools, clock, outside)
        stack.push_async_callback(home.aclose)
        await stack.enter_async_context(training(home, store, settings))
        unclaimed = Unclaimed(home.clock)
        links = Links(home.registry, adapters, unclaimed.note)
        stack.push_async_callback(links.aclose)
        discovery = Discovery(networks, adapters, _only(ip_network(within), links.heard))
        home.surroundings = Surroundings(unclaimed, discovery, links, missing)
        links.recall()
        tasks = [asyncio.create_task(discovery.run()), asyncio.create_task(_save(home))]
        stack.push_async_callback(_ended, tasks)
        yield House(home, LocalDoor(home), links)


async def _ended(tasks: Sequence[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _only(
    ours: IPv4Network | IPv6Network, heard: Callable[[Sighting], None]
) -> Callable[[Sighting], None]:
    def hear(sighting: Sighting) -> None:
        try:
            outside = ip_address(sighting.address) not in ours
        except ValueError:
            outside = False  # a name that the owner configured
        if not outside:
            heard(sighting)

    return hear


async def _save(home: Home) -> None:
    loop = asyncio.get_running_loop()
    whole = loop.time() + SAVE_STATES_EVERY
    while True:
        await asyncio.sleep(SAVE_EVERY)
        states = loop.time() >= whole
        await home.registry.save(states=states)
        if states:
            whole = loop.time() + SAVE_STATES_EVERY


def run_loop(work: Coroutine[Any, Any, Value]) -> Value:
    """Run `work` on the fastest event loop that is here."""
    try:
        import uvloop
    except ImportError:
        return asyncio.run(work)
    return uvloop.run(work)


def listen(settings: Settings) -> socket.socket:
    """Return the listening socket; raise CannotStart where the port is taken."""
    host, port = settings.server.host, settings.server.port
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(256)
    except OSError as error:
        listener.close()
        raise CannotStart(
            f"{host}:{port} cannot be listened on: {error.strerror or error}",
            exit_code=EXIT_PORT,
            hint="Choose another port with --port; 0 takes any free one.",
        ) from error
    return listener


def url_of(listener: socket.socket) -> str:
    """Return where a listening socket is reached from this machine."""
    host, port = listener.getsockname()[:2]
    host = "127.0.0.1" if host == "0.0.0.0" else "[::1]" if host == "::" else host
    return f"http://{host}:{port}"


async def serve(
    house: House, settings: Settings, listener: socket.socket, ready: Callable[[], None]
) -> None:
    """Serve both faces on a listening socket until told to stop."""
    mcp, running = mcp_app(house.door, allowed_hosts=None)
    app = api(house.door, allowed_hosts=settings.server.allowed_hosts, mcp=mcp)
    config = uvicorn.Config(
        app,
        http=Wire,
        log_config=None,
        access_log=False,
        lifespan="off",
        timeout_graceful_shutdown=3,
    )

    def ending() -> None:
        house.home.events.stop()
        mcp.close()

    server = _Server(config, ready, ending)
    async with running:
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            await asyncio.shield(serving)
        finally:
            server.should_exit = True
            await serving


class _Server(uvicorn.Server):
    """Tells when it answers; by then all that lives as long as the process is there."""

    def __init__(
        self, config: uvicorn.Config, ready: Callable[[], None], ending: Callable[[], None]
    ) -> None:
        super().__init__(config)
        self._ready = ready
        self._ending = ending

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        gc.collect()
        gc.freeze()
        gc.set_threshold(*SELDOM)
        self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._ending()
        await super().shutdown(sockets)
