"""The schemas that agents see: bare, closed, in words, and the same for every house."""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from cli.training import every_tool
from gateway.policy import OwnerGrant
from gateway.session import ToolView
from gateway.tool import Tool
from tests.core.rigs import every_kind
from tests.incore import house, lamp, plug, shade, speaker, thermostat

TOOLS = [tool for tool in every_tool() if not tool.by_name]
by_name = pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)


def nodes(schema: Any, place: str = "") -> list[tuple[str, dict[str, Any]]]:
    """Return every schema inside a schema, with where it stands."""
    if isinstance(schema, list):
        return [found for one in schema for found in nodes(one, place)]
    if not isinstance(schema, dict):
        return []
    inner = schema.get("properties", {})
    found = [(place, schema)]
    for name, one in inner.items():
        found += nodes(one, f"{place}.{name}")
    for key, one in schema.items():
        if key != "properties":
            found += nodes(one, place)
    return found


@by_name
def test_a_schema_is_valid_draft_2020_12(tool: Tool) -> None:
    Draft202012Validator.check_schema(tool.input_schema)
    Draft202012Validator.check_schema(tool.output_schema)


@by_name
def test_a_schema_carries_no_titles_references_or_nulls(tool: Tool) -> None:
    for place, schema in nodes(tool.input_schema) + nodes(tool.output_schema):
        assert not isinstance(schema.get("title"), str), place
        assert "$ref" not in schema and "$defs" not in schema, place
        assert schema.get("type") != "null" and "null" not in schema.get("type", ()), place
        assert schema.get("default", ...) is not None, place


@by_name
def test_an_input_is_an_object_closed_to_unknown_fields(tool: Tool) -> None:
    assert tool.input_schema["type"] == "object"
    assert tool.input_schema["additionalProperties"] is False
    assert set(tool.input_schema.get("required", ())) <= set(tool.input_schema["properties"])


@by_name
def test_an_output_is_an_object_that_begins_with_a_summary(tool: Tool) -> None:
    assert tool.output_schema["type"] == "object"
    assert next(iter(tool.output_schema["properties"])) == "summary"
    assert "summary" in tool.output_schema["required"]


@pytest.mark.parametrize(
    "tool", [tool for tool in TOOLS if tool.action], ids=lambda tool: tool.name
)
def test_a_number_names_its_range_in_words(tool: Tool) -> None:
    for name, schema in tool.input_schema["properties"].items():
        if schema.get("type") == "number":
            assert any(digit.isdigit() for digit in schema.get("description", "")), name


@pytest.mark.parametrize(
    ("tool", "field", "words"),
    [
        ("set_light", "brightness", "0-100 %"),
        ("set_light", "color_temperature", "1500-9000 K"),
        ("set_light", "color", "#ff8800"),
        ("play_music", "volume", "0-100"),
        ("control_music", "change", "softer -10"),
        ("set_thermostat", "temperature", "5-35 C / 41-95 F"),
        ("set_shades", "open", "0 closed, 100 open"),
        ("set_light", "targets", "ids, names, areas or all"),
    ],
)
def test_ranges_and_units_stand_in_the_descriptions(tool: str, field: str, words: str) -> None:
    (found,) = [one for one in TOOLS if one.name == tool]
    assert words in found.input_schema["properties"][field]["description"]


def test_only_what_carries_a_temperature_takes_a_unit() -> None:
    units = [tool.name for tool in TOOLS if "unit" in tool.input_schema["properties"]]
    assert units == ["set_thermostat", "set_pool_or_spa"]


def test_every_action_can_be_tried_dry() -> None:
    actions = [tool for tool in TOOLS if tool.action is not None]
    scene = [tool for tool in TOOLS if tool.name == "run_scene"]
    for tool in actions + scene:
        assert tool.input_schema["properties"]["dry_run"] == {"type": "boolean"}


def test_the_tools_stand_in_the_one_order() -> None:
    assert [tool.name for tool in TOOLS] == [
        "get_home_info",
        "check_devices",
        "get_state",
        "get_history",
        "get_past_events",
        "wait_for_events",
        "set_switch",
        "set_light",
        "play_music",
        "control_music",
        "set_thermostat",
        "set_shades",
        "close_garage",
        "open_garage",
        "lock_door",
        "unlock_door",
        "set_fan",
        "set_pool_or_spa",
        "stop_treadmill",
        "slow_treadmill",
        "press_button",
        "set_number",
        "set_option",
        "run_scene",
        "save_scene",
        "create_alert",
        "notify",
        "run_plan",
        "remove",
        "get_workouts",
        "edit_device",
    ]


def test_hints_tell_readers_from_actors() -> None:
    views = {tool.name: tool.view for tool in TOOLS}
    reading = {name for name, view in views.items() if view.read_only}
    assert reading == {
        "get_home_info",
        "check_devices",
        "get_state",
        "get_history",
        "get_past_events",
        "wait_for_events",
        "get_workouts",
    }
    assert not any(view.open_world for view in views.values())
    destructive = {name for name, view in views.items() if view.destructive}
    assert destructive == {"open_garage", "unlock_door"}
    assert {name for name, view in views.items() if not view.idempotent} == {
        "play_music",
        "control_music",
        "slow_treadmill",
        "press_button",
        "run_scene",
        "create_alert",
        "notify",
        "run_plan",
    }


def shown(views: list[ToolView]) -> bytes:
    return json.dumps(
        [
            [view.name, view.description, view.input_schema, view.output_schema, view.idempotent]
            for view in views
        ]
    ).encode()


async def test_the_list_is_byte_identical_for_ten_and_a_thousand_devices(tmp_path: Path) -> None:
    makers = (lamp, plug, speaker, thermostat, shade)
    devices = [
        makers[number % 5](f"device-{number}", f"Device {number}", f"Area {number % 40}")
        for number in range(1000)
    ]
    lists = []
    for count in (10, 1000):
        state = tmp_path / str(count)
        state.mkdir()
        async with house(state, *reversed(devices[:count])) as opened:
            session = await opened.session()
            lists.append(shown(list(await session.tools())))
    assert lists[0] == lists[1]


async def test_only_kinds_in_the_house_are_listed(tmp_path: Path) -> None:
    async with house(tmp_path) as opened:
        session = await opened.session()
        names = [view.name for view in await session.tools()]
        assert "get_home_info" in names and "set_light" not in names
        opened.add(lamp("lamp-1", "Desk lamp"))
        assert "set_light" in [view.name for view in await session.tools()]


async def test_a_house_of_every_kind_lists_every_tool(tmp_path: Path) -> None:
    async with house(tmp_path, *every_kind()) as opened:
        kinds = opened.home.registry.kinds()
        assert opened.home.catalog.listed(OwnerGrant(), kinds) == [
            tool for tool in opened.home.catalog if not tool.by_name
        ]
