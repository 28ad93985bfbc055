"""The Gecko adapter before geckolib's own simulator, in a home of its own: run as a process.

The simulator listens at every address of its machine and answers as one spa. It takes note of what
it is told and does nothing of it. `python -m tests.contract.gecko_peer FOLDER` prints what was
found and what became of each call, as JSON.
"""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from gateway.adapter import Network, Sighting
from gateway.errors import GatewayError
from simulators.lan import BROADCAST, GATEWAY, HOMES
from tests.contract.case import Fields
from tests.contract.gecko import GeckoCase
from tests.contract.running import Running, at_work

SPA = "gecko-010203040506"
CALLS: tuple[tuple[str, str, Fields], ...] = (
    ("set_pool_or_spa", SPA, {"temperature": 60, "unit": "C"}),
    ("set_pool_or_spa", SPA, {"temperature": 39, "unit": "C"}),
    ("set_pool_or_spa", SPA, {"temperature": 37.5, "unit": "C"}),
    ("set_fan", f"{SPA}-p1", {"speed": 50}),
    ("set_fan", f"{SPA}-bl", {"on": True}),
)


class PeerCase(GeckoCase):
    """One spa, which others simulate and start."""

    ids = frozenset({SPA, *(f"{SPA}-{part}" for part in ("p1", "p2", "bl", "li"))})
    addresses = frozenset(HOMES)
    network = Network(GATEWAY, BROADCAST)

    async def start(self) -> None:
        return

    async def stop(self) -> None:
        return

    def sightings(self) -> list[Sighting]:
        return []


async def outcome(running: Running, tool: str, target: str, arguments: Fields) -> str:
    """Return what became of a call."""
    try:
        answer = await running.session.call(tool, {"targets": [target], **arguments})
    except GatewayError as error:
        return error.code
    return str(answer["results"][0]["outcome"])


async def main(folder: Path) -> dict[str, Any]:
    """Find the spa, and call."""
    case = PeerCase()
    async with at_work(case, folder) as running:
        await running.until(lambda: running.online(*case.ids), 30)
        states = {
            entry.id: {kind: seen.values for kind, seen in entry.observed.items()}
            for entry in running.registry
        }
        calls = (outcome(running, *one) for one in CALLS)
        return {"states": states, "outcomes": await asyncio.gather(*calls)}


if __name__ == "__main__":
    print(json.dumps(asyncio.run(main(Path(sys.argv[1])))))
