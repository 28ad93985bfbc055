"""Clients that listen to resources, the same in both eras of the protocol."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

from mcp import Client, types
from mcp.client.subscriptions import ResourceUpdated, SubscriptionLost

from tests.incore import House

MODERN = "2026-07-28"
LAMP = "homeport://devices/lamp-1"
PLUG = "homeport://devices/plug-1"
SPEAKER = "homeport://devices/speaker-1"
KITCHEN = "homeport://areas/kitchen"
LIVING_ROOM = "homeport://areas/living%20room"
HOME = "homeport://home"


class Ear:
    """What one client heard of resources; it is the client's message handler too."""

    def __init__(self) -> None:
        self._heard: asyncio.Queue[str] = asyncio.Queue()
        self._streams = False

    async def __call__(self, message: object) -> None:
        # The SDK hands what comes on a stream to the client's handler as well.
        if isinstance(message, types.ResourceUpdatedNotification) and not self._streams:
            self._heard.put_nowait(message.params.uri)

    async def hears(self, *uris: str) -> None:
        """Wait until it has heard of exactly these, in any order, each at least once."""
        missing = set(uris)
        async with asyncio.timeout(10):
            while missing:
                uri = await self._heard.get()
                assert uri in uris, f"{uri} was not expected"
                missing.discard(uri)

    def nothing(self) -> bool:
        """Say whether nothing has been heard since."""
        return self._heard.empty()

    @asynccontextmanager
    async def on(self, agent: Client, *uris: str) -> AsyncIterator[None]:
        """Listen to these resources, all of which there are."""
        if agent.protocol_version != MODERN:
            for uri in uris:
                await subscribe(agent, uri)
            yield
            for uri in uris:
                await unsubscribe(agent, uri)
            return
        self._streams = True
        async with agent.listen(resource_subscriptions=uris) as stream:
            assert stream.honored == types.SubscriptionFilter(resource_subscriptions=list(uris))
            pumping = asyncio.create_task(self._pump(stream))
            try:
                yield
            finally:
                pumping.cancel()
                await asyncio.wait([pumping])

    async def _pump(self, stream: Any) -> None:
        with suppress(SubscriptionLost):
            async for change in stream:
                assert isinstance(change, ResourceUpdated)
                self._heard.put_nowait(change.uri)


async def subscribe(agent: Client, uri: str) -> None:
    """Subscribe as clients up to 2025-11-25 do."""
    request = types.SubscribeRequest(params=types.SubscribeRequestParams(uri=uri))
    await agent.session.send_request(request, types.EmptyResult)


async def unsubscribe(agent: Client, uri: str) -> None:
    """Unsubscribe as clients up to 2025-11-25 do."""
    request = types.UnsubscribeRequest(params=types.UnsubscribeRequestParams(uri=uri))
    await agent.session.send_request(request, types.EmptyResult)


async def until(true: Callable[[], bool]) -> None:
    """Let everything else go on until something is true."""
    async with asyncio.timeout(10):
        while not true():
            await asyncio.sleep(0)


async def press(home: House) -> None:
    """Log that the lamp's button was pressed."""
    await home.home.events.append("button.pressed", {"press": "single"}, device="lamp-1")
