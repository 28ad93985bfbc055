"""What becomes of a listener when its token, its homeport or it itself goes."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from mcp import Client
from mcp.client.subscriptions import SubscriptionLost
from starlette.applications import Starlette
from starlette.routing import Route

from cli.following import FollowingSession
from cli.remote import RemoteSession
from gateway.session import Session
from mcp_server.http import mcp_app
from mcp_server.server import HomeServer
from openapi.app import api
from tests.incore import House
from tests.mcp.listening import (
    LAMP,
    LIVING_ROOM,
    MODERN,
    PLUG,
    Ear,
    press,
    subscribe,
    until,
)
from tests.mcp.serving import (
    ERAS,
    http_client,
    mcp_served,
    served,
    small_house,
)

ON = {"targets": "lamp-1", "on": True}


@pytest.fixture(params=ERAS)
def era(request: pytest.FixtureRequest) -> str:
    return str(request.param)


async def test_a_revoked_token_hears_no_more(era: str, tmp_path: Path) -> None:
    ear = Ear()
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(asyncio.timeout(30))
        home = await stack.enter_async_context(small_house(tmp_path))
        url = await stack.enter_async_context(mcp_served(home.door))
        token = await home.home.tokens.new("agent", "owner")
        client = http_client(url, token, era, message_handler=ear)
        agent = await stack.enter_async_context(client)
        if agent.protocol_version == MODERN:
            stream = await stack.enter_async_context(agent.listen(resource_subscriptions=[LAMP]))
            only_tools = await stack.enter_async_context(agent.listen(tools_list_changed=True))
            await home.home.tokens.revoke("agent")
            for ended in (stream, only_tools):
                with pytest.raises(SubscriptionLost):
                    await anext(aiter(ended))
        else:
            await subscribe(agent, LAMP)
            await home.home.tokens.revoke("agent")
            other = Ear()
            token = await home.home.tokens.new("other", "owner")
            client = http_client(url, token, era, message_handler=other)
            await stack.enter_async_context(other.on(await stack.enter_async_context(client), LAMP))
            for _ in range(3):
                await home.home.events.append("state.changed", {}, device="lamp-1")
                await other.hears(LAMP)
            assert ear.nothing()


async def test_listening_ends_with_its_last_word_when_homeport_stops(tmp_path: Path) -> None:
    async with asyncio.timeout(30), small_house(tmp_path) as home, mcp_served(home.door) as url:
        token = await home.home.tokens.new("agent", "owner")
        async with (
            http_client(url, token, "auto") as agent,
            agent.listen(resource_subscriptions=[LAMP]) as stream,
            agent.listen(tools_list_changed=True) as only_tools,
        ):
            home.home.events.stop()
            assert [change async for change in stream] == []
            assert [change async for change in only_tools] == []


async def test_a_closed_gate_ends_what_it_let_in_and_what_comes_later(tmp_path: Path) -> None:
    async with asyncio.timeout(30), small_house(tmp_path) as home:
        gate, running = mcp_app(home.door)
        token = await home.home.tokens.new("agent", "owner")
        async with (
            running,
            served(Starlette(routes=[Route("/mcp", gate)])) as address,
            http_client(f"{address}/mcp", token, "auto") as agent,
            agent.listen(resource_subscriptions=[LAMP]) as stream,
        ):
            gate.close()
            assert [change async for change in stream] == []
            async with agent.listen(resource_subscriptions=[LAMP]) as late:
                assert [change async for change in late] == []


async def test_nothing_is_missed_over_a_restart(era: str, tmp_path: Path) -> None:
    ear = Ear()
    async with asyncio.timeout(60):
        async with small_house(tmp_path) as home, mcp_served(home.door) as url:
            token = await home.home.tokens.new("agent", "owner")
            async with (
                http_client(url, token, era, message_handler=ear) as agent,
                ear.on(agent, LAMP),
            ):
                await agent.call_tool("set_light", ON)
                await ear.hears(LAMP)
                seen = (await _behind(agent, None))[1]
                await press(home)
        async with small_house(tmp_path) as home, mcp_served(home.door) as url:
            await press(home)
            async with (
                http_client(url, token, era, message_handler=ear) as agent,
                ear.on(agent, LAMP),
            ):
                caught_up, seen = await _behind(agent, seen)
                assert caught_up.count("button.pressed") == 2
                while not ear.nothing():
                    await ear.hears(LAMP)
                await press(home)
                await ear.hears(LAMP)
                assert (await _behind(agent, seen))[0].count("button.pressed") == 1


async def _behind(agent: Client, cursor: str | None) -> tuple[list[str], str]:
    asked = {"timeout": 0} | ({"after": cursor} if cursor else {})
    found = (await agent.call_tool("wait_for_events", asked)).structured_content
    assert found is not None
    return [event["name"] for event in found["events"]], found["cursor"]


@pytest.mark.parametrize("holder", ["here", "elsewhere"])
async def test_a_listener_goes_on_with_whoever_takes_over(
    holder: str, era: str, tmp_path: Path
) -> None:
    ear, following = Ear(), FollowingSession()
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(asyncio.timeout(30))
        async with AsyncExitStack() as first:
            home = await first.enter_async_context(small_house(tmp_path))
            following.follow(await _session(home, holder, first))
            server = HomeServer(lambda _: following, following.watch)
            client = Client(server, mode=era, message_handler=ear)
            agent = await stack.enter_async_context(client)
            await stack.enter_async_context(ear.on(agent, LAMP, PLUG, LIVING_ROOM))
            await press(home)
            await ear.hears(LAMP)
            following.follow(None)
        async with small_house(tmp_path) as home:
            await home.home.events.append("button.pressed", {"press": "single"}, device="plug-1")
            following.follow(home.door.open(await home.home.tokens.new("later", "owner")))
            await ear.hears(PLUG)
            await press(home)
            await ear.hears(LAMP)
            await stack.aclose()


async def _session(home: House, holder: str, stack: AsyncExitStack) -> Session:
    if holder == "here":
        return await home.session()
    address = await stack.enter_async_context(served(api(home.door)))
    token = await home.home.tokens.new("follower", "owner")
    stack.callback(home.home.events.stop)
    return await stack.enter_async_context(RemoteSession(address, token))


async def test_a_connection_that_goes_takes_its_subscriptions_with_it(tmp_path: Path) -> None:
    async with asyncio.timeout(30), small_house(tmp_path) as home:
        session = await home.session()
        server = HomeServer(lambda _: session, home.door.on_tools_changed)
        before = asyncio.all_tasks()
        async with Client(server, mode="legacy") as agent:
            await subscribe(agent, LAMP)
            assert len(server.changes) == 1
        await until(lambda: asyncio.all_tasks() <= before)
        assert len(server.changes) == 0
