"""What becomes of a call that is cancelled or breaks, and of a house that is exchanged."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from mcp import Client, MCPError, types

from gateway.capabilities.light import LightChange, LightState
from gateway.device import Device
from gateway.session import Json, Session, ToolView
from mcp_server.server import HomeServer
from tests.incore import CoreLight, House
from tests.mcp.serving import ERAS, http_client, mcp_served, small_house


class Slow(CoreLight):
    """A lamp that never answers, and needs some awaits to put things in order when cancelled."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = asyncio.Event()
        self.ended = asyncio.Event()

    async def set_light(self, change: LightChange) -> None:
        self.asked.set()
        try:
            await asyncio.Event().wait()
        finally:
            for _ in range(20):
                await asyncio.sleep(0)
            self.ended.set()


def _slow_lamp(home: House) -> Slow:
    slow = Slow()
    slow.report(LightState(on=False))
    device = Device("slow-1", "Slow", maker="Core", model="In-core")
    device.offer(slow)
    home.add(device)
    return slow


@asynccontextmanager
async def _agent(home: House, transport: str, era: str) -> AsyncIterator[Client]:
    token = await home.home.tokens.new("agent", "owner")
    async with AsyncExitStack() as stack:
        if transport == "http":
            url = await stack.enter_async_context(mcp_served(home.door))
            yield await stack.enter_async_context(http_client(url, token, era))
        else:
            session = home.door.open(token)
            server = HomeServer(lambda _: session, home.door.on_tools_changed)
            yield await stack.enter_async_context(Client(server, mode=era))


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize("transport", ["in process", "http"])
async def test_a_cancelled_call_ends_in_order(transport: str, era: str, tmp_path: Path) -> None:
    async with asyncio.timeout(20), small_house(tmp_path) as home:
        slow = _slow_lamp(home)
        async with _agent(home, transport, era) as agent:
            call = asyncio.create_task(agent.call_tool("set_light", {"targets": "slow-1"} | ON))
            await slow.asked.wait()
            call.cancel()
            await slow.ended.wait()
            await asyncio.wait([call])
            assert call.cancelled()
            state = await agent.call_tool("get_state", {"targets": "lamp-1"})
            assert not state.is_error


ON = {"on": True}


async def test_a_client_that_has_gone_is_forgotten(tmp_path: Path) -> None:
    async with small_house(tmp_path) as home:
        session = await home.session()
        server = HomeServer(lambda _: session, home.door.on_tools_changed)
        async with Client(server, mode="legacy") as agent:
            await agent.list_tools()
            assert len(server.changes) == 1
        assert len(server.changes) == 0


class Broken:
    """A session that breaks its promise to raise nothing but GatewayError."""

    agent = "broken"

    async def tools(self) -> Sequence[ToolView]:
        raise RuntimeError("/secret/path")

    async def instructions(self) -> str:
        return "Nothing works."

    async def call(self, tool: str, arguments: Mapping[str, Any]) -> Json:
        raise RuntimeError("/secret/path")


@pytest.mark.parametrize("era", ERAS)
async def test_what_nobody_expected_is_not_told(era: str, caplog: pytest.LogCaptureFixture) -> None:
    session: Session = Broken()  # type: ignore[assignment]
    async with Client(HomeServer(lambda _: session, lambda _: lambda: None), mode=era) as agent:
        assert agent.instructions == "Nothing works."
        for failing in (agent.list_tools(), agent.call_tool("get_state", {})):
            with pytest.raises(MCPError) as caught:
                await failing
            assert caught.value.code == types.INTERNAL_ERROR
            assert "secret" not in str(caught.value)
    assert "/secret/path" in caplog.text


@pytest.mark.parametrize("era", ERAS)
async def test_a_session_may_go_on_answering_from_elsewhere(era: str, tmp_path: Path) -> None:
    told = asyncio.Event()

    async def hear(message: object) -> None:
        if isinstance(message, types.ToolListChangedNotification):
            told.set()

    callbacks: list[Any] = []

    def watch(callback: Any) -> Any:
        callbacks.append(callback)
        return callbacks.clear

    async with asyncio.timeout(20), small_house(tmp_path) as home:
        answering = [await home.session("read-only")]
        server = HomeServer(lambda _: answering[0], watch)
        async with AsyncExitStack() as stack:
            client = Client(server, mode=era, message_handler=hear)
            agent = await stack.enter_async_context(client)
            few = await agent.list_tools()
            if agent.protocol_version == "2026-07-28":
                listening = agent.listen(tools_list_changed=True)
                stream = await stack.enter_async_context(listening)
            answering[0] = await home.session()
            for callback in callbacks:
                callback()
            if agent.protocol_version == "2026-07-28":
                await anext(aiter(stream))
            else:
                await told.wait()
            assert len((await agent.list_tools()).tools) > len(few.tools)
        assert not callbacks
