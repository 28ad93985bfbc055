"""The servers that are measured, each a process of its own: ours, and the bare floors.

python -m bench.servers mcp PORT | fastapi PORT | ours PORT DEVICES STATE
"""

import contextlib
import gc
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TOKEN_FILE = "owner.token"
STATE = {"on": True, "brightness": 40.0}
ANSWER = {
    "summary": "“Lamp 1”: on at 40 %.",
    "states": [{"device": "core-1", "name": "Lamp 1", "kind": "light", "state": STATE, "age": 0}],
}


@dataclass(frozen=True, slots=True)
class Server:
    """A running server."""

    port: int
    pid: int
    token: str


@contextlib.contextmanager
def running(kind: str, devices: int = 0) -> Iterator[Server]:
    """Run one server until the block ends."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="homeport-bench-") as state:
        command = [sys.executable, "-m", "bench.servers", kind, str(port), str(devices), state]
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL)
        try:
            _wait(port, process)
            token = Path(state, TOKEN_FILE)
            yield Server(port, process.pid, token.read_text().strip() if token.exists() else "")
        finally:
            process.terminate()
            process.wait(20)


def _wait(port: int, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", port), 0.2).close()
            return
        time.sleep(0.05)
    raise RuntimeError("the server did not come up")


def bare_mcp() -> Any:
    """Return the SDK's low-level server with one tool that answers a constant."""
    import mcp.types as types
    from mcp.server import Server as Sdk

    schema = {"type": "object", "properties": {"targets": {"type": "string"}}}
    tool = types.Tool(name="get_state", description="Read.", input_schema=schema)

    async def list_tools(ctx: Any, params: Any) -> types.ListToolsResult:
        return types.ListToolsResult(tools=[tool])

    async def call_tool(ctx: Any, params: Any) -> types.CallToolResult:
        text = types.TextContent(type="text", text=ANSWER["summary"])
        return types.CallToolResult(content=[text], structured_content=ANSWER)

    server = Sdk(
        "bare",
        on_list_tools=list_tools,
        on_call_tool=call_tool,
        get_tool_input_schema=lambda name: schema,
    )
    return server.streamable_http_app()


def bare_fastapi() -> Any:
    """Return a FastAPI app with one POST, pydantic in and out."""
    from fastapi import FastAPI
    from pydantic import BaseModel

    class Ask(BaseModel):
        targets: str

    class Light(BaseModel):
        on: bool
        brightness: float

    class Reading(BaseModel):
        device: str
        name: str
        kind: str
        state: Light
        age: int

    class States(BaseModel):
        summary: str
        states: list[Reading]

    app = FastAPI()

    @app.post("/v1/tools/get_state")
    async def get_state(ask: Ask) -> States:
        reading = Reading(
            device=ask.targets, name="Lamp 1", kind="light", state=Light(**STATE), age=0
        )
        return States(summary=str(ANSWER["summary"]), states=[reading])

    return app


async def ours(port: int, devices: int, state: Path) -> None:
    """Serve a home of in-core lamps with both faces, as `homeport serve` does."""
    from cli.house import House, listen, serve
    from gateway.home import Home
    from gateway.links import Links
    from gateway.local import LocalDoor
    from gateway.settings import Settings
    from gateway.tools import catalog

    settings = Settings.model_validate({"server": {"port": port}, "home": {"timezone": "UTC"}})
    home = await Home.open(settings, state, catalog())
    for number in range(devices):
        home.registry.announce(_lamp(number), "core", f"core-{number}", 0)
    house = House(home, LocalDoor(home), Links(home.registry, []))
    try:
        with listen(settings) as listener:
            await serve(house, settings, listener, lambda: None)
    finally:
        await home.aclose()


def _lamp(number: int) -> Any:
    """Return a lamp that costs nothing: it is as it was told to be."""
    from gateway.capabilities.light import Light, LightChange, LightState
    from gateway.device import Device

    lit, dark = LightState(on=True, brightness=40), LightState(on=False, brightness=40)

    class NoLamp(Light):
        pushes = True

        async def set_light(self, change: LightChange) -> None:
            self.report(lit if change.on else dark)

    light = NoLamp()
    light.report(lit)
    device = Device(
        f"core-{number}",
        f"Lamp {number}",
        maker="Bench",
        model="No lamp",
        area=f"Room {number % 40}",
    )
    device.offer(light)
    return device


def main(kind: str, port: int, devices: int, state: Path) -> None:
    """Run one server until it is told to stop."""
    import uvicorn
    import uvloop

    if kind == "ours":
        uvloop.run(ours(port, devices, state))
        return
    app = bare_mcp() if kind == "mcp" else bare_fastapi()
    gc.collect()
    gc.freeze()
    uvicorn.run(app, port=port, log_level="error", access_log=False)


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4]))
