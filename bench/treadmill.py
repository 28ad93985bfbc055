"""Twenty minutes on a treadmill at ten times the pace, with two losses of the link and a kill."""

import asyncio
import tempfile
from pathlib import Path

from bench.figure import Figure
from tests.house.training import RATE, trained

MINUTES = 20


def run() -> list[Figure]:
    """Train over DIRCON and over Bluetooth at once, and compare with what the belts counted."""
    with tempfile.TemporaryDirectory() as folder:
        recorded = asyncio.run(trained(Path(folder), MINUTES * 60 / RATE))
    figures = []
    for way, one in sorted(recorded.items()):
        belt = f"belt {one.distance[0]:.1f} m, {one.energy[0]:.1f} kcal"
        figures += [
            Figure(f"sessions over {way}", one.sessions, most=1),
            Figure(f"distance over {way}, off by", one.distance_off, "%", most=0.5, note=belt),
            Figure(f"energy over {way}, off by", one.energy_off, "%", most=0.5),
            Figure(f"without samples over {way}, two losses and a kill", one.missing, "s"),
            Figure(f"longest gap over {way}", one.longest, "s", most=3),
        ]
    return figures
