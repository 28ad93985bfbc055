"""Whatever goes wrong, the answer has one shape, says so in its status, and is documented."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from gateway.errors import GatewayError
from openapi.app import api
from openapi.document import PROBLEM_SCHEMA, PROBLEMS, document
from openapi.guard import MOST_BYTES
from tests.openapi.serving import Served, client_of, failing, serving, template_of

CALL = "/v1/tools/set_light"
NAMING = {"name": "namer", "preset": "owner"}
HUGE = b'{"targets": "' + b"x" * MOST_BYTES + b'"}'

WAYS: list[tuple[int, str, str, str, dict[str, Any]]] = [
    (401, "unauthorized", "GET", "/v1/tools", {"token": None}),
    (401, "unauthorized", "GET", "/v1/tools", {"token": "guessed"}),
    (401, "unauthorized", "GET", "/nowhere", {"token": None}),
    (401, "unauthorized", "POST", "/mcp", {"token": None}),
    (401, "unauthorized", "POST", CALL, {"token": None, "content": HUGE}),
    (403, "not_allowed", "POST", CALL, {"token": "reader", "json": {"targets": "all"}}),
    (403, "approval_needed", "POST", "/v1/tools/unlock_door", {"json": {"targets": "lock-1"}}),
    (403, "not_allowed", "GET", "/v1/tokens", {"token": "reader"}),
    (403, "not_allowed", "GET", "/v1/devices?unknown=true", {"token": "reader"}),
    (403, "not_allowed", "DELETE", "/v1/devices/lamp-1", {"token": "reader"}),
    (403, "origin_not_allowed", "POST", CALL, {"headers": {"Origin": "https://evil.example"}}),
    (403, "origin_not_allowed", "GET", "/healthz", {"headers": {"Origin": "null"}}),
    (403, "not_allowed", "GET", "/v1/webhooks", {"token": "reader"}),
    (403, "not_allowed", "POST", "/v1/webhooks", {"token": "reader", "json": {"url": "x"}}),
    (403, "not_allowed", "GET", "/metrics", {"token": "reader"}),
    (403, "not_allowed_host", "POST", "/v1/webhooks", {"json": {"url": "https://example.org/x"}}),
    (404, "not_found", "GET", "/nowhere", {}),
    (404, "not_found", "GET", "/v1/webhooks/w9", {}),
    (404, "not_found", "DELETE", "/v1/webhooks/w9", {}),
    (404, "not_found", "POST", "/v1/webhooks/w9/test", {}),
    (404, "not_found", "POST", "/v1/webhooks/w9/replay", {}),
    (404, "not_found", "GET", "/", {}),
    (404, "not_found", "GET", "/v1/tools/", {}),
    (404, "not_found", "GET", "/docs", {}),
    (404, "not_found", "GET", "/v1/devices/lamp-1/favourites", {}),
    (404, "not_found", "DELETE", "/v1/tokens/nobody", {}),
    (404, "unknown_tool", "POST", "/v1/tools/set_lite", {"json": {}}),
    (404, "unknown_tool", "POST", "/v1/tools/%00%ff", {}),
    (404, "unknown_target", "POST", CALL, {"json": {"targets": "cellar", "on": True}}),
    (404, "unknown_target", "GET", "/v1/devices/nothing", {}),
    (404, "unknown_target", "GET", "/v1/devices/nothing/td", {}),
    (404, "unknown_target", "GET", "/v1/devices/nothing/queue", {}),
    (404, "unknown_target", "DELETE", "/v1/devices/nothing", {}),
    (404, "unknown_target", "GET", "/v1/devices/all/history/power", {}),
    (404, "unknown_target", "GET", "/v1/devices/Kettle/history/power", {}),
    (404, "unknown_target", "GET", "/v1/devices/nothing/history/power?format=svg", {}),
    (404, "unknown_tool", "POST", "/v1/tokens", {"json": NAMING | {"allow": ["fly"]}}),
    (405, "method_not_allowed", "GET", CALL, {}),
    (405, "method_not_allowed", "PUT", "/v1/tokens", {}),
    (405, "method_not_allowed", "POST", "/healthz", {}),
    (405, "method_not_allowed", "TRACE", "/v1/devices/lamp-1", {}),
    (405, "method_not_allowed", "POST", "/v1/events/stream", {}),
    (405, "method_not_allowed", "POST", "/v1/events", {}),
    (405, "method_not_allowed", "GET", "/v1/webhooks/w1/test", {}),
    (409, "ambiguous_target", "POST", CALL, {"json": {"targets": "Twin", "on": True}}),
    (409, "conflict", "POST", "/v1/tokens", {"json": {"name": "reader", "preset": "owner"}}),
    (409, "conflict", "DELETE", "/v1/tokens/owner", {}),
    (413, "too_large", "POST", CALL, {"content": HUGE}),
    (413, "too_large", "POST", "/v1/tokens", {"content": HUGE}),
    (413, "too_large", "POST", "/mcp", {"content": HUGE}),
    (421, "host_not_allowed", "GET", "/healthz", {"headers": {"Host": "evil.example"}}),
    (421, "host_not_allowed", "POST", CALL, {"headers": {"Host": "evil.example"}}),
    (422, "invalid_arguments", "POST", CALL, {}),
    (422, "invalid_arguments", "POST", CALL, {"json": {"targets": "all", "on": 1}}),
    (422, "invalid_arguments", "POST", CALL, {"json": {"targets": "all"}}),
    (422, "invalid_arguments", "POST", CALL, {"json": ["all"]}),
    (422, "invalid_arguments", "POST", CALL, {"content": b"null"}),
    (422, "invalid_arguments", "POST", f"{CALL}?on=true", {"json": {"targets": "all"}}),
    (422, "invalid_arguments", "GET", "/v1/receipts?limit=0", {}),
    (422, "invalid_arguments", "GET", "/v1/receipts?limit=many", {}),
    (422, "invalid_arguments", "GET", "/v1/receipts?limit=1&limit=2", {}),
    (422, "invalid_arguments", "GET", f"/v1/receipts?before={10**30}", {}),
    (422, "invalid_arguments", "GET", "/v1/receipts?befor=3", {}),
    (422, "invalid_arguments", "GET", "/v1/receipts?" + "a=1&" * 30, {}),
    (422, "invalid_arguments", "GET", "/v1/devices?all=perhaps", {}),
    (422, "invalid_arguments", "GET", "/v1/tools?page=2", {}),
    (422, "invalid_arguments", "GET", "/v1/events?after=garbage", {}),
    (422, "invalid_arguments", "GET", "/v1/events?limit=1001", {}),
    (422, "invalid_arguments", "GET", "/v1/events?wait=61", {}),
    (422, "invalid_arguments", "GET", "/v1/events?where=open+%3D%3D", {}),
    (422, "invalid_arguments", "GET", "/v1/events?names=" + "x" * 101, {}),
    (422, "invalid_arguments", "GET", "/v1/events?" + "names=x&" * 101, {}),
    (422, "invalid_arguments", "GET", "/v1/events?" + "names=x&" * 1000, {}),
    (422, "invalid_arguments", "GET", "/v1/devices/plug-1/history/colour", {}),
    (422, "invalid_arguments", "GET", "/v1/devices/plug-1/history/power?start=whenever", {}),
    (422, "invalid_arguments", "GET", "/v1/devices/plug-1/history/power?format=gif", {}),
    (422, "invalid_arguments", "GET", "/v1/devices/plug-1/history/colour?format=png", {}),
    (422, "invalid_arguments", "POST", "/v1/webhooks", {"json": {}}),
    (422, "invalid_arguments", "POST", "/v1/webhooks", {"json": {"url": "ftp://127.0.0.1/"}}),
    (422, "invalid_arguments", "POST", "/v1/webhooks/w9/replay", {"json": {"id": "w1"}}),
    (422, "invalid_arguments", "POST", "/v1/tokens", {"json": {"preset": "owner"}}),
    (422, "invalid_arguments", "POST", "/v1/tokens", {"json": {"name": "a", "preset": "king"}}),
    (422, "invalid_arguments", "POST", "/v1/tokens", {"json": {"name": "../a", "preset": "owner"}}),
    (502, "device_refused", "GET", "/v1/devices/moody-refused/favourites", {}),
    (502, "adapter_fault", "GET", "/v1/devices/moody-nonsense/favourites", {}),
    (503, "unreachable", "GET", "/v1/devices/moody-away/favourites", {}),
    (504, "timed_out", "GET", "/v1/devices/moody-slow/favourites", {}),
]

MALFORMED = [
    b"{",
    b'{"targets": "all",}',
    b"{'targets': 'all'}",
    b'{"targets": "all"} {}',
    b'{"targets": "all", "targets": "lamp-1"}',
    b'{"targets": {"a": 1, "a": 2}}',
    b'{"brightness": NaN}',
    b'{"brightness": -Infinity}',
    b'{"brightness": 1e400}',
    b'{"brightness": ' + b"9" * 400 + b"}",
    b'{"brightness": ' + b"9" * 9000 + b"}",
    b'{"targets": "\xff"}',
    b'{"targets": "\\ud800"}',
    b'{"\\udfff": 1}',
    b"\xef\xbb\xbf{}",
    '{"targets": "all"}'.encode("utf-16"),
    b"[" * 100_000,
    b'{"a":' * 5000 + b"1" + b"}" * 5000,
    b"[" * 65 + b"]" * 65,
    b" ",
]


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[Served]:
    async with serving(tmp_path) as served:
        yield served


def has_the_one_shape(answer: Any, status: int, code: str) -> None:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"
    found = answer.json()
    Draft202012Validator(PROBLEM_SCHEMA).validate(found)
    assert (found["status"], found["code"]) == (status, code)
    assert found["type"] == f"urn:homeport:problem:{code}"
    assert "Traceback" not in answer.text
    if status == 401:
        assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_every_way_to_fail_has_one_shape_and_is_documented(house: Served) -> None:
    described = await house.document()
    for status, code, method, path, request in WAYS:
        answer = await house.ask(method, path, **request)
        has_the_one_shape(answer, status, code)
        assert ("allow" in answer.headers) == (status == 405)
        template = template_of(described, path.partition("?")[0])
        operation = described["paths"].get(template, {}).get(method.lower())
        if operation is not None:
            assert str(status) in operation["responses"], (method, path, status)


@pytest.mark.parametrize("path", [CALL, "/v1/tokens"])
async def test_what_cannot_be_read_in_one_way_only_is_malformed(path: str, house: Served) -> None:
    for body in MALFORMED:
        has_the_one_shape(await house.ask("POST", path, content=body), 400, "malformed")


async def test_an_error_repeats_no_more_than_a_few_words_of_the_request(house: Served) -> None:
    long = "x" * 50_000
    for method, path, request in (
        ("POST", "/v1/tokens", {"json": {long: 1}}),
        ("POST", CALL, {"json": {long: 1}}),
        ("POST", CALL, {"json": {"targets": long, "on": True}}),
        ("POST", f"/v1/tools/{long}", {}),
        ("GET", f"/v1/devices/{long}", {}),
        ("GET", f"/v1/devices/speaker-1/{long}", {}),
        ("GET", f"/v1/receipts?{long}=1", {}),
        ("GET", f"/{long}", {}),
        ("GET", "/healthz", {"headers": {"Host": long}}),
        ("GET", "/healthz", {"headers": {"Origin": long}}),
        (long[:5000], "/healthz", {}),
    ):
        answer = await house.ask(method, path, **request)
        assert answer.status_code in (404, 405, 421, 403, 422)
        assert len(answer.content) < 1000, (method[:20], path[:20], answer.text[:2000])


@pytest.mark.parametrize("kind", PROBLEMS, ids=lambda kind: kind.code)
async def test_every_kind_of_error_has_its_status(kind: type[GatewayError]) -> None:
    fault = kind("It did not work", hint="Try another", choices=["this"])
    async with client_of(api(failing(lambda: fault))) as client:
        answer = await client.post(CALL)
    has_the_one_shape(answer, kind.status, kind.code)
    assert answer.json() == fault.problem()


async def test_a_fault_of_our_own_tells_nothing_of_itself() -> None:
    async with client_of(api(failing(lambda: RuntimeError("the secret is 1234")))) as client:
        answer = await client.post(CALL)
    has_the_one_shape(answer, 500, "internal")
    assert "1234" not in answer.text


def test_every_kind_of_error_is_in_the_document() -> None:
    # The command line's, and what the answer of `notify` tells of each channel.
    unseen = {"cannot_start", "no_backup", "not_delivered"}
    kinds = {kind.code for kind in _kinds(GatewayError)} - unseen
    assert kinds == {kind.code for kind in PROBLEMS}
    told = document([])["components"]["responses"]
    assert set(told) >= {"Unauthorized", "NotAllowed", "NotFound", "InvalidArguments", "Internal"}


def _kinds(root: type[GatewayError]) -> set[type[GatewayError]]:
    ours = [
        kind
        for kind in root.__subclasses__()
        if kind.__module__.startswith(("gateway.", "openapi."))
    ]
    return {root, *ours, *(kind for one in ours for kind in _kinds(one))}
