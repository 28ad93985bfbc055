"""What an agent meets, the same over every transport and in both eras of the protocol."""

import asyncio
import json
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from functools import partial
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
from mcp import Client, MCPError, types

from tests.mcp.serving import ERAS, TRANSPORTS, connected, small_house

MODERN = "2026-07-28"
Connect = Callable[[], AbstractAsyncContextManager[Client]]


@pytest.fixture(params=TRANSPORTS)
def transport(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=ERAS)
def era(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def house(transport: str, era: str, tmp_path: Path) -> Connect:
    return partial(connected, transport, era, tmp_path)


async def test_the_tools_are_the_sessions_own(house: Connect, tmp_path: Path) -> None:
    async with house() as agent:
        listed = (await agent.list_tools()).tools
        async with small_house(_folder(tmp_path)) as home:
            views = await (await home.session()).tools()
        assert [tool.name for tool in listed] == [view.name for view in views]
        for tool, view in zip(listed, views, strict=True):
            assert tool.title is None
            assert tool.description == view.description
            assert tool.input_schema == view.input_schema
            assert tool.output_schema is not None
            assert tool.output_schema["anyOf"][0] == view.output_schema
            assert tool.annotations == types.ToolAnnotations(
                read_only_hint=view.read_only,
                destructive_hint=view.destructive,
                idempotent_hint=view.idempotent,
                open_world_hint=view.open_world,
            )


def _folder(path: Path) -> Path:
    (path / "another").mkdir()
    return path / "another"


async def test_two_tools_are_shown_in_full_from_the_start(house: Connect) -> None:
    async with house() as agent:
        marked = [tool.name for tool in (await agent.list_tools()).tools if tool.meta]
        assert marked == ["check_devices", "get_state"]


async def test_an_answer_is_structured_and_its_text_is_the_summary(house: Connect) -> None:
    async with house() as agent:
        answer = await agent.call_tool("set_light", {"targets": "Ceiling", "on": True})
        assert answer.structured_content is not None
        assert answer.structured_content["counts"] == {"done": 1}
        assert [block.text for block in answer.content if block.type == "text"] == [
            answer.structured_content["summary"]
        ]
        assert not answer.is_error


async def test_an_error_is_a_result_that_the_model_can_act_on(house: Connect) -> None:
    async with house() as agent:
        answer = await agent.call_tool("set_light", {"targets": "Cieling", "on": True})
        assert answer.is_error
        problem = answer.structured_content
        assert problem is not None
        assert problem["code"] == "unknown_target"
        assert answer.content == [
            types.TextContent(type="text", text=f"{problem['detail']}. {problem['hint']}")
        ]


async def test_every_result_fits_the_schema_that_clients_hold_it_against(house: Connect) -> None:
    async with house() as agent:
        schemas = {tool.name: tool.output_schema for tool in (await agent.list_tools()).tools}
        calls: list[tuple[str, dict[str, Any]]] = [
            ("get_home_info", {}),
            ("check_devices", {"query": "kettle"}),
            ("get_state", {"targets": "all"}),
            ("get_state", {"targets": "all", "kind": "lihgt"}),
            ("set_light", {"targets": "all", "brightness": 30}),
            ("set_light", {"targets": "all", "brightness": "high"}),
            ("set_light", {"targets": "speaker-1", "on": True}),
            ("play_music", {}),
            ("run_scene", {"scene": "nope"}),
        ]
        for name, arguments in calls:
            answer = await agent.call_tool(name, arguments)
            schema = schemas[name]
            assert schema is not None
            jsonschema.validate(answer.structured_content, schema)


async def test_a_call_that_did_nothing_is_an_error(house: Connect) -> None:
    async with house() as agent:
        answer = await agent.call_tool("set_light", {"targets": "speaker-1", "on": True})
        assert answer.is_error
        assert answer.structured_content is not None
        assert answer.structured_content["counts"] == {"refused": 1}


async def test_an_unknown_tool_is_a_protocol_error_with_the_problem(house: Connect) -> None:
    async with house() as agent:
        with pytest.raises(MCPError) as caught:
            await agent.call_tool("set_lihgt", {"targets": "all"})
        assert caught.value.code == types.INVALID_PARAMS
        assert caught.value.data["code"] == "unknown_tool"
        assert "set_light" in caught.value.data["hint"]


async def test_the_instructions_name_what_the_house_has(house: Connect) -> None:
    async with house() as agent:
        assert agent.instructions is not None
        assert "light, " in agent.instructions
        assert "check_devices" in agent.instructions


async def test_the_server_says_who_it_is_and_promises_only_what_it_does(house: Connect) -> None:
    async with house() as agent:
        assert agent.server_info is not None
        assert (agent.server_info.name, agent.server_info.version) == ("homeport", "1.2.3")
        promised = agent.server_capabilities
        assert promised.tools is not None and promised.tools.list_changed
        assert promised.resources is not None and promised.resources.subscribe
        assert not promised.resources.list_changed
        assert promised.completions is not None
        assert promised.prompts is None


async def test_the_home_and_its_areas_are_resources_and_devices_a_template(house: Connect) -> None:
    async with house() as agent:
        resources = (await agent.list_resources()).resources
        assert [resource.uri for resource in resources] == [
            "homeport://home",
            "homeport://areas/kitchen",
            "homeport://areas/living%20room",
        ]
        templates = (await agent.list_resource_templates()).resource_templates
        assert [template.uri_template for template in templates] == [
            "homeport://areas/{area}",
            "homeport://devices/{id}",
        ]


async def test_resources_are_read_as_json(house: Connect) -> None:
    async with house() as agent:
        home = await _read(agent, "homeport://home")
        assert home["name"] == "Elm Street"
        area = await _read(agent, "homeport://areas/living%20room")
        assert [device["id"] for device in area["devices"]] == ["speaker-1"]
        device = await _read(agent, "homeport://devices/lamp-1")
        assert (device["id"], device["name"]) == ("lamp-1", "Ceiling")


async def _read(agent: Client, uri: str) -> dict[str, Any]:
    [content] = (await agent.read_resource(uri)).contents
    assert isinstance(content, types.TextResourceContents)
    assert (content.uri, content.mime_type) == (uri, "application/json")
    found: dict[str, Any] = json.loads(content.text)
    return found


async def test_an_unknown_resource_is_refused_as_its_era_asks_for(house: Connect) -> None:
    unknown = ("homeport://devices/lamp-9", "homeport://areas/attic", "homeport://no", "file:///x")
    async with house() as agent:
        modern = agent.protocol_version == MODERN
        for uri in unknown:
            with pytest.raises(MCPError) as caught:
                await agent.read_resource(uri)
            assert caught.value.code == (types.INVALID_PARAMS if modern else -32002)
            assert caught.value.data["status"] == 404
            assert caught.value.data["uri"] == uri


async def test_devices_and_areas_are_completed(house: Connect) -> None:
    async with house() as agent:
        devices = types.ResourceTemplateReference(
            type="ref/resource", uri="homeport://devices/{id}"
        )
        areas = types.ResourceTemplateReference(type="ref/resource", uri="homeport://areas/{area}")
        found = await agent.complete(devices, {"name": "id", "value": "l"})
        assert found.completion.values == ["lamp-1"]
        found = await agent.complete(areas, {"name": "area", "value": "Li"})
        assert found.completion.values == ["living room"]
        assert found.completion.has_more is False


async def test_what_is_no_template_of_ours_is_not_completed(house: Connect) -> None:
    async with house() as agent:
        prompt = types.PromptReference(type="ref/prompt", name="greet")
        with pytest.raises(MCPError) as caught:
            await agent.complete(prompt, {"name": "id", "value": ""})
        assert caught.value.code == types.INVALID_PARAMS


async def test_a_client_is_told_of_a_new_kind(transport: str, era: str, tmp_path: Path) -> None:
    told = asyncio.Event()

    async def hear(message: object) -> None:
        if isinstance(message, types.ToolListChangedNotification):
            told.set()

    async with (
        asyncio.timeout(20),
        connected(transport, era, tmp_path, message_handler=hear) as agent,
    ):
        assert "set_thermostat" not in await _names(agent)
        bring = agent.call_tool("set_light", {"targets": "bridge-1", "on": True})
        if agent.protocol_version == MODERN:
            async with agent.listen(tools_list_changed=True) as stream:
                await bring
                await anext(aiter(stream))
        else:
            await bring
            await told.wait()
        assert "set_thermostat" in await _names(agent)


async def _names(agent: Client) -> list[str]:
    return [tool.name for tool in (await agent.list_tools()).tools]
