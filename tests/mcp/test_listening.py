"""An agent hears of what changes, over every transport and in both eras of the protocol."""

import asyncio
import json
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from mcp import Client, MCPError, types

from gateway.dispatch import Door
from gateway.entry import Entry
from gateway.local import LocalSession
from gateway.policy import OwnerGrant
from mcp_server.server import HomeServer
from tests.mcp.listening import (
    HOME,
    KITCHEN,
    LAMP,
    LIVING_ROOM,
    MODERN,
    PLUG,
    SPEAKER,
    Ear,
    press,
    subscribe,
    unsubscribe,
)
from tests.mcp.serving import (
    ERAS,
    TRANSPORTS,
    connected,
    http_client,
    mcp_served,
    small_house,
)

ON = {"targets": "lamp-1", "on": True}
OFF = {"targets": "lamp-1", "on": False}


@pytest.fixture(params=TRANSPORTS)
def transport(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=ERAS)
def era(request: pytest.FixtureRequest) -> str:
    return str(request.param)


async def test_a_change_reaches_who_listens_to_its_device_or_area(
    transport: str, era: str, tmp_path: Path
) -> None:
    ear = Ear()
    async with (
        asyncio.timeout(30),
        connected(transport, era, tmp_path, message_handler=ear) as agent,
        ear.on(agent, LAMP, KITCHEN, PLUG, SPEAKER, LIVING_ROOM, HOME),
    ):
        await agent.call_tool("set_light", ON)
        await ear.hears(LAMP, KITCHEN)
        await agent.call_tool("set_light", OFF)
        await ear.hears(LAMP, KITCHEN)


async def test_what_is_not_listened_to_any_more_is_not_told(
    transport: str, era: str, tmp_path: Path
) -> None:
    ear = Ear()
    async with (
        asyncio.timeout(30),
        connected(transport, era, tmp_path, message_handler=ear) as agent,
        ear.on(agent, PLUG),
    ):
        async with ear.on(agent, LAMP):
            await agent.call_tool("set_light", ON)
            await ear.hears(LAMP)
        await agent.call_tool("set_light", OFF)
        await agent.call_tool("set_switch", {"targets": "plug-1", "on": True})
        await ear.hears(PLUG)


async def test_only_what_there_is_is_acknowledged(transport: str, tmp_path: Path) -> None:
    there_is = [LAMP, "homeport://areas/Kitchen", HOME]
    there_is_not = ["homeport://devices/lamp-9", "homeport://areas/attic", "file:///x", ""]
    async with (
        connected(transport, "auto", tmp_path) as agent,
        agent.listen(
            tools_list_changed=True,
            resources_list_changed=True,
            resource_subscriptions=[*there_is, *there_is_not, LAMP],
        ) as stream,
    ):
        assert stream.honored == types.SubscriptionFilter(
            tools_list_changed=True, resource_subscriptions=there_is
        )


async def test_a_subscription_to_nothing_is_refused(transport: str, tmp_path: Path) -> None:
    async with connected(transport, "legacy", tmp_path) as agent:
        for uri in ("homeport://devices/lamp-9", "homeport://areas/attic", "file:///x"):
            with pytest.raises(MCPError) as caught:
                await subscribe(agent, uri)
            assert caught.value.code == -32002
            assert caught.value.data["uri"] == uri
            await unsubscribe(agent, uri)


async def test_several_listen_at_once(era: str, tmp_path: Path) -> None:
    ear, other = Ear(), Ear()
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(asyncio.timeout(30))
        home = await stack.enter_async_context(small_house(tmp_path))
        url = await stack.enter_async_context(mcp_served(home.door))
        token = await home.home.tokens.new("agent", "owner")
        for one, uris in ((ear, [LAMP]), (other, [KITCHEN]), (other, [LIVING_ROOM])):
            client = http_client(url, token, era, message_handler=one)
            agent = await stack.enter_async_context(client)
            await stack.enter_async_context(one.on(agent, *uris))
        await agent.call_tool("set_light", ON)
        await ear.hears(LAMP)
        await other.hears(KITCHEN)


class KitchenGrant(OwnerGrant):
    """Sees what is in the kitchen."""

    owner = False

    def sees(self, entry: Entry) -> bool:
        return entry.area == "kitchen"


async def test_what_a_grant_hides_is_not_told(era: str, tmp_path: Path) -> None:
    ear = Ear()
    async with asyncio.timeout(30), small_house(tmp_path) as home:
        session = LocalSession(Door(home.home), KitchenGrant("guest"))
        server = HomeServer(lambda _: session, home.door.on_tools_changed)
        async with (
            Client(server, mode=era, message_handler=ear) as agent,
            ear.on(agent, LAMP, HOME),
        ):
            if era == "auto":
                async with agent.listen(resource_subscriptions=[LAMP, SPEAKER]) as stream:
                    assert stream.honored.resource_subscriptions == [LAMP]
            else:
                with pytest.raises(MCPError):
                    await subscribe(agent, SPEAKER)
            home.home.registry.offline(home.entry("speaker-1"), "gone")
            await home.home.events.append("device.offline", {}, device="speaker-1")
            await agent.call_tool("set_light", ON)
            await ear.hears(LAMP)


async def test_a_client_that_never_reads_keeps_nobody_waiting(tmp_path: Path) -> None:
    ear = Ear()
    async with asyncio.timeout(30), small_house(tmp_path) as home, mcp_served(home.door) as url:
        token = await home.home.tokens.new("agent", "owner")
        deaf = await _listen_and_read_nothing(url, token)
        async with (
            http_client(url, token, "auto", message_handler=ear) as agent,
            ear.on(agent, LAMP),
        ):
            for _ in range(2000):
                home.home.events.note("state.changed", {}, device="speaker-1")
            await press(home)
            await ear.hears(LAMP)
        deaf.close()
        await deaf.wait_closed()


async def _listen_and_read_nothing(url: str, token: str) -> asyncio.StreamWriter:
    method = "subscriptions/listen"
    envelope = {
        "io.modelcontextprotocol/protocolVersion": MODERN,
        "io.modelcontextprotocol/clientCapabilities": {},
    }
    params = {"notifications": {"resourceSubscriptions": [SPEAKER]}, "_meta": envelope}
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
    host = url.split("/")[2]
    lines = [
        "POST /mcp HTTP/1.1",
        f"Host: {host}",
        f"Authorization: Bearer {token}",
        f"MCP-Protocol-Version: {MODERN}",
        f"Mcp-Method: {method}",
        "Accept: application/json, text/event-stream",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
    ]
    reader, writer = await asyncio.open_connection("127.0.0.1", int(host.split(":")[1]))
    writer.write("\r\n".join([*lines, "", body]).encode())
    assert b"200 OK" in await reader.readline()
    return writer
