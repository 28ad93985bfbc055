"""What homeport adds to the bare SDK and to a bare FastAPI POST, in CPU for each request."""

from collections.abc import Sequence

import uvloop

from bench.figure import Figure, median, percentile
from bench.raw import Load, load, post, tool_over_mcp
from bench.servers import Server, running

ROUNDS = 7
COUNT = 600
READ = {"targets": "core-1"}
ON, OFF = ({"targets": "core-1", "on": True}, {"targets": "core-1", "on": False})
MICRO = 1e6
ACTING_MORE = 150.0
GROWN = "1,000 devices / 10"


class Measured:
    """The loads of one kind of request over all rounds."""

    def __init__(self, server: Server, requests: Sequence[bytes], expect: bytes) -> None:
        self.server = server
        self.requests = requests
        self.expect = expect
        self.loads: list[Load] = []

    async def once(self) -> None:
        server = self.server
        self.loads.append(
            await load(server.port, server.pid, self.requests, COUNT, expect=self.expect)
        )

    @property
    def cpu(self) -> list[float]:
        """CPU microseconds for each request, by round."""
        return [one.cpu * MICRO for one in self.loads]


def run() -> list[Figure]:
    """Measure everything in interleaved rounds."""
    with (
        running("mcp") as mcp,
        running("fastapi") as fastapi,
        running("ours", 10) as small,
        running("ours", 1000) as large,
    ):
        return uvloop.run(_measure(mcp, fastapi, small, large))


async def _measure(mcp: Server, fastapi: Server, small: Server, large: Server) -> list[Figure]:
    key = {"Authorization": f"Bearer {small.token}"}
    other = {"Authorization": f"Bearer {large.token}"}
    kinds = {
        "bare mcp": Measured(mcp, [tool_over_mcp("get_state", READ, {})], b"brightness"),
        "mcp read": Measured(small, [tool_over_mcp("get_state", READ, key)], b"brightness"),
        "mcp act": Measured(
            small, [tool_over_mcp("set_light", one, key) for one in (ON, OFF)], b"receipt"
        ),
        "mcp read 1000": Measured(large, [tool_over_mcp("get_state", READ, other)], b"brightness"),
        "bare http": Measured(fastapi, [post("/v1/tools/get_state", READ, {})], b"brightness"),
        "http read": Measured(small, [post("/v1/tools/get_state", READ, key)], b"brightness"),
        "http act": Measured(
            small, [post("/v1/tools/set_light", one, key) for one in (ON, OFF)], b"receipt"
        ),
        "http read 1000": Measured(
            large, [post("/v1/tools/get_state", READ, other)], b"brightness"
        ),
        "http act 1000": Measured(
            large, [post("/v1/tools/set_light", one, other) for one in (ON, OFF)], b"receipt"
        ),
    }
    for measured in kinds.values():
        await measured.once()
        measured.loads.clear()
    for _ in range(ROUNDS):
        for measured in kinds.values():
            await measured.once()
    figures = _figures({name: measured.cpu for name, measured in kinds.items()})
    busy = await load(
        small.port, small.pid, kinds["mcp read"].requests, 4000, callers=16, expect=b"brightness"
    )
    slow = percentile(busy.latencies, 0.99) * 1000
    return [*figures, Figure("get_state over MCP, 16 callers, p99", slow, "ms")]


def _figures(cpu: dict[str, list[float]]) -> list[Figure]:
    found = [
        Figure(f"CPU for a request: {name}", median(values), "µs") for name, values in cpu.items()
    ]
    for face in ("mcp", "http"):
        bare, read, act = cpu[f"bare {face}"], cpu[f"{face} read"], cpu[f"{face} act"]
        more = [got - 1.5 * floor for got, floor in zip(act, bare, strict=True)]
        found += [
            _ratio(f"cached get_state over {face} / bare {face}", read, bare, 1.5),
            Figure(
                f"acting over {face} beyond 1.5 x bare {face}",
                median(more),
                "µs",
                most=ACTING_MORE,
            ),
            _ratio(
                f"get_state over {face}, 1,000 devices / 10", cpu[f"{face} read 1000"], read, 1.2
            ),
        ]
    acting = _ratio(
        "acting over http, 1,000 devices / 10", cpu["http act 1000"], cpu["http act"], 1.2
    )
    return [*found, acting]


def _ratio(what: str, over: list[float], under: list[float], most: float) -> Figure:
    pairs = [one / other for one, other in zip(over, under, strict=True)]
    note = f"pairs {min(pairs):.2f}-{max(pairs):.2f}"
    return Figure(what, median(pairs), most=most, note=note)
