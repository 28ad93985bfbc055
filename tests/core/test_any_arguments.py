"""Whatever goes in as arguments: no value past a limit reaches a device, nothing odd comes out."""

import asyncio
import json
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from gateway.errors import GatewayError
from gateway.limits import Limit
from gateway.local import Internal
from gateway.session import Session
from gateway.tools import catalog
from tests.core.rigs import every_kind
from tests.incore import House, house, lamp, speaker, thermostat

LAMP = {
    "brightness": Limit(min=10, max=60, step=5),
    "color": Limit(absent=True),
    "color_temperature": Limit(min=2700, max=5000),
}
HEAT = {
    "temperature": Limit(min=0, max=40, step=3),
    "mode": Limit(enum=["heat", "off"]),
    "preset": Limit(absent=True),
}
LIMITS = {"lamp-9": LAMP, "heat-9": HEAT, "speaker-9": {"volume": Limit(min=5, max=30)}}
ROOM = Limit(min=5, max=35)
HARD = {"climate": {"temperature": ROOM, "low": ROOM, "high": ROOM}}
HARD |= {"water": {"temperature": Limit(min=5, max=40)}}
TOOLS = {tool.name: tool for tool in catalog()}
ACTIONS = [name for name, tool in TOOLS.items() if tool.action is not None]

numbers = st.one_of(
    st.integers(-200, 300),
    st.floats(-200, 10_000),
    st.sampled_from([0, -0.0, 1e308, -1e308, float("nan"), float("inf"), 10**400, 2**63, 1e-320]),
)
words = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        ["all", "kitchen", "lamp-9", "heat-9", "speaker-9", "Limited lamp", "area:hall", "", " "]
    ),
)
anything = st.recursive(
    st.one_of(st.none(), st.booleans(), numbers, words),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=5,
)
known = st.sampled_from(["all", "all", "lamp-9", "heat-9", "speaker-9", ["hall", "kitchen"]])
targets = st.one_of(known, known, known, known, anything)


def fitting(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Values that fit a field's declared type and range; a device may still forbid them."""
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if schema.get("type") == "number":
        low, high = schema.get("minimum", -1e9), schema.get("maximum", 1e9)
        return st.one_of(st.floats(low, high), st.integers(int(low), int(high)))
    if schema.get("type") == "boolean" or "const" in schema:
        return st.booleans()
    return st.sampled_from(["red", "#00ff00", "Jazz", "eco", "TV"])


def arguments(tool: str) -> st.SearchStrategy[dict[str, Any]]:
    """Arguments of a tool: mostly its own fields and fitting values, sometimes anything at all."""
    schemas = TOOLS[tool].input_schema["properties"]
    fields = [name for name in schemas if name not in ("targets", "dry_run")]
    mostly = {name: fitting(schemas[name]) for name in fields}

    def chosen(names: set[str]) -> st.SearchStrategy[dict[str, Any]]:
        wild = {name: st.one_of(*[mostly[name]] * 5, anything) for name in names}
        return st.fixed_dictionaries({"targets": targets, **wild})

    if not fields:
        return st.fixed_dictionaries({"targets": targets}, optional={"odd": anything})
    own = st.sets(st.sampled_from(fields), min_size=1, max_size=2).flatmap(chosen)
    odd = st.dictionaries(st.one_of(st.sampled_from(fields), st.text(max_size=9)), anything)
    return st.one_of(own, own, own, own, odd)


@asynccontextmanager
async def limited_house() -> AsyncIterator[tuple[House, Session]]:
    limited = [
        lamp("lamp-9", "Limited lamp", "Hall", **LAMP),
        thermostat("heat-9", "Limited heating", "Hall", **HEAT),
        speaker("speaker-9", "Limited speaker", "Hall"),
    ]
    limited[2].limits["media"] = LIMITS["speaker-9"]
    with tempfile.TemporaryDirectory() as folder:
        async with house(Path(folder), *every_kind(), *limited) as home:
            yield home, await home.session()


def check_told(home: House) -> None:
    """Every device was told only what its limits and the hard ones allow."""
    for entry in home.home.registry:
        for kind, capability in entry.capabilities.items():
            for change in getattr(capability, "told", []):
                if isinstance(change, str):
                    assert change not in ("unlock_door", "open_garage")
                    continue
                for field, value in change.model_dump(exclude_unset=True).items():
                    for limits in (LIMITS.get(entry.id, {}), HARD.get(kind, {})):
                        check_within(entry.id, field, value, limits.get(field, Limit()))
            if hasattr(capability, "told"):
                capability.told = []
    volume = home.capability("speaker-9", "media").state.volume
    assert 5 <= volume <= 30


def check_within(id: str, field: str, value: Any, limit: Limit) -> None:
    assert not limit.absent, f"{id} was told {field}"
    assert limit.enum is None or value in limit.enum
    if isinstance(value, float | int) and not isinstance(value, bool):
        assert limit.min is None or value >= limit.min - 1e-6, f"{id} was told {field} {value}"
        assert limit.max is None or value <= limit.max + 1e-6, f"{id} was told {field} {value}"


async def check_call(home: House, session: Session, tool: str, asked: dict[str, Any]) -> None:
    """Call a tool; only a typed error or an answer that fits its schema may come out."""
    if tool == "wait_for_events" and asked.get("timeout", 1) is not True:
        fits = isinstance(asked.get("timeout", 1), int | float)
        asked = asked | {"timeout": 0} if fits else asked
    try:
        answer = await session.call(tool, asked)
    except GatewayError as error:
        assert not isinstance(error, Internal), error.__cause__
        shown = json.dumps(error.problem(), allow_nan=False)
        shown.encode()
        assert len(shown) < 4000
    else:
        Draft202012Validator(TOOLS[tool].output_schema).validate(answer)
        json.dumps(answer, allow_nan=False).encode()
    check_told(home)


def try_out(tool: str, asked: st.SearchStrategy[dict[str, Any]], examples: int) -> None:
    """Call a tool of one house with many arguments."""
    with asyncio.Runner() as runner:
        opening = limited_house()
        home, session = runner.run(opening.__aenter__())

        @settings(max_examples=examples, suppress_health_check=[HealthCheck.too_slow])
        @given(asked)
        def attempt(arguments: dict[str, Any]) -> None:
            runner.run(check_call(home, session, tool, arguments))

        try:
            attempt()
        finally:
            runner.run(opening.__aexit__(None, None, None))


@pytest.mark.parametrize("tool", ACTIONS)
def test_no_value_past_a_limit_reaches_a_device(tool: str) -> None:
    try_out(tool, arguments(tool), 60)


@pytest.mark.parametrize("tool", [name for name in TOOLS if name not in ACTIONS])
def test_fixed_tools_take_anything_and_answer_or_refuse(tool: str) -> None:
    fields = TOOLS[tool].input_schema["properties"]
    wild = {name: st.one_of(words, anything, targets) for name in fields}
    try_out(tool, st.fixed_dictionaries({}, optional=wild), 30)
