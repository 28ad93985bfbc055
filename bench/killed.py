"""Twenty times killed at random points under load, with a receiver that fails and goes away."""

import asyncio
import tempfile
from pathlib import Path

from bench.figure import Figure
from tests.webhooks.killing import killing

KILLS = 20


def run() -> list[Figure]:
    """Kill, restart, drain, and count."""
    with tempfile.TemporaryDirectory() as state:
        counted = asyncio.run(killing(Path(state), KILLS))
    return [
        Figure("acknowledged events", counted.sent, note=f"{KILLS} kills"),
        Figure("events a second while alive", counted.per_second, "/s", least=200),
        Figure("received", counted.received, least=counted.sent),
        Figure("duplicates", counted.duplicates),
        Figure("duplicates under another webhook-id", counted.renamed, most=0),
        Figure("dead letters that were replayed", counted.dead),
        Figure("lost", counted.lost, most=0),
        Figure("out of order", counted.disordered, most=0),
    ]
