"""Whatever bytes come, the answer is JSON in a documented shape and never a fault of ours."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from gateway.errors import GatewayError
from gateway.session import ToolView
from openapi.reading import json_object
from tests.openapi.serving import BASE, Served, serving


class Loop:
    """A house and the loop on which it lives, for tests that have none of their own."""

    def __init__(self, runner: asyncio.Runner, served: Served) -> None:
        self._runner = runner
        self._served = served
        session = served.home.door.open(served.owner)
        self.views = list(runner.run(session.tools()))

    def ask(self, method: str, path: str, **request: Any) -> Any:
        return self._runner.run(self._served.ask(method, path, **request))


@pytest.fixture(scope="module")
def loop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loop]:
    state: Path = tmp_path_factory.mktemp("state")
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        served = runner.run(stack.enter_async_context(serving(state)))
        try:
            yield Loop(runner, served)
        finally:
            runner.run(stack.aclose())


WORDS = st.sampled_from(
    ["all", "lamp-1", "Twin", "area:office", "targets", "on", "name", "brightness", "\ud800", "\0"]
)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | WORDS
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(WORDS | st.text(), inner, max_size=4)
    ),
    max_leaves=12,
)
TEXTS = VALUES.map(lambda value: json.dumps(value).encode())


@st.composite
def cut(draw: st.DrawFn) -> bytes:
    """JSON with a few bytes missing or replaced."""
    text = bytearray(draw(TEXTS))
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.integers(0, len(text)))
        text[place : place + draw(st.integers(0, 3))] = draw(st.binary(max_size=3))
    return bytes(text)


BODIES = st.binary(max_size=60) | TEXTS | cut()


@given(body=BODIES)
@settings(max_examples=500, deadline=None)
def test_a_body_is_an_object_or_a_typed_error(body: bytes) -> None:
    try:
        found = json_object(body)
    except GatewayError as error:
        assert error.status in (400, 422)
    else:
        assert isinstance(found, dict)
        assert json.loads(json.dumps(found, allow_nan=False)) == found
        if body:
            assert found == json.loads(body)


@given(value=st.dictionaries(st.text(), VALUES, max_size=3))
@settings(max_examples=200, deadline=None)
def test_every_object_that_is_strictly_json_is_read_as_it_is(value: dict[str, Any]) -> None:
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except ValueError:
        return
    assert json_object(text) == value


def at_once(loop: Loop) -> list[ToolView]:
    """The tools that answer at once: one that waits for events would do just that."""
    return [view for view in loop.views if view.name != "wait_for_events"]


@given(data=st.data(), body=BODIES)
@settings(max_examples=300, deadline=None)
def test_no_body_makes_homeport_fail(data: st.DataObject, body: bytes, loop: Loop) -> None:
    view = data.draw(st.sampled_from(at_once(loop)))
    path = data.draw(st.sampled_from([f"/v1/tools/{view.name}", "/v1/tokens"]))
    answer = loop.ask("POST", path, content=body)
    assert answer.status_code in (200, 400, 403, 404, 409, 422), (path, body, answer.text)
    shape = "application/json" if answer.status_code == 200 else "application/problem+json"
    assert answer.headers["content-type"] == shape
    answer.json()


STRINGS = ["all", "lamp-1", "speaker-1", "heat-1", "shade-1", "area:office", "red", "evening"]


def fitting(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Values that mostly fit a property, so that calls get as far as the devices."""
    kind = schema.get("type")
    if "enum" in schema:
        fit: st.SearchStrategy[Any] = st.sampled_from(schema["enum"])
    elif kind == "boolean":
        fit = st.booleans()
    elif kind in ("number", "integer"):
        fit = st.integers(int(schema.get("minimum", 1)), int(schema.get("maximum", 90)))
    else:
        fit = st.sampled_from(STRINGS)
    return st.integers(0, 9).flatmap(lambda one: VALUES if one == 9 else fit)


@given(data=st.data())
@settings(max_examples=300, deadline=None)
def test_no_arguments_make_homeport_fail(data: st.DataObject, loop: Loop) -> None:
    view = data.draw(st.sampled_from(at_once(loop)))
    properties = view.input_schema["properties"]
    needed = view.input_schema.get("required", [])
    arguments = st.fixed_dictionaries(
        {name: fitting(properties[name]) for name in needed},
        optional={name: fitting(properties[name]) for name in properties if name not in needed},
    )
    content = json.dumps(data.draw(arguments)).encode()
    answer = loop.ask("POST", f"/v1/tools/{view.name}", content=content)
    assert answer.status_code in (200, 400, 403, 404, 409, 422), (view.name, content, answer.text)
    if answer.status_code == 200:
        Draft202012Validator(view.output_schema).validate(answer.json())


PLACES = st.sampled_from(
    ["v1", "devices", "tools", "tokens", "receipts", "td", "lamp-1", "queue", "..", "%2F", "%00"]
)


@given(
    method=st.sampled_from(["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "BREW"]),
    parts=st.lists(PLACES | st.from_regex(r"[a-z%0-9]{0,5}", fullmatch=True), max_size=5),
    query=st.from_regex(r"((limit|before|all|unknown|x|)(=[-%a-z0-9]*)?&?){0,3}", fullmatch=True),
)
@settings(max_examples=300, deadline=None)
def test_no_path_and_no_query_make_homeport_fail(
    method: str, parts: list[str], query: str, loop: Loop
) -> None:
    answer = loop.ask(method, f"{BASE}/{'/'.join(parts)}?{query}")
    assert answer.status_code < 500, (method, parts, query, answer.text)
    if answer.status_code >= 400:
        assert answer.headers["content-type"] == "application/problem+json"
