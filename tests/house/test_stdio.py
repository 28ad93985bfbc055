"""`homeport mcp`: an agent starts it and need not know whether a homeport runs already."""

import asyncio
import signal
import sys
from pathlib import Path

from mcp import StdioServerParameters
from mcp.client import Client

from cli.state import StateFolder
from tests.house.process import ALONE, environment, homeport, serving


def agent(state: Path) -> StdioServerParameters:
    variables = environment(state, ALONE | {"HOMEPORT_SERVER__PORT": "0"})
    return StdioServerParameters(
        command=sys.executable, args=["-m", "cli.main", "mcp"], env=variables
    )


async def pid_of_holder(state: Path, other_than: int = 0) -> int:
    async with asyncio.timeout(30):
        while True:
            holder = StateFolder(state).holder()
            if holder is not None and holder.url is not None and holder.pid != other_than:
                return holder.pid
            await asyncio.sleep(0.05)


async def test_alone_it_runs_the_house_and_lets_others_in(tmp_path: Path) -> None:
    for mode in ("auto", "legacy"):
        async with Client(agent(tmp_path), mode=mode) as client:
            info = await client.call_tool("get_home_info", {})
            assert info.structured_content is not None
            assert info.structured_content["name"] == "Home"
            await pid_of_holder(tmp_path)
            asked = await asyncio.to_thread(homeport, "call", "get_home_info", state=tmp_path)
            assert asked.returncode == 0, asked.stderr
    assert StateFolder(tmp_path).holder() is None


async def test_beside_another_it_forwards_and_takes_over_when_that_is_killed(
    tmp_path: Path,
) -> None:
    async with (
        serving(tmp_path, end=signal.SIGKILL) as holder,
        Client(agent(tmp_path)) as client,
    ):
        tools = [tool.name for tool in (await client.list_tools()).tools]
        info = await client.call_tool("get_home_info", {})
        assert not info.is_error
        holder.process.send_signal(signal.SIGKILL)
        await holder.process.wait()
        again = await client.call_tool("get_home_info", {})
        assert not again.is_error
        assert again.structured_content is not None
        assert again.structured_content["name"] == "Home"
        assert await pid_of_holder(tmp_path, holder.process.pid) != holder.process.pid
        assert [tool.name for tool in (await client.list_tools()).tools] == tools


async def test_two_agents_share_one_house(tmp_path: Path) -> None:
    async with Client(agent(tmp_path)) as first, Client(agent(tmp_path)) as second:
        saved = await first.call_tool(
            "save_scene",
            {
                "name": "Party",
                "steps": [{"tool": "set_light", "arguments": {"targets": "all", "on": True}}],
            },
        )
        assert saved.structured_content is not None
        info = await second.call_tool("get_home_info", {})
        assert info.structured_content is not None
        assert "Party" in [scene["name"] for scene in info.structured_content["scenes"]]
