"""Who comes in: by which name, from which page, with which token, with how much."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import pytest

from gateway.session import Door
from openapi.guard import MOST_BYTES, Guard
from tests.openapi.serving import Served, client_of, on_a_port, raw, serving

NAMED = ["host.docker.internal", "Home.Example:8420", "[fd00::7]"]


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[Served]:
    async with serving(tmp_path, allowed_hosts=NAMED) as served:
        yield served


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "LocalHost:8420",
        "127.0.0.1",
        "127.0.0.1:1",
        "[::1]",
        "[::1]:8420",
        "host.docker.internal",
        "host.docker.internal:8420",
        "home.example",
        "HOME.EXAMPLE:1",
        "[fd00::7]:80",
    ],
)
async def test_our_own_names_are_let_in_with_any_port(host: str, house: Served) -> None:
    assert (await house.ask("GET", "/v1/tools", headers={"Host": host})).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "",
        "evil.example",
        "localhost.evil.example",
        "127.0.0.1.evil.example:8420",
        "evil.example:localhost",
        "user@localhost",
        "localhost/evil",
        "localhost evil.example",
        "localhost, evil.example",
        "localhost:8420:8420",
        "[::1",
        "2130706433",
        "192.0.2.1",
    ],
)
async def test_a_name_that_is_not_ours_is_refused_also_with_a_token(
    host: str, house: Served
) -> None:
    for path in ("/v1/tools", "/healthz", "/mcp"):
        answer = await house.ask("GET", path, headers={"Host": host})
        assert answer.status_code == 421, (host, path)


async def test_the_address_that_was_called_is_a_name_of_ours(house: Served) -> None:
    address = "http://192.0.2.9:8420"
    answer = await house.client.get(f"{address}/healthz")
    assert answer.status_code == 200
    other = await house.client.get(f"{address}/healthz", headers={"Host": "192.0.2.10:8420"})
    assert other.status_code == 421


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("http://localhost:3000", 200),
        ("https://host.docker.internal", 200),
        ("http://[::1]:8420", 200),
        ("https://evil.example", 403),
        ("http://localhost.evil.example", 403),
        ("http://localhost@evil.example", 403),
        ("file://localhost", 403),
        ("localhost", 403),
        ("null", 403),
        ("", 403),
    ],
)
async def test_pages_of_other_sites_are_refused(origin: str, status: int, house: Served) -> None:
    for path in ("/v1/tools", "/mcp"):
        answer = await house.ask("GET", path, headers={"Origin": origin})
        assert answer.status_code == status, (origin, path)


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
@pytest.mark.parametrize("around", ["{} {}", "{}   {}", " {} {} \t"])
async def test_a_token_is_read_as_it_is_written(scheme: str, around: str, house: Served) -> None:
    header = around.format(scheme, house.owner)
    answer = await house.ask("GET", "/v1/tools", None, headers={"Authorization": header})
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("header", "challenge"),
    [
        (None, "Bearer"),
        ("", "Bearer"),
        ("Bearer", "Bearer"),
        ("Bearer  ", "Bearer"),
        ("Basic b3duZXI6", "Bearer"),
        ("Bearer guessed", 'Bearer error="invalid_token"'),
        ("Bearer \xff\xfe", 'Bearer error="invalid_token"'),
        ("Bearer " + "x" * 5000, 'Bearer error="invalid_token"'),
    ],
)
async def test_without_a_known_token_only_the_health_page_answers(
    header: str | None, challenge: str, house: Served
) -> None:
    headers = {} if header is None else {b"Authorization": header.encode("latin-1")}
    for path in ("/v1/tools", "/v1/devices", "/openapi.json", "/openapi/tools.json", "/mcp", "/x"):
        answer = await house.client.get(path, headers=headers)
        assert answer.status_code == 401, path
        assert answer.headers["www-authenticate"] == challenge
    health = await house.client.get("/healthz", headers=headers)
    assert health.json() == {"status": "ok"}


async def test_a_token_in_the_query_counts_for_nothing(house: Served) -> None:
    answer = await house.ask("GET", f"/v1/tools?token={house.owner}", None)
    assert answer.status_code == 401


async def test_what_is_behind_the_guard_finds_the_session(house: Served) -> None:
    answer = await house.ask("POST", "/mcp", content=b"12345")
    assert answer.text == "tester 5"
    assert (await house.ask("POST", "/mcp", "reader")).text == "reader 0"


@pytest.mark.parametrize("path", ["/v1/tools/get_home_info", "/mcp"])
async def test_a_body_of_unknown_length_is_bounded_too(path: str, house: Served) -> None:
    async def chunks(size: int) -> AsyncIterator[bytes]:
        yield b"{}"
        for _ in range(size // 4096):
            yield b" " * 4096

    assert (await house.ask("POST", path, content=chunks(MOST_BYTES))).status_code == 413
    fitting = await house.ask("POST", path, content=chunks(MOST_BYTES - 4096))
    assert fitting.status_code == 200
    if path == "/mcp":
        assert fitting.text == f"tester {MOST_BYTES - 4096 + 2}"


@pytest.mark.parametrize(
    ("length", "status"),
    [
        (b"2", 200),
        (b"1048577", 413),
        (b"9" * 5000, 413),
        (b"-1", 400),
        (b"+2", 400),
        (b"2.0", 400),
        (b"", 400),
    ],
)
async def test_the_length_that_is_told_is_checked_first(
    length: bytes, status: int, house: Served
) -> None:
    headers = {"Content-Length": length}
    answer = await house.ask("POST", "/v1/tools/get_home_info", content=b"{}", headers=headers)
    assert answer.status_code == status


async def test_a_web_socket_is_closed() -> None:
    sent = []

    async def send(message: object) -> None:
        sent.append(message)

    door: Door = None  # type: ignore[assignment]
    guard = Guard(client_of, door)  # type: ignore[arg-type]
    await guard({"type": "websocket"}, None, send)  # type: ignore[arg-type]
    assert sent == [{"type": "websocket.close", "code": 1008}]


async def test_over_a_socket_all_of_it_holds(house: Served) -> None:
    token = f"Authorization: Bearer {house.owner}\r\nConnection: close\r\n"
    async with on_a_port(house.app) as url:
        for request, status, ending in (
            (f"GET /v1/tools HTTP/1.1\r\n{token}\r\n", b"421", b"}"),
            (f"GET /v1/tools HTTP/1.1\r\nHost: evil.example\r\n{token}\r\n", b"421", b"}"),
            (f"HEAD /v1/tools HTTP/1.1\r\nHost: localhost\r\n{token}\r\n", b"200", b"\r\n\r\n"),
            (f"OPTIONS /v1/tokens HTTP/1.1\r\nHost: [::1]\r\n{token}\r\n", b"204", b"\r\n\r\n"),
            (
                f"POST /v1/tools/get_home_info HTTP/1.1\r\nHost: 127.0.0.1\r\n{token}"
                "Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n1\r\n}\r\n0\r\n\r\n",
                b"200",
                b"}",
            ),
        ):
            answer = await raw(url, request.encode())
            assert answer.split(b" ", 2)[1] == status, answer[:200]
            assert answer.endswith(ending)
            if status[:1] == b"4":
                assert b"content-type: application/problem+json" in answer


async def test_who_sends_too_much_is_told_so_over_a_socket(house: Served) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(64):
            yield b" " * 65536

    token = {"Authorization": f"Bearer {house.owner}"}
    async with on_a_port(house.app) as url, httpx2.AsyncClient(trust_env=False) as client:
        for content in (endless(), b" " * 64 * 65536):
            answer = await client.post(f"{url}/mcp", content=content, headers=token)
            assert answer.status_code == 413
            assert answer.json()["code"] == "too_large"


@pytest.mark.parametrize(
    "request_",
    [
        b"hello\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"BREW /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nno header\r\n\r\n",
        b"POST /mcp HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}",
        b"GET /healthz\xff HTTP/1.1\r\nHost: localhost\r\n\r\n",
    ],
)
async def test_what_is_no_http_is_malformed(request_: bytes, house: Served) -> None:
    async with on_a_port(house.app) as url:
        head, _, body = (await raw(url, request_)).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 ")
    assert b"content-type: application/problem+json" in head
    assert json.loads(body)["code"] == "malformed"


async def test_headers_that_do_not_end_are_cut_off_before_anybody_asks_for_a_token(
    house: Served,
) -> None:
    head = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nX: "
    async with on_a_port(house.app) as url, asyncio.timeout(10):
        fits = await raw(url, head + b"x" * 60_000 + b"\r\n\r\n")
        assert fits.startswith(b"HTTP/1.1 200 ")
        place = urlsplit(url)
        reader, writer = await asyncio.open_connection(place.hostname, place.port)
        answer = asyncio.create_task(reader.read())
        writer.write(head)
        with suppress(ConnectionError):  # what is sent after the answer meets a closed door
            while not answer.done():
                writer.write(b"x" * 20_000)
                await writer.drain()
                await asyncio.sleep(0)
        with suppress(ConnectionError):
            assert (await answer).startswith(b"HTTP/1.1 413 ")
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


async def test_a_socket_for_both_families_is_called_by_its_ipv4_address(house: Served) -> None:
    if not socket.has_dualstack_ipv6():
        pytest.skip("no socket here listens to IPv6 and IPv4 at once")
    async with on_a_port(house.app, "::") as url, httpx2.AsyncClient(trust_env=False) as client:
        place = url.replace("127.0.0.1", "127.0.0.2")
        assert (await client.get(f"{place}/healthz")).status_code == 200
        other = await client.get(f"{place}/healthz", headers={"Host": "127.0.0.3"})
        assert other.status_code == 421
