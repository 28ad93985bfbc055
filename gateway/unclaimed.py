"""What was heard and nobody claims: kept by address, within bounds, with a guess at what it looks
like."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from gateway.adapter import Sighting
from gateway.clock import HomeClock
from gateway.guesses import KINDS, MAKER, MODEL, NAME, NOTHING, first_of, rank
from gateway.text import clean

MOST_ADDRESSES = 500
MOST_EVIDENCE = 20
MOST_PORTS = 20


@dataclass
class _Place:
    """All that was heard of one address."""

    first_seen: datetime
    last_seen: datetime
    ports: set[int] = field(default_factory=set)
    evidence: dict[str, None] = field(default_factory=dict)
    known: dict[str, str] = field(default_factory=dict)
    rank: int = NOTHING


class Unclaimed:
    """What nobody has claimed. All its text is cleaned; it is data, never instructions."""

    def __init__(self, clock: HomeClock) -> None:
        self._clock = clock
        self._places: dict[str, _Place] = {}

    def note(self, sighting: Sighting) -> None:
        """Remember a sighting; beyond 500 addresses the one not heard for longest is dropped."""
        now = self._clock.now()
        place = self._places.pop(sighting.address, None) or _Place(now, now)
        if len(self._places) >= MOST_ADDRESSES:
            del self._places[next(iter(self._places))]
        self._places[sighting.address] = place
        place.last_seen = now
        if sighting.port and len(place.ports) < MOST_PORTS:
            place.ports.add(sighting.port)
        if len(place.evidence) < MOST_EVIDENCE:
            place.evidence[_evidence(sighting)] = None
        _learn(place, sighting)

    def claimed(self, address: str) -> None:
        """Forget an address, as somebody serves what is there."""
        self._places.pop(address, None)

    def list(self, served: Callable[[str], bool] = lambda address: False) -> list[dict[str, Any]]:
        """Return what is known of each address that is not `served`, last heard first."""
        return [
            self._shown(address, place)
            for address, place in reversed(self._places.items())
            if not served(address)
        ]

    def _shown(self, address: str, place: _Place) -> dict[str, Any]:
        guess = {} if place.rank == NOTHING else {"guess": KINDS[place.rank].words}
        return {
            "address": address,
            "ports": sorted(place.ports),
            **place.known,
            **guess,
            "evidence": list(place.evidence),
            "first_seen": self._clock.local(place.first_seen),
            "last_seen": self._clock.local(place.last_seen),
        }


def _learn(place: _Place, sighting: Sighting) -> None:
    """Take over what a sighting says beyond what was known; the better guess wins."""
    here = rank(sighting)
    said = {
        "maker": first_of(MAKER, sighting) or ("" if here == NOTHING else KINDS[here].maker),
        "model": first_of(MODEL, sighting),
        "name": first_of(NAME, sighting),
    }
    tidy = {key: text for key, raw in said.items() if (text := clean(raw))}
    place.known = place.known | tidy if here < place.rank else tidy | place.known
    place.rank = min(place.rank, here)


def _evidence(sighting: Sighting) -> str:
    """Return a sighting in one line."""
    what, port = clean(sighting.what, 80).removesuffix(".local."), sighting.port
    where = f" on port {port}" if port else ""
    match sighting.source:
        case "mdns":
            said = "; ".join(f"{key}={text}" for key, text in sighting.facts.items())
            return clean(f"mDNS {what}{where}: {said}")
        case "ssdp":
            server = sighting.facts.get("server", "")
            return clean(f"SSDP {what}{where}{': ' if server else ''}{server}")
        case "broadcast":
            return f"answers the probe {what}{where}"
        case _:
            return f"{sighting.source} for {what}{where}"
