"""Serve one agent over standard input and output (MCP).

Takes the state folder and runs the house; where another homeport holds the folder, it forwards to
that one and takes over when it goes. The caller is the owner unless HOMEPORT_TOKEN is set.
"""

import argparse
import asyncio
import logging
import os
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from cli.adapters import load_adapters
from cli.following import FollowingSession
from cli.house import House, listen, open_house, run_loop, serve, url_of
from cli.options import Chosen, add_json, add_place, chosen
from cli.remote import RemoteSession
from cli.state import EXIT_STATE
from gateway.errors import CannotStart
from gateway.network import networks
from mcp_server.stdio import serve_stdio

EXAMPLE = "homeport mcp"

LOOK_EVERY = 0.5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_json(parser)
    add_place(parser)


def run(arguments: argparse.Namespace) -> int:
    """Serve until standard input ends; return 0. Standard output is the agent's alone."""
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING)
    run_loop(_serve(chosen(arguments)))
    return 0


async def _serve(place: Chosen) -> None:
    following = FollowingSession()
    keeping = asyncio.create_task(_keep(place, following))
    speaking = asyncio.create_task(serve_stdio(following, following.watch))
    try:
        await asyncio.wait((keeping, speaking), return_when=asyncio.FIRST_COMPLETED)
        if keeping.done():
            keeping.result()
        await speaking
    finally:
        keeping.cancel()
        speaking.cancel()
        await asyncio.gather(keeping, speaking, return_exceptions=True)


async def _keep(place: Chosen, following: FollowingSession) -> None:
    """Serve the house while the folder is ours; until then follow its holder."""
    while True:
        try:
            async with _house(place) as house:
                token = os.environ.get("HOMEPORT_TOKEN") or place.state.owner_token()
                following.follow(house.door.open(token))
                unwatch = house.door.on_tools_changed(following.changed)
                try:
                    await asyncio.Event().wait()
                finally:
                    unwatch()
        except CannotStart as error:
            if error.exit_code != EXIT_STATE or place.state.holder() is None:
                raise
        await _follow_holder(place, following)


@asynccontextmanager
async def _house(place: Chosen) -> AsyncIterator[House]:
    """Hold the folder and run the house, with a door for others on HTTP."""
    async with AsyncExitStack() as stack:
        held = stack.enter_context(place.state.held())
        settings = place.settings
        try:
            listener = listen(settings)
        except CannotStart:
            anywhere = settings.server.model_copy(update={"port": 0})
            listener = listen(settings.model_copy(update={"server": anywhere}))
        stack.enter_context(listener)
        searched = networks(settings.network.interface, settings.network.broadcast)
        loaded = load_adapters(settings, searched, place.state.path)
        house = await stack.enter_async_context(
            open_house(
                settings, place.state.path, loaded.adapters, searched, missing=loaded.missing
            )
        )
        started = asyncio.Event()
        serving = asyncio.create_task(serve(house, settings, listener, started.set))
        stack.push_async_callback(_ended, serving)
        await started.wait()
        held.tell(url_of(listener))
        yield house


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def _follow_holder(place: Chosen, following: FollowingSession) -> None:
    """Forward to the holder of the folder until it has gone."""
    remote: RemoteSession | None = None
    url: str | None = None
    try:
        while (holder := place.state.holder()) is not None:
            if holder.url is not None and holder.url != url:
                url = holder.url
                if remote is not None:
                    await remote.aclose()
                token = os.environ.get("HOMEPORT_TOKEN") or place.state.owner_token()
                remote = RemoteSession(url, token)
                following.follow(remote)
            await _wait(following)
    finally:
        following.follow(None)
        if remote is not None:
            await remote.aclose()


async def _wait(following: FollowingSession) -> None:
    try:
        async with asyncio.timeout(LOOK_EVERY):
            await following.lost.wait()
        await asyncio.sleep(LOOK_EVERY / 10)
    except TimeoutError:
        return
