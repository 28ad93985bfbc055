"""A raw HTTP client: no library between the clock and the socket, one request at a time each."""

import asyncio
import json
import socket
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

MODERN = "2026-07-28"
META = {
    "io.modelcontextprotocol/protocolVersion": MODERN,
    "io.modelcontextprotocol/clientCapabilities": {},
    "io.modelcontextprotocol/clientInfo": {"name": "bench", "version": "1"},
}


def post(path: str, body: Any, headers: Mapping[str, str]) -> bytes:
    """Return a request as bytes."""
    payload = json.dumps(body, separators=(",", ":")).encode()
    lines = [
        f"POST {path} HTTP/1.1",
        "Host: 127.0.0.1:80",
        "Content-Type: application/json",
        "Accept: application/json, text/event-stream",
        f"Content-Length: {len(payload)}",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + payload


def tool_over_mcp(tool: str, arguments: Any, headers: Mapping[str, str]) -> bytes:
    """Return a `tools/call` of the stateless era."""
    body = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "tools/call",
        "params": {"name": tool, "arguments": arguments, "_meta": META},
    }
    era = {"MCP-Protocol-Version": MODERN, "Mcp-Method": "tools/call", "Mcp-Name": tool}
    return post("/mcp", body, {**era, **headers})


class Line(asyncio.Protocol):
    """One connection; `ask` sends a request and returns the whole answer."""

    def __init__(self) -> None:
        self._buffer = b""
        self._answer: asyncio.Future[bytes] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def ask(self, request: bytes) -> asyncio.Future[bytes]:
        self._answer = asyncio.get_running_loop().create_future()
        self.transport.write(request)
        return self._answer

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0 or self._answer is None:
            return
        head = self._buffer[:end].lower()
        at = head.find(b"content-length:")
        if at >= 0:
            whole = end + 4 + int(head[at + 15 :].split(b"\r\n", 1)[0])
            if len(self._buffer) < whole:
                return
        elif not self._buffer.endswith(b"0\r\n\r\n"):
            return
        answer, self._buffer = self._buffer, b""
        self._answer.set_result(answer)

    def connection_lost(self, error: Exception | None) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(ConnectionError(str(error)))


@dataclass(frozen=True, slots=True)
class Load:
    """What a run of requests cost: the server's CPU for each, and each one's latency."""

    cpu: float
    latencies: list[float]


def cpu_seconds(pid: int) -> float:
    """Return how long a process has run so far, all threads, to the nanosecond (schedstat)."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9


async def load(
    port: int,
    pid: int,
    requests: Sequence[bytes],
    count: int,
    callers: int = 1,
    expect: bytes = b"",
) -> Load:
    """Send `count` requests, the given ones in turn, from `callers` connections."""
    loop = asyncio.get_running_loop()
    lines = [(await loop.create_connection(Line, "127.0.0.1", port))[1] for _ in range(callers)]
    try:
        first = await lines[0].ask(requests[0])
        if expect not in first or b" 200 " not in first[:20]:
            raise RuntimeError(first[:600].decode(errors="replace"))
        latencies: list[float] = []
        numbers = iter(range(count))

        async def work(line: Line) -> None:
            for number in numbers:
                begun = time.perf_counter()
                await line.ask(requests[number % len(requests)])
                latencies.append(time.perf_counter() - begun)

        before = cpu_seconds(pid)
        await asyncio.gather(*(work(line) for line in lines))
        return Load((cpu_seconds(pid) - before) / count, latencies)
    finally:
        for line in lines:
            line.transport.close()
