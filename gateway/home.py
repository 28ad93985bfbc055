"""Everything that the door and the tools stand on, in one place and without behaviour."""

from dataclasses import dataclass
from typing import Protocol

from gateway.catalog import Catalog
from gateway.clock import HomeClock
from gateway.plans import Plans
from gateway.readback import LateReports
from gateway.receipts import Receipts
from gateway.registry import Registry
from gateway.scenes import Scenes
from gateway.search import Search
from gateway.settings import HomeSettings
from gateway.store import Store
from gateway.targets import Index
from gateway.tokens import Tokens


class Surroundings(Protocol):
    """What the search for devices knows beside the devices."""

    def unclaimed(self) -> list[dict[str, object]]:
        """Return what was heard and nobody claims."""

    def problems(self) -> list[str]:
        """Return why something may not have been heard."""


@dataclass(frozen=True)
class Home:
    """One home."""

    settings: HomeSettings
    clock: HomeClock
    store: Store
    registry: Registry
    index: Index
    search: Search
    catalog: Catalog
    scenes: Scenes
    receipts: Receipts
    plans: Plans
    tokens: Tokens
    late: LateReports
    surroundings: Surroundings
