"""Arguments are checked strictly, and nothing is sent before everything fits."""

from typing import Any

import pytest

from gateway.errors import GatewayError, InvalidArguments, NotFound, UnknownTarget, UnknownTool
from gateway.session import Session
from tests.core.rigs import error_of, told_anything
from tests.incore import House

NAN, INFINITY = float("nan"), float("inf")

WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("set_switch", {"on": 0}, "on"),
    ("set_switch", {"on": 1}, "on"),
    ("set_switch", {"on": "true"}, "on"),
    ("set_switch", {"on": None}, "on"),
    ("set_switch", {"on": []}, "on"),
    ("set_switch", {}, "on"),
    ("set_light", {"on": 0}, "on"),
    ("set_light", {"brightness": False}, "brightness"),
    ("set_light", {"brightness": True}, "brightness"),
    ("set_light", {"brightness": "40"}, "brightness"),
    ("set_light", {"brightness": None}, "brightness"),
    ("set_light", {"brightness": NAN}, "brightness"),
    ("set_light", {"brightness": INFINITY}, "brightness"),
    ("set_light", {"brightness": -INFINITY}, "brightness"),
    ("set_light", {"brightness": 10**400}, "brightness"),
    ("set_light", {"brightness": -1}, "brightness"),
    ("set_light", {"brightness": 100.001}, "brightness"),
    ("set_light", {"brightness": [40]}, "brightness"),
    ("set_light", {"brightness": {"value": 40}}, "brightness"),
    ("set_light", {"color_temperature": 1499}, "color_temperature"),
    ("set_light", {"color_temperature": 9001}, "color_temperature"),
    ("set_light", {"color": "notacolour"}, "color"),
    ("set_light", {"color": 16711680}, "color"),
    ("set_light", {"color": ""}, "color"),
    ("set_light", {"color": "#12"}, "color"),
    ("set_light", {"color": "red" * 1000}, "color"),
    ("set_light", {"color": "red", "color_temperature": 2700}, "exclude"),
    ("set_light", {"on": False, "brightness": 40}, "excludes"),
    ("set_light", {"on": True, "dry_run": 1}, "dry_run"),
    ("set_light", {"on": True, "dry_run": "yes"}, "dry_run"),
    ("set_light", {"on": True, "unit": "C"}, "unit"),
    ("set_light", {}, "what to change"),
    ("play_music", {"volume": 101}, "volume"),
    ("play_music", {"volume": "loud"}, "volume"),
    ("play_music", {"what": ""}, "what"),
    ("play_music", {"what": 7}, "what"),
    ("play_music", {"what": "x" * 201}, "what"),
    ("play_music", {"together": "yes"}, "together"),
    ("control_music", {"do": "dance"}, "do"),
    ("control_music", {"do": "PAUSE"}, "do"),
    ("control_music", {"change": 200}, "change"),
    ("control_music", {"volume": 10, "change": 5}, "exclude"),
    ("control_music", {}, "what to do"),
    ("set_thermostat", {"temperature": "21"}, "temperature"),
    ("set_thermostat", {"temperature": 1e308}, "temperature"),
    ("set_thermostat", {"temperature": 21, "unit": "K"}, "unit"),
    ("set_thermostat", {"temperature": 21, "unit": "c"}, "unit"),
    ("set_thermostat", {"temperature": 21, "unit": None}, "unit"),
    ("set_thermostat", {"mode": "off", "temperature": 21}, "excludes"),
    ("set_thermostat", {"mode": "warm"}, "mode"),
    ("set_thermostat", {"unit": "C"}, "what to change"),
    ("set_thermostat", {}, "what to change"),
    ("set_shades", {"open": 100.5}, "open"),
    ("set_shades", {"open": True}, "open"),
    ("set_shades", {"stop": False}, "stop"),
    ("set_shades", {"open": 50, "stop": True}, "either"),
    ("set_shades", {}, "either"),
]


@pytest.mark.parametrize(("tool", "asked", "said"), WRONG)
async def test_what_does_not_fit_is_refused_and_says_where(
    home: House, owner: Session, tool: str, asked: dict[str, Any], said: str
) -> None:
    error = await error_of(owner, tool, {"targets": "all", **asked})
    assert isinstance(error, InvalidArguments)
    assert said in error.detail
    assert len(error.detail) < 400
    assert not told_anything(home)


@pytest.mark.parametrize("targets", [None, 5, True, {}, [], [1], ["lamp-1", None], "", [""], [[]]])
async def test_targets_are_words_and_nothing_else(
    home: House, owner: Session, targets: Any
) -> None:
    error = await error_of(owner, "set_light", {"targets": targets, "on": True})
    assert isinstance(error, InvalidArguments)
    assert error.more.get("field", "targets").startswith("targets")
    assert not told_anything(home)


async def test_targets_that_are_left_out_are_asked_for(owner: Session) -> None:
    error = await error_of(owner, "set_light", {"on": True})
    assert error.detail == "set_light needs targets"
    assert error.hint is not None and "ids, names, areas or all" in error.hint


@pytest.mark.parametrize(
    ("tool", "field", "nearest"),
    [
        ("set_light", "brightnes", "brightness"),
        ("set_light", "colour", "color"),
        ("set_light", "target", "targets"),
        ("set_thermostat", "temprature", "temperature"),
        ("control_music", "vol", "volume"),
        ("get_state", "knd", "kind"),
        ("run_scene", "excepts", "except"),
        ("run_scene", "except_", "except"),
        ("save_scene", "step", "steps"),
    ],
)
async def test_an_unknown_field_names_the_nearest(
    owner: Session, tool: str, field: str, nearest: str
) -> None:
    error = await error_of(owner, tool, {field: 1})
    assert isinstance(error, InvalidArguments)
    assert field in error.detail
    assert error.hint is not None
    assert nearest in error.hint.rstrip("?").split()


async def test_a_field_unlike_any_other_lists_what_the_tool_takes(owner: Session) -> None:
    error = await error_of(owner, "set_switch", {"zzzzqqqq": 1})
    assert error.hint == "It takes targets, on, dry_run."


async def test_an_endless_field_is_not_repeated_whole(owner: Session) -> None:
    error = await error_of(owner, "set_switch", {"x" * 100_000: 1})
    assert isinstance(error, InvalidArguments)
    assert len(str(error.problem())) < 1000


@pytest.mark.parametrize(
    "field", ["\ud800", "a\x00b", "\u202eno", "\U0001d560\U0001d55f", "a.b", "on "]
)
async def test_a_field_of_odd_letters_is_merely_unknown(owner: Session, field: str) -> None:
    error = await error_of(owner, "set_switch", {"targets": "all", "on": True, field: True})
    assert isinstance(error, InvalidArguments)
    str(error.problem()).encode()


async def test_a_colours_typo_names_the_nearest_colour(owner: Session) -> None:
    error = await error_of(owner, "set_light", {"targets": "lamp-1", "color": "gren"})
    assert "green" in error.detail


async def test_a_wrong_word_lists_the_allowed_ones(owner: Session) -> None:
    error = await error_of(owner, "control_music", {"targets": "all", "do": "halt"})
    assert error.hint == "Allowed: pause, resume, stop, next, previous, ungroup."


async def test_null_is_never_taken_for_left_out(owner: Session) -> None:
    error = await error_of(owner, "set_light", {"targets": "all", "brightness": None})
    assert error.hint == "Leave out what is to stay."


@pytest.mark.parametrize(
    ("name", "nearest"),
    [("set_lights", "set_light"), ("setSwitch", "set_switch"), ("get_states", "get_state")],
)
async def test_an_unknown_tool_names_the_nearest(owner: Session, name: str, nearest: str) -> None:
    error = await error_of(owner, name, {})
    assert isinstance(error, UnknownTool)
    assert error.hint is not None and nearest in error.hint
    assert nearest in error.more["choices"]


@pytest.mark.parametrize(
    "name", ["", "\ud800", "x" * 10_000, "SET_LIGHT", "set_light ", "__init__"]
)
async def test_a_name_that_is_no_tool_is_unknown(owner: Session, name: str) -> None:
    error = await error_of(owner, name, {"targets": "all", "on": True})
    assert isinstance(error, UnknownTool)
    assert len(str(error.problem()).encode()) < 1000


@pytest.mark.parametrize(
    ("tool", "asked", "kind"),
    [
        ("get_state", {"targets": "all", "kind": "lihgt"}, InvalidArguments),
        ("get_state", {"targets": "all", "fresh": "yes"}, InvalidArguments),
        ("get_state", {"targets": "all", "cursor": "7"}, InvalidArguments),
        ("get_state", {"targets": "all", "cursor": "c-1"}, InvalidArguments),
        ("get_state", {"targets": "all", "cursor": "c" + "9" * 50}, InvalidArguments),
        ("check_devices", {"limit": 0}, InvalidArguments),
        ("check_devices", {"limit": 101}, InvalidArguments),
        ("check_devices", {"limit": 2.5}, InvalidArguments),
        ("check_devices", {"limit": True}, InvalidArguments),
        ("check_devices", {"kind": "lihgt"}, InvalidArguments),
        ("check_devices", {"cursor": "page 2"}, InvalidArguments),
        ("run_plan", {"plan": "p0"}, NotFound),
        ("run_plan", {}, InvalidArguments),
        ("run_scene", {"name": "nothing like it"}, NotFound),
        ("run_scene", {"name": 5}, InvalidArguments),
        ("remove", {"id": "scene:none"}, NotFound),
        ("edit_device", {"target": "lamp-1"}, InvalidArguments),
        ("edit_device", {"target": "lamp-1", "name": ""}, InvalidArguments),
        ("edit_device", {"target": "lamp-1", "name": "\u202e\x00"}, InvalidArguments),
        ("edit_device", {"target": "lamp-1", "area": "   "}, InvalidArguments),
        ("edit_device", {"target": "lamp-1", "aliases": ["\u200f"]}, InvalidArguments),
        ("edit_device", {"target": "lamp-1", "aliases": ["x"] * 21}, InvalidArguments),
        ("edit_device", {"target": "lamp-1", "use_as": "toaster"}, InvalidArguments),
        ("edit_device", {"target": "heat-1", "use_as": "light"}, InvalidArguments),
        ("edit_device", {"target": "lamp-1", "protected": 1}, InvalidArguments),
        ("edit_device", {"target": "nobody", "name": "Somebody"}, UnknownTarget),
    ],
)
async def test_fixed_tools_are_as_strict(
    owner: Session, tool: str, asked: dict[str, Any], kind: type[GatewayError]
) -> None:
    error = await error_of(owner, tool, asked)
    assert isinstance(error, kind)
    assert error.hint is None or len(error.hint) < 400


async def test_one_wrong_value_keeps_everything_from_being_sent(
    home: House, owner: Session
) -> None:
    targets = ["lamp-1", "lamp-2", "nobody"]
    error = await error_of(owner, "set_light", {"targets": targets, "on": True})
    assert isinstance(error, UnknownTarget)
    assert not told_anything(home)
    assert (await owner.receipts())["receipts"] == []
