"""Find this home's devices and serve them to agents, over MCP and HTTP, until stopped."""

import argparse
import json
import logging

from cli.adapters import load_adapters
from cli.house import House, listen, open_house, run_loop, serve, url_of
from cli.options import Chosen, add_json, add_place, add_port, chosen
from cli.state import Held
from gateway.network import networks

EXAMPLE = "homeport serve --port 8420"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_port(parser)
    add_json(parser)
    parser.add_argument(
        "--log",
        default="info",
        choices=("debug", "info", "warning", "error"),
        help="how much to say",
    )
    add_place(parser)


def run(arguments: argparse.Namespace) -> int:
    """Serve until a signal comes; return 0."""
    logging.basicConfig(
        level=arguments.log.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    for noisy in ("httpx2", "httpcore2", "kasa", "soco", "pyhomematic", "zeroconf", "mcp"):
        logging.getLogger(noisy).setLevel(logging.ERROR)
    place = chosen(arguments)
    with place.state.held() as held:
        run_loop(_serve(place, held, as_json=arguments.json))
    return 0


async def _serve(place: Chosen, held: Held, *, as_json: bool) -> None:
    settings = place.settings
    listener = listen(settings)
    searched = networks(settings.network.interface, settings.network.broadcast)
    loaded = load_adapters(settings, searched, place.state.path)
    url = url_of(listener)
    with listener:
        async with open_house(
            settings, place.state.path, loaded.adapters, searched, missing=loaded.missing
        ) as house:

            def ready() -> None:
                held.tell(url)
                _say(house, url, place, as_json=as_json)

            await serve(house, settings, listener, ready)


def _say(house: House, url: str, place: Chosen, *, as_json: bool) -> None:
    token = place.state.path / "owner.token"
    if as_json:
        print(json.dumps({"url": url, "mcp": f"{url}/mcp", "token_file": str(token)}), flush=True)
        return
    known = len(house.home.registry.entries)
    print(f"homeport serves {place.settings.home.name} at {url} ({known} known devices).")
    print(f"  Agents: {url}/mcp (MCP) or {url}/openapi.json, with a token: homeport token new NAME")
    print(f"  The owner's token is in {token}", flush=True)
