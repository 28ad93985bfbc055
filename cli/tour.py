"""The tour of the virtual house: every step is an agent's call and a look at the device itself."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import httpx2
from mcp.client import Client
from mcp.client.streamable_http import streamable_http_client
from rich.console import Console
from rich.table import Table

from cli.tour_events import WAYS, Receiver, wake_everybody
from cli.tour_rest import sleepy_time, treadmill_in_use, water_and_doors
from simulators.house import VirtualHouse

FOUND_WITHIN = 20.0


@dataclass
class Step:
    """One step: what was asked, what was answered, and what the device itself says."""

    said: str
    call: str
    answer: str = ""
    seen: str = ""
    milliseconds: float = 0.0
    ok: bool = False


@dataclass
class Guide:
    """Prints the tour as it goes, and remembers whether all went well."""

    console: Console
    steps: list[Step] = field(default_factory=list)

    @property
    def well(self) -> bool:
        """Whether there was a tour and every step of it went well."""
        return bool(self.steps) and all(step.ok for step in self.steps)

    def report(self) -> dict[str, Any]:
        """Return the tour for programs."""
        return {"ok": self.well, "steps": [asdict(step) for step in self.steps]}

    def title(self, text: str) -> None:
        """Print a heading."""
        self.console.print(f"\n[bold]{text}[/]")

    def show(self, step: Step) -> None:
        """Print a step."""
        self.steps.append(step)
        mark = "[green]✓[/]" if step.ok else "[red]✗[/]"
        self.console.print(f" {mark} [bold]{step.said}[/]  [dim]{step.milliseconds:.0f} ms[/]")
        self.console.print(f"     [cyan]{step.call}[/]", markup=True, soft_wrap=True)
        self.console.print(f"     {step.answer}", markup=False, soft_wrap=True)
        if step.seen:
            self.console.print(f"     at the device: {step.seen}", style="dim", markup=False)

    def invite(self, url: str, state: Path) -> None:
        """Say how to go on."""
        self.title("The house stays up. Let your own agent in:")
        token = f'$(cat "{state / "owner.token"}")'
        self.console.print(
            f"  claude mcp add --transport http homeport {url}/mcp "
            f'--header "Authorization: Bearer {token}"\n'
            f'  curl -H "Authorization: Bearer {token}" {url}/v1/devices\n'
            f'  homeport call check_devices \'{{"query": "lamps"}}\' --state "{state}"\n'
            f"  OpenAPI for other agents: {url}/openapi.json\n"
            "Ctrl-C ends it.",
            markup=False,
            soft_wrap=True,
        )


Call = Callable[[str, dict[str, Any]], Awaitable[dict[str, Any]]]
Seen = Callable[[], str]


async def tour(guide: Guide, house: VirtualHouse, url: str, token: str, receiver: Receiver) -> None:
    """Find the house, then drive it as an agent would, and be woken by it."""
    headers = {"Authorization": f"Bearer {token}"}
    async with (
        httpx2.AsyncClient(headers=headers, base_url=url, trust_env=False, timeout=60) as web,
        _mcp(url, headers) as over_mcp,
    ):

        async def over_http(tool: str, arguments: dict[str, Any]) -> dict[str, Any]:
            return dict((await web.post(f"/v1/tools/{tool}", json=arguments)).json())

        walk = Walk(guide, house)
        guide.title("Finding the house on the makers' own protocols")
        await walk.find(over_http, web)
        guide.title("An agent over MCP")
        await walk.music_and_light(over_mcp)
        guide.title("The same tools over HTTP (OpenAPI)")
        await walk.heating_and_shades(over_http)
        if house.treadmill in house:
            guide.title("Water, doors and the treadmill")
            await water_and_doors(walk, over_http)
            await treadmill_in_use(walk, over_http)
        guide.title("“Sleepy time”")
        await sleepy_time(walk, over_mcp)
        guide.title("A button is pressed: who is awake, and how soon")
        await walk.be_woken(url, headers, receiver)
        guide.title("What is honest")
        await walk.refusals(over_mcp)


@asynccontextmanager
async def _mcp(url: str, headers: dict[str, str]) -> AsyncIterator[Call]:
    async with httpx2.AsyncClient(headers=headers, trust_env=False, timeout=60) as web:
        transport = streamable_http_client(f"{url}/mcp", http_client=web)
        async with Client(transport) as client:

            async def call(tool: str, arguments: dict[str, Any]) -> dict[str, Any]:
                answer = await client.call_tool(tool, arguments)
                return dict(answer.structured_content or {})

            yield call


class Walk:
    """The way through the house."""

    def __init__(self, guide: Guide, house: VirtualHouse) -> None:
        self.guide = guide
        self.house = house

    async def step(
        self,
        said: str,
        call: Call,
        tool: str,
        arguments: dict[str, Any],
        seen: Seen,
        right: Callable[[dict[str, Any]], bool],
    ) -> dict[str, Any]:
        """Make one call, time it, and look at the device."""
        begun = time.perf_counter()
        answer = await call(tool, arguments)
        took = (time.perf_counter() - begun) * 1000
        written = ", ".join(f"{name}={value!r}" for name, value in arguments.items())
        shown = str(answer.get("summary") or answer.get("detail"))
        step = Step(said, f"{tool}({written})", shown, seen(), took, right(answer))
        self.guide.show(step)
        return answer

    async def find(self, call: Call, web: httpx2.AsyncClient) -> None:
        """Wait until every device of the house is there, and show them."""
        begun = time.perf_counter()
        expected = self.house.things
        devices: list[dict[str, Any]] = []
        while time.perf_counter() - begun < FOUND_WITHIN:
            devices = (await web.get("/v1/devices")).json()["devices"]
            if len(devices) >= expected:
                break
            await asyncio.sleep(0.05)
        took = (time.perf_counter() - begun) * 1000
        table = Table("device", "maker", "what it can do", "where", box=None, padding=(0, 2))
        for device in devices:
            needs = "; ".join(device.get("problems", ()))
            can = " ".join(device["kinds"]) or f"[yellow]{needs}[/]"
            table.add_row(device["name"], device.get("maker", ""), can, device["address"])
        self.guide.console.print(table)
        said = f"{len(devices)} devices found, typed and ready to be told"
        step = Step(said, "GET /v1/devices", f"expected {expected}", "", took)
        step.ok = len(devices) == expected
        self.guide.show(step)

    async def music_and_light(self, call: Call) -> None:
        player, sofa = self.house.music["Living room"], self.house.sofa
        await self.step(
            "Which lamps are on?",
            call,
            "check_devices",
            {"query": "which lamps are on"},
            lambda: "",
            lambda answer: answer.get("total", 0) > 0,
        )
        await self.step(
            "Play some radio in the living room",
            call,
            "play_music",
            {"targets": "Living room", "what": "Radio Meridian", "volume": 25},
            lambda: f"{player.transport}, volume {player.volume}",
            lambda _: (player.transport, player.volume) == ("PLAYING", 25),
        )
        await self.step(
            "Dim the sofa lamp",
            call,
            "set_light",
            {"targets": "Sofa lamp", "brightness": 30, "color_temperature": 2700},
            lambda: f"on {sofa.on}, brightness {sofa.brightness}, {sofa.color_temperature} K",
            lambda _: (sofa.on, sofa.brightness, sofa.color_temperature) == (True, 30, 2700),
        )

    async def heating_and_shades(self, call: Call) -> None:
        ccu = self.house.ccu
        radiator, blind = ccu.device("HM-CC-RT-DN"), ccu.device("HM-LC-Bl1-FM")
        target = f"homematic-{radiator}".lower()
        await self.step(
            "21.5 degrees in the study, please",
            call,
            "set_thermostat",
            {"targets": target, "temperature": 21.5, "unit": "C"},
            lambda: f"set to {ccu.value(f'{radiator}:4', 'SET_TEMPERATURE')} °C",
            lambda _: ccu.value(f"{radiator}:4", "SET_TEMPERATURE") == 21.5,
        )
        await self.step(
            "Open the bedroom blind halfway",
            call,
            "set_shades",
            {"targets": f"homematic-{blind}".lower(), "open": 50},
            lambda: f"told to go to {[one for one in ccu.received if one[0].startswith(blind)]}",
            lambda _: any(one[0].startswith(blind) and one[2] == 0.5 for one in ccu.received),
        )

    async def be_woken(self, url: str, headers: dict[str, str], receiver: Receiver) -> None:
        """Press the button in the hall, and print how long it took everybody to know."""
        keys = self.house.ccu.device("HM-PB-2-WM55")
        button = f"homematic-{keys}-1".lower()

        async def press() -> None:
            await self.house.ccu.press(f"{keys}:1")

        times = await wake_everybody(url, headers, button, press, receiver)
        for who in WAYS:
            step = Step(who, f"{button} button.pressed", "not told within 5 s")
            if who in times:
                step.ok, step.milliseconds, step.answer = True, times[who], "told"
            self.guide.show(step)

    async def refusals(self, call: Call) -> None:
        coffee = self.house.coffee
        await self.step(
            "A name that is nearly right sends nothing",
            call,
            "set_light",
            {"targets": "Soffa lamp", "on": True},
            lambda: "",
            lambda answer: "Sofa lamp" in answer.get("choices", ()),
        )
        await self.step(
            "72 is no temperature for a room in °C",
            call,
            "set_thermostat",
            {"targets": "all", "temperature": 72},
            lambda: "",
            lambda answer: answer.get("code") == "invalid_arguments",
        )
        await coffee.unplug()
        await self.step(
            "A plug that was pulled out never answers “done”",
            call,
            "set_switch",
            {"targets": "Kitchen coffee machine", "on": False},
            lambda: f"on {coffee.on}",
            lambda answer: answer.get("counts") == {"failed": 1} and coffee.on,
        )
        await coffee.plug_in()
