"""The document is a pure projection: valid, whole, and the same as what is served."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator
from starlette.routing import Route

from cli.training import every_tool
from gateway.session import Json, ToolView
from openapi.document import document, tools_document
from openapi.operations import OPERATIONS, TOOL_PATH
from openapi.routes import FILE, RUNS, STREAM
from tests.openapi.serving import serving

VIEWS = [tool.view for tool in every_tool() if not tool.by_name]
BY_NAME = [tool.name for tool in every_tool() if tool.by_name]
BOTH = {"everything": document(VIEWS), "the tools": tools_document(VIEWS)}
EMPTY = {"everything": document([]), "the tools": tools_document([])}


@pytest.mark.parametrize("which", BOTH)
@pytest.mark.parametrize("found", [BOTH, EMPTY], ids=["of every kind", "of no tool"])
def test_the_document_is_valid(which: str, found: dict[str, Json]) -> None:
    OpenAPIV31SpecValidator(found[which]).validate()


@pytest.mark.parametrize("which", BOTH)
def test_every_reference_leads_somewhere_and_nothing_lies_about(which: str) -> None:
    whole = BOTH[which]
    led_to = set()
    for reference in _references(whole):
        place: Any = whole
        for step in reference.removeprefix("#/").split("/"):
            place = place[step]
        led_to.add(reference)
    kept = whole["components"]
    assert led_to == {
        f"#/components/{kind}/{name}"
        for kind in ("schemas", "responses", "parameters")
        for name in kept.get(kind, ())
        if kind != "parameters" or which == "everything"
    }
    assert list(kept["schemas"]) == ["Problem"]


@pytest.mark.parametrize("which", BOTH)
def test_a_tool_is_what_its_view_says_and_nothing_else(which: str) -> None:
    paths = BOTH[which]["paths"]
    for view in VIEWS:
        (method,) = paths[f"/v1/tools/{view.name}"]
        operation = paths[f"/v1/tools/{view.name}"][method]
        assert method == "post"
        assert operation["operationId"] == view.name
        assert operation["description"] == view.description
        body = operation["requestBody"]
        assert body["content"]["application/json"]["schema"] == view.input_schema
        assert body["required"] == bool(view.input_schema.get("required"))
        answer = operation["responses"]["200"]["content"]["application/json"]["schema"]
        assert answer == view.output_schema
        hints = (view.read_only, view.destructive, view.idempotent)
        assert hints == (
            operation["x-read-only"],
            operation["x-destructive"],
            operation["x-idempotent"],
        )


def test_the_tools_document_has_the_tools_alone_in_their_order() -> None:
    assert list(BOTH["the tools"]["paths"]) == [f"/v1/tools/{view.name}" for view in VIEWS]


def test_the_bodies_of_tools_are_flat() -> None:
    for page in BOTH["the tools"]["paths"].values():
        schema = page["post"]["requestBody"]["content"]["application/json"]["schema"]
        assert schema["type"] == "object"
        assert not {"allOf", "anyOf", "oneOf"} & set(schema)
        assert not list(_references(schema))


@pytest.mark.parametrize("which", BOTH)
def test_every_operation_has_a_name_of_its_own_and_one_sentence(which: str) -> None:
    operations = [one for page in BOTH[which]["paths"].values() for one in page.values()]
    names = [one["operationId"] for one in operations]
    assert len(set(names)) == len(names)
    for one in operations:
        assert one["summary"].count(". ") == 0
        assert one["summary"].endswith(".")
        assert {"200", "403", "421", "422", "500"} <= set(one["responses"])


def test_a_tool_with_one_sentence_is_summed_up_by_it() -> None:
    view = ToolView("ring_bell", "Ring the bell", {"type": "object"}, {}, False, False, False)
    assert document([view])["paths"]["/v1/tools/ring_bell"]["post"]["summary"] == "Ring the bell"


def test_the_document_is_the_same_every_time() -> None:
    again = json.dumps(document([tool.view for tool in every_tool() if not tool.by_name]))
    assert again == json.dumps(BOTH["everything"])


async def test_what_is_documented_is_served_and_what_is_served_is_documented(
    tmp_path: Path,
) -> None:
    async with serving(tmp_path) as served:
        for path, page in (await served.document())["paths"].items():
            answer = await served.ask("OPTIONS", path)
            assert answer.status_code == 204, path
            allowed = set(answer.headers["allow"].split(", ")) - {"HEAD", "OPTIONS"}
            assert allowed == {method.upper() for method in page}
        routes = [route.path for route in served.app.routes if isinstance(route, Route)]
        assert set(routes) == {*(one.path for one in OPERATIONS), TOOL_PATH, "/mcp"}
        assert len(routes) == len(served.app.routes)


def test_every_operation_is_run_by_something_and_nothing_else_is() -> None:
    assert {*RUNS, STREAM, FILE} == {operation.name for operation in OPERATIONS}


async def test_the_served_documents_hold_what_the_token_may_do(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        for token in ("owner", "reader"):
            session = served.home.door.open(served.owner if token == "owner" else served.reader)
            views = await session.tools()
            assert await served.document(token) == document(views, owner=token == "owner")
            answer = await served.ask("GET", "/openapi/tools.json", token)
            assert answer.json() == tools_document(views)
        seen = (await served.document("reader"))["paths"]
        assert "/v1/tools/get_state" in seen
        assert "/v1/tools/set_light" not in seen


async def test_tools_for_grants_that_name_them_are_in_their_documents_alone(
    tmp_path: Path,
) -> None:
    async with serving(tmp_path) as served:
        wanted = {"name": "agent", "preset": "read-only", "allow": BY_NAME[:2]}
        token = (await served.ask("POST", "/v1/tokens", json=wanted)).json()["token"]
        for bearer, named in (("owner", []), ("reader", []), (token, BY_NAME[:2])):
            paths = (await served.document(bearer))["paths"]
            assert [name for name in BY_NAME if f"/v1/tools/{name}" in paths] == named
            listed = (await served.ask("GET", "/v1/tools", bearer)).json()["tools"]
            assert [tool["name"] for tool in listed if tool["name"] in BY_NAME] == named


BODIES = {
    "new_token": {"name": "lamp-1", "preset": "owner"},
    "new_webhook": {"url": "http://127.0.0.1:9/x"},
    "replay_dead_letters": {},
}


async def test_what_is_the_owners_alone_is_in_the_owners_document_alone(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        whole, seen = await served.document("owner"), await served.document("reader")
        for one in OPERATIONS:
            assert one.method.lower() in whole["paths"][one.path]
            assert (one.method.lower() in seen["paths"].get(one.path, {})) != one.owner_only
            if one.owner_only:
                body = BODIES.get(one.name)
                path = one.path.format(id="lamp-1", name="reader", workout="w1", format="fit")
                assert (await served.ask(one.method, path, "reader", json=body)).status_code == 403
        for described, names in ((whole, ["all", "unknown"]), (seen, ["all"])):
            asked = described["paths"]["/v1/devices"]["get"]["parameters"]
            assert [one["name"] for one in asked] == names
        assert (await served.ask("GET", "/v1/devices?unknown=true", "reader")).status_code == 403


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for value in node.values():
            yield from _references(value)
    elif isinstance(node, list):
        for value in node:
            yield from _references(value)
